"""Compaction changes no answer, at no moment, whoever reads, writes, compacts or dies meanwhile."""

from __future__ import annotations

import itertools
import os
import random
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runfolio.errors import StoreError
from runfolio.query.store import Store
from runfolio.query.views import VIEWS
from runfolio.store import compact as compaction
from runfolio.store import files, frames, packs, parts
from runfolio.store.clean import clean
from runfolio.store.compact import compact
from runfolio.store.folder import Folder
from runfolio.store.plan import snapshot
from runfolio.store.verify import verify
from runfolio.store.writer import Writer

Log = Callable[..., Writer]
GONE = 2**22 - 1  # no process has this number


def _runs(pack: Path) -> list[str]:
    """Ids of the runs in a pack."""
    return sorted(set(parts.peek_footer(pack).runs.values()))


def _answers(folder: Folder) -> Any:
    """All that a reader can see of a store."""
    view = snapshot(folder)
    return view.digest, view.sessions, view.problems, view.facts().to_pylist()


def _files(folder: Folder) -> list[str]:
    """The store's journals, parts and packs."""
    return sorted(
        path.relative_to(folder.path).as_posix()
        for pattern in ("runs/*/*", "packs/*", "tmp/*")
        for path in folder.path.glob(pattern)
    )


def _age(folder: Folder, seconds: float = 700) -> None:
    for path in folder.path.rglob("*"):
        os.utime(path, (time.time() - seconds,) * 2)


def _flip(path: Path) -> None:
    """Damage the rows of a part or pack."""
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)


def _orphan(folder: Folder, run_id: str, points: int = 10, *, boot: str | None = None) -> Path:
    """The journal of a process that is gone; with ``boot`` it ran on another machine."""
    writer = Writer(folder, run_id, seal=False)
    for step in range(points):
        writer.points(step, ("a",), [float(step)])
    path = next(folder.run_dir(run_id).glob(f"j-{writer.id}-*"))
    data = path.read_bytes()
    header = frames.read_header(data)
    assert header is not None
    writer.close()
    other = replace(header, pid=GONE, boot=boot or header.boot)
    path.write_bytes(frames.pack_header(other) + data[header.size :])
    return path


