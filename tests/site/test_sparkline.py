"""Small drawings: numbers alone, spikes kept, sane for every odd curve."""

from __future__ import annotations

import math
import re

import pytest

from runfolio.site.sparkline import finite, spark, steps, still, still_dots, thin


def test_a_trend_fills_its_box() -> None:
    assert spark([0, 5, 10]) == "2,22 50,12 98,2"


@pytest.mark.parametrize("values", [[], [1.0], [math.nan, math.inf], [None, 3.0]])
def test_less_than_two_points_make_no_trend(values: list[float | None]) -> None:
    assert spark(values) == ""


def test_a_flat_curve_lies_in_the_middle() -> None:
    assert spark([3.0, 3.0]) == "2,12 98,12"


def test_one_point_is_a_dot_and_none_is_nothing() -> None:
    assert "<circle" in still([7], [1.0]) and "<polyline" not in still([7], [1.0])
    assert still([], []) == ""
    assert still([1, 2], [math.nan, math.inf]) == ""


def test_a_spike_of_one_point_stays() -> None:
    values = [0.0] * 1000
    values[617] = 9.0
    kept = thin((list(range(1000)), values), 60)
    assert (617, 9.0) in kept and len(kept) <= 60
    assert kept[0][0] == 0 and kept[-1][0] == 999
    assert kept == sorted(kept)


def test_what_is_not_finite_is_left_out() -> None:
    assert finite([0, 1, 2, 3], [1.0, math.nan, None, 4.0]) == ([0, 3], [1.0, 4.0])


def test_huge_numbers_do_not_break_a_picture() -> None:
    for values in ([-1e308, 1e308], [5e-324, 0.0], [1e300, 1e300]):
        assert re.fullmatch(r"[-\d, ]+", spark(values))


def test_a_still_holds_numbers_alone() -> None:
    drawings = still([0, 1, 2], [1.0, 2.0, 0.5]) + still_dots([0, 1], [1.0, 2.0], [(0, 1), (1, 2)])
    assert not re.search(r"style=|<script|href", drawings)
    assert 'class="still"' in drawings and 'fill="none"' in drawings


def test_steps_keep_a_value_until_the_next_one() -> None:
    assert steps([(0, 1.0), (5, 3.0)]) == [(0, 1.0), (5, 1.0), (5, 3.0)]
