"""The index never changes an answer: it is compared with a reader that has none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runfolio.query import index, ingest, shelf
from runfolio.query.index import Indexed, refresh
from runfolio.query.store import Store
from runfolio.query.views import VIEWS
from runfolio.store.compact import compact
from runfolio.store.folder import Folder

from .factory import correct, log_run


@pytest.fixture(autouse=True)
def _held_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Believe files at once that were just written; tests do not change one twice in a tick."""
    monkeypatch.setattr("runfolio.store.listing._FRESH_SECONDS", 0.02)


def fill(folder: Folder, names: str = "abc") -> None:
    for hour, name in enumerate(names):
        metrics = {"loss": [1.0 / (hour + 3 + n) for n in range(40)], "acc": [0.1, float("nan")]}
        log_run(folder, name, params={"lr": hour / 7}, metrics=metrics, tags={"x": ""}, hour=hour)


def state(found: Store) -> dict[str, Any]:
    """Everything that can be asked of a store, as text."""
    rows = {
        view.name: sorted(map(repr, found.sql(f"SELECT * FROM {view.name}").fetchall()))
        for view in VIEWS
    }
    return {
        **rows,
        "digest": found.digest,
        "problems": found.problems,
        "curves": repr(found.curves(points=10)),
        "system": repr(found.system_curves()),
        "states": found.states(),
        "diverged": found.diverged(),
        "ranks": repr([ranking.entries for ranking in found.leaderboards()]),
    }


def assert_same(folder: Folder) -> None:
    with Store.open(folder.path, index=True) as kept, Store.open(folder.path, index=False) as read:
        assert state(kept) == state(read)


def settled(folder: Folder) -> Indexed:
    """The index after all files have held still for long enough to be believed."""
    time.sleep(0.05)
    refresh(folder)
    return refresh(folder)


def test_only_new_runs_are_computed(folder: Folder) -> None:
    fill(folder)
    assert refresh(folder).new == 3
    assert refresh(folder).new == 0
    log_run(folder, "d", metrics={"loss": [0.5]})
    correct(folder, "a", "tag", "late", "")
    found = refresh(folder)
    assert (found.new, found.runs, len(found.layers)) == (2, 4, 2)
    assert_same(folder)


