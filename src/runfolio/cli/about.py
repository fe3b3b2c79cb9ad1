"""What this installation is: its version and the versions of what it stands on."""

from __future__ import annotations

import platform
import re
from functools import cache
from importlib import metadata
from pathlib import Path

#: Packages whose version explains most reports.
PACKAGES = ("duckdb", "pyarrow", "altair", "vl-convert-python", "click", "psutil", "scikit-learn")


@cache
def version() -> str:
    """Version of runfolio; in a bare checkout that is not installed, the one in pyproject.toml."""
    try:
        return metadata.version("runfolio")
    except metadata.PackageNotFoundError:
        pyproject = Path(__file__).parents[3] / "pyproject.toml"
        text = pyproject.read_text(encoding="utf-8") if pyproject.is_file() else ""
        found = re.search(r'^version = "([^"]+)"', text, re.MULTILINE)
        return f"{found[1]}+checkout" if found else "unknown"


def describe() -> dict[str, str]:
    """Name and version of runfolio, Python, the system, and the packages that matter."""
    rows = {
        "runfolio": version(),
        "python": platform.python_version(),
        "system": platform.platform(),
    }
    for name in PACKAGES:
        try:
            rows[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            rows[name] = "not installed"
    return rows
