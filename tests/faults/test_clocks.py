"""T16: clocks that are wrong, jump or differ change no order, no status, and delete nothing."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from runfolio.query.store import Store
from runfolio.run.author import annotate
from runfolio.store import frames
from runfolio.store.clean import clean
from runfolio.store.folder import Folder
from runfolio.store.plan import snapshot
from runfolio.store.writer import Writer

DAY = 86_400 * 10**9
NOW = 1_794_751_200 * 10**9
CLOCKS: dict[str, Callable[[int], int]] = {
    "steady": lambda n: NOW + n * 10**6,
    "a day back in the middle": lambda n: NOW + n * 10**6 - (DAY if n > 12 else 0),
    "a day ahead for a while": lambda n: NOW + n * 10**6 + (DAY if 8 < n < 20 else 0),
    "always a little back": lambda n: NOW - n * 10**6,
    "1970": lambda n: n,
    "2106": lambda n: 4_294_967_296 * 10**9 + n * 10**6,
    "still": lambda n: NOW,
    "an hour to and fro": lambda n: NOW + (n % 2) * 3600 * 10**9,
}


@pytest.mark.parametrize("name", CLOCKS)
def test_what_was_said_last_is_last_whatever_the_clock_says(folder: Folder, name: str) -> None:
    ticks = iter(range(10**6))
    with Writer(folder, "r1", clock=lambda: CLOCKS[name](next(ticks))) as said:
        said.fact("start", "run", text=json.dumps({"name": "n"}))
        for turn in range(6):
            said.fact("tag", "phase", text=str(turn))
            said.fact("note", "", text=f"note {turn}")
            said.points(turn % 2, ("loss",), [float(turn)])
            said.fact("tag" if turn % 2 else "untag", "odd")
        said.fact("end", "finished", value=1.0)
    seqs = snapshot(folder).facts().column("seq").to_pylist()
    assert seqs == sorted(seqs)
    with Store.open(folder.path) as store:
        assert store.sql("SELECT tag, value FROM tags ORDER BY 1").fetchall() == [
            ("odd", ""),
            ("phase", "5"),
        ]
        assert store.sql("SELECT text FROM notes").fetchall() == [("note 5",)]
        assert store.sql(
            "SELECT last, s.points, status FROM summary s JOIN runs USING (run_id)"
        ).fetchall() == [(5.0, 6, "finished")]


@pytest.mark.parametrize("sealed", [True, False])
def test_a_correction_wins_although_the_clock_of_the_run_was_years_ahead(
    folder: Folder, sealed: bool
) -> None:
    with Writer(folder, "r1", clock=lambda: CLOCKS["2106"](3), seal=sealed) as said:
        said.fact("start", "run", text=json.dumps({"name": "n"}))
        said.fact("tag", "draft")
        said.fact("tag", "kept")
    annotate(folder, "r1", [("untag", "draft", None, None, None)])
    annotate(folder, "r1", [("rename", "run", None, None, "first")])
    annotate(folder, "r1", [("rename", "run", None, None, "second")])
    with Store.open(folder.path) as store:
        assert store.sql("SELECT tag FROM tags").fetchall() == [("kept",)]
        assert store.sql("SELECT name FROM runs").fetchall() == [("second",)]


# Status


@pytest.fixture
def far(folder: Folder) -> Iterator[Path]:
    """The journal of a process on another machine, of which only the file can be seen."""
    folder.cache.mkdir()
    said = Writer(folder, "r1", seal=False)
    said.fact("start", "run", text=json.dumps({"name": "n"}))
    (path,) = folder.run_dir("r1").iterdir()
    data = path.read_bytes()
    header = frames.read_header(data)
    assert header is not None
    values = {**vars(header), "boot": "f" * 16}
    path.write_bytes(frames.pack_header(frames.Header(**values)) + data[header.size :])
    yield path
    said._keeper.stop()


@pytest.mark.parametrize("skew", [-DAY, -600 * 10**9, 0, 600 * 10**9, DAY])
def test_status_is_told_by_the_clock_of_the_files_not_of_the_reader(
    folder: Folder, far: Path, monkeypatch: pytest.MonkeyPatch, skew: int
) -> None:
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + skew / 1e9)
    assert [session.state for session in snapshot(folder).sessions] == ["alive"]
    os.utime(far, (real() - 400,) * 2)
    assert [session.state for session in snapshot(folder).sessions] == ["stalled"]
    assert not list(folder.cache.glob("clock-*"))


def test_a_store_that_cannot_be_written_is_read_by_the_readers_clock(
    folder: Folder, far: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.cache.rmdir()
    assert [session.state for session in snapshot(folder).sessions] == ["alive"]
    assert not folder.cache.exists()


def test_a_clock_that_is_days_ahead_deletes_nothing_early(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Writer(folder, "r1") as said:
        said.fact("tag", "x")
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 10 * 86_400)
    assert clean(folder) == ()
    assert len(list(folder.run_dir("r1").iterdir())) == 2


def test_sessions_of_every_time_can_be_shown(folder: Folder) -> None:
    for number, clock in enumerate((lambda: 0, lambda: -(10**18), lambda: 9 * 10**18)):
        with Writer(folder, f"r{number}", clock=clock) as said:
            said.fact("tag", "x")
    view = snapshot(folder)
    assert view.problems == ()
    assert all(isinstance(session.last_seen, datetime) for session in view.sessions)
