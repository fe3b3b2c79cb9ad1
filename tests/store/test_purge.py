"""Purging removes one run and nothing else, hides what comes back, and may stop at any step."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import time
from collections.abc import Callable, Collection
from pathlib import Path

import pytest

from runfolio import schema
from runfolio.store import purge, tombs
from runfolio.store.blobs import put_bytes
from runfolio.store.folder import Folder
from runfolio.store.plan import snapshot
from runfolio.store.verify import verify
from runfolio.store.writer import Writer

Log = Callable[..., Writer]
ADA = {"user": "ada", "host": "desk"}


def bury(folder: Folder, *run_ids: str, blobs: dict[str, set[str]] | None = None) -> None:
    """Lay tombs for runs, as a purge begins."""
    plans = look(folder, *run_ids, blobs=blobs)
    purge.bury(folder, plans, author=ADA, reason="private", blobs=blobs or {})


def look(
    folder: Folder,
    *run_ids: str,
    blobs: dict[str, set[str]] | None = None,
    used: Collection[str] = (),
) -> list[purge.Purged]:
    names = {run_id: f"name of {run_id}" for run_id in run_ids}
    return purge.look(folder, names, facts={}, blobs=blobs or {}, used=used)


def runs_in(folder: Folder) -> set[str]:
    """The runs that have facts other than a tomb's."""
    rows = snapshot(folder).facts().select(["run_id", "kind"]).to_pylist()
    return {row["run_id"] for row in rows if row["kind"] in ("param", "metric")}


def test_a_tomb_says_who_when_and_why(folder: Folder, log: Log) -> None:
    log("a")
    before = time.time()
    digest = "ab" * 32
    tomb = tombs.lay(
        folder,
        "a",
        name='\x1b[31m"',
        author=ADA,
        reason="wütend\n",
        facts=3,
        blobs=[digest],
        time_ns=time.time_ns(),
    )

    assert tombs.purged(folder) == {"a": tomb}
    assert tombs.purged_ids(folder) == {"a"}
    assert (tomb.name, tomb.author, tomb.reason) == ('\x1b[31m"', "ada", "wütend\n")
    assert (tomb.facts, tomb.blobs) == (3, (digest,))
    assert abs((tomb.time - tombs._EPOCH).total_seconds() - before) < 60
    (path,) = tombs.tomb_paths(folder)
    assert schema.TOMB_NAME.fullmatch(path.name)
    assert verify(folder).problems[0].code == "purged-remains"


def test_a_tomb_hides_the_run_and_speaks_itself(folder: Folder, log: Log) -> None:
    log("a")
    log("b")
    bury(folder, "a")

    view = snapshot(folder)
    rows = [row for row in view.facts().to_pylist() if row["run_id"] == "a"]
    assert runs_in(folder) == {"b"}
    assert [(row["kind"], row["key"]) for row in rows] == [("start", "author"), ("purge", "")]
    assert json.loads(rows[0]["text"]) == ADA
    assert [session.run_id for session in view.sessions] == ["a", "b"]
    assert view.problems == ()


def test_a_store_without_tombs_has_purged_nothing(folder: Folder) -> None:
    assert tombs.purged(folder) == {}
    assert tombs.purged_ids(folder) == frozenset()
    assert list(purge.remains(folder)) == []


def test_purging_removes_the_files_of_the_run_alone(folder: Folder, log: Log) -> None:
    log("a", seal=False)
    log("a")
    log("b")
    kept = sorted(folder.run_dir("b").iterdir())
    stranger = folder.run_dir("b") / "keep.txt"
    stranger.write_text("mine")
    bury(folder, "a")
    (done,) = purge.clear(folder, look(folder, "a"))

    assert not folder.run_dir("a").exists()
    assert sorted(folder.run_dir("b").iterdir()) == sorted([*kept, stranger])
    assert len(done.paths) == 3
    assert verify(folder).ok
    assert runs_in(folder) == {"b"}


def test_files_that_are_not_ours_stay(folder: Folder, log: Log) -> None:
    log("a")
    notes = folder.run_dir("a") / "notes.txt"
    notes.write_text("mine")
    broken = folder.run_dir("a") / (next(folder.run_dir("a").glob("p-*")).name + ".broken")
    broken.write_bytes(b"x")
    bury(folder, "a")
    purge.clear(folder, look(folder, "a"))

    assert list(folder.run_dir("a").iterdir()) == [notes]


