"""A reader of stores made from site/pages/format.md alone; it imports nothing of ours.

Only the standard library, and pyarrow for Parquet. ``facts(path)`` gives the rows of a store in
their order, ``read(path)`` also the state of each writer that ended, as far as files tell.
"""

from __future__ import annotations

import io
import json
import re
import struct
import sys
from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any
from zlib import crc32

import pyarrow.parquet as pq

FORMAT = 1
RUN_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
JOURNAL = re.compile(r"j-(?P<writer>[0-9a-f]{12})-(?P<lo>\d{12})\.rfj")
PART = re.compile(r"p-(?P<writer>[0-9a-f]{12})-(?P<lo>\d{12})-(?P<hi>\d{12})\.parquet")
PACK = re.compile(r"c-(?P<seal>[0-9a-f]{32})\.parquet")
TOMB = re.compile(r"x-(?P<run>[a-z0-9][a-z0-9_-]{0,63})-(?P<writer>[0-9a-f]{12})\.parquet")
COLUMNS = ("run_id", "writer", "seq", "time", "kind", "key", "step", "value", "text")
Row = tuple[Any, ...]


class Damaged(Exception):
    """A file is not what it should be."""


# Journals


def header(data: bytes) -> dict[str, Any] | None:
    """The header of a journal and its size, or None."""
    if len(data) < 66 or data[:8] != b"RFJOURNL":
        return None
    version, length, _writer, _first, pid, start, boot, _time = struct.unpack_from(
        "<HH12sQIQ8sq", data, 8
    )
    end = 60 + length
    if len(data) < end + 4 or struct.unpack_from("<I", data, end)[0] != crc32(data[:end]):
        return None
    if version > FORMAT:
        raise Damaged("newer")
    run_id = data[60:end].decode()
    if not RUN_ID.fullmatch(run_id):
        return None
    return {"run_id": run_id, "pid": pid, "start": start, "boot": boot, "size": end + 4}


def good(data: bytes, at: int, seed: int) -> tuple[int, int, int, bytes] | None:
    """End, seq, kind and payload of a good frame at this place."""
    if data[at : at + 4] != b"\xf5\x52\x46\x1e" or at + 12 > len(data):
        return None
    check, length = struct.unpack_from("<II", data, at + 4)
    end = at + 12 + length
    if not 9 <= length <= 16_777_216 or end > len(data):
        return None
    if crc32(data[at + 8 : end], seed) != check:
        return None
    seq, kind = struct.unpack_from("<QB", data, at + 12)
    return end, seq, kind, data[at + 21 : end]


def frames(data: bytes, at: int, writer: str, expected: int) -> Iterator[tuple[int, int, bytes]]:
    """Seq, kind and payload of each frame that is taken."""
    seed = crc32(writer.encode())
    while 0 <= at < len(data):
        frame = good(data, at, seed)
        if frame is None:
            at = data.find(b"\xf5\x52\x46\x1e", at + 1)
            continue
        at, seq, kind, payload = frame
        if seq >= expected:
            yield seq, kind, payload
            expected = seq + count(kind, payload)


def count(kind: int, payload: bytes) -> int:
    """How many facts a frame holds."""
    if kind in (2, 3):
        return (len(payload) - 20) // 8
    return int(struct.unpack_from("<I", payload, 8)[0]) if kind == 4 else 0


