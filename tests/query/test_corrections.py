"""Corrections: renames, dropped points, the trash. What was said first is never lost."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from runfolio.query.store import Store
from runfolio.store.folder import Folder
from runfolio.store.writer import Writer

from .factory import Facts, correct, log_run, snapshot, writer_of


def ask(facts: Facts, sql: str, *given: Any) -> list[tuple[Any, ...]]:
    """The rows of a statement over hand-made facts."""
    with Store(snapshot(facts)) as store:
        return store.sql(sql, list(given)).fetchall()


def test_renamed_metric_has_its_new_name_everywhere(folder: Folder) -> None:
    log_run(folder, "a", metrics={"acc": [0.1, 0.2], "loss": [2.0]})
    log_run(folder, "b", metrics={"acc": [0.5]})
    correct(folder, "a", "rename", "metric:acc", "accuracy")

    with Store.open(folder.path) as store:
        found = store.sql("SELECT run_id, key, last FROM summary ORDER BY run_id, key").fetchall()
        said = store.sql("SELECT DISTINCT key FROM facts WHERE kind = 'metric' AND run_id = 'a'")

        assert found == [("a", "accuracy", 0.2), ("a", "loss", 2.0), ("b", "acc", 0.5)]
        assert sorted(said.fetchall()) == [("acc",), ("loss",)]


RENAMES = [
    ([("a", "b")], {"a": "b", "c": "c"}),
    ([("a", "b"), ("b", "d")], {"a": "d", "c": "c"}),
    ([("a", "b"), ("a", "d")], {"a": "d", "c": "c"}),
    ([("a", "x"), ("c", "a"), ("x", "c")], {"a": "c", "c": "a"}),
    ([("a", "c")], {"a": "c", "c": "c"}),
    ([("a", "c"), ("c", "d")], {"a": "d", "c": "d"}),
    ([("nothing", "x")], {"a": "a", "c": "c"}),
    ([("a", "")], {"a": "a", "c": "c"}),
]


def test_renames_apply_one_after_the_other() -> None:
    facts = Facts()
    for number, (renames, _) in enumerate(RENAMES):
        facts.run(f"r{number}", metrics={"a": [1.0], "c": [2.0]})
        for old, new in renames:
            facts.say(f"r{number}", "rename", f"metric:{old}", text=new)

    found = ask(facts, "SELECT run_id, list(key ORDER BY value) FROM metrics GROUP BY run_id")

    assert dict(found) == {
        f"r{number}": [names["a"], names["c"]] for number, (_, names) in enumerate(RENAMES)
    }


def test_merged_series_are_one_series_in_the_order_of_steps() -> None:
    facts = Facts()
    for step, key, value in [(0, "a", 0.0), (2, "a", 2.0), (1, "b", 1.0), (3, "b", 3.0)]:
        facts.say("r", "metric", key, step=step, value=value)
    facts.say("r", "rename", "metric:b", text="a")

    assert ask(facts, "SELECT step FROM metrics WHERE key = 'a'") == [(0,), (1,), (2,), (3,)]
    assert ask(facts, "SELECT points, first, last FROM summary") == [(4, 0.0, 3.0)]


DROPS: list[tuple[dict[str, Any], list[int]]] = [
    ({"from": 1, "to": 2}, [0, 3]),
    ({"from": 2}, [0, 1]),
    ({"to": 0}, [1, 2, 3]),
    ({"from": None, "to": 1}, [2, 3]),
    ({"all": True}, []),
    ({"from": 7, "to": 9}, [0, 1, 2, 3]),
]


def test_dropped_points_are_gone() -> None:
    facts = Facts()
    for number, (drop, _) in enumerate(DROPS):
        facts.run(f"r{number}", metrics={"loss": [1.0, 2.0, 3.0, 4.0], "acc": [1.0]})
        facts.say(f"r{number}", "drop", "loss", text=drop)

    with Store(snapshot(facts)) as store:
        for number, (_, left) in enumerate(DROPS):
            steps = [row[2] for row in store.metrics(f"r{number}", "loss").fetchall()]
            assert steps == left
            assert len(store.metrics(f"r{number}", "acc").fetchall()) == 1
            assert store.run(f"r{number}").run.points == len(left) + 1


def test_points_logged_after_a_drop_stay() -> None:
    facts = Facts()
    facts.run("r", metrics={"loss": [1.0, math.nan]}, end=None)
    facts.say("r", "drop", "loss", text={"from": 1, "to": 1})
    facts.say("r", "metric", "loss", step=1, value=0.5)

    assert ask(facts, "SELECT last, bad FROM summary") == [(0.5, 0)]


def test_a_drop_speaks_of_the_name_that_people_saw() -> None:
    facts = Facts()
    facts.run("r", metrics={"a": [1.0], "b": [2.0]})
    facts.say("r", "rename", "metric:a", text="c")
    facts.say("r", "drop", "c", text={"all": True})
    facts.say("r", "rename", "metric:b", text="a")

    assert ask(facts, "SELECT key, value FROM metrics") == [("a", 2.0)]


def test_trashed_runs_are_left_out_until_they_are_restored(folder: Folder) -> None:
    log_run(folder, "a", params={"lr": 1}, metrics={"loss": [1.0]}, tags={"x": ""})
    log_run(folder, "b")
    correct(folder, "a", "trash", text={"author": "ada", "reason": "wrong data"})
    empty = (
        "runs params metrics summary tags notes artifacts datasets models system output "
        "environment histograms matrices changes sessions"
    )

    with Store.open(folder.path) as store:
        for name in empty.split():
            assert store.sql(f"SELECT * FROM {name} WHERE run_id = 'a'").fetchall() == [], name
        assert store.sql("SELECT run_id, author, reason FROM trashed").fetchall() == [
            ("a", "ada", "wrong data")
        ]
        assert store.sql("FROM facts WHERE run_id = 'a' AND kind = 'metric'").fetchall() != []
        assert [run.run_id for run in store.runs_table()] == ["b"]

    correct(folder, "a", "restore", hour=200)
    with Store.open(folder.path) as store:
        assert store.run("a").summary["loss"].last == 1.0
        assert store.sql("FROM trashed").fetchall() == []


def test_changes_tell_who_corrected_what(folder: Folder) -> None:
    log_run(folder, "a", metrics={"acc": [0.1]}, tags={"own": ""})
    correct(folder, "a", "tag", "best", "")
    correct(folder, "a", "rename", "metric:acc", "accuracy", hour=101)

    with Store.open(folder.path) as store:
        found = store.sql("SELECT author, action, key, text FROM changes ORDER BY time").fetchall()

    assert found == [
        ("ada", "tag", "best", ""),
        ("ada", "rename", "metric:acc", "accuracy"),
    ]


EXPLICIT: list[tuple[list[dict[str, Any]], list[int]]] = [
    ([{"a": [[2, 4]]}], [0, 3]),
    ([{"a": [[1, 5]]}, {"a": [[2, 3]]}], []),
    ([{"a": [[2, 3]]}, {"a": [[1, 2], [4, 9]]}], [2]),
    ([{"b": [[0, 9]]}], [0, 1, 2, 3]),
    ([{"a": [[0, 1]]}, {}], [0, 1, 2, 3]),
    ([{"a": "nonsense"}], [0, 1, 2, 3]),
]


def test_facts_that_are_named_are_dropped_whenever_they_were_said() -> None:
    facts = Facts()
    for number, (drops, _) in enumerate(EXPLICIT):
        run = f"r{number}"
        facts.run(run, metrics={"loss": [1.0, 2.0, 3.0, 4.0]})
        for drop in drops:
            named = {writer_of(run if name == "a" else name): drop[name] for name in drop}
            text = {"facts": named, "where": "value > 10; DROP TABLE x"}
            facts.say(run, "drop", "loss", text=text, at=-1.0)

    found = ask(facts, "SELECT run_id, list(step ORDER BY step) FROM metrics GROUP BY run_id")

    assert dict(found) == {f"r{n}": left for n, (_, left) in enumerate(EXPLICIT) if left}


def test_a_named_fact_of_another_metric_stays() -> None:
    facts = Facts()
    facts.run("r", metrics={"loss": [1.0], "acc": [2.0]})
    facts.say("r", "drop", "loss", text={"facts": {writer_of("r"): [[0, 99]]}})

    assert ask(facts, "SELECT key FROM metrics") == [("acc",)]


def test_a_correction_that_was_taken_back_does_not_count() -> None:
    facts = Facts()
    facts.run("r", name="first", metrics={"loss": [1.0, 2.0]})
    corrections = [("rename", "run", "second"), ("rename", "metric:loss", "cost")]
    corrections += [("drop", "cost", '{"all": true}'), ("rename", "experiment", "other")]
    seqs = [facts.say("r", kind, key, text=text) for kind, key, text in corrections]
    before = ask(facts, "SELECT name, experiment, points FROM runs")
    for seq in seqs:
        facts.say("r", "undo", f"{writer_of('r')}:{seq}")

    assert before == [("second", "other", 0)]
    assert ask(facts, "SELECT name, experiment, points FROM runs") == [("first", "digits", 2)]
    assert ask(facts, "SELECT DISTINCT key FROM metrics") == [("loss",)]
    told = ask(facts, "SELECT action, undone FROM changes ORDER BY time, seq")
    assert told[:4] == [("rename", True), ("rename", True), ("drop", True), ("rename", True)]
    assert [row[1] for row in told[4:]] == [False] * 4


def test_an_undo_of_nothing_does_nothing() -> None:
    facts = Facts()
    facts.run("r", name="first")
    facts.say("r", "rename", "run", text="second")
    for key in ("", ":", "x", "x:y", "ffffffffffff:0", "\x1b:1"):
        facts.say("r", "undo", key)

    assert ask(facts, "SELECT name FROM runs") == [("second",)]


def test_a_run_moves_to_the_experiment_that_was_said_last() -> None:
    facts = Facts()
    facts.run("r", experiment="a", group="g", parent="p")
    facts.say("r", "rename", "experiment", text="b")
    facts.say("r", "rename", "experiment", text="")

    assert ask(facts, 'SELECT experiment, "group", parent FROM runs') == [("b", "g", "p")]
    assert ask(facts, "SELECT experiment, runs FROM experiments") == [("b", 1)]


def test_late_metrics_are_among_the_changes_and_leave_the_run_as_it_ended(folder: Folder) -> None:
    log_run(folder, "a", metrics={"loss": [1.0]})
    with Store.open(folder.path) as store:
        before = store.run("a").run
    with Writer(folder, "a") as writer:
        writer.fact("start", "author", text='{"user": "ada", "host": "desk"}')
        writer.points(None, ("test",), (0.5,))
        writer.points(1, ("x", "y"), (1.0, 2.0))
        writer.points(2, ("x", "y"), (1.0, 2.0))

    with Store.open(folder.path) as store:
        run = store.run("a")
        told = [(each.author, each.action, each.key, each.text) for each in run.changes]
        assert run.summary["test"].last == 0.5
        assert replace(run.run, points=1) == before

    assert sorted(told) == [
        ("ada", "metric", "test", "0.5"),
        ("ada", "metric", "x", "2 points"),
        ("ada", "metric", "y", "2 points"),
    ]


def test_a_purged_run_is_left_out_of_everything_but_the_history() -> None:
    facts = Facts()
    facts.run("r", name="first", metrics={"loss": [1.0]})
    facts.say("r", "purge", text={"author": "ada", "reason": "private", "name": "first"})
    facts.say("r", "restore", text={"author": "bob"})

    assert ask(facts, "SELECT count(*) FROM runs UNION ALL SELECT count(*) FROM metrics") == [
        (0,),
        (0,),
    ]
    assert ask(facts, "SELECT name, author, reason, state FROM trashed") == [
        ("first", "ada", "private", "purged")
    ]
    assert ask(facts, "SELECT action, author FROM changes") == [("purge", "ada")]
