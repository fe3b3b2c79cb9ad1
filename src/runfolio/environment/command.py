"""How this process was started: its command line, and what kind of program it is."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from runfolio.environment.secrets import masked_arguments


def shell() -> Any:
    """IPython's shell if this code runs inside one, else None; never imports IPython."""
    ipython = sys.modules.get("IPython")
    try:
        return None if ipython is None else ipython.get_ipython()
    except Exception:  # a half-imported IPython is no shell
        return None


def _main_file() -> str:
    path = str(getattr(sys.modules.get("__main__"), "__file__", None) or "")
    if path.startswith("<"):  # text from standard input is no file
        return ""
    return _asked() or path


def _asked() -> str:
    """The script that asked for this worker process; '' where the process runs its own program.

    joblib's workers (loky) have a launcher of theirs for a main file, or none, but take over the
    command line of the script.
    """
    main = sys.modules.get("__main__")
    spec = getattr(main, "__spec__", None)
    name = spec.name if spec is not None else ""
    worker = "loky" in name.split(".") or not getattr(main, "__file__", None)
    return sys.argv[0] if worker and sys.argv and Path(sys.argv[0]).is_file() else ""


def entry() -> str:
    """script, module (``python -m``), notebook or interactive."""
    current = shell()
    if current is not None:
        return "notebook" if hasattr(current, "kernel") else "interactive"
    if not _main_file():
        return "interactive"
    spec = getattr(sys.modules.get("__main__"), "__spec__", None)
    return "module" if spec is not None and not _asked() else "script"


def script() -> str:
    """The path of the program's main file, relative to the current folder if it lies below it."""
    path = _main_file()
    if not path or shell() is not None:
        return ""
    try:
        relative = os.path.relpath(path)
    except (OSError, ValueError):  # the folder is gone, or lies on another drive
        return path
    return path if relative.startswith(os.pardir) else relative.replace(os.sep, "/")


def facts() -> dict[str, object]:
    """The ``command`` section of a run: argv (secrets masked), executable, script, entry."""
    return {
        "argv": masked_arguments(sys.argv),
        "executable": sys.executable or "",
        "script": script(),
        "entry": entry(),
    }
