"""The copy of a store for others: what may be seen, and nothing else, and whole in itself."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import runfolio
from runfolio.publish.public import public_place, public_store
from runfolio.query.privacy import Profile
from runfolio.query.store import Store
from runfolio.store.folder import Folder
from runfolio.store.plan import snapshot
from runfolio.store.verify import verify


@pytest.fixture(scope="module")
def lab(tmp_path_factory: Any) -> Path:
    path: Path = tmp_path_factory.mktemp("lab") / "runs"
    for name, tag in (("out", "paper"), ("home", "secret-project")):
        run = runfolio.init(
            store=path, name=name, tags=[tag], params={"lr": 0.1, "data.dir": "/home/ada/digits"}
        )
        run.log({"loss": 1.0, "debug/norm": 3.0}, step=0)
        run.log({"loss": 0.5}, step=1)
        run.note("In /home/ada/notes.md there is more.")
        run.finish()
    with runfolio.edit(path) as runs:
        runs.drop("out", "loss", steps=0)
        runs.undo("out")
    return path


def copied(lab: Path, **wishes: Any) -> Folder:
    profile = Profile(**wishes)
    with Store.open(lab) as store:
        ids = store.run_ids("tag:paper")
        return public_store(store, profile, ids)


def test_the_copy_is_a_store_in_order_that_holds_the_chosen_runs(lab: Path) -> None:
    folder = copied(lab, hide=("metric:debug/*",))
    assert not verify(folder).problems
    with Store.open(folder.path) as store:
        assert [run.name for run in store.runs_table()] == ["out"]
        points = store.sql("SELECT key, step, value FROM metrics ORDER BY key, step").fetchall()
        assert points == [("loss", 0, 1.0), ("loss", 1, 0.5)]  # dropped, and that taken back
        assert store.sql("SELECT status FROM runs").fetchall() == [("finished",)]
        assert [tag for (tag,) in store.sql("SELECT tag FROM tags").fetchall()] == ["paper"]


def test_nothing_private_is_in_any_file_of_the_copy(lab: Path) -> None:
    folder = copied(lab)
    everything = snapshot(folder).facts().to_pylist()
    assert everything
    told = json.dumps(everything, default=str)
    for word in ("/home/ada", "secret-project", str(lab.parent)):
        assert word not in told


def test_a_second_copy_writes_nothing_and_takes_away_what_does_not_go_out(lab: Path) -> None:
    folder = copied(lab)
    before = {path: path.stat().st_mtime_ns for path in folder.runs.rglob("*.parquet")}
    copied(lab)
    assert before == {path: path.stat().st_mtime_ns for path in folder.runs.rglob("*.parquet")}
    with Store.open(lab) as store:
        public_store(store, Profile(), [])
    assert not list(folder.runs.rglob("*.parquet"))


def test_each_profile_has_its_own_copy(lab: Path) -> None:
    folder = Folder.open(lab)
    places = {
        public_place(folder, profile)
        for profile in (Profile(), Profile(salt=b"x"), Profile(show=frozenset({"output"})))
    }
    assert len(places) == 3 and all(folder.cache in place.parents for place in places)


def test_a_run_in_training_is_running_in_the_copy_and_stalls_in_none(
    tmp_path: Path, make_store: Callable[[Path], Any]
) -> None:
    maker = make_store(tmp_path / "runs")
    maker.run("on", metrics={"loss": [1.0]}, end=None, stay=True)
    maker.run("off", metrics={"loss": [1.0]})
    for journal in (tmp_path / "runs").rglob("*.journal"):
        assert journal.stat().st_size
    with Store.open(tmp_path / "runs") as store:
        ids = store.run_ids("")
    with Store.open(tmp_path / "runs") as store:
        folder = public_store(store, Profile(), ids)
    with Store.open(folder.path) as store:
        found = dict(store.sql("SELECT run_id, status FROM runs").fetchall())
    assert found == {"on": "running", "off": "finished"}
    maker.close()
    with Store.open(tmp_path / "runs") as store:
        public_store(store, Profile(), ids)
    with Store.open(folder.path) as store:
        assert dict(store.sql("SELECT run_id, status FROM runs").fetchall())["on"] != "running"
