"""Is a file of a store what its name says? Checks before a copy may take its place."""

from __future__ import annotations

import os
import re
from hashlib import sha256
from pathlib import Path

from runfolio import schema
from runfolio.errors import DamagedStoreError
from runfolio.store import stamps
from runfolio.store.coverage import Ranges, union
from runfolio.store.journal import NewerJournalError, glance, parse_journal
from runfolio.store.names import Name
from runfolio.store.parts import Footer, PartError, read_footer
from runfolio.store.record import read_record
from runfolio.store.source import open_regular

_CHUNK = 1024 * 1024
_VERSION = re.compile(rb'"version":(\d{1,9})')


class DamagedFileError(Exception):
    """A file is not what its name says; ``code`` is the slug of the problem."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def check(name: Name, path: Path) -> Footer | None:
    """Read every byte of the file at ``path``, which is meant to be ``name``.

    The footer of a part, pack or tomb; None for others. DamagedFileError if anything is wrong,
    OSError if the file cannot be read. A journal's torn tail is not wrong.
    """
    if name.sort == "blob":
        found = digest_of(path)
        if found != name.file:
            raise DamagedFileError("blob-damaged", f"its contents have the digest {found[:12]}…")
        return None
    if name.sort == "journal":
        return None
    if name.sort == "snapshot":
        _check_record(name, path)
        return None
    try:
        footer = read_footer(path)
        fits = _is_named(name, path) if name.sort == "pack" else _fits(name, footer)
    except PartError as error:
        raise DamagedFileError(error.code, str(error)) from error
    if not fits:
        raise DamagedFileError("part-damaged", "its name and its footer differ")
    return footer


def _check_record(name: Name, path: Path) -> None:
    try:
        read_record(path, name.file)
    except DamagedStoreError as error:
        raise DamagedFileError("snapshot-damaged", str(error).rstrip(".")) from error


def _is_named(name: Name, path: Path) -> bool:
    """Whether a pack's name is the one that its bytes give it."""
    with path.open("rb") as file:
        return name.file == f"c-{stamps.read_stamp(file).name}.parquet"


def _fits(name: Name, footer: Footer) -> bool:
    covered = footer.coverage.get(name.writer, ())
    if set(footer.coverage) != {name.writer} or not covered:
        return False
    if name.sort == "tomb":
        return footer.runs == {name.writer: name.run_id}
    return covered[0][0] == name.lo and covered[-1][1] == name.hi


def digest_of(path: Path) -> str:
    """SHA-256 of a file, read in pieces."""
    state = sha256()
    with open_regular(path) as fd:
        while chunk := os.read(fd, _CHUNK):
            state.update(chunk)
    return state.hexdigest()


def version_of(name: Name, path: Path) -> int:
    """The format that a file says it has, by a look at one end of it; 0 if it does not say.

    No library sees the file: what is damaged is found when it is copied.
    """
    if name.sort == "journal":
        header = glance(path).header
        return header.version if header else 0
    if name.sort in ("blob", "snapshot"):
        return 0
    tail = _tail(path)
    found = _VERSION.search(tail)
    return int(found[1]) if found else 0


def _tail(path: Path) -> bytes:
    """The Parquet footer of a file; b"" if the file is too short for what it says."""
    with open_regular(path) as fd:
        size = os.fstat(fd).st_size
        os.lseek(fd, max(0, size - 8), os.SEEK_SET)
        length = int.from_bytes(os.read(fd, 8)[:4], "little") + 8
        if length > size:
            return b""
        os.lseek(fd, size - length, os.SEEK_SET)
        return b"".join(iter(lambda: os.read(fd, _CHUNK), b""))


def journal_ranges(name: Name, path: Path) -> Ranges:
    """The facts that a journal holds now, or would hold whole if it ended in order.

    () for one without facts, which still says that its run began. NewerJournalError, OSError.
    """
    if path.name == name.file:
        seen = glance(path)
        if seen.end is not None:
            return union([(seen.lo, seen.end.seq)])
    return parse_journal(Path(name.text), path.read_bytes()).ranges


def newest_of(pairs: list[tuple[Name, Path]]) -> tuple[int, str]:
    """The newest format among files, and the name of one that has it."""
    newest = (0, "")
    for name, path in pairs:
        try:
            version = version_of(name, path)
        except NewerJournalError as error:
            version = error.version
        except OSError:
            continue  # it is named when it is copied
        newest = max(newest, (version, name.text))
    return newest


def is_newer(version: int) -> bool:
    """Whether this runfolio does not know a format."""
    return version > schema.FORMAT
