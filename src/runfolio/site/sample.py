"""Sums over many from a sample: some are measured, all are known in outline.

Each unit has ``traits``, numbers that its size roughly follows from. The larger ones are more
likely to be drawn; a linear fit over those that were measured gives all of them a size, and what
the fit got wrong of the measured ones corrects the sum (the generalized regression estimator:
Särndal, Swensson, Wretman, *Model Assisted Survey Sampling*, 1992, ch. 6). So the sum is right
whatever the fit is worth; a good fit only makes a small sample enough.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

#: Keeps the fit sane where traits say the same thing twice.
_RIDGE = 1e-6


@dataclass(frozen=True)
class Unit:
    """One of many: its name, its outline, and about how large it is."""

    name: str
    traits: tuple[float, ...]
    about: float


def draw(units: Sequence[Unit], number: int) -> list[str]:
    """The names of ``number`` units, large ones rather than small ones; a larger draw holds the
    smaller ones, and the same units give the same draw.
    """
    order = sorted(units, key=lambda unit: (_lot(unit.name) / unit.about, unit.name))
    return [unit.name for unit in order[:number]]


def chances(units: Sequence[Unit], number: int) -> dict[str, float]:
    """How likely each unit is to be among ``number`` that are drawn."""
    sure: set[str] = set()
    while True:
        rest = [unit for unit in units if unit.name not in sure]
        left = number - len(sure)
        total = sum(unit.about for unit in rest)
        over = {unit.name for unit in rest if left * unit.about >= total}
        if not over:
            break
        sure |= over
    found = {unit.name: left * unit.about / total for unit in rest} if rest else {}
    return {**found, **dict.fromkeys(sure, 1.0)}


@dataclass(frozen=True)
class Estimate:
    """A sum over all units, and the standard error of it."""

    total: float
    error: float


class Fit:
    """Sums over all ``units`` of whatever was measured of some of them."""

    def __init__(self, units: Sequence[Unit], measured: Sequence[str]) -> None:
        self._units = units
        self._chance = chances(units, len(measured))
        by_name = {unit.name: unit for unit in units}
        self._sample = [by_name[name] for name in measured]
        self._whole = len(self._sample) == len(units)
        width = len(units[0].traits) if units else 0
        self._scale = [
            max((abs(unit.traits[at]) for unit in units), default=0.0) or 1.0 for at in range(width)
        ]
        rows = [self._row(unit) for unit in self._sample]
        self._weights = [1 / unit.about for unit in self._sample]
        self._rows = rows
        self._all = [sum(self._row(unit)[at] for unit in units) for at in range(width)]
        self._gram = [
            [
                sum(w * row[i] * row[j] for w, row in zip(self._weights, rows, strict=True))
                for j in range(width)
            ]
            for i in range(width)
        ]
        most = max((self._gram[at][at] for at in range(width)), default=1.0)
        for at in range(width):
            self._gram[at][at] += _RIDGE * most

    def total(self, values: Mapping[str, float]) -> Estimate:
        """The sum over all units; ``values`` are those of the measured ones."""
        given = [float(values.get(unit.name, 0.0)) for unit in self._sample]
        if self._whole:
            return Estimate(sum(given), 0.0)
        right = [
            sum(w * row[i] * y for w, row, y in zip(self._weights, self._rows, given, strict=True))
            for i in range(len(self._gram))
        ]
        slopes = solved(self._gram, right)
        total = sum(slope * size for slope, size in zip(slopes, self._all, strict=True))
        spread = 0.0
        for unit, row, y in zip(self._sample, self._rows, given, strict=True):
            chance = self._chance[unit.name]
            wrong = y - sum(slope * x for slope, x in zip(slopes, row, strict=True))
            total += wrong / chance
            spread += (1 - chance) * (wrong / chance) ** 2
        return Estimate(max(total, sum(given)), math.sqrt(spread))

    def _row(self, unit: Unit) -> list[float]:
        return [trait / scale for trait, scale in zip(unit.traits, self._scale, strict=True)]


def solved(matrix: Sequence[Sequence[float]], right: Sequence[float]) -> list[float]:
    """The solution of linear equations, by elimination with pivots."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    size = len(rows)
    for at in range(size):
        pivot = max(range(at, size), key=lambda i: abs(rows[i][at]))
        rows[at], rows[pivot] = rows[pivot], rows[at]
        head = rows[at][at]
        if head == 0.0:
            continue
        for below in range(at + 1, size):
            factor = rows[below][at] / head
            if factor:
                rows[below] = [x - factor * y for x, y in zip(rows[below], rows[at], strict=True)]
    found = [0.0] * size
    for at in reversed(range(size)):
        known = sum(rows[at][j] * found[j] for j in range(at + 1, size))
        found[at] = (rows[at][size] - known) / rows[at][at] if rows[at][at] else 0.0
    return found


def _lot(name: str) -> float:
    """A number between 0 and 1 that only the name decides."""
    digest = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return (int.from_bytes(digest, "big") + 0.5) / 2**64
