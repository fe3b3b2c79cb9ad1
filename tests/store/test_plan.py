"""A snapshot holds every fact once, and names everything that is wrong with its cost."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from runfolio import schema
from runfolio.store import frames, parts
from runfolio.store.clean import clean
from runfolio.store.folder import Folder, is_run_id
from runfolio.store.journal import read_journal
from runfolio.store.plan import Snapshot, snapshot
from runfolio.store.seal import seal_journal
from runfolio.store.writer import Writer

Log = Callable[..., Writer]
Read = Callable[..., list[dict[str, Any]]]


def _only(folder: Folder, pattern: str, run_id: str = "r1") -> Path:
    (found,) = folder.run_dir(run_id).glob(pattern)
    return found


def _seqs(view: Snapshot) -> list[int]:
    return sorted(view.facts().column("seq").to_pylist())


def test_an_empty_store_has_no_facts(folder: Folder) -> None:
    view = snapshot(folder)
    assert (view.facts().num_rows, view.problems, view.sessions) == (0, (), ())
    assert view.facts().schema == parts.arrow_schema()


def test_facts_are_sorted_by_run_time_writer_and_seq(folder: Folder, log: Log) -> None:
    for run_id in ("b", "a"):
        for start in (50, 0):
            ticks = iter(range(start, 10**6, 3))
            log(run_id, steps=8, clock=lambda ticks=ticks: next(ticks) * 1000)
    found = snapshot(folder).facts().select(["run_id", "time", "writer", "seq"]).to_pylist()
    keys = [tuple(fact.values()) for fact in found]
    assert keys == sorted(keys)
    assert len(keys) == 4 * 17


def test_a_clock_that_goes_back_loses_nothing(folder: Folder, log: Log) -> None:
    ticks = iter([9, 8, 1, 5, 2, 2, 0, 3, 3, 3])
    log(steps=3, clock=lambda: next(ticks) * 1000)
    found = snapshot(folder).facts()
    assert found.column("seq").to_pylist() == list(range(7))  # in the order of saying
    assert _seqs(snapshot(folder)) == list(range(7))
    assert found.column("time").to_pylist() == sorted(found.column("time").to_pylist())


def test_sealing_changes_neither_facts_nor_digest(folder: Folder, log: Log) -> None:
    log(seal=False)
    before = snapshot(folder)
    seal_journal(folder, _only(folder, "j-*"))
    after = snapshot(folder)
    assert (after.facts(), after.digest) == (before.facts(), before.digest)
    _only(folder, "j-*").unlink()
    alone = snapshot(folder)
    assert (alone.facts(), alone.digest) == (before.facts(), before.digest)
    assert alone.problems == ()


def test_the_digest_changes_with_every_fact(folder: Folder, log: Log) -> None:
    writer = log(close=False)
    before = snapshot(folder).digest
    assert snapshot(folder).digest == before
    writer.fact("tag", "x")
    assert snapshot(folder).digest != before


def test_overlapping_parts_are_read_once(folder: Folder, log: Log) -> None:
    writer = log(steps=20, close=False)
    path = _only(folder, "j-*")
    seal_journal(folder, path)
    for step in range(20, 30):
        writer.points(step, ("loss", "acc"), [0.5, 0.5])
    seal_journal(folder, path)
    writer.points(30, ("loss", "acc"), [0.5, 0.5])
    assert len(list(folder.run_dir("r1").glob("p-*"))) == 2
    view = snapshot(folder)
    assert _seqs(view) == list(range(63))
    assert view.problems == ()


def test_a_damaged_part_is_named_and_its_journal_steps_in(folder: Folder, log: Log) -> None:
    log()
    part = _only(folder, "p-*")
    data = bytearray(part.read_bytes())
    data[100] ^= 1
    part.write_bytes(data)
    view = snapshot(folder)
    (problem,) = view.problems
    assert (problem.code, problem.run_id) == ("part-damaged", "r1")
    assert problem.path == f"runs/r1/{part.name}"
    assert "Nothing" in problem.cost
    assert _seqs(view) == list(range(11))


def test_a_damaged_part_without_its_journal_costs_what_it_held(folder: Folder, log: Log) -> None:
    log()
    part = _only(folder, "p-*")
    part.write_bytes(part.read_bytes()[:-1])
    _only(folder, "j-*").unlink()
    log("other")
    view = snapshot(folder)
    assert [problem.code for problem in view.problems] == ["part-damaged"]
    assert set(view.facts().column("run_id").to_pylist()) == {"other"}


def test_a_lost_part_in_the_middle_is_a_hole_with_a_cost(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    from runfolio.store import stream

    monkeypatch.setattr(stream, "SEAL_ROWS", 100)
    monkeypatch.setattr(stream, "_MILESTONE", 64)
    with Writer(folder, "r1", seal=False) as writer:
        for step in range(300):
            writer.points(step, ("a",), [step])
    journals = sorted(folder.run_dir("r1").glob("j-*"))
    lost = read_journal(journals[1]).ranges
    journals[1].unlink()
    view = snapshot(folder)
    (problem,) = view.problems
    assert problem.code == "facts-missing"
    assert problem.cost == f"{lost[0][1] - lost[0][0]:,} facts are lost."
    assert f"{lost[0][0]}-{lost[0][1] - 1}" in problem.message


def test_a_bad_block_in_a_journal_is_named_with_its_cost(folder: Folder, log: Log) -> None:
    log(steps=50, seal=False)
    path = _only(folder, "j-*")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 255
    path.write_bytes(data)
    view = snapshot(folder)
    assert [problem.code for problem in view.problems] == ["facts-missing", "journal-damaged"]
    assert view.problems[0].cost == "2 facts are lost."
    assert view.facts().num_rows == 99


def test_a_renamed_run_keeps_its_id_and_a_copy_counts_once(folder: Folder, log: Log) -> None:
    log()
    home = folder.run_dir("r1")
    shutil.copytree(home, folder.runs / "my [best] run*")
    view = snapshot(folder)
    assert {problem.code for problem in view.problems} == {"run-renamed"}
    assert _seqs(view) == list(range(11))
    shutil.rmtree(home)
    assert set(snapshot(folder).facts().column("run_id").to_pylist()) == {"r1"}


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_links_are_named_and_not_followed(folder: Folder, log: Log, tmp_path: Path) -> None:
    log()
    shutil.move(folder.run_dir("r1"), tmp_path / "outside")
    folder.run_dir("r1").symlink_to(tmp_path / "outside")
    (folder.runs / "loop").symlink_to(folder.runs)
    view = snapshot(folder)
    assert [problem.code for problem in view.problems] == ["link", "link"]
    assert view.facts().num_rows == 0


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_among_packs_is_not_told_as_one_of_a_run(folder: Folder, tmp_path: Path) -> None:
    folder.packs.mkdir(exist_ok=True)
    (folder.packs / f"c-{'0' * 32}.parquet").symlink_to(tmp_path / "outside")
    (problem,) = snapshot(folder).problems
    assert (problem.code, problem.run_id) == ("link", None)


@pytest.mark.skipif(os.name == "nt", reason="names that Windows does not have")
@pytest.mark.parametrize("name", ["run[1]", "*", "?", "a=b", "it's", '"x"', "new\nline", "ü %s"])
def test_the_path_of_a_store_is_taken_letter_for_letter(tmp_path: Path, name: str) -> None:
    (tmp_path / "run1").mkdir()
    folder = Folder.create(tmp_path / name / "store")
    with Writer(folder, "r1") as writer:
        writer.points(0, ("a",), [1.0])
    decoy = Folder.create(tmp_path / "run1" / "store")
    with Writer(decoy, "r2") as writer:
        writer.points(0, ("a",), [2.0])
    view = snapshot(Folder.open(folder.path))
    assert view.facts().column("value").to_pylist() == [1.0]
    assert view.problems == ()


def test_files_of_others_are_ignored(folder: Folder, log: Log) -> None:
    log()
    home = folder.run_dir("r1")
    for name in (".DS_Store", "Thumbs.db", ".nfs0001", "x.parquet", "p-1.parquet.crdownload"):
        (home / name).write_bytes(b"?")
    (folder.runs / "file").write_bytes(b"?")
    (home / "j-0123456789ab-000000000000.rfj").mkdir()
    view = snapshot(folder)
    assert (view.problems, view.facts().num_rows) == ((), 11)


def test_a_foreign_parquet_with_a_parts_name_is_named(folder: Folder, log: Log) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    log()
    pq.write_table(
        pa.table({"a": [1]}), folder.run_dir("r1") / schema.part_name("0123456789ab", 0, 1)
    )
    view = snapshot(folder)
    assert [problem.code for problem in view.problems] == ["part-foreign"]
    assert view.facts().num_rows == 11


def test_a_part_under_a_false_name_is_not_used(folder: Folder, log: Log) -> None:
    writer = log()
    part = _only(folder, "p-*")
    part.rename(part.with_name(schema.part_name(writer.id, 0, 99)))
    _only(folder, "j-*").unlink()
    view = snapshot(folder)
    assert [problem.code for problem in view.problems] == ["part-damaged"]
    assert view.facts().num_rows == 0


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a user without all rights")
def test_a_folder_without_permission_is_named(folder: Folder, log: Log) -> None:
    log()
    log("secret")
    folder.run_dir("secret").chmod(0)
    try:
        view = snapshot(folder)
    finally:
        folder.run_dir("secret").chmod(0o755)
    assert [problem.code for problem in view.problems] == ["folder-unreadable"]


def test_an_empty_journal_is_a_run_without_facts(folder: Folder) -> None:
    home = folder.run_dir("r1")
    home.mkdir(parents=True)
    (home / schema.journal_name("0123456789ab", 0)).write_bytes(b"")
    view = snapshot(folder)
    assert (view.problems, view.facts().num_rows) == ((), 0)
    assert [(s.run_id, s.writer) for s in view.sessions] == [("r1", "0123456789ab")]


def test_a_journal_of_a_newer_runfolio_is_refused_by_name(folder: Folder, log: Log) -> None:
    log()
    writer = "0123456789ab"
    header = frames.Header(99, writer, "r1", 0, 1, 1, "0" * 16, 0, 0)
    path = folder.run_dir("r1") / schema.journal_name(writer, 0)
    path.write_bytes(frames.pack_header(header))
    (problem,) = snapshot(folder).problems
    assert (problem.code, problem.path) == ("newer-format", f"runs/r1/{path.name}")
    assert "updated" in problem.cost
    assert snapshot(folder).facts().num_rows == 11


def test_a_pack_stands_for_the_runs_that_it_covers(folder: Folder, log: Log) -> None:
    import pyarrow as pa

    for run_id in ("a", "b"):
        log(run_id, steps=10)
    before = snapshot(folder)
    loaded = [parts.read_part(path) for path in sorted(folder.runs.glob("*/p-*"))]
    table = pa.concat_tables([table for _, table in loaded]).combine_chunks()
    footers = [footer for footer, _ in loaded]
    footer = parts.Footer(
        coverage={w: r for f in footers for w, r in f.coverage.items()},
        runs={w: r for f in footers for w, r in f.runs.items()},
        ends={w: e for f in footers for w, e in f.ends.items()},
        seen={w: s for f in footers for w, s in f.seen.items()},
        rows=table.num_rows,
        digest=parts.digest_of(table),
    )
    parts.write_part(
        table, footer, folder.packs / schema.pack_name("0123abcd" * 4), folder.tmp / "t-x.tmp"
    )
    both = snapshot(folder)
    assert (both.facts(), both.digest, both.problems) == (before.facts(), before.digest, ())
    shutil.rmtree(folder.runs)
    alone = snapshot(folder)
    assert (alone.facts(), alone.digest, alone.problems) == (before.facts(), before.digest, ())


def test_a_part_of_a_damaged_journal_owns_only_what_it_has(folder: Folder, log: Log) -> None:
    log(steps=50, seal=False)
    path = _only(folder, "j-*")
    good = path.read_bytes()
    data = bytearray(good)
    data[len(data) // 2] ^= 255
    path.write_bytes(data)
    seal_journal(folder, path)
    path.write_bytes(good)
    view = snapshot(folder)
    assert (_seqs(view), view.problems) == (list(range(101)), ())


def test_two_stores_merge_by_copying(folder: Folder, log: Log, tmp_path: Path) -> None:
    log("a")
    log("b", seal=False)
    copy = Folder.create(tmp_path / "copy")
    with Writer(copy, "a") as writer:
        writer.fact("tag", "from-elsewhere")
    shutil.copytree(folder.runs, copy.runs, dirs_exist_ok=True)
    view = snapshot(copy)
    assert view.facts().num_rows == 11 + 11 + 1
    assert view.problems == ()


def test_files_that_come_back_change_nothing(folder: Folder, log: Log, tmp_path: Path) -> None:
    """A backup or a slow sync may bring back what was cleaned away long ago."""
    writer = log(steps=20, close=False)
    for step in range(20, 23):
        seal_journal(folder, _only(folder, "j-*"))
        writer.points(step, ("loss", "acc"), [0.5, 0.5])
    writer.close()
    before = snapshot(folder)
    copy = tmp_path / "backup"
    shutil.copytree(folder.run_dir("r1"), copy)
    for path in folder.run_dir("r1").iterdir():
        os.utime(path, (0, 0))
    assert len(clean(folder)) == 4
    assert snapshot(folder).facts() == before.facts()
    shutil.copytree(copy, folder.run_dir("r1"), dirs_exist_ok=True)
    after = snapshot(folder)
    assert (after.facts(), after.digest, after.problems) == (before.facts(), before.digest, ())


@pytest.mark.skipif(sys.platform != "linux", reason="needs names that are no UTF-8")
def test_a_folder_name_that_is_no_text_is_shown_as_well_as_can_be(folder: Folder, log: Log) -> None:
    log(seal=False)
    home = folder.run_dir("r1")
    strange = Path(os.fsdecode(os.fsencode(folder.runs) + b"/\xff\xfe"))
    home.rename(strange)
    (journal,) = strange.iterdir()
    data = bytearray(journal.read_bytes())
    data[9] ^= 1
    journal.write_bytes(data)
    view = snapshot(folder)
    (run_id,) = set(view.facts().column("run_id").to_pylist())
    assert is_run_id(run_id)  # it becomes the name of a page
    assert [problem.path for problem in view.problems] == [f"runs/\ufffd\ufffd/{journal.name}"]


def test_reading_writes_nothing(folder: Folder, log: Log) -> None:
    log()
    before = {path: path.stat().st_mtime_ns for path in folder.path.rglob("*")}
    snapshot(folder).facts()
    assert {path: path.stat().st_mtime_ns for path in folder.path.rglob("*")} == before


def test_an_earlier_moment_has_only_what_was_said_by_then(folder: Folder, log: Log) -> None:
    second = 10**9
    ticks = iter(range(10, 1000))
    log(steps=3, clock=lambda: next(ticks) * second)
    later = iter(range(500, 1000))
    log("r2", steps=1, clock=lambda: next(later) * second)
    now = snapshot(folder)
    end = max(now.facts().column("time").to_pylist())
    moment = datetime(1970, 1, 1) + timedelta(seconds=13)

    view = snapshot(folder, as_of=moment)
    assert set(view.facts().column("run_id").to_pylist()) == {"r1"}
    assert 0 < view.facts().num_rows < now.facts().num_rows
    assert max(view.facts().column("time").to_pylist()) <= moment
    assert [(s.run_id, s.state) for s in view.sessions] == [("r1", "alive")]
    assert view.digest != now.digest
    assert snapshot(folder, as_of=moment.replace(tzinfo=UTC)).digest == view.digest
    whole = snapshot(folder, as_of=end + timedelta(days=1))
    assert (whole.facts(), whole.sessions) == (now.facts(), now.sessions)
