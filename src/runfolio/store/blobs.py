"""Blobs: the contents of artifacts, each stored once under its SHA-256."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from runfolio.errors import DamagedStoreError, StoreError
from runfolio.store import files
from runfolio.store.folder import Folder
from runfolio.store.opening import contents_file
from runfolio.store.status import this_process

#: Contents are read in pieces of so many bytes.
PIECE = 1024 * 1024


#: Opens a file and gives its descriptor; asked again when the file changed meanwhile.
Opener = Callable[[], int]


@dataclass(frozen=True)
class Blob:
    """A stored content. ``changed``: the file was written to while it was copied, twice.

    ``first``: the digest that the first try found, if there was a second one; else ''.
    """

    digest: str
    size: int
    changed: bool = False
    first: str = ""


def put_file(folder: Folder, path: Path | str, *, opener: Opener | None = None) -> Blob:
    """Store the contents of a file, in pieces; StoreError if it is not a regular file.

    A file that changes while it is copied is copied once more; what is stored is always what the
    digest says. OSError if the file cannot be read or the store not be written. ``opener`` opens
    the file in place of a plain open of ``path``.
    """
    opened = opener or (lambda: os.open(path, os.O_RDONLY | files.BINARY | files.NONBLOCK))
    first = _copy(folder, Path(path), opened, last=False)
    if not first.changed:
        return first
    return replace(_copy(folder, Path(path), opened, last=True), first=first.digest)


def put_pieces(folder: Folder, pieces: Iterable[bytes], digest: str | None = None) -> Blob:
    """Store contents that come in pieces; StoreError, and nothing kept, if ``digest`` differs."""
    with _Incoming(folder) as incoming:
        for piece in pieces:
            incoming.take(piece)
        found = incoming.digest
        if digest and found != digest:
            raise StoreError(f"The contents have the digest {found[:12]}…, not {digest[:12]}….")
        return incoming.keep()


def digest_file(path: Path | str, *, opener: Opener | None = None) -> Blob:
    """Digest and size of a file that is not stored; read again once if it changes meanwhile."""
    opened = opener or (lambda: os.open(path, os.O_RDONLY | files.BINARY | files.NONBLOCK))
    first = _read(Path(path), opened, _Contents())
    if not first.changed:
        return first
    return replace(_read(Path(path), opened, _Contents()), first=first.digest)


def put_bytes(folder: Folder, data: bytes | memoryview) -> Blob:
    """Store these bytes."""
    with _Incoming(folder) as incoming:
        incoming.take(data)
        return incoming.keep()


@contextmanager
def open_blob(folder: Folder, digest: str) -> Iterator[BinaryIO]:
    """The contents with this digest, for reading; StoreError if the store does not have them."""
    path = contents_file(folder, digest)
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


@contextmanager
def open_checked(folder: Folder, digest: str) -> Iterator[BinaryIO]:
    """The contents with this digest, after all of them were read and found to be what it says.

    DamagedStoreError if they are not; StoreError if the store does not have them.
    """
    with open_blob(folder, digest) as file:
        state = sha256()
        while piece := file.read(PIECE):
            state.update(piece)
        check_digest(digest, state.hexdigest())
        file.seek(0)
        yield file


def pieces_of(folder: Folder, digest: str) -> Iterator[bytes]:
    """The contents in pieces; DamagedStoreError after the last one if they are not what it says."""
    with open_blob(folder, digest) as file:
        state = sha256()
        while piece := file.read(PIECE):
            state.update(piece)
            yield piece
    check_digest(digest, state.hexdigest())


def check_digest(wanted: str, found: str) -> None:
    """DamagedStoreError if contents do not have the digest that they are kept under."""
    if found != wanted:
        raise DamagedStoreError(
            f"The contents {wanted[:12]}… are damaged: their digest is {found[:12]}….",
            hint="Other copies of the store may have them whole: runfolio verify --repair sets the "
            "damaged file aside, and copying or merging brings the whole one.",
        )


def _copy(folder: Folder, path: Path, opened: Opener, *, last: bool) -> Blob:
    """One try; the blob's ``changed`` says whether the file held still meanwhile.

    A copy of a file that did not is only kept if it is the ``last``.
    """
    with _Incoming(folder) as incoming:
        blob = _read(path, opened, incoming)
        if last or not blob.changed:
            incoming.keep()
    return blob


def _read(path: Path, opened: Opener, contents: _Contents) -> Blob:
    """Fill ``contents`` in pieces, with as much as the file held when it was opened."""
    fd = opened()
    with os.fdopen(fd, "rb", buffering=0) as source:
        before = os.fstat(fd)
        if not stat.S_ISREG(before.st_mode):
            raise StoreError(
                f"{path} is not a regular file.", hint="Log a file, or each file of a folder."
            )
        left = before.st_size  # a log may grow faster than it can be copied
        while left > 0 and (piece := source.read(min(left, PIECE))):
            contents.take(piece)
            left -= len(piece)
        after = os.fstat(fd)
        held = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
        return Blob(contents.digest, contents.size, changed=not held or left > 0)


class _Contents:
    """The digest and size of what is given to it piece by piece."""

    def __init__(self) -> None:
        self.size = 0
        self._hash = sha256()

    def take(self, data: bytes | memoryview) -> None:
        self._hash.update(data)
        self.size += len(data)

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()


class _Incoming(_Contents):
    """A blob on its way: written to a temporary file, then renamed unless it is there already."""

    def __init__(self, folder: Folder) -> None:
        super().__init__()
        folder.ensure()
        files.make_dirs(folder.tmp)
        mark = this_process()
        self._folder = folder
        self._temp = files.temp_path(folder.tmp, "blob", f"{mark.boot}-{mark.pid}-{mark.start}")
        self._fd = files.create(self._temp)

    def __enter__(self) -> _Incoming:
        return self

    def __exit__(self, *_: object) -> None:
        if self._fd >= 0:
            os.close(self._fd)
        self._temp.unlink(missing_ok=True)

    def take(self, data: bytes | memoryview) -> None:
        super().take(data)
        files.write_all(self._fd, data)

    def keep(self) -> Blob:
        """Give the contents their name."""
        blob = Blob(self.digest, self.size)
        target = self._folder.blob_path(blob.digest)
        if not _is_there(target, blob.size):
            files.sync_file(self._fd)
            fd, self._fd = self._fd, -1
            os.close(fd)
            files.make_dirs(target.parent)
            files.replace(self._temp, target)
        else:
            with suppress(OSError):  # a purge leaves alone what was used just now
                os.utime(target)
        return blob


def _is_there(path: Path, size: int) -> bool:
    """True if a regular file of this size has the name; other contents cannot have it."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISREG(found.st_mode) and found.st_size == size
