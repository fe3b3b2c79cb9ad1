"""Ranges behave like the sets of numbers that they stand for."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from runfolio.store import coverage
from runfolio.store.coverage import Ranges

_RANGES = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=6)


def _set(ranges: Ranges) -> set[int]:
    return {number for lo, hi in ranges for number in range(lo, hi)}


@settings(deadline=None)
@given(_RANGES, _RANGES)
def test_union_minus_contains_and_holes_are_those_of_sets(
    one: list[tuple[int, int]], other: list[tuple[int, int]]
) -> None:
    a, b = coverage.union(one), coverage.union(other)
    assert _set(a) == {n for lo, hi in one for n in range(lo, hi)}
    assert all(x[1] < y[0] for x, y in pairwise(a))
    assert _set(coverage.minus(a, b)) == _set(a) - _set(b)
    assert coverage.contains(a, b) == (_set(b) <= _set(a))
    assert coverage.count(a) == len(_set(a))
    assert _set(coverage.holes(a)) == set(range(max(_set(a), default=-1) + 1)) - _set(a)


@settings(deadline=None)
@given(st.lists(_RANGES, max_size=5))
def test_every_number_has_exactly_one_owner(claims: list[list[tuple[int, int]]]) -> None:
    sets = [coverage.union(claim) for claim in claims]
    owned = [_set(own) for own in coverage.assign(sets)]
    assert sum(map(len, owned)) == len(set().union(*map(_set, sets)))
    assert all(own <= _set(claim) for own, claim in zip(owned, sets, strict=True))


def test_ranges_are_spelled_for_people() -> None:
    assert coverage.spell(((3, 10), (12, 13))) == "3-9, 12"
