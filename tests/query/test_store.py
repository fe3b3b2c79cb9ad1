"""``Store``: questions get answers, mistakes get explanations, and nothing is ever changed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from runfolio.errors import (
    AmbiguousRunError,
    QueryError,
    RunNotFoundError,
    StoreNotFoundError,
    UsageError,
)
from runfolio.query.store import Store
from runfolio.query.views import VIEWS
from runfolio.store.folder import Folder

from .factory import Facts, correct, log_run, snapshot


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Six real runs, two of them with the same name, and one in the trash."""
    folder = Folder.create(tmp_path_factory.mktemp("store") / "runs")
    for number in range(6):
        log_run(
            folder,
            f"20261101-{number:06d}-abcdef",
            name="twin" if number in (2, 3) else f"run {number}",
            params={"lr": 10.0**-number, "model": "rf"},
            metrics={"val/acc": [0.1, 0.1 * number, math.nan], "loss": [2.0, 1.0]},
            tags={"even": ""} if number % 2 == 0 else {},
            sections={"host": {"user": "ada", "host": "desk"}},
            hour=number,
            parent="20261101-000000-abcdef" if number == 5 else None,
        )
    correct(folder, "20261101-000004-abcdef", "trash", text={"reason": "no"})
    with Store.open(folder.path) as opened:
        yield opened


def test_answer_as_every_kind_of_frame(store: Store) -> None:
    found = store.sql("SELECT run_id, lr FROM wide WHERE lr < ? ORDER BY lr", [0.1])

    assert [lr for _, lr in found.fetchall()] == [1e-05, 0.001, 0.01]
    assert list(found.df()["lr"]) == found.pl()["lr"].to_list()
    assert found.to_arrow_table().column_names == ["run_id", "lr"]


def test_named_values(store: Store) -> None:
    found = store.sql("SELECT count(*) FROM params WHERE number < $limit", {"limit": 0.1})

    assert found.fetchall() == [(3,)]


READ_ONLY = [
    "FROM runs",
    "WITH a AS (SELECT 1) SELECT * FROM a",
    "DESCRIBE runs",
    "SUMMARIZE params",
    "PIVOT params ON key USING first(text) GROUP BY run_id",
    "FROM params PIVOT (first(text) FOR key IN ('lr', 'model') GROUP BY run_id)",
    "EXPLAIN SELECT * FROM runs",
    "EXPLAIN ANALYZE SELECT 1",
    "VALUES (1)",
    "SHOW TABLES",
    "SELECT 1;",
    "-- a comment\nSELECT 1 /* and another; */",
    "SELECT '; DROP TABLE runs; INSERT INTO x' AS text",
    "SELECT a FROM (VALUES (1)) AS t(a) UNION ALL SELECT 2",
    'SELECT "insert" FROM (SELECT 1 AS "insert")',
]


@pytest.mark.parametrize("query", READ_ONLY)
def test_every_way_of_reading_is_allowed(store: Store, query: str) -> None:
    assert store.sql(query).fetchall()


REFUSED = [
    "",
    "-- nothing",
    "SELECT 1; SELECT 2",
    "INSERT INTO tags VALUES ('a', 'b', 'c', now())",
    "PIVOT params ON key USING first(text); DROP TABLE runs",
    "DROP TABLE runs; PIVOT params ON key USING first(text)",
    "CREATE TABLE x AS PIVOT params ON key USING first(text)",
    "UPDATE tags SET value = 'x'",
    "DROP TABLE runs",
    "CREATE TABLE x AS SELECT 1",
    "CREATE OR REPLACE VIEW runs AS SELECT 1",
    "COPY runs TO 'x.csv'",
    "EXPLAIN ANALYZE COPY runs TO 'x.csv'",
    "EXPLAIN (ANALYZE) COPY runs TO 'x.csv'",
    "/* a */ EXPLAIN ANALYZE INSERT INTO tags VALUES (1)",
    "EXPORT DATABASE 'x'",
    "ATTACH 'x.duckdb'",
    "SET threads = 8",
    "SET VARIABLE x = 1",
    "PRAGMA enable_profiling",
    "CALL pragma_version()",
    "INSTALL httpfs",
    "LOAD json",
    "CHECKPOINT",
    "BEGIN",
    "PREPARE x AS SELECT 1",
    "USE internal",
]


@pytest.mark.parametrize("query", REFUSED)
def test_everything_but_reading_is_refused(store: Store, query: str) -> None:
    with pytest.raises(QueryError, match="Only one SELECT") as caught:
        store.sql(query)

    assert "SELECT" in caught.value.hint
    assert len(store.run_ids()) == 5


@pytest.mark.parametrize(
    "query",
    [
        "WITH gone AS (DELETE FROM tags RETURNING *) SELECT * FROM gone",
        "WITH x AS MATERIALIZED (/* hi */ INSERT INTO tags VALUES (1) RETURNING *) SELECT 1",
        "WITH x AS (UPDATE tags SET value = '' RETURNING *) PIVOT x ON tag USING first(value)",
    ],
)
def test_nothing_is_changed_on_the_way_to_a_select(store: Store, query: str) -> None:
    with pytest.raises(QueryError):
        store.sql(query)


