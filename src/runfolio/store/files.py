"""Files that are whole or absent: the few system calls that the store's promises rest on.

Everything durable goes through here, so that a test can trace each call and replay every crash
between two of them.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Callable
from pathlib import Path

BINARY: int = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
NOFOLLOW: int = getattr(os, "O_NOFOLLOW", 0)
NONBLOCK: int = getattr(os, "O_NONBLOCK", 0)

#: File systems without fsync (some FUSE and network mounts) answer with one of these.
_NO_SYNC = {errno.EINVAL, errno.ENOSYS, getattr(errno, "ENOTSUP", errno.EINVAL)}


def printable(name: str) -> str:
    """A file name as text that can be shown and stored: bytes that are no UTF-8 become U+FFFD."""
    return os.fsencode(name).decode("utf-8", "replace")


def create(path: Path, *, append: bool = False) -> int:
    """Descriptor of a new, empty file; FileExistsError if there is one already."""
    flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | BINARY | NOFOLLOW
    return os.open(path, flags | (os.O_APPEND if append else 0), 0o666)


def write_all(fd: int, data: bytes | memoryview) -> None:
    """Write every byte, in as many calls as the system needs."""
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]


def sync_file(fd: int) -> None:
    """Ask the disk to keep the file's bytes and length; silent where there is no such promise."""
    try:
        getattr(os, "fdatasync", os.fsync)(fd)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise


def sync_dir(path: Path) -> None:
    """Ask the disk to keep the directory's entries; nothing to do on Windows."""
    if os.name == "nt":
        return
    fd = os.open(path, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | BINARY)
    try:
        os.fsync(fd)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise
    finally:
        os.close(fd)


def make_dirs(path: Path, *, sync: bool = True) -> list[Path]:
    """Make a directory with its parents; returns the directories that have new entries.

    They are synced unless the caller does that later.
    """
    missing = []
    while not path.is_dir():
        missing.append(path)
        path = path.parent
    for folder in reversed(missing):
        try:
            folder.mkdir()
        except FileExistsError:
            if not folder.is_dir():
                raise
        if sync:
            sync_dir(folder.parent)
    return [folder.parent for folder in missing]


def temp_path(folder: Path, name: str, mark: str) -> Path:
    """A fresh path for a half-made ``name``; ``mark`` says which process makes it."""
    return folder / f"t-{name}-{mark}-{secrets.token_hex(3)}.tmp"


def replace(source: Path, target: Path) -> None:
    """Rename over ``target`` and keep the entry."""
    source.replace(target)
    sync_dir(target.parent)


def publish(data: bytes, target: Path, temp: Path, check: Callable[[Path], None]) -> None:
    """Make ``target`` appear whole: temp file, fsync, ``check`` of what was written, rename.

    ``check`` raises when the bytes on disk are not what they should be; the temp file is then
    removed and ``target`` does not appear.
    """
    make_dirs(temp.parent)
    make_dirs(target.parent)
    fd = create(temp)
    try:
        try:
            write_all(fd, data)
            sync_file(fd)
        finally:
            os.close(fd)
        check(temp)
        replace(temp, target)
    except BaseException:
        temp.unlink(missing_ok=True)
        raise