def test_nothing_is_removed_without_a_tomb(folder: Folder, log: Log) -> None:
    log("a")
    with pytest.raises(RuntimeError, match="no tomb"):
        purge.clear(folder, look(folder, "a"))
    assert runs_in(folder) == {"a"}


def test_a_copy_that_comes_back_stays_hidden_and_is_told(folder: Folder, log: Log) -> None:
    log("a")
    copy = shutil.copytree(folder.run_dir("a"), folder.path / "copy")
    bury(folder, "a")
    purge.clear(folder, look(folder, "a"))
    shutil.copytree(copy, folder.run_dir("a"))

    assert runs_in(folder) == set()
    report = verify(folder)
    assert {problem.code for problem in report.problems} == {"purged-remains"}
    (plan,) = look(folder, "a")
    assert plan.again and len(plan.paths) == 2
    purge.clear(folder, [plan])
    assert verify(folder).ok


def test_two_copies_that_purge_the_same_run_agree(folder: Folder, log: Log, tmp_path: Path) -> None:
    log("a")
    other = Folder.open(shutil.copytree(folder.path, tmp_path / "other"))
    for each in (folder, other):
        bury(each, "a")
        purge.clear(each, look(each, "a"))
    first = tombs.purged(folder)["a"]
    for path in tombs.tomb_paths(other):
        shutil.copy(path, folder.tombs)

    assert len(tombs.tomb_paths(folder)) == 2
    assert tombs.purged(folder)["a"] == first
    assert snapshot(folder).problems == ()


@pytest.mark.parametrize("damage", [b"", b"PAR1", b"x" * 500])
def test_a_damaged_tomb_hides_the_run_and_is_named(folder: Folder, log: Log, damage: bytes) -> None:
    log("a")
    bury(folder, "a")
    (path,) = tombs.tomb_paths(folder)
    path.write_bytes(damage)

    assert tombs.purged(folder)["a"].name == ""
    view = snapshot(folder)
    assert [problem.path for problem in view.problems] == [f"tombs/{path.name}"]
    assert view.facts().num_rows == 0


def test_a_tomb_cannot_speak_for_another_run(folder: Folder, log: Log) -> None:
    log("a")
    bury(folder, "a")
    (path,) = tombs.tomb_paths(folder)
    path.rename(folder.tombs / path.name.replace("x-a-", "x-b-"))
    log("b")

    view = snapshot(folder)
    assert [problem.code for problem in view.problems] == ["part-damaged"]
    assert "b" not in runs_in(folder)


def test_contents_that_nobody_else_names_go(folder: Folder) -> None:
    alone, shared = put_bytes(folder, b"alone").digest, put_bytes(folder, b"shared").digest
    named = {"a": {alone, shared, "0" * 64}}
    plan = look(folder, "a", blobs=named, used={shared})[0]
    assert plan.blobs == (alone,)
    assert plan.size == len(b"alone")

    assert purge.clear_blobs(folder, plan.blobs, used={shared}, busy=False) == (alone,)
    assert not folder.blob_path(alone).exists()
    assert folder.blob_path(shared).exists()
    assert purge.clear_blobs(folder, plan.blobs, used=set(), busy=False) == ()


def test_contents_that_are_named_meanwhile_stay(folder: Folder) -> None:
    digest = put_bytes(folder, b"alone").digest
    assert purge.clear_blobs(folder, [digest], used={digest}, busy=False) == ()
    assert folder.blob_path(digest).exists()


def test_contents_used_just_now_stay_while_a_process_writes(folder: Folder) -> None:
    digest = put_bytes(folder, b"alone").digest
    path = folder.blob_path(digest)
    os.utime(path, (0, 0))
    put_bytes(folder, b"alone")
    assert purge.clear_blobs(folder, [digest], used=(), busy=True) == ()
    os.utime(path, (0, 0))
    assert purge.clear_blobs(folder, [digest], used=(), busy=True) == (digest,)


