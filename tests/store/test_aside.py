"""A repair never makes a loss look like health: what was set aside and is lost stays a problem."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from runfolio.store.compact import compact
from runfolio.store.folder import Folder
from runfolio.store.verify import verify
from runfolio.store.writer import Writer

Log = Callable[..., Writer]


def _only_file(folder: Folder, kind: str, log: Log) -> Path:
    """The only file that holds the facts of two runs: a pack, or for one of them its part."""
    for run_id in ("r1", "r2"):
        log(run_id=run_id, steps=20)
    if kind == "pack":
        compact(folder, grace=0)
        compact(folder, grace=0)
        (path,) = folder.packs.iterdir()
        assert not list(folder.runs.glob("*/p-*"))
        return path
    (path,) = folder.run_dir("r1").glob("p-*")
    for journal in folder.run_dir("r1").glob("j-*"):
        journal.unlink()
    return path


@pytest.mark.parametrize("kind", ["pack", "part"])
@pytest.mark.parametrize("harm", ["cut", "flipped"])
def test_what_is_lost_with_a_broken_file_is_told_until_it_is_back(
    folder: Folder, log: Log, kind: str, harm: str
) -> None:
    path = _only_file(folder, kind, log)
    whole, facts = path.read_bytes(), verify(folder).facts
    at = len(whole) // 3
    path.write_bytes(whole[:-100] if harm == "cut" else whole[:at] + b"\0\1" + whole[at + 2 :])
    for report in (verify(folder, repair=True), verify(folder), verify(folder, repair=True)):
        (problem,) = [each for each in report.problems if each.code == "set-aside"]
        assert problem.path.endswith(".broken") and not report.ok
        assert "fact" in problem.cost and "good copy" in problem.cost
        assert report.unknown == ()
    assert verify(folder).facts < facts
    path.write_bytes(whole)
    after = verify(folder)
    assert after.ok and after.facts == facts
    assert [note.code for note in after.notes] == ["set-aside"]


def test_a_broken_part_whose_journal_is_there_costs_nothing(folder: Folder, log: Log) -> None:
    log(run_id="r1", steps=20)
    facts = verify(folder).facts
    (path,) = folder.run_dir("r1").glob("p-*")
    path.write_bytes(path.read_bytes()[:-100])
    report = verify(folder, repair=True)
    assert report.ok and report.facts == facts
    assert [note.code for note in report.notes] == ["set-aside"]
