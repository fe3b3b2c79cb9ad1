"""Two files of one name: are they the same, does one go on where the other stops, or neither?"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from runfolio.store.contents import DamagedFileError, check
from runfolio.store.journal import glance
from runfolio.store.names import Name
from runfolio.store.record import Record, read_record
from runfolio.store.source import open_regular
from runfolio.store.status import ProcessMark, is_gone

_CHUNK = 1024 * 1024

#: "same": nothing to do. "longer": theirs is ours and more. "heal": ours is damaged, theirs is
#: whole. "conflict": both are whole and differ. "broken": theirs is damaged.
Verdict = Literal["same", "longer", "heal", "conflict", "broken"]


def compare(name: Name, ours: Path, theirs: Path) -> Verdict:
    """What a copy of ``name`` that lies at ``theirs`` is to our own; OSError if it is unreadable.

    Two parts that say the same facts are the same, however they are encoded.
    """
    if name.sort == "journal":
        return _journals(_bytes(ours), _bytes(theirs))
    if _is_equal(name, ours, theirs):
        return "same"
    try:
        their_footer = check(name, theirs)
    except DamagedFileError:
        return "broken"
    try:
        our_footer = check(name, ours)
    except DamagedFileError:
        return "heal"
    if name.sort == "snapshot":
        return _records(read_record(ours, name.file), read_record(theirs, name.file))
    if our_footer is None or their_footer is None:  # blobs: one digest, one content
        return "same"
    return "same" if our_footer.digest == their_footer.digest else "conflict"


def _is_equal(name: Name, ours: Path, theirs: Path) -> bool:
    """Whether all bytes are equal; blobs of one size are taken to be, since they are large."""
    with open_regular(ours) as one, open_regular(theirs) as other:
        if os.fstat(one).st_size != os.fstat(other).st_size:
            return False
        if name.sort == "blob":
            return True
        while chunk := os.read(one, _CHUNK):
            if chunk != os.read(other, _CHUNK):
                return False
    return True


def _records(ours: Record, theirs: Record) -> Verdict:
    """A note, a DOI or the mark of a removal that came later counts; two births are a conflict."""
    alike = ours.digest == theirs.digest and ours.time == theirs.time
    if not (alike or ours.gone or theirs.gone):
        return "conflict"
    return "longer" if theirs.changed > ours.changed else "same"


def _journals(ours: bytes, theirs: bytes) -> Verdict:
    """A journal only grows, so of two copies one begins with the other.

    A power cut may leave zeros where the end was.
    """
    if ours.startswith(theirs):
        return "same"
    if theirs.startswith(ours) or theirs.startswith(ours.rstrip(b"\0")):
        return "longer"
    return "same" if ours.startswith(theirs.rstrip(b"\0")) else "conflict"


def _bytes(path: Path) -> bytes:
    with open_regular(path) as fd, os.fdopen(os.dup(fd), "rb") as file:
        return file.read()


def is_written_here(path: Path) -> bool:
    """Whether a living process of this machine has the journal at ``path`` open, or may have.

    Its writer would go on in the file that it opened, not in one that took the name.
    """
    header = glance(path).header
    if header is None:
        return False
    mark = ProcessMark(header.pid, header.start, header.boot)
    if is_gone(mark) is not False:
        return False
    return _holds(mark.pid, path)


def _holds(pid: int, path: Path) -> bool:
    """Whether the process has the file open; True where that cannot be seen."""
    mine = path.stat()
    home = Path(f"/proc/{pid}/fd")
    try:
        for each in home.iterdir():
            try:
                found = each.stat()
            except OSError:
                continue  # closed just now
            if (found.st_dev, found.st_ino) == (mine.st_dev, mine.st_ino):
                return True
    except OSError:
        return True
    return False