def test_no_answer_changes_before_halfway_and_after(folder: Folder, log: Log) -> None:
    for number in range(5):
        log(f"r{number}", steps=20 + number)
    log("r1", steps=3)
    log("unsealed", seal=False)
    _orphan(folder, "killed")
    before = _answers(folder)
    done = compact(folder)
    assert (done.runs, len(done.packs), done.removed) == (7, 1, ())
    assert [path.parent.name for path in done.sealed] == ["killed", "unsealed"]
    assert _answers(folder) == before
    halves = [*folder.runs.glob("*/*")]
    for path in random.Random(7).sample(halves, len(halves) // 2):
        path.unlink()
    assert _answers(folder) == before
    done = compact(folder, grace=0)
    assert (done.runs, done.files_after, done.waiting) == (0, 1, ())
    assert _answers(folder) == before
    assert not list(folder.runs.iterdir())
    assert verify(folder).ok


def test_every_view_stays_the_same(folder: Folder, log: Log) -> None:
    for run_id in ("a", "b"):
        log(run_id, steps=30)

    def views() -> dict[str, list[Any]]:
        with Store.open(folder.path) as store:
            names = [view.name for view in VIEWS]
            return {
                name: store.sql(f"SELECT * FROM {name} ORDER BY ALL").fetchall() for name in names
            }

    before = views()
    compact(folder, grace=0)
    assert [path.name[0] for path in folder.path.rglob("*.parquet")] == ["c"]
    assert views() == before


def test_superseded_files_go_when_the_grace_is_over(folder: Folder, log: Log) -> None:
    for run_id in "ab":
        log(run_id)
    first = compact(folder)
    assert (first.files_before, first.files_after, len(first.waiting)) == (4, 5, 4)
    assert first.due is not None
    assert compact(folder).removed == ()
    _age(folder)
    last = compact(folder)
    assert (len(last.removed), last.files_after, last.waiting, last.due) == (4, 1, (), None)
    assert last.bytes_after == folder.packs.joinpath(first.packs[0].name).stat().st_size


def test_a_dry_run_foretells_and_touches_nothing(folder: Folder, log: Log) -> None:
    for run_id in "abc":
        log(run_id)
    log("unsealed", seal=False)
    log("live", close=False)
    before = {path: path.stat().st_mtime_ns for path in folder.path.rglob("*")}
    told = compact(folder, dry_run=True)
    assert {path: path.stat().st_mtime_ns for path in folder.path.rglob("*")} == before
    done = compact(folder, grace=0)
    assert (told.runs, told.pack_count, told.live) == (done.runs, done.pack_count, ("live",))
    assert (told.files_before, told.files_after) == (done.files_before, done.files_after)
    assert told.bytes_after >= done.bytes_after


def test_a_second_compaction_has_nothing_to_do(folder: Folder, log: Log) -> None:
    for run_id in "ab":
        log(run_id)
    compact(folder)
    before = _files(folder)
    again = compact(folder)
    assert (again.runs, again.packs, again.removed) == (0, (), ())
    assert _files(folder) == before


def test_one_run_of_one_part_gains_nothing(folder: Folder, log: Log) -> None:
    log()
    assert (compact(folder).packs, compact(folder, grace=0).files_after) == ((), 1)
    assert compact(Folder.create(folder.path.parent / "empty")).files_after == 0


def test_a_run_that_goes_on_stays_as_it_is(folder: Folder, log: Log) -> None:
    log("a")
    log("b")
    log("live")
    writer = log("live", close=False)
    done = compact(folder, grace=0)
    assert (done.runs, done.live) == (2, ("live",))
    assert {path.parent.name for path in folder.runs.glob("*/*")} == {"live"}
    writer.fact("tag", "later")
    writer.close()
    before = _answers(folder)
    assert compact(folder, grace=0).runs == 3
    assert _answers(folder) == before


def test_a_silent_writer_of_another_machine_is_copied_and_its_journal_stays(
    folder: Folder, log: Log
) -> None:
    log("a")
    path = _orphan(folder, "far", boot="0" * 16)
    assert compact(folder, grace=0).live == ("far",)
    _age(folder)
    before = _answers(folder)
    assert before[1][1].state == "stalled"
    done = compact(folder, grace=0)
    assert (done.runs, len(done.sealed)) == (2, 1)
    assert _files(folder) == [f"packs/{done.packs[0].name}", f"runs/far/{path.name}"]
    assert _answers(folder)[1:] == before[1:]
    assert compact(folder, grace=0).packs == ()
    with path.open("ab") as journal:  # it wakes up
        fact = frames.pack_facts(time.time_ns(), [("tag", "awake", None, None, "")])
        seed = frames.seed_of(path.name[2:14])
        journal.write(frames.frame(seed, 10, frames.FACTS, fact))
    assert [row["key"] for row in _answers(folder)[3] if row["run_id"] == "far"][-1] == "awake"
    assert compact(folder, grace=0).live == ("far",)
    _age(folder)
    awake = _answers(folder)
    compact(folder, grace=0)
    assert _answers(folder)[3] == awake[3]
    assert path.exists()


def test_a_packed_run_takes_further_facts(folder: Folder, log: Log) -> None:
    for run_id in "ab":
        log(run_id, steps=50)
    compact(folder, grace=0)
    for run_id in "ab":
        with Writer(folder, run_id) as late:
            late.fact("tag", "late")
    before = _answers(folder)
    assert compact(folder, grace=0).files_after == 2  # not worth to write the large one anew
    assert _answers(folder) == before


def test_packs_hold_at_most_so_many_runs_and_bytes(folder: Folder, log: Log) -> None:
    for number in range(11):
        log(f"r{number:02}")
    before = _answers(folder)
    done = compact(folder, grace=0, size=4)
    assert sorted(len(_runs(path)) for path in done.packs) == [3, 4, 4]
    assert _answers(folder) == before
    for number in range(11, 13):
        log(f"r{number:02}")
    assert compact(folder, most_bytes=1).packs == ()  # each would be alone in its pack


def test_many_small_packs_become_few_and_facts_are_seldom_rewritten(
    folder: Folder, log: Log
) -> None:
    written = 0
    for number in range(40):
        for half in "ab":
            log(f"r{number:02}{half}")
        done = compact(folder, grace=0)
        written += sum(parts.peek_footer(path).rows for path in done.packs)
    rows = snapshot(folder).facts().num_rows
    packs = len(list(folder.packs.iterdir()))
    print(f"40 compactions of 2 runs: {packs} packs, each fact written {written / rows:.1f} times")
    assert packs <= 6
    assert written <= 7 * rows


def test_packs_of_two_stores_that_merged_are_joined(folder: Folder, log: Log) -> None:
    for run_id in "abc":
        log(run_id)
    for run_ids in ("ab", "bc", "ac"):
        part = Folder.create(folder.path.parent / run_ids)
        for run_id in run_ids:
            shutil.copytree(folder.run_dir(run_id), part.run_dir(run_id))
        compact(part, grace=0)
        folder.packs.mkdir(exist_ok=True)
        for path in part.packs.iterdir():
            shutil.copy(path, folder.packs)
    before = _answers(folder)
    done = compact(folder, grace=0)
    assert (done.runs, done.files_before, done.files_after) == (3, 9, 1)
    assert _answers(folder) == before


def test_a_damaged_pack_costs_nothing_while_the_small_files_are_there(
    folder: Folder, log: Log
) -> None:
    for run_id in "ab":
        log(run_id)
    before = _answers(folder)
    (pack,) = compact(folder).packs
    _flip(pack)
    _age(folder)
    assert {path.name[0] for path in clean(folder)} == {"j"}  # since the parts are good
    assert _answers(folder)[3] == before[3]
    again = compact(folder)
    assert again.packs == (pack,)  # the same name, for the same bytes as before
    assert _answers(folder) == before


def test_repair_saves_what_a_damaged_pack_still_holds(
    folder: Folder, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packs, "GROUP_ROWS", 20)
    for run_id in "abcd":
        log(run_id)
    (pack,) = compact(folder, grace=0).packs
    rest = [row for row in _answers(folder)[3] if row["run_id"] != "a"]
    _flip(pack)
    missing, damaged = verify(folder).problems
    assert (missing.code, missing.run_id, missing.cost) == (
        "facts-missing",
        "a",
        "11 facts are lost.",
    )
    assert (damaged.code, damaged.path) == ("part-damaged", f"packs/{pack.name}")
    assert _answers(folder)[3] == rest
    mended = verify(folder, repair=True)
    assert mended.moved == (f"packs/{pack.name}.broken",)
    assert len(mended.sealed) == 1
    (lost,) = mended.problems
    assert lost.code == "set-aside" and lost.cost.startswith("11 facts (")
    assert _answers(folder)[3] == rest


def test_verify_says_that_many_files_could_be_few(folder: Folder, log: Log) -> None:
    for number in range(52):
        log(f"r{number:02}", steps=1)
    notes = {note.code: note for note in verify(folder).notes}
    assert notes["many-files"].message == "104 files hold what 1 can hold."
    compact(folder, grace=0)
    assert not verify(folder).notes


def test_a_damaged_part_is_made_anew_while_its_journal_is_there(folder: Folder, log: Log) -> None:
    for run_id in ("a", "b", "hurt", "short"):
        log(run_id)
    before = _answers(folder)
    _flip(next(folder.run_dir("hurt").glob("p-*")))
    (short,) = folder.run_dir("short").glob("p-*")
    short.write_bytes(short.read_bytes()[:-5])
    done = compact(folder, grace=0)
    assert (done.runs, done.damaged, done.files_after) == (4, (), 1)
    assert _answers(folder) == before


def test_a_run_with_damaged_files_is_left_alone(folder: Folder, log: Log) -> None:
    for run_id in ("a", "b", "hurt", "short"):
        log(run_id)
    for path in folder.runs.glob("*/j-*"):
        path.unlink()
    _flip(next(folder.run_dir("hurt").glob("p-*")))
    (short,) = folder.run_dir("short").glob("p-*")
    short.write_bytes(short.read_bytes()[:-5])
    before = _answers(folder)
    kept = _files(folder)
    done = compact(folder)
    assert (done.runs, done.damaged) == (2, ("hurt", "short"))
    assert set(kept) < set(_files(folder))
    assert _answers(folder) == before
    compact(folder, grace=0)
    assert {path.parent.name for path in folder.runs.glob("*/*")} == {"hurt", "short"}
    assert _answers(folder) == before


def test_files_that_come_back_are_harmless(folder: Folder, log: Log) -> None:
    """T14: a backup, rsync or a slow network brings back what was removed."""
    dice = random.Random(14)
    keep = Folder.create(folder.path.parent / "keep")
    trials = 0
    for number in range(6):
        log(f"r{number}", steps=3 + number)
        if number == 3:
            with Writer(folder, "r0") as late:
                late.fact("tag", "late")
        for path in (*folder.runs.glob("*/*"), *folder.packs.glob("*")):
            target = keep.path / path.relative_to(folder.path)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, target)
        before = _answers(folder)
        compact(folder, grace=0)
        old = [path for pattern in ("runs/*/*", "packs/*") for path in keep.path.glob(pattern)]
        for _ in range(10):
            back = dice.sample(old, dice.randrange(len(old) + 1))
            for path in back:
                target = folder.path / path.relative_to(keep.path)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target)
            assert _answers(folder) == before
            if dice.random() < 0.5:
                compact(folder, grace=0)
            trials += 1
        assert _answers(folder) == before
    print(f"T14: {trials} times files came back, 0 facts lost or doubled")


