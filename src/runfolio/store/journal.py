"""Reading a journal: every fact of the longest valid chain, and what is wrong with the rest."""

from __future__ import annotations

import os
import struct
import sys
from array import array
from dataclasses import dataclass
from pathlib import Path

from runfolio import schema
from runfolio.store import files, frames
from runfolio.store.coverage import Ranges, union
from runfolio.store.folder import is_run_id, safe_run_id

_BROKEN = (struct.error, UnicodeDecodeError, OverflowError, ValueError)


class Rows:
    """Facts as columns, in the order they were said; strings as UTF-8, ``time`` in microseconds.

    ``has_step``, ``has_value`` and ``has_text`` hold 1 where there is one and 0 for null.
    """

    def __init__(self) -> None:
        self.seq = array("q")
        self.time = array("q")
        self.kind: list[bytes] = []
        self.key: list[bytes] = []
        self.step = array("q")
        self.has_step = bytearray()
        self.value = array("d")
        self.has_value = bytearray()
        self.text: list[bytes] = []
        self.has_text = bytearray()

    def __len__(self) -> int:
        return len(self.seq)

    def add_points(self, points: Points) -> None:
        """Every point of frames that have the same names."""
        count, frames_ = len(points.names), len(points.first)
        number = count * frames_
        _extend_numbers(self.seq, points.first, count)
        self.time.extend(_each(points.time, count))
        self.kind.extend([b"metric"] * number)
        self.key.extend(points.names * frames_)
        self.step.extend(_each(points.step, count))
        self.has_step.extend((b"\1" if points.stepped else b"\0") * number)
        doubles = array("d", b"".join(points.values))
        if sys.byteorder == "big":
            doubles.byteswap()
        self.value.extend(doubles)
        self.has_value.extend(b"\1" * number)
        self.text.extend([b""] * number)
        self.has_text.extend(bytes(number))

    def add_fact(self, seq: int, time: int, fact: frames.Told) -> None:
        """One fact of any kind."""
        self.seq.append(seq)
        self.time.append(time)
        self.kind.append(fact.kind)
        self.key.append(fact.key)
        self.step.append(fact.step)
        self.has_step.append(fact.has_step)
        self.value.append(fact.value)
        self.has_value.append(fact.has_value)
        self.text.append(fact.text)
        self.has_text.append(fact.has_text)


class Points:
    """Frames of points that have the same names: of each its first number, time, step, values."""

    __slots__ = ("first", "names", "step", "stepped", "time", "values")

    def __init__(self, names: list[bytes], *, stepped: bool) -> None:
        self.names = names
        self.stepped = stepped
        self.first = array("q")
        self.time = array("q")
        self.step = array("q")
        self.values: list[bytes] = []


def _each(numbers: array[int], count: int) -> array[int]:
    """Each number so many times, one behind the other."""
    if count == 1:
        return numbers
    spread = array("q", bytes(8 * len(numbers) * count))
    for place in range(count):
        spread[place::count] = numbers
    return spread


def _extend_numbers(target: array[int], first: array[int], count: int) -> None:
    """Add ``count`` numbers from each of ``first`` on."""
    if first[-1] - first[0] == (len(first) - 1) * count:
        target.extend(range(first[0], first[-1] + count))
        return
    for number in first:
        target.extend(range(number, number + count))


@dataclass(frozen=True)
class End:
    """The frame that ended a journal: ``closed`` for good, or going on in the next file."""

    seq: int
    closed: bool
    time: int
    seconds: float


@dataclass(frozen=True)
class Glance:
    """What the first and last bytes of a journal say, without reading the rest."""

    path: Path
    writer: str
    lo: int
    header: frames.Header | None
    end: End | None
    size: int
    mtime: float


@dataclass(frozen=True)
class Journal:
    """A journal that was read.

    ``ranges``: the facts that are there. ``lost``: facts that were written and cannot be read.
    ``end``: how it ended, None if the writer goes on, died, or the end is torn.
    ``damage``: one line for each thing that is wrong; a torn tail is not, nor a torn beginning
    that was all there was. ``torn``: bytes behind the last good frame.
    """

    path: Path
    run_id: str
    writer: str
    lo: int
    hi: int
    rows: Rows
    ranges: Ranges
    lost: Ranges
    end: End | None
    header: frames.Header | None
    last: int
    damage: tuple[str, ...]
    torn: int = 0


def glance(path: Path) -> Glance:
    """Look at both ends of a journal: three system calls however large it is."""
    match = schema.JOURNAL_NAME.fullmatch(path.name)
    if match is None:
        raise ValueError(f"{path.name!r} is not the name of a journal")
    fd = os.open(path, os.O_RDONLY | files.BINARY | files.NOFOLLOW | files.NONBLOCK)
    with os.fdopen(fd, "rb", buffering=0) as file:
        stat = os.fstat(fd)
        first = file.read(256) or b""
        file.seek(max(0, stat.st_size - frames.END_SIZE))
        last = file.read(frames.END_SIZE) or b""
    writer = match["writer"]
    found = frames.at(last, 0, frames.seed_of(writer))
    return Glance(
        path,
        writer,
        int(match["lo"]),
        _header(first),
        _end(last, found) if found else None,
        stat.st_size,
        stat.st_mtime,
    )


def _header(data: bytes) -> frames.Header | None:
    """The header; None if it is damaged, or names a run that could lead out of the store."""
    header = frames.read_header(data)
    return header if header and is_run_id(header.run_id) else None


