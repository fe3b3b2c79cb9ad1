"""Statistics against published numbers, and against scipy where it is installed."""

from __future__ import annotations

import random

import pytest

from runfolio.query import stats
from runfolio.query.stats import (
    bootstrap_difference,
    holm,
    mean_interval,
    t_quantile,
    t_tails,
    welch,
)
from runfolio.query.versus import against

#: Two-sided 95 % points: Abramowitz and Stegun (1964), table 26.10.
TABLE = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 10: 2.228, 30: 2.042, 120: 1.980}


def test_quantiles_are_those_of_the_printed_table() -> None:
    assert {df: round(t_quantile(df), 3) for df in TABLE} == TABLE
    assert all(t_tails(t_quantile(df), df) == pytest.approx(0.05) for df in (1, 2.5, 7, 400))


def test_an_interval_needs_two_values() -> None:
    assert mean_interval([3.0]) is None
    low, high = mean_interval([1.0, 2.0, 3.0]) or (0, 0)
    half = 4.302653 * (1 / 3) ** 0.5
    assert (low, high) == pytest.approx((2 - half, 2 + half))


def test_welch_tells_when_it_cannot_test() -> None:
    assert welch([1.0], [2.0, 3.0]) is None
    assert welch([2.0, 2.0], [3.0, 3.0]) is None
    assert welch([0.1 + 0.2, 0.3], [0.3, 0.3]) is None  # a spread of rounding only


def test_scipy_agrees() -> None:
    scipy = pytest.importorskip("scipy.stats")
    chance = random.Random(1)
    for _ in range(30):
        a = [chance.gauss(0, 1) for _ in range(chance.randint(2, 20))]
        b = [chance.gauss(0.5, 3) for _ in range(chance.randint(2, 20))]
        found, known = welch(a, b), scipy.ttest_ind(a, b, equal_var=False)
        interval = known.confidence_interval()
        assert found is not None
        assert (found.t, found.df) == pytest.approx((known.statistic, known.df))
        assert found.p == pytest.approx(known.pvalue, rel=1e-9)
        assert (found.low, found.high) == pytest.approx((interval.low, interval.high))


def test_holm_keeps_order_never_exceeds_one_and_counts_only_tests() -> None:
    # Holm (1979) steps down: 0.01·4, 0.02·3 (0.06), 0.03·2 (0.06), 0.04 (kept at 0.06).
    assert holm([0.03, None, 0.01, 0.04, 0.02]) == pytest.approx([0.06, None, 0.04, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([None]) == [None]


def test_a_bootstrap_gives_the_same_numbers_each_time_and_covers_the_difference() -> None:
    a, b = [0.91, 0.93, 0.92, 0.95], [0.88, 0.90, 0.87]
    first = bootstrap_difference(a, b)
    assert first == bootstrap_difference(a, b)
    assert first is not None
    assert first[0] < stats.mean_of(a) - stats.mean_of(b) < first[1]
    assert bootstrap_difference([1.0], b) is None


def test_groups_are_compared_with_the_baseline_but_not_with_themselves() -> None:
    base = [0.88, 0.90, 0.87]
    groups = [[0.95, 0.96, 0.97], base, [0.89, 0.86, 0.91], [0.99], []]
    best, own, alike, single, none = against(base, groups, own=1)
    assert own is None and none is None
    assert best is not None and best.significant and best.bootstrap is not None
    assert best.delta == pytest.approx(0.96 - 2.65 / 3)
    assert best.percent == pytest.approx(best.delta / (2.65 / 3) * 100)
    assert alike is not None and not alike.significant
    assert alike.p is not None and alike.p_holm is not None and alike.p <= alike.p_holm
    # One run says how far apart the values are, and nothing about chance.
    assert single is not None
    assert (single.p, single.interval, single.bootstrap) == (None, None, None)
    assert single.delta > 0


def test_a_baseline_of_zero_has_no_percentage() -> None:
    assert [found and found.percent for found in against([0.0], [[0.0], [1.0]], own=0)] == [
        None,
        None,
    ]


def test_bootstraps_end_where_the_draws_are_used_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runfolio.query.versus.MOST_DRAWS", 2000 * 7)
    found = against([1.0, 2.0], [[1.0, 3.0], [2.0, 3.0], [4.0, 3.0]], own=None)
    assert [each is not None and each.bootstrap is not None for each in found] == [
        True,
        True,
        False,
    ]
    assert all(each is not None and each.p is not None for each in found)


def test_the_mean_of_the_largest_numbers_is_a_number() -> None:
    largest = 1.7976931348623157e308
    assert stats.mean_of([largest] * 3) == largest
    assert stats.mean_of([largest, -largest, largest]) == pytest.approx(largest / 3)
