"""The folder of this machine that stands for a store elsewhere. Nothing here asks the network."""

from __future__ import annotations

import json
import os
from pathlib import Path

from runfolio import schema
from runfolio.errors import StoreError, UsageError
from runfolio.store import files
from runfolio.store.folder import Folder, marker_bytes
from runfolio.store.mirrors import is_web, mirror_path, require


def mirror(address: str) -> Folder:
    """The mirror of an address, made if it is not there; the network is not asked."""
    path = mirror_path(address)
    try:
        if not (path / schema.MARKER).exists():
            files.make_dirs(path)
            _write_marker(path, address, "")
        return Folder.open(path)
    except OSError as error:
        raise StoreError(
            f"The mirror of {address} cannot be made at {path}: {error.strerror or error}.",
            hint="RUNFOLIO_CACHE names another folder for it.",
        ) from error


def spool(address: str) -> Folder:
    """The mirror to log into; an address that can only be read, or lacks a library, is an error."""
    if is_web(address):
        raise UsageError(
            f"{address} can only be read.", hint="Log into the bucket or folder that it shows."
        )
    require(address)
    return mirror(address)


def adopt(folder: Folder, store_id: str) -> None:
    """Remember which store the mirror is one of; StoreError if another lies there now."""
    if folder.store_id and store_id and folder.store_id != store_id:
        raise StoreError(
            f"At {folder.origin} lies another store now (id {store_id}, before {folder.store_id}).",
            hint=f"If that is right, move the mirror of the old one away: {folder.path}",
        )
    if store_id and not folder.store_id:
        _write_marker(folder.path, folder.origin, store_id)


def _write_marker(path: Path, address: str, store_id: str) -> None:
    content = {**json.loads(marker_bytes()), "store": store_id, "origin": address}
    temp = files.temp_path(path, schema.MARKER, str(os.getpid()))
    temp.write_text(json.dumps(content) + "\n", encoding="utf-8")
    files.replace(temp, path / schema.MARKER)
