"""Where files of a store are copied from: a folder here or (``store.remote``) elsewhere."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from runfolio import schema
from runfolio.store import files
from runfolio.store.folder import Folder
from runfolio.store.names import Name, name_of

_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Entry:
    """A file of a store as its listing shows it; ``mtime_ns`` is 0 where nobody knows it."""

    name: Name
    size: int
    mtime_ns: int = 0


class Source(Protocol):
    """A store that files are copied out of.

    ``label``: what it is called in messages, without credentials. ``local``: its files lie on a
    disk of this machine, so that looking into one costs little.
    """

    label: str
    local: bool

    def entries(self) -> dict[str, Entry]:
        """All files by name; names that no file of a store has are left out."""

    def fetch(self, entry: Entry, target: Path) -> None:
        """Write the file to the new file ``target``, durably; OSError if that fails."""

    def path(self, entry: Entry) -> Path | None:
        """Where the file lies on this machine; None if it has to be fetched first."""


class LocalSource:
    """The files of a folder. Links and special files are not followed, and so never copied."""

    local = True

    def __init__(self, folder: Folder) -> None:
        self.folder = folder
        self.label = str(folder.path)

    def entries(self) -> dict[str, Entry]:
        """All files by name."""
        found = {}
        for text, info in _walk(self.folder):
            name = name_of(text)
            if name is not None:
                found[text] = Entry(name, info.st_size, info.st_mtime_ns)
        return found

    def path(self, entry: Entry) -> Path:
        """Where the file lies."""
        return self.folder.path / entry.name.text

    def fetch(self, entry: Entry, target: Path) -> None:
        """Copy the file, in pieces, to the new file ``target``."""
        with open_regular(self.path(entry)) as fd, new_file(target) as out:
            while chunk := os.read(fd, _CHUNK):
                files.write_all(out, chunk)


@contextmanager
def open_regular(path: Path) -> Iterator[int]:
    """Descriptor of a regular file for reading; OSError for links, pipes and devices."""
    fd = os.open(path, os.O_RDONLY | files.BINARY | files.NOFOLLOW | files.NONBLOCK)
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise OSError(f"{path} is not a regular file")
        yield fd
    finally:
        os.close(fd)


@contextmanager
def new_file(path: Path) -> Iterator[int]:
    """Descriptor of a new file, which is on the disk when the block ends."""
    files.make_dirs(path.parent)
    fd = files.create(path)
    try:
        yield fd
        files.sync_file(fd)
    finally:
        os.close(fd)


def _walk(folder: Folder) -> Iterator[tuple[str, os.stat_result]]:
    """Name and state of every regular file in the folders of a store."""
    for home in (schema.TOMBS, schema.PACKS, schema.SNAPSHOTS):
        yield from _files(folder.path / home, home)
    for home in (schema.RUNS, schema.BLOBS):
        for inner in _folders(folder.path / home):
            yield from _files(folder.path / home / inner, f"{home}/{inner}")


def _folders(home: Path) -> list[str]:
    try:
        with os.scandir(home) as entries:
            return sorted(each.name for each in entries if each.is_dir(follow_symlinks=False))
    except (FileNotFoundError, NotADirectoryError):
        return []


def _files(home: Path, prefix: str) -> list[tuple[str, os.stat_result]]:
    found = []
    try:
        with os.scandir(home) as entries:
            for each in entries:
                if each.is_file(follow_symlinks=False):
                    found.append((f"{prefix}/{each.name}", each.stat(follow_symlinks=False)))
    except (FileNotFoundError, NotADirectoryError):  # it was never made, or cleaned away just now
        return []
    return found