def test_an_interrupted_purge_is_hidden_at_once_and_finished_by_the_next(
    folder: Folder, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    digest = put_bytes(folder, b"alone").digest
    blobs = {"a": {digest}}
    unlink = Path.unlink
    for survived in range(4):
        log("a", seal=False)
        log("b" if survived == 0 else f"b{survived}")
        plans = look(folder, "a", blobs=blobs)
        purge.bury(folder, plans, author=ADA, blobs=blobs)
        left = survived

        def dying(path: Path, missing_ok: bool = False) -> None:
            nonlocal left
            if path.is_relative_to(folder.runs):
                if left == 0:
                    raise KeyboardInterrupt
                left -= 1
            unlink(path, missing_ok)

        with monkeypatch.context() as patch:
            patch.setattr(Path, "unlink", dying)
            try:
                purge.clear(folder, plans)
            except KeyboardInterrupt:
                assert "a" not in runs_in(folder)
                assert snapshot(folder).problems == ()

    (plan,) = look(folder, "a")
    assert plan.again and plan.blobs == (digest,)
    purge.clear(folder, [plan])
    purge.clear_blobs(folder, plan.blobs, used=(), busy=False)
    assert not folder.run_dir("a").exists()
    assert not folder.blob_path(digest).exists()
    assert runs_in(folder) == {"b", "b1", "b2", "b3"}
    assert verify(folder).ok


def test_a_disk_that_takes_no_tomb_changes_nothing(folder: Folder, log: Log) -> None:
    log("a")
    folder.tombs.write_text("in the way")
    with pytest.raises(OSError):
        bury(folder, "a")
    assert runs_in(folder) == {"a"}


def test_rows_in_packs_go_too(folder: Folder, log: Log) -> None:
    from runfolio.store.compact import compact

    for run_id in "abc":
        log(run_id)
    compact(folder, grace=0.0)
    shutil.rmtree(folder.runs)
    assert runs_in(folder) == {"a", "b", "c"}
    bury(folder, "b")
    assert runs_in(folder) == {"a", "c"}
    (plan,) = look(folder, "b")
    assert len(plan.packs) == 1
    purge.clear(folder, [plan])

    assert runs_in(folder) == {"a", "c"}
    assert list(purge.remains(folder)) == []
    assert verify(folder).ok
    shutil.rmtree(folder.tombs)
    assert runs_in(folder) == {"a", "c"}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_killed_at_any_call_a_purge_harms_nobody_and_can_be_finished(
    folder: Folder, log: Log
) -> None:
    log("other")
    shared = put_bytes(folder, b"shared").digest
    calls = 0
    for position in itertools.count():
        run_id = f"a{position}"
        log(run_id)
        alone = put_bytes(folder, run_id.encode()).digest
        blobs = {run_id: {alone, shared}}
        pid = os.fork()
        if pid == 0:
            _dying_purge(folder, run_id, blobs, shared, position)
        _, status = os.waitpid(pid, 0)
        buried = run_id in tombs.purged_ids(folder)
        assert runs_in(folder) == {"other"} | (set() if buried else {run_id})
        assert folder.blob_path(shared).exists()
        assert not snapshot(folder).problems
        _purge(folder, run_id, blobs, shared)
        assert not folder.run_dir(run_id).exists()
        assert not folder.blob_path(alone).exists()
        assert folder.blob_path(shared).exists()
        if status == 0:
            break
        calls += 1
    assert calls >= 8
    assert verify(folder).ok


def _purge(folder: Folder, run_id: str, blobs: dict[str, set[str]], shared: str) -> None:
    plans = look(folder, run_id, blobs=blobs, used={shared})
    purge.bury(folder, plans, author=ADA, blobs=blobs)
    purge.clear(folder, plans)
    purge.clear_blobs(folder, plans[0].blobs, used={shared}, busy=False)


def _dying_purge(
    folder: Folder, run_id: str, blobs: dict[str, set[str]], shared: str, position: int
) -> None:
    """A purge whose process ends right before its call number ``position`` to the disk."""
    left = position

    def counted(call: Callable[..., object]) -> Callable[..., object]:
        def dying(*words: object, **options: object) -> object:
            nonlocal left
            if left == 0:
                os._exit(9)
            left -= 1
            return call(*words, **options)

        return dying

    for name in ("unlink", "rename", "replace", "rmdir", "write", "fsync", "fdatasync", "mkdir"):
        setattr(os, name, counted(getattr(os, name)))
    try:
        _purge(folder, run_id, blobs, shared)
    finally:
        os._exit(0)
