"""The program's own text: the script's file, or what was run in the notebook."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runfolio.environment.command import script, shell

LIMIT_BYTES = 1 << 20


@dataclass(frozen=True)
class Source:
    """The text of a script or a notebook (``kind``), and where it lies ('' if nobody knows)."""

    path: str
    kind: str
    data: bytes


def notebook_path(current: Any) -> str:
    """The notebook's file as its editor tells it, or ''."""
    names = getattr(current, "user_ns", {})
    told = names.get("__vsc_ipynb_file__") or os.environ.get("JPY_SESSION_NAME", "")
    return str(told) if str(told).endswith(".ipynb") else ""


def _cells(current: Any) -> str:
    """The cells in the order they were run, in the percent format that editors read."""
    cells = list(getattr(current, "user_ns", {}).get("In", ()))
    parts = [
        f"# %% [{number}]\n{cell.rstrip()}\n"
        for number, cell in enumerate(cells)
        if isinstance(cell, str) and cell.strip()
    ]
    return "\n".join(parts)


def _notebook(current: Any) -> Source | None:
    path = notebook_path(current)
    text = _cells(current)
    if text:
        return Source(path, "notebook", text.encode("utf-8", "replace"))
    file = Path(path)
    return Source(path, "notebook", file.read_bytes()) if path and file.is_file() else None


def current() -> Source | None:
    """The source of this program, or None if there is none or it is larger than 1 MiB.

    In a notebook this is what was run until now, so ask again at the end.
    """
    try:
        inside = shell()
        if inside is not None:
            found = _notebook(inside)
            return found if found and len(found.data) <= LIMIT_BYTES else None
        path = script()
        file = Path(path)
        if not path or not file.is_file() or file.stat().st_size > LIMIT_BYTES:
            return None
        return Source(path, "script", file.read_bytes())
    except Exception:  # a fact of the surroundings is never worth an error
        return None
