"""Statistics of small samples in plain Python, each formula with its source.

Values are finite numbers. What a sample is too small for is None, never a guess.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import repeat
from operator import itemgetter

LEVEL = 0.95
RESAMPLES = 2000
_TINY = 1e-300
_CLOSE = 1e-15
#: Samples up to this size are drawn once for all groups that have it.
_KEPT = 64


@dataclass(frozen=True)
class Welch:
    """A test of two means: ``t``, its degrees of freedom, two-sided ``p``, interval of a - b."""

    difference: float
    t: float
    df: float
    p: float
    low: float
    high: float


def mean_of(values: Sequence[float]) -> float:
    """The arithmetic mean of at least one value; of a diverged run's it may be too large to sum."""
    try:
        return math.fsum(values) / len(values)
    except OverflowError:
        largest = max(map(abs, values))
        return largest * (math.fsum(value / largest for value in values) / len(values))


def variance_of(values: Sequence[float]) -> float:
    """The sample variance (division by n - 1) of at least two values; infinite beyond a float."""
    mean = mean_of(values)
    try:
        return math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1)
    except OverflowError:
        return math.inf


def mean_interval(values: Sequence[float], level: float = LEVEL) -> tuple[float, float] | None:
    """Student's confidence interval of the mean; None below two values.

    mean ± t(n - 1) s / √n: Student, "The probable error of a mean", Biometrika 6 (1908) 1-25.
    """
    if len(values) < 2:
        return None
    half = t_quantile(len(values) - 1, level) * math.sqrt(variance_of(values) / len(values))
    mean = mean_of(values)
    return mean - half, mean + half


def welch(a: Sequence[float], b: Sequence[float], level: float = LEVEL) -> Welch | None:
    """Welch's t-test of two means with unequal variances.

    None where a sample has fewer than two values, or neither has any spread. B. L. Welch, "The
    generalization of Student's problem when several different population variances are involved",
    Biometrika 34 (1947) 28-35; degrees of freedom after Satterthwaite, Biometrics 2 (1946) 110-114.
    """
    if len(a) < 2 or len(b) < 2:
        return None
    shares = (variance_of(a) / len(a), variance_of(b) / len(b))
    total = sum(shares)
    largest = max(map(abs, (*a, *b)))
    if total <= (largest * 1e-15) ** 2:
        return None
    df = 1.0 / sum(
        (share / total) ** 2 / (len(sample) - 1)
        for share, sample in zip(shares, (a, b), strict=True)
    )
    difference = mean_of(a) - mean_of(b)
    error = math.sqrt(total)
    half = t_quantile(df, level) * error
    t = difference / error
    return Welch(difference, t, df, t_tails(t, df), difference - half, difference + half)


def resampled_means(values: Sequence[float], seed: int, times: int = RESAMPLES) -> list[float]:
    """Means of samples drawn with replacement from ``values``: the same for the same ``seed``.

    The order of the values does not matter.

    B. Efron, "Bootstrap methods: another look at the jackknife", Ann. Statist. 7 (1979) 1-26.
    """
    count, ordered = len(values), sorted(values)
    if 2 <= count <= _KEPT:
        return [sum(pick(ordered)) / count for pick in _picks(count, seed, times)]
    draw = random.Random(seed).random
    return [
        sum([ordered[int(draw() * count)] for _ in repeat(None, count)]) / count
        for _ in repeat(None, times)
    ]


@lru_cache(maxsize=16)
def _picks(count: int, seed: int, times: int) -> tuple[Callable[[list[float]], list[float]], ...]:
    """What picks each sample; kept, for the groups of a leaderboard mostly have one size."""
    draw = random.Random(seed).random
    return tuple(
        itemgetter(*[int(draw() * count) for _ in repeat(None, count)]) for _ in range(times)
    )


def percentile_interval(found: Sequence[float], level: float = LEVEL) -> tuple[float, float]:
    """The middle ``level`` of the found values: the bootstrap's percentile interval.

    Efron and Tibshirani, "An Introduction to the Bootstrap" (1993), chapter 13.
    """
    ordered = sorted(found)
    return _quantile(ordered, (1 - level) / 2), _quantile(ordered, (1 + level) / 2)


def bootstrap_difference(
    a: Sequence[float], b: Sequence[float], level: float = LEVEL, times: int = RESAMPLES
) -> tuple[float, float] | None:
    """Bootstrap interval of mean(a) - mean(b); None where a sample has fewer than two values."""
    if len(a) < 2 or len(b) < 2:
        return None
    pairs = zip(resampled_means(a, 1, times), resampled_means(b, 2, times), strict=True)
    return percentile_interval([one - other for one, other in pairs], level)


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """P-values adjusted for how many there are; None stays None and does not count.

    S. Holm, "A simple sequentially rejective multiple test procedure", Scandinavian Journal of
    Statistics 6 (1979) 65-70.
    """
    known = sorted((p, at) for at, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    largest = 0.0
    for done, (p, at) in enumerate(known):
        largest = max(largest, min(1.0, p * (len(known) - done)))
        adjusted[at] = largest
    return adjusted


def t_tails(t: float, df: float) -> float:
    """The two-sided p-value of ``t``: Abramowitz and Stegun (1964), 26.5.27 and 26.7.1."""
    if t == 0:
        return 1.0
    if math.isinf(t):
        return 0.0
    return _incomplete_beta(df / 2, 0.5, df / (df + t * t))


@lru_cache(maxsize=1024)
def t_quantile(df: float, level: float = LEVEL) -> float:
    """The t within which the middle ``level`` of Student's distribution lies, by bisection."""
    high = 1.0
    while t_tails(high, df) > 1 - level:
        high *= 2
    low = 0.0
    while high - low > _CLOSE * high:
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if t_tails(middle, df) > 1 - level:
            low = middle
        else:
            high = middle
    return high


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b): NIST DLMF 8.17.22, 8.17.4."""
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast only below
        return 1.0 - _incomplete_beta(b, a, 1 - x)
    scale = a * math.log(x) + b * math.log1p(-x)
    scale += math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    return math.exp(scale) / (a * _fraction(a, b, x))


def _fraction(a: float, b: float, x: float) -> float:
    """The continued fraction of DLMF 8.17.22 by the modified Lentz method (DLMF 3.10)."""
    value = c = 1.0
    d = 0.0
    for n in range(1, 10_000):
        m = n // 2
        if n % 2 == 0:
            term = m * (b - m) * x / ((a + n - 1) * (a + n))
        else:
            term = -(a + m) * (a + b + m) * x / ((a + n - 1) * (a + n))
        d = 1 + term * d
        d = 1 / (d if abs(d) > _TINY else _TINY)
        c = 1 + term / c
        c = c if abs(c) > _TINY else _TINY
        value *= c * d
        if abs(c * d - 1) < _CLOSE:
            break
    return value


def _quantile(ordered: Sequence[float], share: float) -> float:
    """Between two neighbours in proportion."""
    place = share * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (place - low)
