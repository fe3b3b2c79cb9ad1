"""Arithmetic of half-open ranges of fact numbers, and who owns which fact."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

#: Sorted, disjoint, non-touching (lo, hi) with lo < hi.
Ranges = tuple[tuple[int, int], ...]


def union(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """All numbers that are in any of the ranges."""
    merged: list[tuple[int, int]] = []
    for lo, hi in sorted(pair for pair in ranges if pair[0] < pair[1]):
        if merged and lo <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(hi, merged[-1][1]))
        else:
            merged.append((lo, hi))
    return tuple(merged)


def minus(ranges: Ranges, taken: Ranges) -> Ranges:
    """The numbers of ``ranges`` that are not in ``taken``."""
    left: list[tuple[int, int]] = []
    for lo, hi in ranges:
        for taken_lo, taken_hi in taken:
            if taken_hi <= lo or taken_lo >= hi:
                continue
            if taken_lo > lo:
                left.append((lo, taken_lo))
            lo = taken_hi
            if lo >= hi:
                break
        if lo < hi:
            left.append((lo, hi))
    return tuple(left)


def count(ranges: Ranges) -> int:
    """How many numbers the ranges hold."""
    return sum(hi - lo for lo, hi in ranges)


def contains(outer: Ranges, inner: Ranges) -> bool:
    """True if every number of ``inner`` is in ``outer``."""
    return not minus(inner, outer)


def holes(ranges: Ranges) -> Ranges:
    """The numbers from 0 to the last that are missing."""
    return minus(((0, ranges[-1][1]),), ranges) if ranges else ()


def assign(claims: Sequence[Ranges]) -> list[Ranges]:
    """What each claim owns when each number goes to the first claim that covers it."""
    taken: Ranges = ()
    owned = []
    for claim in claims:
        own = minus(claim, taken)
        owned.append(own)
        taken = union((*taken, *own))
    return owned


def spell(ranges: Ranges) -> str:
    """The ranges for people: ``3-9, 12``."""
    return ", ".join(f"{lo}-{hi - 1}" if hi - lo > 1 else f"{lo}" for lo, hi in ranges)
