"""verify finds what is wrong and mends what it can; clean removes only what is superseded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from runfolio.store import folder as folder_module
from runfolio.store.blobs import put_bytes
from runfolio.store.clean import clean
from runfolio.store.folder import Folder
from runfolio.store.plan import snapshot
from runfolio.store.verify import verify
from runfolio.store.writer import Writer

Log = Callable[..., Writer]

CHILD = """
import os, sys
from runfolio.store.folder import Folder
from runfolio.store.writer import Writer
writer = Writer(Folder.open(sys.argv[1]), "dead")
for step in range(10):
    writer.points(step, ("a",), [float(step)])
os._exit(1)
"""


def _die(folder: Folder) -> None:
    """A process logs ten points and dies without a word."""
    environment = {**os.environ, "PYTHONPATH": str(Path(folder_module.__file__).parents[2])}
    subprocess.run([sys.executable, "-c", CHILD, str(folder.path)], env=environment, check=False)


def _age(folder: Folder, seconds: float) -> None:
    for path in folder.path.rglob("*"):
        os.utime(path, (time.time() - seconds,) * 2, follow_symlinks=False)


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_a_good_store_is_said_to_be_good(folder: Folder, log: Log) -> None:
    log()
    put_bytes(folder, b"blob")
    (folder.run_dir("r1") / ".DS_Store").write_bytes(b"?")
    report = verify(folder)
    assert report.ok
    assert (report.files, report.facts) == (3, 11)
    assert report.unknown == ("runs/r1/.DS_Store",)


def test_repair_seals_the_journals_of_dead_writers(folder: Folder, log: Log) -> None:
    _die(folder)
    log("alive", close=False)
    log("unsealed", seal=False)
    before = snapshot(folder)
    report = verify(folder, repair=True)
    assert [path.split("/")[1] for path in report.sealed] == ["dead", "unsealed"]
    after = snapshot(folder)
    assert after.facts() == before.facts()
    assert {s.run_id: s.state for s in after.sessions} == {
        "dead": "dead",
        "alive": "alive",
        "unsealed": "closed",
    }
    assert verify(folder, repair=True).sealed == ()


def test_damage_is_found_even_where_it_costs_nothing(folder: Folder, log: Log) -> None:
    log()
    (journal,) = folder.run_dir("r1").glob("j-*")
    _flip(journal)
    assert snapshot(folder).problems == ()
    report = verify(folder)
    assert [problem.code for problem in report.problems] == ["journal-damaged"]
    assert "Nothing" in report.problems[0].cost


def test_broken_files_are_set_aside_not_deleted(folder: Folder, log: Log) -> None:
    log()
    blob = put_bytes(folder, b"blob")
    (part,) = folder.run_dir("r1").glob("p-*")
    _flip(part)
    _flip(folder.blob_path(blob.digest))
    report = verify(folder)
    assert sorted(problem.code for problem in report.problems) == ["blob-damaged", "part-damaged"]
    mended = verify(folder, repair=True)
    assert mended.ok
    assert sorted(Path(name).name for name in mended.moved) == sorted(
        [part.name + ".broken", blob.digest + ".broken"]
    )
    assert [Path(name).name for name in mended.sealed] == [part.name]
    assert snapshot(folder).facts().num_rows == 11


def test_missing_contents_of_artifacts_are_named(folder: Folder) -> None:
    kept = put_bytes(folder, b"kept")
    with Writer(folder, "r1") as writer:
        for key, digest in (("a.txt", kept.digest), ("b.txt", "0" * 64), ("c.txt", None)):
            writer.fact("artifact", key, value=1, text=json.dumps({"digest": digest}))
        writer.fact("artifact", "odd", text="{")
        writer.fact("dataset", "train", text=json.dumps({"blob": "1" * 64}))
    report = verify(folder)
    assert [(p.code, p.run_id) for p in report.problems] == [("blob-missing", "r1")] * 2
    assert "'b.txt'" in report.problems[0].message


def test_clean_waits_ten_minutes(folder: Folder, log: Log) -> None:
    log()
    assert clean(folder) == ()
    _age(folder, 590)
    assert clean(folder) == ()
    _age(folder, 610)
    before = snapshot(folder)
    (removed,) = clean(folder)
    assert removed.name.startswith("j-")
    assert snapshot(folder).facts() == before.facts()
    assert snapshot(folder).digest == before.digest
    assert clean(folder) == ()


@pytest.mark.parametrize("harm", ["damaged part", "part gone", "journal longer"])
def test_clean_keeps_what_no_single_good_file_covers(folder: Folder, log: Log, harm: str) -> None:
    writer = log(close=harm != "journal longer")
    (journal,) = folder.run_dir("r1").glob("j-*")
    if harm == "journal longer":
        from runfolio.store.seal import seal_journal

        seal_journal(folder, journal)
        writer.fact("tag", "later")
    (part,) = folder.run_dir("r1").glob("p-*")
    if harm == "damaged part":
        _flip(part)
    if harm == "part gone":
        part.unlink()
    _age(folder, 10_000)
    assert clean(folder) == ()
    assert journal.exists()


def test_clean_keeps_the_journal_of_a_living_writer(folder: Folder, log: Log) -> None:
    from runfolio.store.seal import seal_journal

    log(close=False)
    (journal,) = folder.run_dir("r1").glob("j-*")
    seal_journal(folder, journal)
    _age(folder, 10_000)
    assert clean(folder) == ()


def test_clean_removes_temporary_files_of_the_dead(folder: Folder) -> None:
    from runfolio.store.status import this_process

    folder.tmp.mkdir()
    boot, pid, start = this_process().boot, os.getpid(), this_process().start
    dead = folder.tmp / f"t-blob-{boot}-4194303-1-abcdef.tmp"
    mine = folder.tmp / f"t-blob-{boot}-{pid}-{start}-abcdef.tmp"
    far = folder.tmp / f"t-blob-{'0' * 16}-1-1-abcdef.tmp"
    for path in (dead, mine, far):
        path.write_bytes(b"")
    assert clean(folder) == (dead,)
    os.utime(far, (time.time() - 90_000,) * 2)
    assert clean(folder) == (far,)
    assert mine.exists()
