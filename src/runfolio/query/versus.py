"""Groups of runs against a baseline: differences, tests, and how far to believe them.

Each group of at least two runs is tested against the baseline's runs by Welch's t-test; the
p-values are adjusted for the number of tests by Holm's method. Beside the test stands a bootstrap
interval of the difference, drawn with a fixed seed, so the same runs give the same numbers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from runfolio.query.stats import (
    holm,
    mean_of,
    percentile_interval,
    resampled_means,
    welch,
)

#: Numbers drawn for all bootstrap intervals of a leaderboard; groups beyond it have none.
MOST_DRAWS = 1_000_000
#: A difference that would come about by chance less often than this is called significant.
ALPHA = 0.05
_TIMES = 2000
_SAME = 1e-14

Interval = tuple[float, float]


@dataclass(frozen=True)
class Versus:
    """One group against the baseline.

    ``delta`` is the difference of the means and ``percent`` its share of the baseline's size (None
    where that is 0). ``interval`` is Welch's, ``bootstrap`` the resampled one, both of ``delta``
    and at 95 %; ``p`` is two-sided, ``p_holm`` adjusted. They are None where a side has fewer than
    two runs, or neither has any spread.
    """

    delta: float
    percent: float | None
    interval: Interval | None = None
    bootstrap: Interval | None = None
    p: float | None = None
    p_holm: float | None = None

    @property
    def significant(self) -> bool:
        """Whether the adjusted p-value is below ``ALPHA``."""
        return self.p_holm is not None and self.p_holm < ALPHA


def against(
    baseline: Sequence[float],
    groups: Sequence[Sequence[float]],
    own: int | None,
    *,
    resample: bool = True,
) -> list[Versus | None]:
    """Each group against the baseline's values; None for groups without a value.

    ``own`` is the index of the baseline among the groups: it is not compared with itself. Without
    ``resample`` there are no bootstrap intervals, which take long.
    """
    if not baseline:
        return [None] * len(groups)
    found = [
        None if at == own or not group else _tested(baseline, group)
        for at, group in enumerate(groups)
    ]
    adjusted = holm([each.p if each else None for each in found])
    compared = [group if each else () for group, each in zip(groups, found, strict=True)]
    bootstraps = _bootstraps(baseline, compared) if resample else [None] * len(groups)
    return [
        replace(each, p_holm=p, bootstrap=interval)
        if each and (each.p is not None or interval)
        else each
        for each, p, interval in zip(found, adjusted, bootstraps, strict=True)
    ]


def _tested(baseline: Sequence[float], group: Sequence[float]) -> Versus:
    base, mean = mean_of(baseline), mean_of(group)
    # Means of the same numbers may differ in their last bit.
    delta = 0.0 if math.isclose(mean, base, rel_tol=_SAME) else mean - base
    percent = delta / abs(base) * 100 if base else None
    test = welch(group, baseline) if len(group) > 1 else None  # many rows of one run: be quick
    if test is None:
        return Versus(delta, percent)
    return Versus(delta, percent, (test.low, test.high), None, test.p)


def _bootstraps(
    baseline: Sequence[float], groups: Sequence[Sequence[float]]
) -> list[Interval | None]:
    """The intervals of the groups in their order, until the draws are used up.

    The baseline's draws are made once for all groups; each group has the interval that
    ``bootstrap_difference`` gives.
    """
    found: list[Interval | None] = []
    if len(baseline) < 2:
        return [None] * len(groups)
    left = MOST_DRAWS - len(baseline) * _TIMES
    base = resampled_means(baseline, 2, _TIMES) if left > 0 else []
    for group in groups:
        left -= len(group) * _TIMES
        if len(group) < 2 or left < 0:
            found.append(None)
            continue
        means = resampled_means(group, 1, _TIMES)
        pairs = zip(means, base, strict=True)
        found.append(percentile_interval([one - other for one, other in pairs]))
    return found
