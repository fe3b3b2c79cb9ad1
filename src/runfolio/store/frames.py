"""The journal's bytes: a header, then frames that check themselves.

    header   magic 8, version u16, length of the run id u16, writer 12, first seq u64, pid u32,
             start of the process u64, boot 8, time i64 (ns), run id (UTF-8), crc32 u32
    frame    marker 4, crc32 u32 (of all that follows), length u32 (of what follows it),
             seq u64, kind u8, payload

Numbers are little endian. ``seq`` is the number of the frame's first fact, or of the next fact in
frames that hold none. Checksums of frames are seeded with the CRC-32 of the writer's 12 characters,
so that a stale frame of another file is never taken for one's own, and so that a file whose
header is damaged can still be read by its name.

    layout    id u32, count u32, names (each u32 length, UTF-8)      sent before its first use
    points    layout u32, step i64, time i64 (ns), a double for each name
    stepless  the same without a step (the field is 0)
    facts     time i64, count u32, facts (see ``pack_facts``)
    beat, roll, close
              time i64, seconds f64 since the writer began: a sign of life, the end of this file
              (the next one goes on), the end of the writer
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from zlib import crc32

MAGIC = b"RFJOURNL"
VERSION = 1
MARKER = b"\xf5RF\x1e"
LIMIT = 16 * 1024 * 1024
LAYOUT, POINTS, STEPLESS, FACTS, BEAT, ROLL, CLOSE = 1, 2, 3, 4, 5, 6, 7

HEAD = struct.Struct("<4sI")
BODY = struct.Struct("<IQB")
FIXED = struct.Struct("<Iqq")
MOMENT = struct.Struct("<qd")
_START = struct.Struct("<4sIIQB")  # head and body at once
_HEADER = struct.Struct("<8sHH12sQIQ8sq")
_U32 = struct.Struct("<I")
_FACTS = struct.Struct("<qI")
_FACT = struct.Struct("<BBIqdI")
_HAS_STEP, _HAS_VALUE, _HAS_TEXT = 1, 2, 4
#: No header is longer.
HEADER_LIMIT = _HEADER.size + 64 + _U32.size
_LAST_SEQ = 10**12  # file names have 12 digits
_PRE = HEAD.size + 4
_MIN = BODY.size - 4
#: Length of the last frame of a journal that ended in order.
END_SIZE = HEAD.size + BODY.size + MOMENT.size

Fact = tuple[str, str, int | None, float | None, str | None]


class Frame(NamedTuple):
    """One frame that passed its check: where it starts, what it is, where its payload lies."""

    at: int
    seq: int
    kind: int
    start: int
    end: int


@dataclass(frozen=True)
class Header:
    """The first bytes of a journal. ``size`` is their count."""

    version: int
    writer: str
    run_id: str
    lo: int
    pid: int
    start: int
    boot: str
    time: int
    size: int


def seed_of(writer: str) -> int:
    """Start value of the checksums of all frames of ``writer``."""
    return crc32(writer.encode("ascii"))


def points_struct(count: int) -> struct.Struct:
    """Body of a frame of ``count`` points: length, seq, kind, layout, step, time, values."""
    return struct.Struct(f"<IQBIqq{count}d")


def frame(seed: int, seq: int, kind: int, payload: bytes) -> bytes:
    """A whole frame; ValueError if the payload is larger than a frame may be."""
    check_size(len(payload))
    length = _MIN + len(payload)
    body = BODY.pack(length, seq, kind) + payload
    return HEAD.pack(MARKER, crc32(body, seed)) + body


def check_size(payload: int) -> None:
    """ValueError if a payload of so many bytes is larger than a frame may be."""
    if payload > LIMIT - 1024:
        raise ValueError(f"{payload:,} bytes in one call; at most {LIMIT - 1024:,} fit.")


def pack_text(text: str) -> bytes:
    """UTF-8 of ``text``; half surrogates, which no encoding can hold, become U+FFFD."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        joined = text.encode("utf-16-le", "surrogatepass")
        return joined.decode("utf-16-le", "replace").encode("utf-8")


def pack_layout(ident: int, names: Sequence[str]) -> bytes:
    """Payload of a layout frame."""
    parts = [_U32.pack(ident), _U32.pack(len(names))]
    for name in names:
        encoded = pack_text(name)
        parts += [_U32.pack(len(encoded)), encoded]
    return b"".join(parts)


def pack_facts(time: int, facts: Sequence[Fact]) -> bytes:
    """Payload of a facts frame; TypeError or struct.error if a field has the wrong type."""
    parts = [_FACTS.pack(time, len(facts))]
    for kind, key, step, value, text in facts:
        if not (isinstance(kind, str) and isinstance(key, str) and isinstance(text, str | None)):
            raise TypeError(f"kind, key and text are strings, not {(kind, key, text)!r:.200}")
        flags = (
            (_HAS_STEP if step is not None else 0)
            | (_HAS_VALUE if value is not None else 0)
            | (_HAS_TEXT if text is not None else 0)
        )
        kinds, keys, texts = pack_text(kind), pack_text(key), pack_text(text or "")
        number, exact = exact_number(0.0 if value is None else value)
        if exact and text is None:
            flags, texts = flags | _HAS_TEXT, exact.encode()
        parts += [
            _FACT.pack(
                flags, len(kinds), len(keys), 0 if step is None else step, number, len(texts)
            ),
            kinds,
            keys,
            texts,
        ]
    return b"".join(parts)