def test_only_what_one_larger_file_holds_is_removed(folder: Folder, log: Log) -> None:
    """Two packs that hold a third between them do not remove it."""
    for run_id in "abcd":
        log(run_id)
    homes = {run_id: folder.run_dir(run_id) for run_id in "abcd"}
    made = []
    for run_ids in ("ab", "bc", "cd"):
        part = Folder.create(folder.path.parent / run_ids)
        for run_id in run_ids:
            shutil.copytree(homes[run_id], part.run_dir(run_id))
        compact(part, grace=0)
        made += list(part.packs.iterdir())
    folder.packs.mkdir()
    for path in made:
        shutil.copy(path, folder.packs)
    before = _answers(folder)
    clean(folder, grace=0)
    assert len(list(folder.packs.iterdir())) == 3
    assert not list(folder.runs.glob("*/*"))
    assert _answers(folder) == before


def test_the_last_file_that_knows_how_a_writer_ended_stays(folder: Folder, log: Log) -> None:
    for run_id in "ab":
        log(run_id)
    path = _orphan(folder, "far", boot="0" * 16)
    _age(folder)
    compact(folder, grace=0)
    (pack,) = folder.packs.iterdir()
    assert _runs(pack) == ["a", "b", "far"]
    # it comes back, and closes in order after all
    moment = frames.MOMENT.pack(time.time_ns(), 1.0)
    with path.open("ab") as journal:
        journal.write(frames.frame(frames.seed_of(path.name[2:14]), 10, frames.CLOSE, moment))
    before = _answers(folder)
    assert {session.state for session in before[1]} == {"closed"}
    clean(folder, grace=0)
    assert path.exists()
    assert compact(folder, grace=0).files_after == 2  # the part and the pack
    assert _answers(folder) == before


