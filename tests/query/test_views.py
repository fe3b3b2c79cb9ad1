"""The public views: their columns are a promise, their rows follow the rules of the facts."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

import pytest

from runfolio.query.store import Store
from runfolio.query.views import VIEWS, sections, view

from .factory import BASE, Facts, snapshot


def ask(facts: Facts, sql: str, *given: Any) -> list[tuple[Any, ...]]:
    """The rows of a statement over hand-made facts."""
    with Store(snapshot(facts)) as store:
        return store.sql(sql, list(given)).fetchall()


def test_columns_are_those_of_the_registry() -> None:
    with Store(snapshot(Facts())) as store:
        for view in VIEWS:
            found = store.sql(f"SELECT * FROM {view.name} ORDER BY {view.order}")
            assert list(zip(found.columns, map(str, found.types), strict=True)) == [
                (column.name, column.type) for column in view.columns
            ]
            assert found.fetchall() == []


def test_every_view_and_column_is_explained() -> None:
    public = {section.name for section in sections() if "." not in section.name}

    assert public == {each.name for each in VIEWS}
    for each in VIEWS:
        assert each.help.endswith((".", "…"))
        assert all(column.help for column in each.columns)


def test_steps_explain_themselves() -> None:
    for section in sections():
        assert section.comment or view(section.name)


def test_identity_and_environment_of_a_run() -> None:
    facts = Facts()
    facts.run("a", name="first try", experiment="digits", group="g", parent="p", end=None)
    facts.say("a", "start", "host", text={"user": "ada", "host": "desk"})
    argv = ["train.py", "--name", "it's", "--lr=0.1"]
    facts.say("a", "start", "command", text={"argv": argv, "script": "train.py"})
    facts.say("a", "start", "python", text={"version": "3.12.1"})
    facts.say("a", "start", "seed", text={"value": 7})
    git = {"commit": "c0ffee", "branch": "main", "dirty": True, "remote": "https://example.org/x"}
    facts.say("a", "start", "git", text=git)
    facts.say("a", "note", "", text="a note")
    facts.say(
        "a",
        "end",
        "failed",
        value=12.5,
        text={
            "exit_code": 1,
            "dropped": 3,
            "exception": {"type": "ValueError", "message": "bad\nvery bad"},
        },
    )

    (row,) = ask(
        facts,
        'SELECT name, experiment, "group", parent, status, seconds, "user", host, command, script, '
        "python, git_commit, git_branch, git_dirty, git_remote, seed, exit_code, error, note, "
        "dropped FROM runs",
    )

    assert row == (
        *("first try", "digits", "g", "p", "failed", 12.5, "ada", "desk"),
        *("train.py --name 'it'\"'\"'s' --lr=0.1", "train.py", "3.12.1"),
        *("c0ffee", "main", True, "https://example.org/x", 7, 1, "ValueError: bad …", "a note", 3),
    )


STATUSES: list[tuple[str | None, str, str]] = [
    ("finished", "closed", "finished"),
    ("failed", "closed", "failed"),
    ("killed", "dead", "killed"),
    (None, "alive", "running"),
    (None, "dead", "killed"),
    (None, "stalled", "stalled"),
    (None, "closed", "stalled"),
    ("nonsense", "closed", "stalled"),
]


def test_status() -> None:
    facts = Facts()
    for number, (end, state, _) in enumerate(STATUSES):
        facts.run(f"r{number}", end=end, state=state)

    found = ask(facts, "SELECT status FROM runs ORDER BY run_id")

    assert [status for (status,) in found] == [status for *_, status in STATUSES]


def test_a_living_writer_makes_a_run_running_again() -> None:
    facts = Facts()
    facts.run("a", end="failed", state="closed", writer="a" * 12)
    facts.run("a", end=None, state="alive", writer="b" * 12)

    assert ask(facts, "SELECT status, ended FROM runs") == [("running", None)]


def test_the_newest_training_writer_decides_and_people_do_not() -> None:
    facts = Facts()
    facts.run("a", end="failed", writer="b" * 12)
    facts.run("a", end="finished", writer="a" * 12)
    facts.say("a", "start", "author", text={"user": "ada"}, writer="f" * 12, at=9999)
    facts.say("a", "tag", "best", text="", writer="f" * 12, at=9999)
    facts.session("a", "alive", writer="f" * 12)

    assert ask(facts, "SELECT status FROM runs") == [("finished",)]


def test_a_rank_that_failed_fails_the_run_whichever_began_last() -> None:
    facts = Facts()
    for writer, began, ended, end in (("a", 0, 90, "finished"), ("b", 5, 40, "failed"),
                                      ("c", 9, 50, "finished")):  # fmt: skip
        error = {"exit_code": 1, "exception": {"type": "OOM", "message": "no memory"}}
        facts.say("r", "start", "run", text={}, writer=writer * 12, at=began)
        facts.say("r", "end", end, value=30.0, text=error, writer=writer * 12, at=ended)

    found = ask(facts, "SELECT status, error, epoch(ended - started) FROM runs")

    assert found == [("failed", "OOM: no memory", 90.0)]


def test_seconds_come_from_the_end_else_from_the_last_word() -> None:
    facts = Facts()
    facts.run("ended", end="finished")
    facts.say("open", "start", "run", text={}, at=100)
    facts.say("open", "metric", "loss", step=0, value=1.0, at=130)
    facts.say("open", "start", "author", text={}, writer="f" * 12, at=5000)

    found = ask(facts, "SELECT run_id, seconds FROM runs ORDER BY run_id")

    assert found == [("ended", 60.0), ("open", 30.0)]


def test_seconds_of_a_resumed_run_add_up_and_overlap_counts_once() -> None:
    facts = Facts()
    for run_id, second_start in (("resumed", 500), ("ranks", 10)):
        for writer, at in (("a" * 12, 0), ("b" * 12, second_start)):
            facts.say(run_id, "start", "run", text={}, writer=run_id[:1] + writer[1:], at=at)
            facts.say(
                run_id, "end", "finished", value=60.0, writer=run_id[:1] + writer[1:], at=at + 60
            )

    found = ask(facts, "SELECT run_id, seconds FROM runs ORDER BY run_id")

    assert found == [("ranks", 70.0), ("resumed", 120.0)]


def test_a_run_without_a_start_is_there_under_its_id() -> None:
    facts = Facts()
    facts.say("lost", "metric", "loss", step=0, value=1.0)

    found = ask(facts, "SELECT run_id, name, experiment, status, points FROM runs")

    assert found == [("lost", "lost", "default", "stalled", 1)]


def test_summary_is_over_finite_values_in_the_order_of_steps() -> None:
    facts = Facts()
    values = [(3, 0.5), (0, 0.1), (1, math.nan), (2, 0.9), (4, math.inf), (3, 0.7)]
    for step, value in values:
        facts.say("a", "metric", "acc", step=step, value=value)
    facts.say("a", "metric", "bad", step=0, value=math.nan)

    found = ask(
        facts,
        "SELECT key, points, last, last_step, first, min, min_step, max, max_step, mean, bad "
        "FROM summary ORDER BY key",
    )

    assert found == [
        ("acc", 6, 0.7, 3, 0.1, 0.1, 0, 0.9, 2, pytest.approx(0.55), 2),
        ("bad", 1, None, None, None, None, None, None, None, None, 1),
    ]


def test_points_without_a_step_go_by_time() -> None:
    facts = Facts()
    for value in (1.0, 3.0, 2.0):
        facts.say("a", "metric", "loss", value=value)

    assert ask(facts, "SELECT first, last, last_step, max FROM summary") == [(1.0, 2.0, None, 3.0)]


def test_metrics_count_seconds_from_the_start_of_the_run() -> None:
    facts = Facts()
    facts.say("a", "start", "run", text={}, at=10)
    facts.say("a", "metric", "loss", step=0, value=1.0, at=12.5)

    assert ask(facts, "SELECT seconds FROM metrics") == [(2.5,)]


def test_types_of_params() -> None:
    facts = Facts()
    given = [
        ("int", "3", 3.0),
        ("big", "123456789012345678901234567890", 1.2345678901234568e29),
        ("float", "0.1", 0.1),
        ("exponent", "1e-05", 1e-05),
        ("bool", "true", 1.0),
        ("text", '"adam"', None),
        ("quoted", '"a \\"b\\"\\u0000"', None),
        ("list", "[1, 2]", None),
        ("object", "{}", None),
        ("null", "null", None),
        ("nan", '"nan"', math.nan),
        ("infinite", '"-inf"', -math.inf),
        ("not a number", '"nan"', None),
        ("broken", "{oops", None),
    ]
    for key, text, value in given:
        facts.say("a", "param", key, text=text, value=value)

    found = {key: rest for key, *rest in ask(facts, "SELECT key, text, number, type FROM params")}

    assert found.pop("nan") == ["nan", pytest.approx(math.nan, nan_ok=True), "float"]
    assert found == {
        "int": ["3", 3.0, "int"],
        "big": ["123456789012345678901234567890", 1.2345678901234568e29, "int"],
        "float": ["0.1", 0.1, "float"],
        "exponent": ["1e-05", 1e-05, "float"],
        "bool": ["true", None, "bool"],
        "text": ["adam", None, "text"],
        "quoted": ['a "b"\0', None, "text"],
        "list": ["[1, 2]", None, "list"],
        "object": ["{}", None, "object"],
        "null": ["null", None, "null"],
        "infinite": ["-inf", -math.inf, "float"],
        "not a number": ["nan", None, "text"],
        "broken": ["{oops", None, "text"],
    }


def test_the_last_word_wins() -> None:
    facts = Facts()
    facts.run("a", name="old", params={"lr": 1}, tags={"x": "1", "y": ""})
    facts.say("a", "param", "lr", text="2", value=2.0)
    facts.say("a", "tag", "x", text="2")
    facts.say("a", "untag", "y")
    facts.say("a", "note", "", text="first")
    facts.say("a", "note", "", text="second")
    facts.say("a", "note", "gone", text="was here")
    facts.say("a", "note", "gone", text="")
    facts.say("a", "rename", "run", text="new")

    assert ask(facts, "SELECT name, tags, note FROM runs") == [("new", ["x=2"], "second")]
    assert ask(facts, "SELECT key, number FROM params") == [("lr", 2.0)]
    assert ask(facts, "SELECT key, text FROM notes") == [("", "second")]


def test_an_earlier_clock_does_not_win() -> None:
    facts = Facts()
    facts.say("a", "tag", "x", text="late", at=100, writer="a" * 12)
    facts.say("a", "tag", "x", text="early", at=50, writer="b" * 12)

    assert ask(facts, "SELECT value FROM tags") == [("late",)]


def test_model_versions_count_registrations_and_the_last_holder_has_the_alias() -> None:
    facts = Facts()
    registered = [("a", "m1", "best"), ("b", "m2", "best"), ("a", "m3", ""), ("a", "m1", "old")]
    for run_id, artifact, alias in registered:
        text = {"version": None, "alias": alias, "artifact": artifact, "digest": artifact * 2}
        facts.say(run_id, "model", "digits", text=text)
    facts.say("b", "model", "other", text={"version": None, "alias": "", "artifact": None})
    facts.say("c", "model", "digits", text={"version": 3, "alias": "production"})

    found = ask(facts, "SELECT name, version, run_id, artifact, alias FROM models")

    assert found == [
        ("digits", 1, "a", "m1", "old"),
        ("digits", 2, "b", "m2", "best"),
        ("digits", 3, "a", "m3", "production"),
        ("other", 1, "b", None, None),
    ]


def test_versions_of_models_outlive_trashed_runs() -> None:
    facts = Facts()
    facts.say("a", "model", "m", text={"artifact": "x"})
    facts.say("b", "model", "m", text={"artifact": "x"})
    facts.say("a", "trash", text={})

    assert ask(facts, "SELECT run_id, version FROM models") == [("b", 2)]


def test_artifacts_datasets_histograms_and_matrices() -> None:
    facts = Facts()
    artifact = {"type": "image", "digest": "d1", "media_type": "image/png", "caption": "c"}
    facts.say("a", "artifact", "x.png", step=1, value=10.0, text=artifact)
    facts.say("a", "artifact", "x.png", step=1, value=20.0, text={**artifact, "digest": "d2"})
    facts.say("a", "artifact", "x.png", step=2, value=30.0, text=artifact)
    facts.say("a", "artifact", "broken", text="no json")
    data = {"role": "train", "digest": "d", "rows": 5, "columns": 2, "schema": [{"name": "x"}]}
    facts.say("a", "dataset", "digits", value=100.0, text=data)
    facts.say("a", "histogram", "w", step=0, text={"edges": [0, 0.5, 1], "counts": [3, 4]})
    facts.say("a", "matrix", "m", step=0, text={"labels": ["a", "b"], "rows": [[1, 2], [3, 4]]})

    with Store(snapshot(facts)) as store:
        images = [
            (each.path, each.step, each.digest, each.size) for each in store.artifacts_by_run()["a"]
        ]
        (dataset,) = store.datasets_by_run()["a"]
        (histogram,) = store.histograms_by_run()["a"]
        (matrix,) = store.matrices_by_run()["a"]

    assert images == [
        ("broken", None, None, None),
        ("x.png", 1, "d2", 20),
        ("x.png", 2, "d1", 30),
    ]
    assert (dataset.role, dataset.rows, dataset.size, dataset.schema) == (
        *("train", 5, 100),
        [{"name": "x"}],
    )
    assert (histogram.edges, histogram.counts) == ((0.0, 0.5, 1.0), (3.0, 4.0))
    assert (matrix.labels, matrix.rows) == (("a", "b"), ((1.0, 2.0), (3.0, 4.0)))


ODD: list[tuple[str, Any]] = [
    ("histogram", {"edges": [0, 1], "counts": [1, 2]}),
    ("histogram", {"edges": "x", "counts": None}),
    ("histogram", {"edges": [0, "x"], "counts": [1]}),
    ("histogram", []),
    ("matrix", {"labels": ["a"], "rows": [[1, 2]]}),
    ("matrix", {"labels": ["a", "b"], "rows": [[1, "x"], [1, 2]]}),
    ("matrix", {"labels": None, "rows": 3}),
    ("matrix", "oops"),
]


def test_shapes_that_cannot_be_drawn_are_left_out() -> None:
    facts = Facts()
    for number, (kind, text) in enumerate(ODD):
        facts.say("a", kind, f"x{number}", step=0, text=text)

    with Store(snapshot(facts)) as store:
        assert store.histograms_by_run() == {}
        assert store.matrices_by_run() == {}


def test_output_keeps_its_order_and_tells_the_total() -> None:
    facts = Facts()
    for line in range(1, 6):
        facts.say(
            "a", "output", "stderr" if line == 3 else "stdout", step=line, text=f"line {line}"
        )

    with Store(snapshot(facts)) as store:
        tail = store.output_tail(2)["a"]

    assert tail.total == 5
    assert [(line.line, line.text) for line in tail.lines] == [(4, "line 4"), (5, "line 5")]


def test_experiments_count_their_runs() -> None:
    facts = Facts()
    for number, end in enumerate(["finished", "failed", "killed", None]):
        facts.run(f"r{number}", experiment="e", end=end, state="closed" if end else "alive")

    with Store(snapshot(facts)) as store:
        (found,) = store.experiments_table()

    assert (found.runs, found.finished, found.running, found.failed) == (4, 1, 1, 2)
    assert found.first_started == BASE + timedelta(seconds=1)


def test_newest_time_counts_every_fact() -> None:
    facts = Facts()
    facts.run("a")
    facts.say("a", "system", "cpu", value=1.0, at=500)

    with Store(snapshot(facts)) as store:
        assert store.newest_time() == BASE + timedelta(seconds=500)
    with Store(snapshot(Facts())) as empty:
        assert empty.newest_time() is None