FILES = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/hostname')",
    "FROM '/etc/passwd'",
    "FROM 'https://example.org/x.parquet'",
    "SELECT * FROM glob('*')",
    "SELECT * FROM read_parquet(['x.parquet'])",
]


@pytest.mark.parametrize("query", FILES)
def test_no_files_and_no_network(store: Store, query: str) -> None:
    with pytest.raises((QueryError, duckdb.Error)) as caught:
        store.sql(query).fetchall()
    error = caught.value
    told = store.explain(error, query) if isinstance(error, duckdb.Error) else error

    assert "no access to files" in told.message or "does not exist" in told.message


def test_variables_of_the_program_are_no_tables(store: Store) -> None:
    secret = duckdb.sql("SELECT 1 AS a").to_arrow_table()

    with pytest.raises(QueryError, match="secret does not exist"):
        store.sql("SELECT * FROM secret")
    assert secret.num_rows == 1


@pytest.mark.parametrize(
    ("query", "message", "hint"),
    [
        ("SELECT * FROM metrik", "metrik does not exist", '"metrics"'),
        ("SELECT nam FROM runs", '"nam" not found', '"name"'),
        ("SELECT r.nam FROM runs r", '"nam"', '"name"'),
        ('SELECT "params.lrr" FROM wide', '"params.lrr" not found', '"params.lr"'),
        (
            "SELECT name FROM runs WHERE lr < 0.1",
            '"lr" not found',
            'a param: SELECT "params.lr" FROM wide',
        ),
        (
            "SELECT loss FROM summary",
            '"loss" not found',
            'a metric: SELECT "metrics.loss" FROM wide',
        ),
        ("SELECT * FROM leaderbord('digits')", "leaderbord does not exist", '"leaderboard"'),
    ],
)
def test_mistake_names_the_nearest(store: Store, query: str, message: str, hint: str) -> None:
    with pytest.raises(QueryError) as caught:
        store.sql(query)

    assert message in caught.value.message
    assert hint in caught.value.hint


def test_mistake_shows_its_place(store: Store) -> None:
    with pytest.raises(QueryError) as caught:
        store.sql("SELECT run_id\nFROM runs\nWHRE name = 'x'")

    first, line, caret = caught.value.message.split("\n")
    assert "syntax error" in first
    assert "WHRE" in line or "name" in line
    assert caret.strip(" ^~") == ""


def test_a_mistake_in_the_data_is_explained_when_rows_are_fetched(store: Store) -> None:
    query = "SELECT CAST(name AS INTEGER) FROM runs"
    found = store.sql(query)

    with pytest.raises(duckdb.Error) as caught:
        found.fetchall()
    assert "Could not convert" in store.explain(caught.value, query).message
    assert store.sql("SELECT 1").fetchall() == [(1,)]


def test_relations_can_be_joined_with_each_other(store: Store) -> None:
    runs = store.sql("SELECT run_id, name FROM runs").set_alias("a")
    tags = store.sql("SELECT run_id, tag FROM tags").set_alias("b")

    assert len(runs.join(tags, "a.run_id = b.run_id").fetchall()) == 2


def test_runs_are_the_newest_first_and_filtered(store: Store) -> None:
    names = [row[0] for row in store.runs("lr<0.5").select("name").fetchall()]

    assert names == ["run 5", "twin", "twin", "run 1"]
    assert store.run_ids("tag:even") == ["20261101-000002-abcdef", "20261101-000000-abcdef"]
    with pytest.raises(QueryError, match="column 4"):
        store.runs("lr<")


def test_run_by_id_prefix_and_name(store: Store) -> None:
    assert store.resolve("20261101-000001-abcdef") == "20261101-000001-abcdef"
    assert store.resolve("20261101-000001") == "20261101-000001-abcdef"
    assert store.resolve("run 5") == "20261101-000005-abcdef"


def test_a_name_of_two_runs_is_ambiguous(store: Store) -> None:
    with pytest.raises(AmbiguousRunError) as caught:
        store.resolve("twin")

    assert "fits 2 runs" in caught.value.message
    assert "20261101-000003-abcdef (twin), 20261101-000002-abcdef (twin)" in caught.value.message


def test_an_ambiguous_prefix_lists_the_first_five() -> None:
    facts = Facts()
    for number in range(7):
        facts.run(f"run-{number}")

    with Store(snapshot(facts)) as store, pytest.raises(AmbiguousRunError) as caught:
        store.resolve("run")

    assert "fits 7 runs: run-6, run-5, run-4, run-3, run-2 and 2 more" in caught.value.message


def test_an_unknown_run_names_the_nearest(store: Store) -> None:
    with pytest.raises(RunNotFoundError) as caught:
        store.resolve("run 7")

    assert "'run 7'" in caught.value.message
    assert "run 5" in caught.value.hint


def test_a_trashed_run_says_how_to_restore_it(store: Store) -> None:
    for text in ("run 4", "20261101-000004-abcdef"):
        with pytest.raises(RunNotFoundError, match="in the trash") as caught:
            store.run(text)
        assert caught.value.hint == "runfolio restore 20261101-000004-abcdef"