def journal(path: Path) -> tuple[list[Row], str, int]:
    """The rows of a journal, its run, and the kind of its last frame."""
    data = path.read_bytes()
    match = JOURNAL.fullmatch(path.name)
    assert match is not None
    found = header(data)
    run_id = found["run_id"] if found else path.parent.name
    layouts: dict[int, list[str]] = {}
    rows: list[Row] = []
    kind = 0
    taken = frames(data, found["size"] if found else 0, match["writer"], int(match["lo"]))
    for seq, kind, payload in taken:
        if kind == 1:
            layouts.update([layout(payload)])
        elif kind in (2, 3):
            ident, step, time = struct.unpack_from("<Iqq", payload)
            values = struct.unpack_from(f"<{count(kind, payload)}d", payload, 20)
            for n, (name, value) in enumerate(zip(layouts.get(ident, []), values, strict=False)):
                at = step if kind == 2 else None
                said = ("metric", name, at, value, None)
                rows.append((run_id, match["writer"], seq + n, time // 1000, *said))
        elif kind == 4:
            for n, (time, *said) in enumerate(told(payload)):
                rows.append((run_id, match["writer"], seq + n, time // 1000, *said))
    return rows, run_id, kind


def layout(payload: bytes) -> tuple[int, list[str]]:
    """Id and names."""
    ident, number = struct.unpack_from("<II", payload)
    at, names = 8, []
    for _ in range(number):
        (size,) = struct.unpack_from("<I", payload, at)
        names.append(payload[at + 4 : at + 4 + size].decode())
        at += 4 + size
    return ident, names


def told(payload: bytes) -> Iterator[Row]:
    """Time, kind, key, step, value and text of each fact."""
    time, number = struct.unpack_from("<qI", payload)
    at = 12
    for _ in range(number):
        flags, kinds, keys, step, value, texts = struct.unpack_from("<BBIqdI", payload, at)
        at += 26
        kind, key = (
            payload[at : at + kinds].decode(),
            payload[at + kinds : at + kinds + keys].decode(),
        )
        text = payload[at + kinds + keys : at + kinds + keys + texts].decode()
        at += kinds + keys + texts
        yield (
            time,
            kind,
            key,
            step if flags & 1 else None,
            value if flags & 2 else None,
            text if flags & 4 else None,
        )


# Parts, packs and tombs


def part(path: Path) -> tuple[list[Row], dict[str, Any]]:
    """The rows of a part, pack or tomb, and its footer; Damaged if a check fails."""
    data = path.read_bytes()
    if data[:4] != b"PAR1" or data[-4:] != b"PAR1" or len(data) < 60:
        raise Damaged("cut")
    at = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    stamp = data[max(0, at - 40) : max(0, at)]
    if stamp[:8] != b"RFSEAL01":
        raise Damaged("no stamp")
    if stamp[8:24] != blake2b(data[at:], digest_size=16).digest():
        raise Damaged("footer")
    if stamp[24:] != blake2b(data[: at - 40], digest_size=16).digest():
        raise Damaged("rows")
    if match := PACK.fullmatch(path.name):
        assert match["seal"] == blake2b(stamp[8:], digest_size=16).hexdigest()
    table = pq.read_table(io.BytesIO(data))
    footer = json.loads(pq.read_metadata(io.BytesIO(data)).metadata[b"runfolio"])
    if footer["version"] > FORMAT:
        raise Damaged("newer")
    table = table.set_column(3, "time", table.column("time").cast("int64"))
    assert tuple(table.column_names) == COLUMNS
    return [tuple(row.values()) for row in table.to_pylist()], footer


# A whole store


def read(store: Path) -> tuple[dict[tuple[str, int], Row], dict[str, str]]:
    """Every fact by its name, and the state of each writer that ended, as far as files tell."""
    marker = json.loads((store / "runfolio.json").read_bytes())
    assert marker["format"] <= FORMAT
    tombs = sorted((store / "tombs").glob("x-*.parquet"))
    purged = {match["run"] for path in tombs if (match := TOMB.fullmatch(path.name))}
    rows: dict[tuple[str, int], Row] = {}
    states: dict[str, str] = {}
    homes = [home for home in sorted((store / "runs").iterdir()) if home.name not in purged]
    sealed = [*sorted((store / "packs").glob("c-*.parquet"))]
    sealed += [
        path for home in homes for path in sorted(home.iterdir()) if PART.fullmatch(path.name)
    ]
    for path in [*tombs, *sealed]:
        try:
            found, footer = part(path)
        except Damaged:
            continue
        states.update(footer["ends"])
        for row in found:
            if row[0] not in purged or path in tombs:
                rows.setdefault((row[1], row[2]), row)
    for path in (path for home in homes for path in sorted(home.iterdir())):
        if JOURNAL.fullmatch(path.name):
            found, run_id, last = journal(path)
            if last == 7:
                states[path.name[2:14]] = "closed"
            for row in found:
                if run_id not in purged:
                    rows.setdefault((row[1], row[2]), row)
    return rows, states


def facts(store: Path) -> list[Row]:
    """The rows of a store in their order; time in microseconds."""
    return sorted(read(store)[0].values(), key=lambda row: (row[0], row[3], row[1], row[2]))


if __name__ == "__main__":
    for each in facts(Path(sys.argv[1])):
        print(json.dumps(each))
