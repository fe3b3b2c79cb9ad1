"""What a compressed file holds: told by how its bytes begin, bounded in size, never guessed."""

from __future__ import annotations

import bz2
import io
import lzma
import re
import tarfile
import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

#: Most bytes that one packed thing may unfold to.
MOST_BYTES = 256 << 20
_PDF_STREAM = re.compile(rb"stream\r?\n")
#: Formats that nothing here can open: how they begin, and their names.
_CLOSED = {
    b"7z\xbc\xaf\x27\x1c": "7-Zip",
    b"Rar!\x1a\x07": "RAR",
    b"\x04\x22\x4d\x18": "LZ4",
    b"\x02\x21\x4c\x18": "LZ4",
    b"\x89LZO\0": "lzop",
    b"LZIP\x01": "lzip",
    b"MSCF\0\0\0\0": "a cabinet",
    b"\xff\x06\0\0sNaPpY": "Snappy",
    b"\x1f\x9d\x90": "compress (.Z)",
}
_OPENED = rb"""
    PAR1|ARROW1|\x89PNG\r\n|PK\x03\x04|PK\x05\x06|\x1f\x8b\x08|\xfd7zXZ\0|BZh\d1AY|\x28\xb5\x2f\xfd|%PDF-
    |\]\0\0|\x78[\x01\x5e\x9c\xda]|\xff\xd8\xff|GIF8|RIFF|II\*\0|MM\0\*
"""
#: How what is packed, or may carry texts among its bytes, begins.
PACKED = re.compile(_OPENED + b"|" + b"|".join(map(re.escape, _CLOSED)), re.VERBOSE)


class UnreadableError(Exception):
    """A file cannot be taken apart, so nobody knows what it holds."""


class _Reader(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, most: int, /) -> bytes: ...


def unpacked(data: bytes) -> tuple[str, bytes] | None:
    """Format and content of a compressed file, cut one byte above MOST_BYTES; None for others.

    UnreadableError where it is broken, or in a format that cannot be opened here.
    """
    for head, name in _CLOSED.items():
        if data.startswith(head):
            raise UnreadableError(f"it is packed as {name}, which cannot be looked into")
    if data[:3] == b"\x1f\x8b\x08":  # chance writes two bytes into many a digest
        return "gzip", _sound("gzip", _members, data, lambda: zlib.decompressobj(31))
    if data[:6] == b"\xfd7zXZ\0":
        return "xz", _sound("xz", _members, data, lzma.LZMADecompressor)
    if data[:3] == b"BZh":
        return "bzip2", _sound("bzip2", _members, data, bz2.BZ2Decompressor)
    if data[:4] == b"\x28\xb5\x2f\xfd":
        return "zstd", _sound("zstd", _zstd, data)
    if data[:3] == b"]\0\0":
        try:
            return "lzma", lzma.LZMADecompressor(lzma.FORMAT_ALONE).decompress(data, MOST_BYTES + 1)
        except lzma.LZMAError:
            return None
    if data[:1] == b"\x78" and len(data) > 2 and int.from_bytes(data[:2], "big") % 31 == 0:
        try:  # a text may begin with these two letters, too
            return "zlib", _members(data, zlib.decompressobj)
        except (zlib.error, EOFError):
            return None
    return None


def is_tar(data: bytes) -> bool:
    """Whether it is a tar archive."""
    return data[257:262] == b"ustar"


def tar_members(data: bytes) -> Iterator[tuple[str, bytes]]:
    """Name and content of the files of a tar archive; UnreadableError where it is broken."""
    try:
        with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as archive:
            for member in archive:
                file = archive.extractfile(member) if member.isreg() else None
                if file is not None:
                    yield member.name, file.read()
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise UnreadableError(f"it is no sound tar archive ({error})") from error


def pdf_streams(data: bytes) -> Iterator[bytes]:
    """What the compressed streams of a PDF hold; others are read as they stand.

    UnreadableError where they unfold to more than MOST_BYTES.
    """
    left = MOST_BYTES
    for part in data.split(b"endstream")[:-1]:
        start = _PDF_STREAM.search(part)
        try:
            found = zlib.decompressobj().decompress(part[start.end() :], left + 1) if start else b""
        except zlib.error:
            continue
        left -= len(found)
        if left < 0:
            raise UnreadableError("its streams unfold to too much")
        yield found


def _sound(name: str, read: Callable[..., bytes], data: bytes, *more: object) -> bytes:
    try:
        return read(data, *more)
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
        raise UnreadableError(f"it is no sound {name} file ({error})") from error


def _members(data: bytes, start: Callable[[], _Reader]) -> bytes:
    """All members of a file one after the other, as such files may be joined."""
    found, left = [], MOST_BYTES + 1
    while data and left > 0:
        reader = start()
        piece = reader.decompress(data, left)
        found.append(piece)
        left -= len(piece)
        if left > 0 and not reader.eof:
            raise EOFError("it ends too early")
        data = reader.unused_data.lstrip(b"\0")
        if data and not data.startswith((b"\x1f\x8b", b"\xfd7zXZ", b"BZh")):
            found.append(b"\n" + data)  # what was hung on behind is published, too
            break
    return b"".join(found)


def _zstd(data: bytes) -> bytes:
    import pyarrow

    with pyarrow.CompressedInputStream(pyarrow.BufferReader(data), "zstd") as stream:
        found: bytes = stream.read(MOST_BYTES + 1)
    return found