def test_an_empty_store_says_how_to_log_a_run(folder: Folder) -> None:
    with Store.open(folder.path) as store, pytest.raises(RunNotFoundError, match="has no runs"):
        store.run("x")


def test_everything_about_one_run(store: Store) -> None:
    run = store.run("run 5")

    assert (run.id, run.name, run.status) == ("20261101-000005-abcdef", "run 5", "finished")
    assert run.params["lr"].number == 1e-05
    assert run.params["model"].text == "rf"
    assert run.summary["val/acc"].best("max") == (0.5, 1)
    assert run.summary["val/acc"].stat("mean") == (pytest.approx(0.3), None)
    assert run.environment["host"]["user"] == "ada"
    assert [session.state for session in run.sessions] == ["closed"]
    assert store.run("run 0").children == (run.id,)
    assert [tag.text for tag in store.run("run 0").tags] == ["even"]


def test_metrics_of_a_run_by_step(store: Store) -> None:
    found = store.metrics("run 1", "val/acc")

    rows = [(step, str(value)) for _, _, step, value, *_ in found.fetchall()]
    assert rows == [(0, "0.1"), (1, "0.1"), (2, "nan")]
    assert len(store.metrics("run 1").fetchall()) == 5
    assert len(store.metrics(key="loss").fetchall()) == 10


def test_tables_of_all_runs_at_once(store: Store) -> None:
    ids = [run.run_id for run in store.runs_table()]

    assert ids == store.run_ids()
    assert set(store.params_by_run()) == set(store.summary_by_run()) == set(ids)
    assert [param.key for param in store.params_by_run()[ids[0]]] == ["lr", "model"]
    assert set(store.tags_by_run()) == set(store.run_ids("tag:even"))
    assert store.notes_by_run() == store.artifacts_by_run() == store.models_by_run() == {}
    assert store.environment_by_run()[ids[0]]["host"] == {"user": "ada", "host": "desk"}
    assert list(store.reproduction_by_run()) == ids


def test_an_empty_store_answers_everything(folder: Folder) -> None:
    with Store.open(folder.path) as store:
        for view in VIEWS:
            assert store.sql(f"FROM {view.name}").fetchall() == []
        assert store.sql("FROM wide").fetchall() == []
        assert store.runs("lr<1 tag:x free").fetchall() == []
        assert store.curves() == store.system_curves() == []
        assert store.leaderboards() == ()
        assert store.output_tail() == store.histograms_by_run() == {}
        assert store.problems == ()
        with pytest.raises(UsageError, match="no leaderboard 'x'"):
            store.leaderboard("x")


def test_no_store_here(tmp_path: Path) -> None:
    with pytest.raises(StoreNotFoundError):
        Store.open(tmp_path / "nothing")


def test_a_store_is_as_it_was_when_it_was_opened(folder: Folder) -> None:
    log_run(folder, "a")
    with Store.open(folder.path) as before:
        log_run(folder, "b")
        assert before.run_ids() == ["a"]
        with Store.open(folder.path) as after:
            assert sorted(after.run_ids()) == ["a", "b"]
            assert before.digest != after.digest


def test_points_of_a_running_run_are_there(folder: Folder) -> None:
    writer = log_run(folder, "a", metrics={"loss": [1.0, 0.5]}, end=None, close=False)
    try:
        with Store.open(folder.path) as store:
            assert store.run("a").status == "running"
            assert store.run("a").summary["loss"].last == 0.5
    finally:
        writer.close()


def test_metrics_that_ended_badly_and_tracebacks() -> None:
    facts = Facts()
    facts.run("a", metrics={"up": [math.nan, 1.0], "down": [1.0, math.inf]}, end=None)
    exception = {"type": "E", "message": "m", "traceback": "Traceback: …"}
    facts.say("a", "end", "failed", text={"exception": exception})
    facts.run("b", metrics={"x": [1.0]})

    with Store(snapshot(facts)) as store:
        assert store.diverged() == {"a": ["down"]}
        assert store.tracebacks() == {"a": "Traceback: …"}
        assert store.tracebacks(["b"]) == {}


def test_state_of_a_run_changes_with_every_word_about_it(folder: Folder) -> None:
    seen = []
    log_run(folder, "a", metrics={"loss": [1.0]})
    log_run(folder, "b")
    for action in (None, "tag", "trash", "restore"):
        if action:
            correct(folder, "a", action, "x", "y", hour=100 + len(seen))
        with Store.open(folder.path) as store:
            seen.append(store.states())

    assert len({found["a"] for found in seen}) == 4
    assert len({found["b"] for found in seen}) == 1


def test_aliases_that_move_change_the_state_of_both_runs(folder: Folder) -> None:
    states = []
    for run_id in ("a", "b"):
        with log_run(folder, run_id, close=False) as writer:
            writer.fact("model", "m", text='{"artifact": "m", "alias": "best"}')
        with Store.open(folder.path) as store:
            states.append(store.states())

    assert states[0]["a"] != states[1]["a"]
