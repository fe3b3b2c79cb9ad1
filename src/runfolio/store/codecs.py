"""Which compressions a Parquet file asks for, read without a Parquet library.

Asked for the name of a codec that does not exist, the library ends the whole process. So the few
bytes that say it are read here: the footer is a struct in Thrift's compact protocol, and the codec
is field 4 of field 3 (metadata) of each of field 1 (columns) of each of field 4 (row groups).
"""

from __future__ import annotations

import io
from typing import Any

from runfolio.store.footers import PartError

NAMES = ("none", "snappy", "gzip", "lzo", "brotli", "lz4", "zstd", "lz4_raw")
_ALLOWED = {NAMES.index("none"), NAMES.index("snappy"), NAMES.index("zstd")}
_PATH = (4, 1, 3, 4)
_TRUE, _FALSE, _BYTE, _I64, _DOUBLE, _BINARY, _LIST, _SET, _STRUCT = 1, 2, 3, 6, 7, 8, 9, 10, 12
_DEEPEST = 32


def check_codecs(file: Any) -> None:
    """PartError unless each column of an open Parquet file has a codec that every reader knows."""
    try:
        found = codecs(_footer(file))
    except (IndexError, ValueError, RecursionError, OSError) as error:
        raise PartError("part-damaged", f"its footer cannot be understood: {error}") from error
    for codec in found:
        if codec not in _ALLOWED:
            name = NAMES[codec] if 0 <= codec < len(NAMES) else str(codec)
            raise PartError("part-codec", f"the codec {name} is not allowed")


def _footer(file: Any) -> bytes:
    """The bytes of the footer, whose length stands before the last four."""
    size = file.seek(0, io.SEEK_END)
    file.seek(size - 8)
    length = int.from_bytes(file.read(4), "little")
    file.seek(size - 8 - length)
    footer: bytes = file.read(length)
    file.seek(0)
    return footer


def codecs(footer: bytes) -> list[int]:
    """The codec of each column; IndexError or ValueError if the bytes are no footer."""
    found: list[int] = []
    _walk(footer, 0, 0, found)
    return found


def _walk(data: bytes, at: int, depth: int, found: list[int]) -> int:
    """Follow the path through one struct; returns where it ends."""
    field = 0
    while head := data[at]:
        at += 1
        if head >> 4:
            field += head >> 4
        else:
            field, at = _number(data, at)
        kind = head & 15
        if field != _PATH[depth]:
            at = _skip(data, at, kind, 0)
        elif depth == len(_PATH) - 1:
            value, at = _number(data, at)
            found.append(value)
        elif kind == _LIST:
            count, _, at = _list(data, at)
            for _ in range(count):
                at = _walk(data, at, depth + 1, found)
        else:
            at = _walk(data, at, depth + 1, found)
    return at + 1


def _skip(data: bytes, at: int, kind: int, depth: int) -> int:
    """Where a value of this kind ends."""
    if depth > _DEEPEST:
        raise ValueError("nested too deep")
    if kind in (_TRUE, _FALSE):
        return at
    if kind == _BYTE:
        return at + 1
    if kind <= _I64:
        return _varint(data, at)[1]
    if kind == _DOUBLE:
        return at + 8
    if kind == _BINARY:
        size, at = _varint(data, at)
        return at + size
    if kind in (_LIST, _SET):
        count, inner, at = _list(data, at)
        if inner <= _BYTE:
            return at + count
        for _ in range(count):
            at = _skip(data, at, inner, depth + 1)
        return at
    if kind == _STRUCT:
        while head := data[at]:
            at += 1
            if not head >> 4:
                at = _varint(data, at)[1]
            at = _skip(data, at, head & 15, depth + 1)
        return at + 1
    raise ValueError(f"a field of the unknown kind {kind}")


def _list(data: bytes, at: int) -> tuple[int, int, int]:
    """Length and kind of a list, and where its first value lies."""
    head = data[at]
    count, at = (head >> 4, at + 1) if head >> 4 < 15 else _varint(data, at + 1)
    if count > len(data):
        raise ValueError(f"a list of {count:,} values in {len(data):,} bytes")
    return count, head & 15, at


def _number(data: bytes, at: int) -> tuple[int, int]:
    """A signed number and where it ends."""
    value, at = _varint(data, at)
    return (value >> 1) ^ -(value & 1), at


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7
        if shift > 63:
            raise ValueError("a number of more than 64 bits")
