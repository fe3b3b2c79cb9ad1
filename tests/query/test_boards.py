"""Leaderboards: a sensible metric by itself, and rows that the shown SQL repeats."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import pytest

from runfolio.config import Config, LeaderboardConfig, MetricConfig
from runfolio.errors import QueryError, UsageError
from runfolio.query.boards import Board
from runfolio.query.ranking import Column, Ranking
from runfolio.query.store import Store
from runfolio.query.views import view

from .factory import Facts, snapshot
from .test_wide import hostile


def default_board(*metrics: dict[str, list[float]]) -> Board:
    """The default leaderboard of an experiment whose runs have these metrics."""
    facts = Facts()
    for number, found in enumerate(metrics):
        facts.run(f"r{number}", metrics=found)
    with Store(snapshot(facts)) as store:
        (board,) = store.boards()
    return board


CHOICES = [
    (["loss", "accuracy"], "accuracy"),
    (["train/accuracy", "val/loss"], "val/loss"),
    (["val/accuracy", "test/loss"], "val/accuracy"),
    (["val/accuracy", "test/accuracy"], "test/accuracy"),
    (["train_acc", "valid_f1", "epoch", "lr"], "valid_f1"),
    (["epoch_time", "score"], "score"),
    (["grad_norm", "lr", "train/loss"], "train/loss"),
    (["something", "val/loss"], "val/loss"),
    (["something", "seconds"], "something"),
    (["b", "a"], "a"),
    (["time"], "time"),
]


def test_default_metric() -> None:
    facts = Facts()
    for number, (names, _) in enumerate(CHOICES):
        metrics = {name: [1.0] for name in names}
        facts.run(f"r{number:02d}", experiment=f"e{number:02d}", metrics=metrics)

    with Store(snapshot(facts)) as store:
        assert [board.metric for board in store.boards()] == [chosen for _, chosen in CHOICES]
        assert all(board.default for board in store.boards())


def test_default_metric_is_one_that_most_runs_have() -> None:
    board = default_board(
        {"loss": [1.0], "test/accuracy": [0.5]}, {"loss": [1.0]}, {"loss": [1.0]}, {"loss": [1.0]}
    )

    assert (board.metric, board.direction) == ("loss", "min")


def test_default_metric_has_a_finite_value_if_any_has() -> None:
    board = default_board({"val/accuracy": [math.nan], "loss": [1.0]})

    assert board.metric == "loss"


def test_choice_is_explained() -> None:
    board = default_board({"val/accuracy": [0.5]}, {"val/accuracy": [0.5]}, {"x": [1.0]})

    assert board.why == (
        "Ranked by val/accuracy: it is measured on held-out data and 2 of 3 runs have it; larger "
        'is better, told from "accuracy". To rank by something else, add a [[leaderboard]] with '
        "name, experiment and metric to runfolio.toml."
    )


def test_one_default_leaderboard_for_each_experiment_with_metrics() -> None:
    facts = Facts()
    for experiment in ("Digits", "digits", "empty", "数字"):
        metrics = {} if experiment == "empty" else {"loss": [1.0]}
        facts.run(experiment, experiment=experiment, metrics=metrics)

    with Store(snapshot(facts)) as store:
        boards = store.boards()

    assert [board.name for board in boards] == ["Digits", "digits", "数字"]
    assert [board.slug for board in boards][:2] == ["digits", "digits-2"]
    assert len({board.slug for board in boards}) == 3


def test_configured_leaderboards_take_the_place_of_the_default_ones() -> None:
    facts = Facts()
    facts.run("a", metrics={"loss": [1.0]})
    config = Config(
        leaderboards=(
            LeaderboardConfig(name="One", metric="thing"),
            LeaderboardConfig(name="Two", metric="loss", direction="max"),
        ),
        metrics={"thing": MetricConfig(direction="min")},
    )

    with Store(snapshot(facts), config) as store:
        one, two = store.boards()

    assert (one.direction, two.direction) == ("min", "max")
    assert one.why == (
        "Ranked by thing as configured: smaller is better, as configured for this metric."
    )
    assert two.why == "Ranked by loss as configured: larger is better, as configured."


@pytest.fixture(scope="module")
def facts() -> Facts:
    """Eight runs of two models and two seeds; one diverged, one has no metric, two are equal."""
    facts = Facts()
    values = [0.5, 0.9, 0.7, 0.9, math.nan, 0.6, 0.8]
    for number, value in enumerate(values):
        facts.run(
            f"r{number}",
            name=f"run {number}",
            params={"model": "mlp" if number % 2 else "rf", "seed": number // 2, "same": 1},
            metrics={"val/acc": [value / 2, value, value / 4], "loss": [1.0 + number]},
            tags={"paper": ""} if number < 4 else {},
            end="failed" if number == 5 else "finished",
        )
    facts.run("r7", name="run 7", params={"model": "rf", "same": 1}, metrics={"loss": [0.1]})
    facts.run("other", experiment="other", metrics={"val/acc": [1.0]})
    return facts


def ranking(facts: Facts, **board: Any) -> Ranking:
    config = Config(leaderboards=(LeaderboardConfig(name="b", **board),))
    with Store(snapshot(facts), config) as store:
        return store.leaderboard("b")


def test_rank_by_the_best_value_then_by_start(facts: Facts) -> None:
    found = ranking(facts, metric="val/acc", experiment="digits")

    assert [(entry.rank, entry.run_id, entry.value) for entry in found.entries] == [
        *((1, "r1", 0.9), (1, "r3", 0.9), (3, "r6", 0.8), (4, "r2", 0.7)),
        *((5, "r5", 0.6), (6, "r0", 0.5)),
        *((None, "r4", None), (None, "r7", None)),
    ]
    assert found.entries[0].step == 1
    assert found.entries[0].members == ("r1",)


@pytest.mark.parametrize(
    ("stat", "value", "step"),
    [
        ("best", 0.9, 1),
        ("max", 0.9, 1),
        ("min", 0.225, 2),
        ("last", 0.225, 2),
        ("mean", 0.525, None),
    ],
)
def test_stat_that_ranks(facts: Facts, stat: Any, value: float, step: int | None) -> None:
    first = ranking(facts, metric="val/acc", experiment="digits", stat=stat).entries[0]

    assert (first.run_id, first.value, first.step) == ("r1", pytest.approx(value), step)


def test_smaller_first_where_smaller_is_better(facts: Facts) -> None:
    found = ranking(facts, metric="loss", experiment="digits", filter="-tag:paper")

    assert [entry.run_id for entry in found.entries] == ["r7", "r4", "r5", "r6"]


def test_baseline_gives_differences(facts: Facts) -> None:
    found = ranking(facts, metric="val/acc", experiment="digits", baseline="run 2")

    assert found.baseline == "r2"
    assert [entry.delta for entry in found.entries[:4]] == [
        *(pytest.approx(0.2), pytest.approx(0.2), pytest.approx(0.1), 0.0),
    ]
    assert found.entries[-1].delta is None


def test_baseline_need_not_be_on_the_board(facts: Facts) -> None:
    found = ranking(facts, metric="val/acc", experiment="digits", baseline="other")

    assert found.entries[0].delta == pytest.approx(-0.1)


def test_unknown_baseline_is_told(facts: Facts) -> None:
    found = ranking(facts, metric="val/acc", baseline="nobody")

    assert found.baseline is None
    assert found.note == "No baseline: there is no run 'nobody'."


def test_of_several_baselines_the_newest_counts() -> None:
    facts = Facts()
    facts.run("a", name="twin", metrics={"acc": [0.1]})
    facts.run("b", name="twin", metrics={"acc": [0.2]})

    found = ranking(facts, metric="acc", baseline="twin")

    assert found.baseline == "b"
    assert found.note == "2 runs are called 'twin'; the newest is the baseline."


def test_groups_rank_by_their_mean(facts: Facts) -> None:
    found = ranking(
        facts, metric="val/acc", experiment="digits", group_by=("model",), baseline="r0"
    )
    mlp, forest = found.entries

    assert (mlp.name, mlp.runs, mlp.members) == ("model=mlp", 3, ("r1", "r3", "r5"))
    assert (mlp.value, mlp.std) == (pytest.approx(0.8), pytest.approx(0.173205081))
    assert (forest.run_id, forest.runs, len(forest.members)) == ("r6", 3, 5)
    assert forest.delta == pytest.approx(0.0)
    assert mlp.delta == pytest.approx(0.8 - 2.0 / 3)


@pytest.mark.parametrize("name", ["rf", "model=rf", "r0"])
def test_a_group_is_the_baseline_by_its_name_or_by_one_of_its_runs(facts: Facts, name: str) -> None:
    board = {"metric": "val/acc", "experiment": "digits", "group_by": ("model",)}
    mlp, forest = ranking(facts, **board, baseline=name).entries

    assert (forest.delta, mlp.delta) == (pytest.approx(0.0), pytest.approx(0.8 - 2.0 / 3))
    unknown = ranking(facts, **board, baseline="x'); --")
    assert unknown.note == """No baseline: there is no run and no group "x'); --"."""
    assert unknown.entries[0].delta is None


def test_group_of_one_has_no_deviation(facts: Facts) -> None:
    found = ranking(facts, metric="val/acc", filter="id:r0", group_by=("model", "status"))

    (entry,) = found.entries
    assert (entry.name, entry.std, entry.runs) == ("model=rf, status=finished", None, 1)


def test_params_that_vary_come_first_and_constant_ones_are_apart(facts: Facts) -> None:
    found = ranking(facts, metric="val/acc", experiment="digits")

    assert found.columns == (
        Column("param", "model"),
        Column("param", "seed"),
        Column("metric", "loss"),
    )
    assert found.constant == (("same", "1"),)


def test_configured_columns_mean_what_they_mean_in_filters(facts: Facts) -> None:
    columns = ("seed", "param:seed", "model", "loss", "metric:model", "tags")
    found = ranking(facts, metric="val/acc", columns=columns)

    assert [(column.source, column.key) for column in found.columns] == [
        *(("run", "seed"), ("param", "seed"), ("param", "model")),
        *(("metric", "loss"), ("metric", "model"), ("run", "tags")),
    ]


BOARDS: list[dict[str, Any]] = [
    {"metric": "val/acc"},
    {"metric": "val/acc", "experiment": "digits", "filter": "tag:paper -name~2 val/acc>0.5"},
    {"metric": "loss", "stat": "last", "filter": 'model:rf* loss<=3.5 "run"'},
    {"metric": "loss", "stat": "mean", "direction": "max", "baseline": "r0"},
    {"metric": "val/acc", "group_by": ("model",), "baseline": "r0"},
    {"metric": "nothing", "columns": ("seed", "name", "loss")},
    {"metric": "val/acc", "filter": "nobody"},
]


@pytest.mark.parametrize("board", BOARDS)
def test_shown_sql_and_the_function_give_the_same_rows(facts: Facts, board: dict[str, Any]) -> None:
    config = Config(leaderboards=(LeaderboardConfig(name="it's", **board),))
    with Store(snapshot(facts), config) as store:
        found = store.leaderboard("it's")
        shown = [entry["run_id"] for entry in store.sql(found.sql).to_arrow_table().to_pylist()]
        value = "value" if board.get("group_by") else f'"{board["metric"]}"'
        rows = store.sql(f"SELECT rank, run_id, {value} FROM ({found.sql})").fetchall()
        function = store.sql("SELECT rank, run_id, value FROM leaderboard('it''s')").fetchall()

    wanted = [(entry.rank, entry.run_id, entry.value) for entry in found.entries]
    assert rows == wanted
    assert function == wanted
    assert shown == [entry.run_id for entry in found.entries]


def test_columns_of_the_function_are_those_of_the_registry(facts: Facts) -> None:
    promised = view("leaderboard")
    assert promised
    with Store(snapshot(facts)) as store:
        for name in ("digits", "other"):
            found = store.sql("FROM leaderboard(?)", [name])
            assert list(zip(found.columns, map(str, found.types), strict=True)) == [
                (column.name, column.type) for column in promised.columns
            ]


def test_function_takes_a_bound_name_and_tells_of_wrong_ones(facts: Facts) -> None:
    with Store(snapshot(facts)) as store:
        assert store.sql("FROM leaderboard(?)", ["other"]).fetchall()[0][:3] == (
            *("other", 1, "other"),
        )
        with pytest.raises(Exception, match=r"no leaderboard nothing\. There are: digits, other"):
            store.sql("FROM leaderboard('nothing')").fetchall()
        with pytest.raises(UsageError, match="no leaderboard 'digitz'") as caught:
            store.leaderboard("digitz")
        assert "digits" in caught.value.hint


def test_mistake_in_a_filter_names_the_leaderboard(facts: Facts) -> None:
    with pytest.raises(QueryError, match='Leaderboard "b": In the filter, column 4'):
        ranking(facts, metric="val/acc", filter="lr<")


@pytest.fixture(scope="module")
def awkward() -> Iterator[Store]:
    """Every awkward string is an experiment, a metric, a param and a baseline."""
    facts = Facts()
    boards = []
    for number, text in enumerate(hostile()):
        facts.run(
            f"r{number}", name=text, experiment=text, params={text: text}, metrics={text: [1.0]}
        )
        quoted = text.replace("\\", "\\\\").replace('"', '\\"')
        boards.append(
            LeaderboardConfig(
                name=text,
                slug=f"s{number}",
                experiment=text,
                metric=text,
                filter=f'name:"{quoted}" param:"{quoted}"="{quoted}"',
                group_by=(text,) if number % 2 else (),
                baseline=f"r{number}",
            )
        )
    with Store(snapshot(facts), Config(leaderboards=tuple(boards))) as store:
        yield store


def test_hostile_names_rank_like_any_other(awkward: Store) -> None:
    for number, found in enumerate(awkward.leaderboards()):
        assert [entry.run_id for entry in found.entries] == [f"r{number}"], found.board.name
        assert found.entries[0].delta == 0.0
        if number % 10 < 2:
            rows = awkward.sql(f"SELECT run_id FROM ({found.sql})").fetchall()
            assert rows == [(f"r{number}",)]
    assert awkward.sql("FROM leaderboard(?)", [hostile()[0]]).fetchall()