def exact_number(value: float) -> tuple[float, str | None]:
    """The double nearest to a number, and its exact decimal if it is an int that loses digits."""
    index = getattr(value, "__index__", None)
    if index is None or type(value) is bool:
        return value, None
    try:
        whole = index()
    except TypeError:  # an array or tensor that holds no integer
        return value, None
    if -(2**53) <= whole <= 2**53:
        return value, None
    try:
        return float(whole), str(whole)
    except OverflowError:
        return float("inf") if whole > 0 else float("-inf"), str(whole)


def pack_header(header: Header) -> bytes:
    """The bytes of a journal's header."""
    run_id = header.run_id.encode("utf-8")
    fixed = _HEADER.pack(
        MAGIC,
        header.version,
        len(run_id),
        header.writer.encode("ascii"),
        header.lo,
        header.pid,
        header.start,
        bytes.fromhex(header.boot),
        header.time,
    )
    return fixed + run_id + _U32.pack(crc32(fixed + run_id))


def read_header(data: bytes) -> Header | None:
    """The header at the start of ``data``; None if it is cut or damaged."""
    if len(data) < _HEADER.size:
        return None
    magic, version, length, writer, lo, pid, start, boot, time = _HEADER.unpack_from(data)
    end = _HEADER.size + length
    if magic != MAGIC or len(data) < end + 4:
        return None
    if _U32.unpack_from(data, end)[0] != crc32(data[:end]):
        return None
    name = data[_HEADER.size : end].decode("utf-8", "replace")
    return Header(
        version, writer.decode("ascii", "replace"), name, lo, pid, start, boot.hex(), time, end + 4
    )


def at(data: bytes, pos: int, seed: int) -> Frame | None:
    """The frame that starts at ``pos``; None if there is none, it is cut or its check fails."""
    if pos + _PRE + _MIN > len(data):
        return None
    marker, check, length, seq, kind = _START.unpack_from(data, pos)
    end = pos + _PRE + length
    if marker != MARKER or not _MIN <= length <= LIMIT or end > len(data):
        return None
    if check != crc32(data[pos + 8 : end], seed):
        return None
    return Frame(pos, seq, kind, pos + 8 + BODY.size, end)


def chain(
    data: bytes, start: int, seed: int, seq: int, bad: list[int]
) -> Iterator[tuple[Frame, int]]:
    """The longest chain of good frames from ``start``, each with no smaller seq than before, and
    how many facts each holds.

    After a frame that fails, the next marker whose frame passes goes on; the places where that
    happened are added to ``bad``. A bad end of the file is a torn tail and is not.
    """
    pos, failed = start, -1
    budget = 64 * len(data) + LIMIT  # bounds the work that a file full of false markers can cause
    while 0 <= pos < len(data) and budget > 0:
        found = at(data, pos, seed)
        if found is not None:
            pos = found.end
            if seq <= found.seq < _LAST_SEQ:  # else said before, and again after trouble
                if failed >= 0:
                    bad.append(failed)
                    failed = -1
                rows = rows_in(data, found)
                yield found, rows
                seq = found.seq + rows
            continue
        failed = pos if failed < 0 else failed
        if data[pos : pos + 4] == MARKER and pos + _PRE <= len(data):
            budget -= min(_U32.unpack_from(data, pos + 8)[0], len(data))
        pos = data.find(MARKER, pos + 1)


class Told(NamedTuple):
    """One fact of a facts frame, its strings as UTF-8."""

    kind: bytes
    key: bytes
    has_step: bool
    step: int
    has_value: bool
    value: float
    has_text: bool
    text: bytes


def layout_of(data: bytes, found: Frame) -> tuple[int, list[bytes]]:
    """Id and names (UTF-8) of a layout frame; struct.error or UnicodeDecodeError if it is bad."""
    ident, count = struct.unpack_from("<II", data, found.start)
    pos, names = found.start + 8, []
    for _ in range(count):
        size = _U32.unpack_from(data, pos)[0]
        names.append(_utf8(data[pos + 4 : pos + 4 + size]))
        pos += 4 + size
    return ident, names


def facts_of(data: bytes, found: Frame) -> tuple[int, list[Told]]:
    """Time (ns) and facts of a facts frame; struct.error or UnicodeDecodeError if it is bad."""
    time, count = _FACTS.unpack_from(data, found.start)
    pos, facts = found.start + _FACTS.size, []
    for _ in range(count):
        flags, kinds, keys, step, value, texts = _FACT.unpack_from(data, pos)
        pos += _FACT.size
        kind, key = _utf8(data[pos : pos + kinds]), _utf8(data[pos + kinds : pos + kinds + keys])
        pos += kinds + keys
        text = _utf8(data[pos : pos + texts])
        pos += texts
        has = bool(flags & _HAS_STEP), bool(flags & _HAS_VALUE), bool(flags & _HAS_TEXT)
        facts.append(Told(kind, key, has[0], step, has[1], value, has[2], text))
    return time, facts


def _utf8(data: bytes) -> bytes:
    """The same bytes, once it is sure that they are UTF-8."""
    data.decode("utf-8")
    return data


def seq_of(frame: bytes) -> int:
    """Number of the first fact of a frame that was made here."""
    return int(BODY.unpack_from(frame, HEAD.size)[1])


def rows_in(data: bytes, found: Frame) -> int:
    """How many facts a frame holds."""
    if found.kind in (POINTS, STEPLESS):
        return (found.end - found.start - FIXED.size) // 8
    if found.kind == FACTS and found.end - found.start >= _FACTS.size:
        return int(_FACTS.unpack_from(data, found.start)[1])
    return 0
