"""A snapshot names facts for ever: whatever comes later, the same ones come back, or it says so."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from runfolio.errors import DamagedStoreError, UsageError
from runfolio.store.compact import compact
from runfolio.store.folder import Folder
from runfolio.store.frozen import digests_of, doubtful, freeze, frozen, whole_digest
from runfolio.store.merge import merge
from runfolio.store.plan import snapshot
from runfolio.store.record import (
    Record,
    all_records,
    check_name,
    encode,
    keep,
    path_of,
    record_of,
    records,
    remove,
)
from runfolio.store.verify import verify
from runfolio.store.writer import Writer

from ..conftest import Clock, StoreMaker

NOW = datetime(2026, 11, 21, 12)
LATER = datetime(2026, 11, 22)


def taken(folder: Folder, name: str = "v1.0") -> Record:
    found = snapshot(folder)
    record = freeze(found, {each.run_id for each in found.sessions}, name, NOW)
    keep(folder, record)
    return record


@pytest.fixture
def two(store: StoreMaker) -> StoreMaker:
    """Two runs, one of which still goes on."""
    store.run("a", params={"lr": 0.1}, metrics={"loss": [2.0, float("nan"), 1.0]})
    store.run("b", metrics={"loss": [3.0]}, end=None, stay=True)
    return store


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..", "../x", "a/b", "a\\b", ".git", "CON", "nul.txt", "a..b", "v1.", "v 1"),
        *("v1\n", "-v", "é", "x.html", "X.ZIP", "x.json", "a" * 65, "v\u202e1", "%2e", "a:b"),
    ],
)
def test_names_that_no_folder_should_have_are_refused(name: str) -> None:
    with pytest.raises(UsageError):
        check_name(name)


def test_what_comes_later_changes_nothing(two: StoreMaker) -> None:
    before = snapshot(two.folder).facts()
    record = taken(two.folder)
    two.open_writers[0].points(1, ("loss",), (9.0,))
    writer = Writer(two.folder, "a", clock=Clock(0), writer_id="f" * 12)  # its clock is far back
    writer.fact("tag", "late", text="")
    writer.fact("drop", "loss", text='{"all": true}')
    writer.close()
    two.run("c", metrics={"loss": [0.0]})
    two.close()
    compact(two.folder)
    past = frozen(snapshot(two.folder), record)
    assert digests_of(past.facts()) == digests_of(before)
    assert {each.run_id: each.state for each in past.sessions}["b"] == "alive"
    assert whole_digest(digests_of(past.facts())) == record.digest == past.digest
    assert not doubtful(snapshot(two.folder), record)


def test_a_record_is_read_as_it_was_written_and_a_name_is_taken_once(two: StoreMaker) -> None:
    record = dataclasses.replace(taken(two.folder), note="\ud800<b>", config={"metrics": {}})
    keep(two.folder, record, new=False)
    assert records(two.folder) == (record,)
    assert path_of(two.folder, "v1.0").read_bytes() == encode(record)
    for name in ("v1.0", "V1.0"):
        with pytest.raises(UsageError, match="already"):
            keep(two.folder, dataclasses.replace(record, name=name))
    with pytest.raises(UsageError, match="no snapshot"):
        record_of(two.folder, "v1")


def test_a_fact_that_is_lost_is_told(two: StoreMaker) -> None:
    record = taken(two.folder)
    for path in two.folder.run_dir("a").iterdir():
        path.unlink()
    found = snapshot(two.folder)
    assert doubtful(found, record) == ("a",)
    with pytest.raises(DamagedStoreError, match=r"v1\.0 can no longer be rebuilt: a "):
        frozen(found, record)


@pytest.mark.parametrize(
    "change",
    [
        lambda said: said.update(format=2),
        lambda said: said.update(name="../../x"),
        lambda said: said.update(digest="<script>"),
        lambda said: said.update(runs={"../x": {}}),
        lambda said: said.update(runs=[]),
        lambda said: said["runs"]["a"].update(sessions=[["0" * 12, "odd", "2026-01-01"]]),
        lambda said: said.update(time="yesterday"),
    ],
    ids=["format", "name", "digest", "run", "runs", "session", "time"],
)
def test_a_record_that_is_none_is_a_problem_of_the_store_and_no_more(
    two: StoreMaker, change: Callable[[dict[str, object]], None]
) -> None:
    path = path_of(two.folder, taken(two.folder).name)
    said = json.loads(path.read_bytes())
    change(said)
    path.write_text(json.dumps(said))
    found, problems = all_records(two.folder)
    assert not found and problems[0].startswith("snapshots/v1.0.json: ")
    assert [each.code for each in verify(two.folder).problems] == ["snapshot-damaged"]


def test_stores_that_meet_have_both_their_snapshots_and_removals_last(
    two: StoreMaker, tmp_path: Path
) -> None:
    other = Folder.create(tmp_path / "other")
    record = taken(two.folder)
    merge(other, two.folder)
    assert records(other) == (record,)
    cited = dataclasses.replace(record, doi="10.1/x", changed=LATER)
    keep(other, cited, new=False)
    merge(two.folder, other)
    assert records(two.folder) == (cited,)
    assert not merge(other, two.folder)[0].files
    remove(other, "v1.0", datetime(2026, 11, 23))
    merge(two.folder, other)
    assert not records(two.folder) and all_records(two.folder)[0][0].gone
    assert not merge(two.folder, other, runs=["a"])[0].conflicts
    apart = Folder.create(tmp_path / "apart")
    keep(apart, dataclasses.replace(record, time=LATER, digest="ab"))
    mine = Folder.create(tmp_path / "mine")
    keep(mine, record)
    (done,) = merge(mine, apart)
    assert len(done.conflicts) == 1 and records(mine) == (record,)
