"""The first file of a project: ``runfolio.toml``."""

from __future__ import annotations

from pathlib import Path

from runfolio.config.source import FILE
from runfolio.config.template import commented_file
from runfolio.errors import StoreError, UnsafeError


def write_config(folder: Path, *, title: str = "", store: str = "") -> Path:
    """Write the commented file into ``folder``; UnsafeError if there is one already."""
    path = folder / FILE
    if not folder.is_dir():
        raise StoreError(f"There is no folder {folder}.", hint=f"Make it first: mkdir {folder}")
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(commented_file(title=title, store=store))
    except FileExistsError:
        raise UnsafeError(
            f"{path} is there already; it was not changed.",
            hint="Edit it, or move it away and run init again.",
        ) from None
    return path
