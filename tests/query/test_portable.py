"""The printed SQL gives a bare DuckDB the same views, and the same store always the same rows."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import duckdb
import pytest

from runfolio.config import Config, LeaderboardConfig
from runfolio.query.portable import script
from runfolio.query.store import Store
from runfolio.query.views import VIEWS
from runfolio.store.folder import Folder

from .factory import correct, log_run

CONFIG = Config(
    leaderboards=(
        LeaderboardConfig(name="it's best", metric="accuracy", filter="lr<1 -tag:x"),
        LeaderboardConfig(name="by model", metric="loss", group_by=("model",), baseline="run 1"),
    )
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A store with all kinds of facts, in a folder whose name looks like a pattern."""
    folder = Folder.create(tmp_path_factory.mktemp("a") / "my [runs]*? it's")
    for number in range(5):
        writer = log_run(
            folder,
            f"r{number}",
            name=f"run {number}",
            params={"lr": 10.0**-number, "model": "m" * (number % 2), "V": 1, "v": "x"},
            metrics={"acc": [0.1, 0.2 * number, math.nan], "loss": [2.0, 1.0 / (number + 1)]},
            tags={"x": "y"} if number == 3 else {},
            sections={"host": {"user": "ada"}, "git": {"commit": "c0ffee", "dirty": True}},
            end=None,
            hour=number,
            close=False,
        )
        writer.fact("system", "cpu.percent", value=50.0)
        writer.fact("histogram", "w", step=0, text='{"edges": [0, 1], "counts": [3]}')
        writer.fact("model", "digits", text='{"artifact": "m", "alias": "best"}')
        writer.fact("output", "stdout", step=1, text="hello")
        writer.fact("end", "failed" if number == 4 else "finished", value=3.0, text="{}")
        writer.close()
        correct(folder, f"r{number}", "rename", "metric:acc", "accuracy")
    correct(folder, "r0", "drop", "accuracy", {"from": 0, "to": 0}, hour=101)
    correct(folder, "r2", "trash", text={"reason": "no"})
    return folder


def rows(database: Any, sql: str) -> tuple[list[str], list[str]]:
    """Columns and rows, sorted, with NaN equal to itself."""
    found = database.sql(sql)
    return found.columns, sorted(map(repr, found.fetchall()))


def test_bare_duckdb_gives_the_same_views(folder: Folder) -> None:
    bare = duckdb.connect()
    bare.execute(script(folder, CONFIG))

    with Store.open(folder.path, CONFIG) as store:
        for view in VIEWS:
            if view.name == "sessions":
                continue
            assert rows(bare, f"FROM {view.name}") == rows(store, f"FROM {view.name}"), view.name
        assert rows(bare, "FROM wide") == rows(store, "FROM wide")
        states = "SELECT run_id, writer, state FROM sessions"
        assert rows(bare, states) == rows(store, states)
        for board in store.leaderboards():
            found = f"FROM leaderboard('{board.board.name.replace(chr(39), chr(39) * 2)}')"
            assert bare.sql(found).fetchall() == store.sql(found).fetchall()
            assert repr(bare.sql(board.sql).fetchall()) == repr(store.sql(board.sql).fetchall())
            assert board.entries


def test_script_can_be_run_again_in_the_same_database(folder: Folder, tmp_path: Path) -> None:
    path = tmp_path / "runs.duckdb"
    for _ in range(2):
        with duckdb.connect(str(path)) as database:
            database.execute(script(folder))
    with duckdb.connect(str(path), read_only=True) as database:
        assert database.sql("SELECT count(*) FROM runs").fetchall() == [(4,)]


def test_script_of_an_empty_store(tmp_path: Path) -> None:
    bare = duckdb.connect()
    bare.execute(script(Folder.create(tmp_path / "runs")))

    assert bare.sql("FROM runs").fetchall() == []
    assert bare.sql("FROM wide").fetchall() == []


def test_script_says_that_runs_go_on_and_takes_their_facts_from_a_file(tmp_path: Path) -> None:
    folder = Folder.create(tmp_path / "runs")
    log_run(folder, "done")
    writer = log_run(folder, "open", metrics={"loss": [3.0, 2.0]}, end=None, close=False)
    try:
        text = script(folder)
        whole = script(folder, rest=tmp_path / "rest.parquet")
    finally:
        writer.close()

    assert "-- 3 facts of 1 run are only in journals, which only runfolio reads" in text
    assert "in journals" not in whole
    assert f"'{writer.id}', 'alive'" in text
    for script_text, found in ((text, 0), (whole, 2)):
        bare = duckdb.connect()
        bare.execute(script_text)
        assert bare.sql("SELECT * FROM metrics").shape[0] == found


def everything(store: Store) -> str:
    """All that the site asks, as text."""
    asked = [
        *(store.sql(f"FROM {view.name}").fetchall() for view in VIEWS if view.name != "sessions"),
        store.sql("FROM wide").fetchall(),
        store.leaderboards(),
        store.curves(points=8),
        store.system_curves(),
        store.runs_table(),
        store.params_by_run(),
        store.summary_by_run(),
    ]
    return repr(asked)


def test_same_facts_same_answers(folder: Folder) -> None:
    answers = set()
    for _ in range(2):
        with Store.open(folder.path, CONFIG) as store:
            answers.add(everything(store))

    assert len(answers) == 1
