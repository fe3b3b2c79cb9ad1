"""Runs from elsewhere beside ours: nothing of ours changes, and no place is taken."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runfolio.config.sources import SourceConfig
from runfolio.errors import RunNotFoundError, StoreError
from runfolio.federation import copies
from runfolio.federation.copies import Brought, bring
from runfolio.federation.reading import Task, read_source
from runfolio.query.origins import Origin
from runfolio.query.sandbox import answer
from runfolio.query.store import Store
from runfolio.store.folder import Folder

from .conftest import LONG, MakeStore

ASKED = (
    "SELECT * FROM runs WHERE origin = '' ORDER BY run_id",
    "SELECT * FROM summary WHERE run_id IN ('our-a', 'our-b') ORDER BY ALL",
    "SELECT * FROM params WHERE run_id IN ('our-a', 'our-b') ORDER BY ALL",
    "SELECT * FROM models WHERE run_id IN ('our-a', 'our-b') ORDER BY ALL",
    "SELECT * FROM lineage WHERE run_id IN ('our-a', 'our-b') ORDER BY ALL",
    "SELECT name, version, digest, rows, source FROM dataset_versions WHERE digest IN ('d1', 'd2') "
    "ORDER BY ALL",
)
MODEL = ("model", "net", None, None, '{"artifact": "net.pt", "digest": "m", "alias": "best"}')


def dataset(digest: str, **more: Any) -> tuple[str, str, None, float, str]:
    data = ", ".join(f'"{key}": "{value}"' for key, value in {"digest": digest, **more}.items())
    return ("dataset", "digits", None, 1.0, f"{{{data}}}")


def ours(store: Any) -> None:
    store.run("first", name="theirs first")  # so that ours begin later
    store.run("our-a", metrics={"acc": [0.5, 0.9]}, params={"lr": 1}, facts=[dataset("d1"), MODEL])
    store.run("our-b", metrics={"acc": [0.8]}, facts=[dataset("d2", role="train")])


def taken(store: Any, out: Path, name: str = "lab-b") -> Origin:
    """A store as a source."""
    found = read_source(Task(name, str(store.path), str(out)))
    return Origin(name, out, name, found.kind, "https://lab.example/", digest=found.digest)


def told(store: Store) -> list[str]:
    return [str(store.sql(sql).fetchall()) for sql in ASKED]


def test_a_source_changes_nothing_of_ours_and_takes_no_place(
    make_store: MakeStore, tmp_path: Path
) -> None:
    mine, theirs = make_store(tmp_path / "mine"), make_store(tmp_path / "theirs")
    ours(mine)
    with Store.open(mine.path) as store:
        before = told(store)
    # Earlier than all of ours: the same model, an older version of our data, a run of our id, one
    # that says to be our child and to have made our data.
    theirs.run("our-a", name="taken", metrics={"acc": [99.0]}, tags=["best"])
    theirs.run("spy", identity={"parent": "our-a"}, metrics={"acc": [0.7]},
               facts=[MODEL, dataset("d0"), dataset("d2", role="output")])  # fmt: skip
    origin = taken(theirs, tmp_path / "copy")
    with Store.open(mine.path, origins=[origin]) as store:
        assert told(store) == before
        runs = {run.run_id: run for run in store.runs_table()}
        assert {run_id: run.origin for run_id, run in runs.items()} == {
            "first": "", "our-a": "", "our-b": "", "our-a-lab-b": "lab-b", "spy": "lab-b",
        }  # fmt: skip
        assert runs["spy"].parent == "our-a-lab-b", "that is whom it means"
        assert store.origins["lab-b"].page("our-a-lab-b") == "https://lab.example/runs/our-a.html"
        assert store.resolve("our-a") == "our-a"
        assert store.run_ids("origin:lab-b acc>1") == ["our-a-lab-b"]
        assert store.run_ids('origin:""') == ["our-b", "our-a", "first"]
        board = store.leaderboards()[0]
        assert [entry.run_id for entry in board.entries][:2] == ["our-a-lab-b", "our-a"]
        table = answer(store, "SELECT count(*) AS n FROM runs WHERE origin = 'lab-b'")
        assert table["n"].to_pylist() == [2], "statements of strangers see the same runs"


@LONG
def test_the_same_facts_in_two_places_are_one_run(make_store: MakeStore, tmp_path: Path) -> None:
    mine, theirs = make_store(tmp_path / "mine"), make_store(tmp_path / "theirs")
    for store in (mine, theirs):
        ours(store)
    theirs.run("our-c", metrics={"acc": [0.1]})
    copy = taken(theirs, tmp_path / "copy-a", "a")
    with Store.open(mine.path, origins=[copy]) as store:
        assert {run.run_id: run.origin for run in store.runs_table()} == {
            "first": "", "our-a": "", "our-b": "", "our-c": "a",
        }  # fmt: skip
        assert store.origins["a"].ours == 3
        assert store.sql("SELECT count(*) FROM metrics").fetchall() == [(4,)]
    # and they are told apart as soon as one says more
    theirs.run("our-b", tags=["retracted"])
    moved = taken(theirs, tmp_path / "copy-c", "a")
    with Store.open(mine.path, origins=[moved]) as store:
        found = store.run("our-b-a").run
        assert (found.origin, found.tags) == ("a", ("retracted",))
        assert store.run("our-b").run.tags == ()


@pytest.fixture
def home(make_store: MakeStore, tmp_path: Path) -> Folder:
    mine = make_store(tmp_path / "mine")
    mine.run("our-a", metrics={"acc": [0.5]})
    return mine.folder


def test_the_last_copy_is_shown_when_a_source_is_silent(
    lab: Path, home: Folder, serve: Callable[..., str], tmp_path: Path
) -> None:
    site = tmp_path / "results"
    shutil.copytree(
        lab / "results" / "data", site / "data", ignore=shutil.ignore_patterns("*-*.js")
    )
    source = SourceConfig(name="lab-b", where=serve(site), private=True)
    first = bring([source], home)
    assert first.warnings == () and first.origins[0].kind == "site"
    assert bring([source], home, news=False) == first, "a fresh copy is not asked for again"
    (site / "data" / "runs.parquet").write_bytes(b"PAR1 no more")
    sums = site / "data" / "SHA256SUMS"
    sums.write_text("0" + sums.read_text()[1:])
    later = bring([source], home)
    assert [origin.folder for origin in later.origins] == [first.origins[0].folder]
    assert "data/runs.parquet: it is not the one" in later.origins[0].old
    assert f"the copy of {first.origins[0].taken} is shown" in later.warnings[0]


def test_a_store_with_runs_going_on_is_read_again_though_no_file_changed(
    home: Folder, make_store: MakeStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = make_store(tmp_path / "theirs")
    theirs.run("live", metrics={"acc": [0.5]}, end=None, stay=True)
    source = SourceConfig(name="lab-b", where=str(theirs.path))
    first = bring([source], home).origins[0]
    assert bring([source], home).origins[0] == first, "not at once"
    monkeypatch.setattr(copies, "_LIVING_SECONDS", 0.0)
    assert bring([source], home).origins[0].folder != first.folder
    theirs.close()


def test_what_is_not_there_is_told_and_nothing_breaks(home: Folder) -> None:
    inside = SourceConfig(name="inside", where="https://127.0.0.1:9/results/")
    found = bring([inside], home)
    assert found.origins == ()
    assert "private network" in found.warnings[0]
    assert "its runs are missing" in found.warnings[0]
    assert bring([], home) == Brought()
    with pytest.raises(StoreError, match="The source inside"):
        bring([SourceConfig(name="inside", where=inside.where, required=True)], home)


def test_runs_of_others_are_changed_where_they_are(
    make_store: MakeStore, tmp_path: Path, home: Folder
) -> None:
    from runfolio.config import Config

    config = Config(sources=(SourceConfig(name="lab-b", where="x"),))
    with Store.open(home.path, config) as store, pytest.raises(RunNotFoundError) as error:
        store.resolve("spy")
    assert "[[source]]" in error.value.hint
