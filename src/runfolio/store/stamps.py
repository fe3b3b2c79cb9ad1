"""The stamp of a part or pack: by it a file knows that every byte of it is as it was written.

Right before the Parquet footer lie 40 bytes that other readers never look at: ``RFSEAL01``, the
BLAKE2b-128 of all that comes after the stamp (the footer), and that of all that comes before it
(the rows). Both are checked before a Parquet library sees the bytes: one flipped bit in a footer
can crash such a library. The footer can be believed without reading the rows.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO

from runfolio.store.footers import PartError

_MAGIC = b"RFSEAL01"
_EACH = 16
SIZE = len(_MAGIC) + 2 * _EACH
_TAIL = 8
_CHUNK = 1024 * 1024
#: The tail is looked for in so many bytes first; longer footers take a second read.
_GUESS = 16 * 1024


@dataclass(frozen=True)
class Stamp:
    """Where a stamp lies (``at``) in a file of ``size`` bytes, and its two digests."""

    at: int
    size: int
    footer: bytes
    rows: bytes

    @property
    def name(self) -> str:
        """32 hex digits that no other file's stamp has."""
        return blake2b(self.footer + self.rows, digest_size=_EACH).hexdigest()


def stamped(data: bytes) -> bytes:
    """A Parquet file with the stamp before its footer, whose offsets all point before it."""
    at = _footer_at(data[-_TAIL:], len(data))
    return data[:at] + before(data[at:], _digest(memoryview(data)[:at])) + data[at:]


def before(footer: bytes, rows: bytes) -> bytes:
    """The stamp that goes before this footer, after bytes with the digest ``rows``."""
    return _MAGIC + _digest(footer) + rows


def check(data: bytes) -> None:
    """PartError if ``data`` is not byte for byte what was stamped."""
    file = io.BytesIO(data)
    check_rows(file, read_stamp(file))


def read_stamp(file: BinaryIO) -> Stamp:
    """The stamp of an open file whose footer is as it was written; PartError if it is not."""
    size = file.seek(0, io.SEEK_END)
    start = max(0, size - _GUESS)
    file.seek(start)
    tail = file.read(size - start)
    file.seek(0)
    if file.read(4) != b"PAR1" or tail[-4:] != b"PAR1":
        raise PartError("part-damaged", "no footer: the file is cut or empty")
    at = _footer_at(tail[-_TAIL:], size)
    if at - SIZE < 4:
        raise PartError("part-damaged", "its footer is cut")
    if at - SIZE < start:
        file.seek(at - SIZE)
        tail, start = file.read(size - at + SIZE), at - SIZE
    stamp, footer = tail[at - SIZE - start : at - start], tail[at - start :]
    if stamp[: len(_MAGIC)] != _MAGIC:
        raise PartError("part-foreign", "it has no seal: another program made it, or it is damaged")
    digest = stamp[len(_MAGIC) : len(_MAGIC) + _EACH]
    if digest != _digest(footer):
        raise PartError("part-damaged", "its footer is not the one that was sealed")
    return Stamp(at - SIZE, size, digest, stamp[-_EACH:])


def check_rows(file: BinaryIO, stamp: Stamp) -> None:
    """PartError if the rows are not byte for byte those that were stamped."""
    if _digest_of_range(file, 0, stamp.at) != stamp.rows:
        raise PartError("part-damaged", "its bytes are not those that were sealed")


def read_whole(path: Path) -> Stamp:
    """The stamp of a file of which every byte is as it was written; errors as above, OSError."""
    with path.open("rb") as file:
        stamp = read_stamp(file)
        check_rows(file, stamp)
        return stamp


def digest_of_range(file: BinaryIO, start: int, end: int) -> str:
    """BLAKE2b-128 (hex) of a stretch of an open file."""
    return _digest_of_range(file, start, end).hex()


def _digest_of_range(file: BinaryIO, start: int, end: int) -> bytes:
    state = blake2b(digest_size=_EACH)
    file.seek(start)
    while start < end and (chunk := file.read(min(_CHUNK, end - start))):
        state.update(chunk)
        start += len(chunk)
    return state.digest()


def _digest(data: bytes | memoryview) -> bytes:
    return blake2b(data, digest_size=_EACH).digest()


def _footer_at(tail: bytes, size: int) -> int:
    """Where the Parquet footer begins; negative if the file is too short for what it says."""
    return size - _TAIL - int.from_bytes(tail[:4], "little")