def test_nothing_is_written_or_read_where_nothing_is_new(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(folder)
    found = settled(folder)
    assert found.shelf is not None
    before = {path: path.stat().st_mtime_ns for path in found.shelf.iterdir()}

    def refuse(*_: Any) -> None:
        raise AssertionError("a file of the store was read")

    monkeypatch.setattr("runfolio.store.verdicts.look", refuse)
    monkeypatch.setattr("runfolio.store.reading.load", refuse)
    assert refresh(folder).new == 0
    assert {path: path.stat().st_mtime_ns for path in found.shelf.iterdir()} == before


def test_every_kind_of_correction_is_seen(folder: Folder) -> None:
    fill(folder)
    refresh(folder)
    correct(folder, "a", "rename", "metric:loss", "cost")
    correct(folder, "b", "drop", "loss", {"from": 3, "to": 9})
    correct(folder, "c", "trash", text={"author": "ada", "reason": "bad"})
    assert_same(folder)
    correct(folder, "c", "restore", hour=101)
    assert_same(folder)


def test_packs_parts_and_neither(folder: Folder) -> None:
    fill(folder, "abcdef")
    assert_same(folder)
    compact(folder, grace=0)
    assert_same(folder)
    fill(folder, "ghi")
    settled(folder)
    assert_same(folder)
    for path in folder.packs.iterdir():
        path.unlink()
    assert_same(folder)


def test_what_holds_still_is_not_planned_again_packs_among_it(folder: Folder) -> None:
    fill(folder, "abc")
    compact(folder, grace=0)
    fill(folder, "de")
    found = settled(folder)
    assert (found.runs, found.plan.shares, found.new) == (5, (), 0)
    correct(folder, "a", "tag", "late", "")
    assert_same(folder)
    assert {share.run_id for share in settled(folder).plan.shares} == set()
    correct(folder, "d", "rename", "metric:loss", "cost")
    assert {share.run_id for share in refresh(folder).plan.shares} == {"d"}
    assert_same(folder)
    for path in folder.packs.iterdir():
        path.unlink()
    assert_same(folder)


def test_after_a_compaction_nothing_is_computed_again(folder: Folder) -> None:
    fill(folder, "abc")
    correct(folder, "a", "tag", "late", "")
    assert settled(folder).runs == 3
    for names in ("", "de"):
        fill(folder, names)
        refresh(folder)
        compact(folder, grace=0)
        assert not [*folder.runs.glob("*/p-*")]
        assert refresh(folder).new == 0
        assert_same(folder)


def test_views_are_kept_for_the_next_command_and_made_anew_if_damaged(folder: Folder) -> None:
    fill(folder)
    found = settled(folder)
    assert found.shelf is not None
    Store.open(folder.path).close()
    (path,) = found.shelf.glob("views-*.db")
    before = path.read_bytes()
    Store.open(folder.path).close()
    assert path.read_bytes() == before
    for how in ("cut", "empty", "remove"):
        _spoil(path, how, 0.5)
        assert_same(folder)
        assert path.exists()


def test_a_part_removed_restored_and_replaced(folder: Folder, tmp_path: Path) -> None:
    fill(folder)
    settled(folder)
    home = folder.run_dir("b")
    shutil.move(home, tmp_path / "away")
    assert_same(folder)
    shutil.move(tmp_path / "away", home)
    assert_same(folder)
    assert refresh(folder).new == 0
    (part,) = home.glob("p-*")
    (other,) = folder.run_dir("a").glob("p-*")
    shutil.copy(other, part)
    assert_same(folder)


@pytest.mark.parametrize("pattern", ["runs/b/p-*", "packs/c-*"])
def test_readers_tell_of_broken_files_that_are_not_back(folder: Folder, pattern: str) -> None:
    fill(folder)
    if pattern.startswith("packs"):
        compact(folder, grace=0)
    else:
        for journal in folder.runs.glob("*/j-*"):
            journal.unlink()
    settled(folder)
    (path,) = folder.path.glob(pattern)
    aside = path.with_name(f"{path.name}.broken")
    shutil.copy(path, aside)
    assert settled(folder).aside == ()
    path.unlink()
    for _ in range(2):
        assert settled(folder).aside == (aside.relative_to(folder.path).as_posix(),)
        with Store.open(folder.path, index=False) as read:
            assert len(read.aside) == 1
    assert_same(folder)
    aside.rename(path)
    assert settled(folder).aside == ()


@pytest.mark.parametrize("pattern", ["runs/b/p-*", "packs/c-*"])
def test_damage_is_found_before_and_after(folder: Folder, pattern: str) -> None:
    fill(folder)
    if pattern.startswith("packs"):
        compact(folder, grace=0)
    time.sleep(0.05)
    (path,) = folder.path.glob(pattern)
    good = path.read_bytes()
    for moment in ("before", "after"):
        if moment == "after":
            settled(folder)
        bad = bytearray(good)
        bad[len(bad) // 3] ^= 4
        path.write_bytes(bad)
        assert_same(folder)
        with Store.open(folder.path) as store:
            assert store.problems
        path.write_bytes(good)
        assert_same(folder)


def test_live_runs_are_read_each_time_and_not_kept(folder: Folder) -> None:
    fill(folder)
    live = log_run(folder, "live", metrics={"loss": [1.0]}, end=None, close=False)
    assert refresh(folder).new == 3
    live.points(7, ("loss",), (0.25,))
    with Store.open(folder.path) as store:
        assert store.sql("SELECT last FROM summary WHERE run_id = 'live'").fetchall() == [(0.25,)]
    assert_same(folder)
    live.close()
    assert refresh(folder).new == 1
    assert_same(folder)


def test_many_segments_become_few(folder: Folder) -> None:
    for number in range(index.MOST_SEGMENTS + 2):
        fill(folder, f"r{number}")
        found = refresh(folder)
    assert len(found.layers) <= index.MOST_SEGMENTS
    assert_same(folder)
    assert refresh(folder).new == 0


def test_a_runner_and_shards_give_the_same(folder: Folder) -> None:
    fill(folder, "abcdef")

    def elsewhere(jobs: Any) -> Iterator[str]:
        assert len(jobs) > 1
        for job in reversed(jobs):
            yield ingest.build_segment(job.task, job.out)

    assert refresh(folder, runner=elsewhere, bucket_rows=100).new == 6
    assert_same(folder)
    refresh(folder, rebuild=True, shard=(0, 3))
    made = [refresh(folder, shard=(number, 3)).new for number in (1, 2)]
    assert 0 < sum(made) < 6
    assert refresh(folder).new == 0
    assert_same(folder)


def test_a_store_that_cannot_be_written_has_its_index_elsewhere(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(folder)
    monkeypatch.setenv("RUNFOLIO_CACHE", str(tmp_path / "cache"))
    shutil.rmtree(folder.cache, ignore_errors=True)
    folder.cache.write_text("in the way")
    found = refresh(folder)
    assert found.shelf is not None
    assert found.shelf.is_relative_to(tmp_path / "cache")
    assert refresh(folder).new == 0
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("RUNFOLIO_CACHE", str(tmp_path / "file"))
    found = refresh(folder)
    assert (found.shelf, found.new, len(found.buckets)) == (None, 0, 1)
    assert_same(folder)


def test_it_can_be_switched_off(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(folder)
    monkeypatch.setenv("RUNFOLIO_INDEX", "0")
    with Store.open(folder.path):
        assert not (folder.cache / "index").exists()


def test_it_hides_itself_from_git(folder: Folder) -> None:
    fill(folder)
    refresh(folder)
    assert "*" in (folder.cache / ".gitignore").read_text().split()


def test_a_copied_index_is_not_believed(folder: Folder, tmp_path: Path) -> None:
    fill(folder)
    settled(folder)
    shutil.copytree(folder.path, tmp_path / "copy")
    copy = Folder.open(tmp_path / "copy")
    assert refresh(copy).new == 3
    assert_same(copy)


_HARMS = [
    (what, how)
    for what in ("*.duckdb", "*.json", "files.json")
    for how in ("cut", "flip", "empty", "remove")
]


@pytest.mark.parametrize(
    ("what", "how"), _HARMS if os.environ.get("RUNFOLIO_LONG") else _HARMS[::5] + _HARMS[1:2]
)
def test_a_damaged_index_is_made_anew(folder: Folder, what: str, how: str) -> None:
    fill(folder)
    found = settled(folder)
    assert found.shelf is not None
    time.sleep(0.02)
    for path in found.shelf.glob(what):
        _spoil(path, how, 0.5)
    assert_same(folder)


def _spoil(path: Path, how: str, where: float) -> None:
    data = bytearray(path.read_bytes())
    at = min(len(data) - 1, int(len(data) * where))
    if how == "remove":
        path.unlink()
    elif how == "flip":
        data[at] ^= 1
        path.write_bytes(data)
    else:
        path.write_bytes(data[:at] if how == "cut" else b"")


def test_an_index_that_rots_unseen_is_no_silent_answer(folder: Folder) -> None:
    """The times are set back after the flip, so that only DuckDB's own checksums can tell."""
    fill(folder)
    found = settled(folder)
    assert found.shelf is not None
    (path,) = found.shelf.glob("*.duckdb")
    (note,) = found.shelf.glob("seg-*.json")
    for where in (0.3, 0.6, 0.9):
        _spoil(path, "flip", where)
        _pretend(note, path)
        with Store.open(folder.path) as kept, Store.open(folder.path, index=False) as read:
            for view in VIEWS:
                sql = f"SELECT * FROM {view.name}"
                expected = sorted(map(repr, read.sql(sql).fetchall()))
                try:
                    got = sorted(map(repr, kept.sql(sql).fetchall()))
                except Exception as error:  # an error of any kind is an answer that is not silent
                    assert "orrupt" in str(error) or "damaged" in str(error)
                else:
                    assert got == expected
        if path.exists():
            _spoil(path, "flip", where)


def _pretend(note: Path, path: Path) -> None:
    """Write the note of a segment anew, as if the file were as it was made."""
    import json

    content = json.loads(note.read_bytes().partition(b"\n")[2])
    content["mark"] = shelf.mark_of(path.stat())
    data = json.dumps(content).encode()
    note.write_bytes(shelf._seal(data) + b"\n" + data)


KILLED = """
import os, sys, threading
from runfolio.query.index import refresh
from runfolio.store.folder import Folder
threading.Timer(float(sys.argv[2]), os._exit, [9]).start()
refresh(Folder.open(sys.argv[1]), rebuild=True)
os._exit(0)
"""


def test_killed_while_it_is_written(folder: Folder) -> None:
    fill(folder, "abcdefgh")
    began = time.perf_counter()
    refresh(folder, rebuild=True)
    takes = time.perf_counter() - began
    for part in (0.1, 0.5, 0.9):
        subprocess.run(
            [sys.executable, "-c", KILLED, str(folder.path), str(0.3 + takes * part)], timeout=60
        )
    assert_same(folder)


def test_two_at_once_disturb_nobody(folder: Folder) -> None:
    fill(folder, "abcdefgh")
    script = "import sys, runfolio; runfolio.open(sys.argv[1]).runs().fetchall()"
    command = [sys.executable, "-c", script, str(folder.path)]
    both = [subprocess.Popen(command, env=os.environ) for _ in range(3)]
    assert [each.wait(60) for each in both] == [0, 0, 0]
    assert refresh(folder).new == 0
    assert_same(folder)
