"""Whatever is said comes back exactly: from the journal, from the part, from any mix of both."""

from __future__ import annotations

import json
import struct
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runfolio.store.folder import Folder
from runfolio.store.plan import snapshot
from runfolio.store.seal import seal_journal
from runfolio.store.writer import Writer

HOSTILE = json.loads(
    (Path(__file__).parents[1] / "data" / "hostile_strings.json").read_text("utf-8")
)["entries"]

TEXT = st.text(max_size=40)
FLOATS = st.floats(allow_nan=True, allow_infinity=True)
INT64 = st.integers(-(2**63), 2**63 - 1)
FACT = st.tuples(
    st.sampled_from(["param", "tag", "note", "output", "artifact"]),
    TEXT,
    st.none() | INT64,
    st.none() | FLOATS,
    st.none() | TEXT,
)
POINTS = st.tuples(
    st.none() | INT64,
    st.lists(st.tuples(TEXT, FLOATS | st.integers(-(2**70), 2**70)), min_size=1, max_size=5),
)


def _clean(text: str | None) -> str | None:
    """Half surrogates become U+FFFD, pairs of them the character that they mean."""
    if text is None:
        return None
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _bits(value: float | None) -> bytes | None:
    return None if value is None else struct.pack("<d", value)


def _point(step: int | None, name: str, value: float) -> tuple[Any, ...]:
    large = isinstance(value, int) and abs(value) > 2**53
    return ("metric", _clean(name), step, _bits(float(value)), str(value) if large else None)


def _told(folder: Folder) -> list[tuple[Any, ...]]:
    view = snapshot(folder)
    assert view.problems == ()
    rows = sorted(view.facts().to_pylist(), key=lambda row: row["seq"])
    assert [row["seq"] for row in rows] == list(range(len(rows)))
    return [(r["kind"], r["key"], r["step"], _bits(r["value"]), r["text"]) for r in rows]


@settings(max_examples=60, deadline=None)
@given(st.lists(FACT | POINTS, max_size=12))
def test_facts_survive_journal_part_and_snapshot(said: list[Any]) -> None:
    expected: list[tuple[Any, ...]] = []
    with tempfile.TemporaryDirectory() as place:
        folder = Folder.create(Path(place) / "store")
        with Writer(folder, "r1", seal=False) as writer:
            for item in said:
                if len(item) == 5:
                    kind, key, step, value, text = item
                    writer.fact(kind, key, step=step, value=value, text=text)
                    expected.append((kind, _clean(key), step, _bits(value), _clean(text)))
                else:
                    step, pairs = item
                    names, values = zip(*pairs, strict=True)
                    writer.points(step, names, values)
                    expected += [_point(step, *pair) for pair in pairs]
            assert _told(folder) == expected
        for journal in folder.runs.glob("*/j-*"):
            if seal_journal(folder, journal) is not None:
                assert _told(folder) == expected
                journal.unlink()
        assert _told(folder) == expected


@pytest.mark.parametrize("entry", HOSTILE, ids=lambda entry: str(entry["id"]))
def test_hostile_strings_come_back_letter_for_letter(folder: Folder, entry: dict[str, Any]) -> None:
    text = entry["value"] if entry["value"] is not None else "".join(entry["parts"])
    text = str(text) * min(int(entry.get("repeat", 1)), 100_000)
    if len(text) > 10_000_000:
        text = text[:10_000_000]
    with Writer(folder, "r1", seal=False) as writer:
        writer.points(0, (text,), [1.0])
        writer.fact("tag", text, text=text)
    expected = [("metric", _clean(text), 0, _bits(1.0), None)]
    expected += [("tag", _clean(text), None, None, _clean(text))]  # type: ignore[list-item]
    assert _told(folder) == expected
    (journal,) = folder.run_dir("r1").iterdir()
    seal_journal(folder, journal)
    journal.unlink()
    assert _told(folder) == expected
