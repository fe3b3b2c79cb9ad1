"""What this installation is: its version and the versions of what it stands on."""

from __future__ import annotations

import platform
from importlib import metadata

from runfolio.environment.version import VERSION

#: Packages whose version explains most reports.
PACKAGES = ("duckdb", "pyarrow", "altair", "vl-convert-python", "click", "psutil", "scikit-learn")


def describe() -> dict[str, str]:
    """Name and version of runfolio, Python, the system, and the packages that matter."""
    rows = {
        "runfolio": VERSION,
        "python": platform.python_version(),
        "system": platform.platform(),
    }
    for name in PACKAGES:
        try:
            rows[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            rows[name] = "not installed"
    return rows
