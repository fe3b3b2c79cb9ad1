"""Reduced curves: nothing that a reader would miss is lost, and no value is made up."""

from __future__ import annotations

import math
from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from runfolio.query.curves import Curve
from runfolio.query.store import Store

from .factory import Facts, snapshot


def curves(facts: Facts, points: int = 1000, run_ids: Sequence[str] | None = None) -> list[Curve]:
    with Store(snapshot(facts)) as store:
        return store.curves(run_ids, points)


def one(values: Sequence[float], points: int) -> Curve:
    facts = Facts()
    for step, value in enumerate(values):
        facts.say("a", "metric", "loss", step=step, value=value)
    (curve,) = curves(facts, points)
    return curve


def test_short_series_are_whole() -> None:
    facts = Facts()
    facts.say("a", "start", "run", text={}, at=0)
    for step, value in enumerate([1.0, math.nan, math.inf, -0.0]):
        facts.say("a", "metric", "loss", step=step * 10, value=value, at=30 * step)

    (curve,) = curves(facts)

    assert (curve.run_id, curve.key, curve.points, curve.full) == ("a", "loss", 4, True)
    assert curve.steps == [0, 10, 20, 30]
    assert curve.minutes == [0.0, 0.5, 1.0, 1.5]
    assert [str(value) for value in curve.values] == ["1.0", "nan", "inf", "-0.0"]


def test_spikes_and_ends_survive() -> None:
    values = [math.sin(step / 50) for step in range(2000)]
    values[777], values[1234] = 99.0, -99.0

    curve = one(values, 100)

    assert not curve.full
    assert curve.points == 2000
    assert len(curve.values) <= 100
    assert (777, 99.0) in zip(curve.steps, curve.values, strict=True)
    assert (1234, -99.0) in zip(curve.steps, curve.values, strict=True)
    assert (curve.steps[0], curve.steps[-1]) == (0, 1999)


def test_places_of_nan_survive() -> None:
    values = [1.0] * 1000
    values[400:] = [math.nan] * 600

    curve = one(values, 100)

    assert len(curve.values) <= 100
    bad = [step for step, value in zip(curve.steps, curve.values, strict=True) if value != value]
    assert min(step or 0 for step in bad) == 400
    assert len(bad) > 10


def test_all_nan_is_a_curve_too() -> None:
    curve = one([math.nan] * 500, 50)

    assert 0 < len(curve.values) <= 50
    assert all(math.isnan(value) for value in curve.values)


def test_the_later_point_of_a_step_counts() -> None:
    facts = Facts()
    for step, value in [(0, 1.0), (1, 2.0), (2, 3.0), (1, 20.0), (2, 30.0), (3, 40.0)]:
        facts.say("a", "metric", "loss", step=step, value=value)

    (curve,) = curves(facts)

    assert curve.steps == [0, 1, 2, 3]
    assert curve.values == [1.0, 20.0, 30.0, 40.0]
    assert curve.points == 6
    assert curve.full


def test_a_dropped_point_does_not_hide_a_later_one_of_its_step() -> None:
    facts = Facts()
    facts.say("a", "metric", "loss", step=0, value=1.0, at=1)
    facts.say("a", "metric", "loss", step=0, value=9.0, writer="b" * 12, at=2)
    facts.say("a", "drop", "loss", text={"from": 0, "to": 0}, at=1.5)

    (curve,) = curves(facts)

    assert curve.values == [9.0]


def test_points_without_a_step_are_all_kept() -> None:
    facts = Facts()
    for value in (1.0, 2.0, 3.0):
        facts.say("a", "metric", "loss", value=value)

    (curve,) = curves(facts)

    assert curve.steps == [None, None, None]
    assert curve.values == [1.0, 2.0, 3.0]


def test_only_the_asked_runs_in_order() -> None:
    facts = Facts()
    for run_id in ("b", "a", "c"):
        facts.run(run_id, metrics={"y": [1.0], "x": [1.0]})

    assert [(each.run_id, each.key) for each in curves(facts, run_ids=["c", "a", "nobody"])] == [
        *(("a", "x"), ("a", "y"), ("c", "x"), ("c", "y")),
    ]
    assert curves(facts, run_ids=[]) == []


