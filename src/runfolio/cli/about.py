"""What this installation is: its version and the versions of what it stands on."""

from __future__ import annotations

import platform
import re
from importlib import metadata

from runfolio.environment.version import VERSION

#: Packages whose version explains most reports.
PACKAGES = ("duckdb", "pyarrow", "altair", "vl-convert-python", "click", "psutil", "scikit-learn")


def unfit() -> list[str]:
    """What runfolio needs and this installation lacks, such as ``duckdb>=1.4 (here: 1.2.0)``."""
    found = []
    for needed in _requirements():
        match = re.match(r"([A-Za-z0-9._-]+)>=([0-9.]+)$", needed)
        if not match:
            continue
        try:
            here = metadata.version(match[1])
        except metadata.PackageNotFoundError:
            found.append(f"{needed} (not installed)")
            continue
        if _numbers(here) < _numbers(match[2]):
            found.append(f"{needed} (here: {here})")
    return found


def _requirements() -> list[str]:
    """What the installed package declares; nothing in a checkout that is not installed."""
    try:
        return metadata.requires("runfolio") or []
    except metadata.PackageNotFoundError:
        return []


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:3])


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