# --- trouble ------------------------------------------------------------------------------------


def test_a_full_disk_changes_nothing(
    folder: Folder, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    for run_id in "ab":
        log(run_id, steps=100)
    before, kept = _answers(folder), _files(folder)
    write = files.write_all
    for calls in itertools.count(1):
        left = iter(range(calls))

        def full(fd: int, data: bytes, left: Any = left) -> None:
            if next(left, None) is None:
                raise OSError(28, "No space left on device")
            write(fd, data)

        monkeypatch.setattr(files, "write_all", full)
        try:
            compact(folder)
            break
        except StoreError as error:
            assert "No space left" in error.message
            assert "Nothing is lost" in error.hint
        assert _files(folder) == kept
    assert calls > 5
    assert _answers(folder) == before


def test_files_that_vanish_meanwhile_are_looked_for_again(
    folder: Folder, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    for run_id in "abcd":
        log(run_id)
    before = _answers(folder)
    twin = Folder.open(shutil.copytree(folder.path, folder.path.parent / "twin"))
    compact(twin, grace=0)
    write, calls = compaction.write_pack, []

    def late(*arguments: Any, **options: Any) -> Any:
        if not calls:  # another compactor was quicker, and has cleaned
            calls.append(1)
            shutil.copytree(twin.packs, folder.packs)
            shutil.rmtree(folder.runs)
        return write(*arguments, **options)

    monkeypatch.setattr(compaction, "write_pack", late)
    done = compact(folder)
    assert calls
    assert (done.packs, done.files_after) == ((), 1)
    assert _answers(folder) == before
