"""Blobs: the contents of artifacts, each stored once under its SHA-256."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from runfolio.errors import StoreError
from runfolio.store import files
from runfolio.store.folder import Folder
from runfolio.store.status import this_process

_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Blob:
    """A stored content. ``changed``: the file was written to while it was copied, twice."""

    digest: str
    size: int
    changed: bool = False


def put_file(folder: Folder, path: Path | str) -> Blob:
    """Store the contents of a file, in pieces; StoreError if it is not a regular file.

    A file that changes while it is copied is copied once more; what is stored is always what the
    digest says. OSError if the file cannot be read or the store not be written.
    """
    blob = _copy(folder, Path(path))
    return _copy(folder, Path(path)) if blob.changed else blob


def put_bytes(folder: Folder, data: bytes | memoryview) -> Blob:
    """Store these bytes."""
    with _Incoming(folder) as incoming:
        incoming.take(data)
        return incoming.keep()


@contextmanager
def open_blob(folder: Folder, digest: str) -> Iterator[BinaryIO]:
    """The contents with this digest, for reading; StoreError if the store does not have them."""
    path = folder.blob_path(digest)
    try:
        fd = os.open(path, os.O_RDONLY | files.BINARY | files.NOFOLLOW | files.NONBLOCK)
    except OSError as error:
        raise StoreError(
            f"The store has no contents {digest[:12]}… ({error.strerror or error}).",
            hint="The artifact was not copied with the store; `runfolio verify` lists all such.",
        ) from error
    with os.fdopen(fd, "rb") as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise StoreError(f"{path} is not a regular file.")
        yield file


def _copy(folder: Folder, path: Path) -> Blob:
    """One try; the blob's ``changed`` says whether the file held still meanwhile."""
    fd = os.open(path, os.O_RDONLY | files.BINARY | files.NONBLOCK)
    with os.fdopen(fd, "rb", buffering=0) as source:
        before = os.fstat(fd)
        if not stat.S_ISREG(before.st_mode):
            raise StoreError(
                f"{path} is not a regular file.", hint="Log a file, or each file of a folder."
            )
        with _Incoming(folder) as incoming:
            left = before.st_size  # a log may grow faster than it can be copied
            while left > 0 and (chunk := source.read(min(left, _CHUNK))):
                incoming.take(chunk)
                left -= len(chunk)
            after = os.fstat(fd)
            changed = (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns)
            blob = incoming.keep()
    return Blob(blob.digest, blob.size, changed or blob.size != before.st_size)


class _Incoming:
    """A blob on its way: written to a temporary file, then renamed unless it is there already."""

    def __init__(self, folder: Folder) -> None:
        folder.ensure()
        files.make_dirs(folder.tmp)
        mark = this_process()
        self._folder = folder
        self._temp = files.temp_path(folder.tmp, "blob", f"{mark.boot}-{mark.pid}-{mark.start}")
        self._hash = sha256()
        self._size = 0
        self._fd = files.create(self._temp)

    def __enter__(self) -> _Incoming:
        return self

    def __exit__(self, *_: object) -> None:
        if self._fd >= 0:
            os.close(self._fd)
        self._temp.unlink(missing_ok=True)

    def take(self, data: bytes | memoryview) -> None:
        self._hash.update(data)
        files.write_all(self._fd, data)
        self._size += len(data)

    def keep(self) -> Blob:
        blob = Blob(self._hash.hexdigest(), self._size)
        target = self._folder.blob_path(blob.digest)
        if not _is_there(target, blob.size):
            files.sync_file(self._fd)
            fd, self._fd = self._fd, -1
            os.close(fd)
            files.make_dirs(target.parent)
            files.replace(self._temp, target)
        return blob


def _is_there(path: Path, size: int) -> bool:
    """True if a regular file of this size has the name; other contents cannot have it."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size == size