def test_renamed_dropped_and_trashed_series() -> None:
    facts = Facts()
    facts.run("a", metrics={"old": [1.0], "gone": [1.0]})
    facts.run("b", metrics={"old": [1.0]})
    facts.say("a", "rename", "metric:old", text="new")
    facts.say("a", "drop", "gone", text={"all": True})
    facts.say("b", "trash", text={})

    assert [(each.run_id, each.key) for each in curves(facts)] == [("a", "new")]


def test_series_of_the_machine_go_by_time() -> None:
    facts = Facts()
    facts.say("a", "start", "run", text={}, at=0)
    for second in range(600):
        facts.say("a", "system", "cpu.percent", value=float(second % 7), at=second)

    with Store(snapshot(facts)) as store:
        (curve,) = store.system_curves(points=50)

    assert len(curve.values) <= 50
    assert curve.minutes[0] == 0.0
    assert curve.minutes[-1] == 599 / 60
    assert curve.points == 600
    assert curve.minutes == sorted(curve.minutes)


FLOATS = st.floats(width=32, allow_nan=True, allow_infinity=True)


@settings(max_examples=12, deadline=None)
@given(
    series=st.lists(st.lists(FLOATS, min_size=1, max_size=120), min_size=1, max_size=4),
    points=st.integers(min_value=8, max_value=60),
)
def test_reduced_series_are_true_to_the_points(series: list[list[float]], points: int) -> None:
    facts = Facts()
    for number, values in enumerate(series):
        for step, value in enumerate(values):
            facts.say("a", "metric", f"m{number}", step=step, value=value)

    for values, curve in zip(series, curves(facts, points), strict=True):
        assert curve.points == len(values)
        assert len(curve.values) <= max(points, len(values) if curve.full else 0)
        assert curve.steps == sorted(set(curve.steps))  # type: ignore[type-var]
        for step, value in zip(curve.steps, curve.values, strict=True):
            assert str(values[step or 0]) == str(value)
        finite = [value for value in values if math.isfinite(value)]
        kept = [value for value in curve.values if math.isfinite(value)]
        assert (min(finite, default=0), max(finite, default=0)) == (
            *(min(kept, default=0), max(kept, default=0)),
        )
        assert (len(finite) < len(values)) == (len(kept) < len(curve.values))
        assert (curve.steps[0], curve.steps[-1]) == (0, len(values) - 1)


def test_means_of_a_reduced_series_are_those_of_its_buckets() -> None:
    facts = Facts()
    for step in range(1000):
        value = math.nan if step == 0 else float(step)
        facts.say("a", "metric", "loss", step=step * 2, value=value)
    with Store(snapshot(facts)) as store:
        (means,) = store.curve_means(None, 100)
        assert store.curve_means(None, 1000) == []

    assert len(means.values) <= 50
    assert means.steps == sorted(means.steps)
    inside = zip(means.steps[1:], means.values[1:], strict=True)
    assert all(abs(step / 2 - value) < 1e-9 for step, value in inside)
    assert means.values[0] == sum(range(1, 32)) / 31


def test_stretches_hold_every_point_and_only_the_last_one_grows() -> None:
    def stretches(count: int) -> list[tuple[list[int], list[float]]]:
        facts = Facts()
        facts.say("a", "start", "run", text={}, at=0)
        for step in range(count):
            facts.say("a", "metric", "loss", step=step * 3, value=step / 2, at=step)
        facts.say("b", "metric", "loss", value=1.0)
        facts.say("b", "metric", "loss", value=math.inf)
        with Store(snapshot(facts)) as store:
            (other,) = store.stretches("b", "loss", 40)
            assert (other.steps, other.values) == ([0, 1], [1.0, math.inf])
            assert list(store.stretches("b", "gone", 40)) == []
            found = list(store.stretches("a", "loss", 40))
        assert [at for each in found for at in each.milliseconds] == [
            s * 1000 for s in range(count)
        ]
        return [(each.steps, each.values) for each in found]

    short, long = stretches(90), stretches(110)
    assert [len(steps) for steps, _ in short] == [40, 40, 10]
    assert short[:2] == long[:2]
    assert [value for _, values in long for value in values] == [step / 2 for step in range(110)]
