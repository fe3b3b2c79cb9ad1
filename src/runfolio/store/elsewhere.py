"""What a store elsewhere can do, and what its marker says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Protocol

from runfolio import schema
from runfolio.errors import StoreError, StoreVersionError
from runfolio.store.source import Source


class Remote(Source, Protocol):
    """A store elsewhere: a source of files that may take some as well."""

    def marker(self) -> dict[str, Any] | None:
        """What the marker says; None where there is no store. StoreVersionError for a newer one."""

    def send(self, text: str, path: Path, *, new: bool = True) -> bool:
        """Send a file as ``text``; False if ``new`` and there is one of that name already."""

    def size(self, text: str) -> int | None:
        """Bytes of a file there; None if there is none."""


def read_marker(label: str, data: bytes) -> dict[str, Any]:
    """The marker of a store elsewhere; StoreVersionError or StoreError if it cannot be used."""
    try:
        marker = json.loads(data)
    except ValueError:
        marker = None
    version = marker.get("format") if isinstance(marker, dict) else None
    if not isinstance(version, int) or version < 1:
        raise StoreError(
            f"{schema.MARKER} at {label} is not the marker of a store.",
            hint="Name another place, or restore the marker from a copy.",
        )
    if version > schema.FORMAT:
        raise StoreVersionError(
            f"The store {label} has format {version}; this runfolio knows up to {schema.FORMAT}.",
            hint="Update runfolio: pip install --upgrade runfolio",
        )
    assert isinstance(marker, dict)
    return marker