def read_journal(path: Path) -> Journal:
    """Every fact of the journal that can be read; OSError if the file cannot be."""
    fd = os.open(path, os.O_RDONLY | files.BINARY | files.NOFOLLOW | files.NONBLOCK)
    with os.fdopen(fd, "rb") as file:
        return parse_journal(path, file.read())


def parse_journal(path: Path, data: bytes) -> Journal:
    """The journal that lies at ``path`` and holds ``data``; only the path's names are used."""
    match = schema.JOURNAL_NAME.fullmatch(path.name)
    if match is None:
        raise ValueError(f"{path.name!r} is not the name of a journal")
    header = _header(data)
    if header is not None and header.version > frames.VERSION:
        raise NewerJournalError(header.version)
    writer, lo = match["writer"], int(match["lo"])
    reader = _Reader(data, lo)
    bad: list[int] = []
    start = header.size if header else 0
    for found, count in frames.chain(data, start, frames.seed_of(writer), lo, bad):
        reader.take(found, count)
    reader.flush()
    damage = []
    if header is None and (reader.hi > lo or len(data.rstrip(b"\0")) > frames.HEADER_LIMIT):
        damage.append("the header is damaged; run and writer are taken from the file's place")
    damage += [f"unreadable bytes at offset {at:,}" for at in bad if at or header]
    return Journal(
        path=path,
        run_id=header.run_id if header else safe_run_id(files.printable(path.parent.name)),
        writer=writer,
        lo=lo,
        hi=reader.hi,
        rows=reader.rows,
        ranges=union(reader.ranges),
        lost=union(reader.lost),
        end=reader.end,
        header=header,
        last=reader.last,
        damage=(*damage, *reader.damage),
        torn=len(data) - max(reader.whole, start),
    )


class NewerJournalError(Exception):
    """The journal was written by a newer format; ``version`` is its number."""

    def __init__(self, version: int) -> None:
        super().__init__(f"format {version}")
        self.version = version


class _Reader:
    """Takes frames in order and gathers their facts."""

    def __init__(self, data: bytes, lo: int) -> None:
        self.data = data
        self.rows = Rows()
        self.ranges: list[tuple[int, int]] = []
        self.lost: list[tuple[int, int]] = []
        self.damage: list[str] = []
        self.layouts: dict[int, list[bytes]] = {}
        self.points: Points | None = None
        self.end: End | None = None
        self.hi = lo
        self.last = 0
        self.whole = 0

    def take(self, found: frames.Frame, count: int) -> None:
        """One frame of so many facts, whose number is not smaller than that expected."""
        self.whole = found.end
        seq = found.seq
        if seq > self.hi:
            self.lost.append((self.hi, seq))
        self.end = None
        try:
            if self._facts(found, count):
                self._cover(seq, seq + count)
            else:
                self.lost.append((seq, seq + count))
        except _BROKEN as error:
            self.damage.append(f"a frame at offset {found.at:,} cannot be understood: {error}")
            self.lost.append((seq, seq + count))
        self.hi = seq + count

    def flush(self) -> None:
        """Add the points that are gathered."""
        if self.points is not None:
            self.rows.add_points(self.points)
            self.points = None

    def _cover(self, lo: int, hi: int) -> None:
        if self.ranges and self.ranges[-1][1] == lo:
            self.ranges[-1] = (self.ranges[-1][0], hi)
        elif hi > lo:
            self.ranges.append((lo, hi))

    def _facts(self, found: frames.Frame, count: int) -> bool:
        """Gather the facts of one frame; False if they cannot be named."""
        if found.kind in (frames.POINTS, frames.STEPLESS):
            return self._points(found, count)
        if found.kind == frames.FACTS:
            self._told(found)
        elif found.kind == frames.LAYOUT:
            ident, names = frames.layout_of(self.data, found)
            self.layouts[ident] = names
        elif found.kind in (frames.BEAT, frames.ROLL, frames.CLOSE):
            self.last = frames.MOMENT.unpack_from(self.data, found.start)[0]
            self.end = _end(self.data, found)
        else:
            self.damage.append(f"a frame of unknown kind {found.kind} at offset {found.at:,}")
        return True

    def _points(self, found: frames.Frame, count: int) -> bool:
        ident, step, time = frames.FIXED.unpack_from(self.data, found.start)
        names = self.layouts.get(ident)
        if names is None or len(names) != count:
            self.damage.append(f"the names of the points at offset {found.at:,} are lost")
            return False
        stepped = found.kind == frames.POINTS
        points = self.points
        if points is None or points.names is not names or points.stepped != stepped:
            self.flush()
            points = self.points = Points(names, stepped=stepped)
        points.first.append(found.seq)
        points.time.append(time // 1000)
        points.step.append(step if stepped else 0)
        points.values.append(self.data[found.start + frames.FIXED.size : found.end])
        self.last = time
        return True

    def _told(self, found: frames.Frame) -> None:
        time, facts = frames.facts_of(self.data, found)
        self.flush()
        for number, fact in enumerate(facts):
            self.rows.add_fact(found.seq + number, time // 1000, fact)
        self.last = time


def _end(data: bytes, found: frames.Frame) -> End | None:
    """How the writer ended this file, if ``found`` says so."""
    if found.kind not in (frames.ROLL, frames.CLOSE):
        return None
    time, seconds = frames.MOMENT.unpack_from(data, found.start)
    return End(found.seq, found.kind == frames.CLOSE, time, seconds)
