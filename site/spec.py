"""The bytes of the format as tables, read off the structs and constants that make them.

What each field means stands here beside its name; how many there are, where they lie and how large
they are comes from the code. A field that the code has and this does not know is an error.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence

from runfolio import schema
from runfolio.store import coverage, footers, frames, stamps
from runfolio.store.clean import GRACE_SECONDS
from runfolio.store.status import STALLED_SECONDS

Rows = list[tuple[str, ...]]
Field = tuple[str, str]

_TYPES = {"s": "bytes", "B": "u8", "H": "u16", "I": "u32", "Q": "u64", "q": "i64", "d": "f64"}

HEADER: tuple[Field, ...] = (
    ("magic", f"`{frames.MAGIC.decode()}`"),
    ("version", f"`{frames.VERSION}`; refuse the file if it is larger than what you know"),
    ("length", "bytes of the run id, which follows this table"),
    ("writer", "12 hex digits as ASCII"),
    ("first", "number of the first fact of this file"),
    ("pid", "the process that writes"),
    ("start", "when that process was started, in the system's own unit; 0 if unknown"),
    ("boot", "which machine, boot and container it runs on: a hash"),
    ("time", "when the file was begun, nanoseconds since 1970, UTC"),
)
FRAME: tuple[Field, ...] = (
    ("marker", f"`{frames.MARKER.hex(' ')}`"),
    ("check", "CRC-32 of all that follows in this frame, seeded (see below)"),
    ("length", f"bytes that follow this field: 9 to {frames.LIMIT:,}"),
    ("seq", "number of its first fact; of the next fact if it holds none"),
    ("kind", "see the next table"),
)
POINTS: tuple[Field, ...] = (
    ("layout", "id of the layout frame, earlier in this file, that names the points"),
    ("step", "their step; 0 and without meaning in *stepless*"),
    ("time", "nanoseconds since 1970, UTC"),
)
FACTS: tuple[Field, ...] = (
    ("time", "of all of them, nanoseconds since 1970, UTC"),
    ("count", "how many follow"),
)
FACT: tuple[Field, ...] = (
    ("flags", "sum of 1: has a step, 2: has a value, 4: has a text; what it has not is null"),
    ("kind length", "bytes of the kind"),
    ("key length", "bytes of the key"),
    ("step", "0 if null"),
    ("value", "0 if null"),
    ("text length", "bytes of the text; 0 if null"),
)
MOMENT: tuple[Field, ...] = (
    ("time", "nanoseconds since 1970, UTC"),
    ("seconds", "since the writer began, by a clock that is never set back"),
)
KINDS: dict[int, Field] = {
    frames.LAYOUT: ("layout", "u32 id, u32 count, then each name as u32 length and UTF-8"),
    frames.POINTS: ("points", "the table *points*, then an f64 for each name of the layout"),
    frames.STEPLESS: ("stepless", "the same; the points have no step"),
    frames.FACTS: ("facts", "the table *facts*, then each fact"),
    frames.BEAT: ("beat", "a sign of life: the table *moment*"),
    frames.ROLL: ("roll", "last frame of a file; the writer goes on in the next: *moment*"),
    frames.CLOSE: ("close", "last frame of the writer, which ended in order: *moment*"),
}
FOOTER: dict[str, str] = {
    "version": f"`{schema.FORMAT}`; refuse the file if it is larger than what you know",
    "rows": "how many rows the file has",
    "coverage": "`{writer: [[lo, hi], …]}`: the facts that are in it, lo <= seq < hi, rising",
    "runs": "`{writer: run_id}`: which run each of these writers belongs to",
    "ends": '`{writer: "closed" or "dead"}`: writers that are known to have ended',
    "seen": "`{writer: µs since 1970}`: the last sign of life of each",
    "living": "copies only, may be missing: writers that lived when they were copied",
    "digest": "BLAKE2b-128 of the rows; readers need not check it, since the stamp is there",
    "groups": "packs only: BLAKE2b-128 (hex) of the bytes of each row group",
    "parts": "packs only, may be missing: `{writer: [[lo, hi, digest], …]}`, the parts that the "
    "facts of a writer were in before, where all of them were",
}
STAMP: tuple[tuple[str, int, str], ...] = (
    ("magic", len(stamps._MAGIC), f"`{stamps._MAGIC.decode()}`"),
    ("footer", stamps._EACH, "BLAKE2b-128 of all bytes behind the stamp: the Parquet footer"),
    ("rows", stamps._EACH, "BLAKE2b-128 of all bytes before the stamp"),
)


def fields(layout: struct.Struct, known: Sequence[Field], first: int = 0) -> Rows:
    """Offset, size, type, name and meaning of each field of a struct."""
    assert layout.format.startswith("<")
    codes = list(_codes(layout.format[1:]))
    assert len(codes) == len(known), f"{layout.format} has other fields than {known}"
    rows, at = [], first
    for (size, kind), (name, meaning) in zip(codes, known, strict=True):
        rows.append((str(at), str(size), kind, name, meaning))
        at += size
    assert at == first + layout.size
    return rows


def _codes(text: str) -> Iterator[tuple[int, str]]:
    for count, code in re.findall(r"(\d*)([a-zA-Z])", text):
        if code == "s":
            yield int(count or 1), _TYPES[code]
            continue
        for _ in range(int(count or 1)):
            yield struct.calcsize("<" + code), _TYPES[code]


def header_rows() -> Rows:
    """The header, and what follows its fixed part."""
    size = frames._HEADER.size
    return [
        *fields(frames._HEADER, HEADER),
        (str(size), "length", "bytes", "run id", "UTF-8"),
        (f"{size} + length", "4", "u32", "check", "CRC-32 of all bytes before it, not seeded"),
    ]


def frame_rows() -> Rows:
    """Head and body of a frame, and its payload."""
    first = fields(frames.HEAD, FRAME[:2])
    rest = fields(frames.BODY, FRAME[2:], frames.HEAD.size)
    start = frames.HEAD.size + frames.BODY.size
    payload = (str(start), "length - 9", "bytes", "payload", "see the next table")
    return [*first, *rest, payload]


def kind_rows() -> Rows:
    """The kinds of frames."""
    numbers = [frames.LAYOUT, frames.POINTS, frames.STEPLESS, frames.FACTS]
    numbers += [frames.BEAT, frames.ROLL, frames.CLOSE]
    assert numbers == sorted(KINDS)
    return [(str(number), f"*{KINDS[number][0]}*", KINDS[number][1]) for number in numbers]


def footer_rows() -> Rows:
    """The keys of a part's footer."""
    made = footers.Footer({}, {}, {}, {}, 0, "", ("x",), {}, ("x",)).to_json().decode()
    assert {key for key in FOOTER if f'"{key}":' in made} == set(FOOTER)
    assert made.count(":") == len(FOOTER), "the footer has a key that is not explained"
    return [(f"`{key}`", meaning) for key, meaning in FOOTER.items()]


def stamp_rows() -> Rows:
    """The stamp."""
    assert sum(size for _, size, _ in STAMP) == stamps.SIZE
    rows, at = [], 0
    for name, size, meaning in STAMP:
        rows.append((str(at), str(size), "bytes", name, meaning))
        at += size
    return rows


def names() -> Rows:
    """The names of files as regular expressions."""
    patterns = {
        "run id": schema.RUN_ID,
        "journal": schema.JOURNAL_NAME,
        "part": schema.PART_NAME,
        "pack": schema.PACK_NAME,
        "tomb": schema.TOMB_NAME,
    }
    return [(what, f"`{pattern.pattern}`") for what, pattern in patterns.items()]


def numbers() -> Rows:
    """Bounds and times that readers and writers share."""
    assert coverage.union([(0, 1), (1, 2)]) == ((0, 2),)  # ranges that touch are one
    return [
        ("largest frame", f"{frames.LIMIT:,} bytes"),
        ("largest number of a fact", f"{frames._LAST_SEQ - 1:,}: names have 12 digits"),
        ("a writer is stalled", f"after {STALLED_SECONDS:.0f} s without a sign of life"),
        ("a file may be removed", f"{GRACE_SECONDS:.0f} s after another file stands for it"),
    ]
