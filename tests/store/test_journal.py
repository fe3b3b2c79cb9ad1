"""A journal gives back all that can be read, and says what cannot."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runfolio.store import frames
from runfolio.store.journal import NewerJournalError, glance, parse_journal, read_journal

WRITER = "0123456789ab"
PATH = Path("runs/r1") / f"j-{WRITER}-000000000000.rfj"
SEED = frames.seed_of(WRITER)
NAMES = ("loss", "acc")


def _header(version: int = frames.VERSION) -> bytes:
    return frames.pack_header(
        frames.Header(version, WRITER, "r1", 0, 123, 456, "00" * 8, 789_000, 0)
    )


def _points(seq: int) -> bytes:
    payload = frames.FIXED.pack(0, seq, seq * 1000) + b"".join(
        frames.struct.pack("<d", seq + n) for n in range(2)
    )
    return frames.frame(SEED, seq, frames.POINTS, payload)


def _layout(seq: int = 0) -> bytes:
    return frames.frame(SEED, seq, frames.LAYOUT, frames.pack_layout(0, NAMES))


def _journal(count: int) -> list[bytes]:
    return [_header(), _layout(), *(_points(2 * n) for n in range(count))]


def test_a_whole_journal_is_read_whole() -> None:
    found = parse_journal(PATH, b"".join(_journal(10)))
    assert list(found.rows.value) == [float(n) for n in range(20)]
    assert (found.ranges, found.lost, found.damage, found.hi) == (((0, 20),), (), (), 20)
    assert found.run_id == "r1"


@pytest.mark.parametrize("data", [b"", b"R", _header()[:20], _header()])
@pytest.mark.parametrize("zeros", [0, 5_000])
def test_a_journal_that_was_only_begun_is_empty_not_damaged(data: bytes, zeros: int) -> None:
    found = parse_journal(PATH, data + bytes(zeros))
    assert (len(found.rows), found.damage) == (0, ())


def test_a_damaged_header_costs_no_fact() -> None:
    data = bytearray(b"".join(_journal(10)))
    data[10] ^= 1
    found = parse_journal(PATH, bytes(data))
    assert found.ranges == ((0, 20),)
    assert found.run_id == "r1"
    assert len(found.damage) == 1


def test_a_bad_frame_in_the_middle_costs_only_itself() -> None:
    pieces = _journal(10)
    broken = bytearray(pieces[5])
    broken[30] ^= 4
    found = parse_journal(PATH, b"".join([*pieces[:5], bytes(broken), *pieces[6:]]))
    assert found.ranges == ((0, 6), (8, 20))
    assert found.lost == ((6, 8),)
    assert len(found.damage) == 1


def test_lost_names_cost_the_points_until_they_are_told_again() -> None:
    pieces = _journal(4)
    found = parse_journal(PATH, b"".join([pieces[0], *pieces[2:], _layout(8), _points(8)]))
    assert found.ranges == ((8, 10),)
    assert found.lost == ((0, 8),)
    assert "names" in found.damage[0]


def test_a_torn_tail_is_normal() -> None:
    data = b"".join(_journal(10))
    for cut in range(1, len(_points(0))):
        found = parse_journal(PATH, data[:-cut])
        assert (found.ranges, found.damage, found.lost) == (((0, 18),), (), ())


def test_frames_said_twice_count_once() -> None:
    pieces = _journal(6)
    found = parse_journal(PATH, b"".join([*pieces[:6], *pieces[3:]]))
    assert list(found.rows.seq) == list(range(12))
    assert found.damage == ()


def test_frames_of_another_writer_are_never_taken() -> None:
    other = frames.seed_of("ffffffffffff")
    stale = frames.frame(
        other, 20, frames.FACTS, frames.pack_facts(1, [("tag", "x", None, None, "")])
    )
    found = parse_journal(PATH, b"".join(_journal(10)) + stale)
    assert found.ranges == ((0, 20),)


def test_an_unknown_kind_of_frame_is_named() -> None:
    strange = frames.frame(SEED, 4, 99, b"?")
    found = parse_journal(PATH, b"".join([*_journal(2), strange, _points(4)]))
    assert found.ranges == ((0, 6),)
    assert "unknown kind 99" in found.damage[0]


def test_a_newer_journal_is_refused() -> None:
    with pytest.raises(NewerJournalError):
        parse_journal(PATH, _header(version=2))


@pytest.mark.parametrize("kind", [frames.LAYOUT, frames.POINTS, frames.FACTS, frames.CLOSE])
@pytest.mark.parametrize("payload", [b"", b"\xff", b"\xff" * 40, b"\0" * 12 + b"\xff" * 60])
def test_a_frame_that_makes_no_sense_is_damage_not_a_crash(kind: int, payload: bytes) -> None:
    bad = frames.frame(SEED, 0, kind, payload)
    found = parse_journal(PATH, _header() + bad + b"".join(_journal(2)[1:]))
    assert found.damage or found.rows


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 600))
def test_garbage_never_becomes_a_fact(garbage: bytes, at: int) -> None:
    data = b"".join(_journal(8))
    found = parse_journal(PATH, data[:at] + garbage + data[at:])
    for seq, value in zip(found.rows.seq, found.rows.value, strict=True):
        assert value == seq
    assert list(found.rows.seq) == sorted(set(found.rows.seq))


def test_a_file_full_of_false_markers_is_read_in_bounded_time() -> None:
    lie = frames.MARKER + b"\0\0\0\0" + (8 * 1024 * 1024).to_bytes(4, "little")
    data = _header() + lie * (12 * 1024 * 1024 // len(lie))
    began = time.process_time()
    assert len(parse_journal(PATH, data).rows) == 0
    assert time.process_time() - began < 20


def test_a_glance_tells_the_end_without_reading_the_rest(tmp_path: Path) -> None:
    path = tmp_path / PATH.name
    close = frames.frame(SEED, 20, frames.CLOSE, frames.MOMENT.pack(5, 1.5))
    path.write_bytes(b"".join([*_journal(10), close]))
    seen = glance(path)
    assert seen.end is not None
    assert (seen.end.seq, seen.end.closed, seen.end.seconds) == (20, True, 1.5)
    assert seen.header is not None
    assert seen.header.pid == 123
    assert seen.end == read_journal(path).end


def test_facts_survive_the_journal_exactly() -> None:
    random.seed(7)
    facts: list[frames.Fact] = [
        ("tag", "é\0", 2**63 - 1, float("-inf"), "𝄞"),
        ("param", "", -(2**63), -0.0, None),
        ("note", "x", None, None, ""),
    ]
    frame = frames.frame(SEED, 0, frames.FACTS, frames.pack_facts(1_999, facts))
    rows = parse_journal(PATH, _header() + frame).rows
    assert rows.kind == [b"tag", b"param", b"note"]
    assert rows.key == ["é\0".encode(), b"", b"x"]
    assert list(rows.step) == [2**63 - 1, -(2**63), 0]
    assert (rows.has_step, rows.has_value, rows.has_text) == (b"\1\1\0", b"\1\1\0", b"\1\0\1")
    assert list(rows.time) == [1, 1, 1]
