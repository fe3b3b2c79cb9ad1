"""Columns that compare: a mean with its spread and interval, and everything against a baseline."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from runfolio.query.stats import mean_interval, mean_of, variance_of
from runfolio.query.versus import ALPHA, Versus, against
from runfolio.site.material import Board, Material
from runfolio.site.numbers import decimals_for, short_number
from runfolio.site.table import Column
from runfolio.site.words import _

#: Values of a metric that readers can ask for, beside the one that ranks.
OTHERS = ("last", "min", "max")
#: Groups that a sentence names one by one.
_MOST_NAMED = 3


@dataclass(frozen=True)
class Standing:
    """The rows of a leaderboard as samples.

    ``values`` are those of each row's runs, ``versus`` compares each row with the row ``own`` that
    holds the baseline (None: there is none, or nothing of it is known); ``base`` are its values.
    """

    values: tuple[tuple[float, ...], ...]
    versus: tuple[Versus | None, ...]
    own: int | None
    base: tuple[float, ...] = ()

    @property
    def counts(self) -> tuple[int, ...]:
        """How many runs with a value each row has."""
        return tuple(len(each) for each in self.values)

    @property
    def tested(self) -> bool:
        """Whether any row was tested against the baseline."""
        return any(each and each.p is not None for each in self.versus)


@dataclass(frozen=True)
class Other:
    """A leaderboard by another value of its metric, its rows in the order of the first one."""

    board: Board
    found: Standing


def standing(material: Material, board: Board, *, resample: bool = True) -> Standing:
    """What the rows of a leaderboard have, and how they stand against its baseline.

    Without ``resample`` there are no bootstrap intervals.
    """
    values = tuple(
        tuple(
            value
            for run_id in place.members
            if (value := material.value_of(board, run_id)) is not None
        )
        for place in board.places
    )
    holds = [at for at, place in enumerate(board.places) if board.baseline in place.members]
    own = holds[0] if holds else None
    base = values[own] if own is not None else _outside(material, board)
    found = against(base, values, own, resample=resample) if base else [None] * len(values)
    return Standing(values, tuple(found), own, base)


def other_values(material: Material, board: Board, shown: Standing) -> dict[str, Other]:
    """The leaderboard by each other value of its metric; without those that change nothing."""
    own = board.stat
    if own == "best":
        own = "max" if board.direction > 0 else "min"
    found = {}
    for stat in OTHERS:
        other = _by(material, board, stat)
        stands = standing(material, other) if stat != own else shown
        if stands != shown:
            found[stat] = Other(other, stands)
    return found


def _by(material: Material, board: Board, stat: str) -> Board:
    """The leaderboard with the values of another statistic, its rows where they are."""
    board = replace(board, stat=stat)
    places = []
    for place in board.places:
        known = [value for i in place.members if (value := material.value_of(board, i)) is not None]
        spread = math.sqrt(variance_of(known)) if board.grouped and len(known) > 1 else None
        places.append(replace(place, value=mean_of(known) if known else None, spread=spread))
    return replace(board, places=tuple(places))


def _outside(material: Material, board: Board) -> tuple[float, ...]:
    """The value of a baseline that is not ranked itself."""
    value = material.value_of(board, board.baseline or "")
    return () if value is None else (value,)


def digits_in(material: Material, board: Board) -> int | None:
    """Decimals of a leaderboard's values: means of groups need more than the runs' own values."""
    known = material.metrics.get(board.metric)
    if not board.grouped or (known and known.digits is not None):
        return material.digits_of(board.metric)
    return decimals_for([place.value for place in board.places])


def group_columns(material: Material, board: Board, found: Standing) -> list[Column]:
    """How far a group's mean can be trusted: its runs, their deviation, the mean's interval."""
    digits = digits_in(material, board)
    exact = digits is None
    unit, metric = material.unit_of(board.metric), material.title_of(board.metric)
    intervals = [mean_interval(values) for values in found.values]
    return [
        Column(
            "runs", _("Runs"), "num", found.counts, title=_("runs of the group that have a value"),
            full=_("n"),
        ),
        Column(
            "spread", _("std"), "num", [place.spread for place in board.places], "Metrics",
            show=False, unit=unit, digits=digits, exact=exact,
            title=_("standard deviation in the group"), full=_("std of {metric}", metric=metric),
        ),
        Column(
            "ci", _("95% CI"), "range", intervals, "Metrics", unit=unit, digits=digits, exact=exact,
            title=_("confidence interval of the mean (Student's t); needs two runs"),
            full=_("95% CI of the mean"),
        ),
    ]  # fmt: skip


def baseline_name(material: Material, board: Board, found: Standing) -> str:
    """What rows are compared with: the run of the baseline, or its group."""
    if found.own is not None:
        return board.places[found.own].name
    return material.runs[board.baseline or ""].name


def versus_columns(
    material: Material, board: Board, found: Standing, tested: bool | None = None
) -> list[Column]:
    """Differences to the baseline; with tests where rows are groups.

    ``tested`` asks for the columns of tests, whether there are any or not.
    """
    if not any(found.versus):
        return []
    digits = digits_in(material, board)
    exact = digits is None
    name = baseline_name(material, board, found)
    unit = difference_unit(material.unit_of(board.metric))
    deltas = [each.delta if each else None for each in found.versus]
    shares = [_percent(each.percent) if each else None for each in found.versus]
    columns = [
        Column(
            "delta", "Δ", "num", deltas, "Baseline", board.direction, unit=unit, digits=digits,
            exact=exact, signed=True, title=_("difference to the baseline {name}", name=name),
            full=_("Δ vs {name}", name=name),
        ),
        Column(
            "percent", "Δ %", "num", shares, "Baseline", board.direction,
            digits=_percent_digits(shares), signed=True,
            title=_("difference in percent of the baseline {name}", name=name),
            full=_("Δ vs {name}, relative (%)", name=name),
        ),
    ]  # fmt: skip
    if not (found.tested if tested is None else tested):
        return columns
    return [*columns, *_test_columns(found.versus, digits, unit)]


def difference_unit(unit: str) -> str:
    """The unit of a difference: that of two percentages is percentage points."""
    return _("pp") if unit == "%" else unit


#: A percentage below this is 0: nobody reads 3.7e-5 %.
_LEAST_PERCENT = 0.0005


def _percent(share: float | None) -> float | None:
    return 0.0 if share is not None and abs(share) < _LEAST_PERCENT else share


def _percent_digits(shares: Sequence[float | None]) -> int:
    """One decimal, or as many as the smallest difference needs to be seen."""
    least = min((abs(share) for share in shares if share), default=1.0)
    return 1 if least >= 0.05 else 2 if least >= 0.005 else 3


def _test_columns(found: Sequence[Versus | None], digits: int | None, unit: str) -> list[Column]:
    """P-values and intervals."""

    def short(p: float | None) -> float | None:
        return None if p is None else short_number(p, 3)

    exact = digits is None
    return [
        Column(
            "p", _("p (Holm)"), "num", [short(each.p_holm) if each else None for each in found],
            "Baseline", exact=True,
            title=_("Welch's t-test against the baseline, corrected for several tests by Holm"),
            full=_("p (Welch, corrected by Holm)"),
        ),
        Column(
            "boot", _("Δ 95% bootstrap"), "range",
            [each.bootstrap if each else None for each in found], "Baseline", unit=unit,
            digits=digits, exact=exact,
            title=_("bootstrap interval of the difference, 2,000 resamples"),
        ),
        Column(
            "welch", _("Δ 95% Welch"), "range",
            [each.interval if each else None for each in found], "Baseline", show=False, unit=unit,
            digits=digits, exact=exact, title=_("Welch's interval of the difference"),
        ),
        Column(
            "praw", _("p"), "num", [short(each.p) if each else None for each in found],
            "Baseline", show=False, exact=True, title=_("Welch's t-test without correction"),
            full=_("p (Welch, uncorrected)"),
        ),
    ]  # fmt: skip


def versus_words(material: Material, board: Board, found: Standing) -> tuple[str, str]:
    """What the tests say and what is odd about the baseline, and how the tests were made.

    '' where there is nothing to say.
    """
    text, method = _tests(material, board, found)
    return " ".join(filter(None, (text, board.note))), method


def _tests(material: Material, board: Board, found: Standing) -> tuple[str, str]:
    if not board.baseline or (found.base and not any(found.versus)):
        return "", ""
    name = baseline_name(material, board, found)
    if not found.base:
        metric = material.title_of(board.metric)
        return _(
            "Nothing is compared with the baseline {name}: it has no {metric}.",
            name=name,
            metric=metric,
        ), ""
    tested = [at for at, each in enumerate(found.versus) if each and each.p is not None]
    if not board.grouped:
        return _(
            "Compared with {name}. One run each says nothing about chance: group runs over their "
            "seeds (group_by) for tests.",
            name=name,
        ), ""
    if not tested:
        return _(
            "Compared with {name}. No test: it takes two runs with different values on both sides.",
            name=name,
        ), ""
    sure = [at for at in tested if (each := found.versus[at]) and each.significant]
    names = [board.places[at].name for at in sure[:_MOST_NAMED]]
    if len(sure) > _MOST_NAMED:
        names.append(_("{n} more", n=len(sure) - _MOST_NAMED))
    text = _(
        "{n} of {all} groups differ from {name} at p < {alpha}",
        n=len(sure) or _("None"), all=len(tested), name=name, alpha=ALPHA,
    )  # fmt: skip
    text += f" ({'; '.join(names)})." if sure else "."
    method = _(
        "Welch's t-test of the means, two-sided, for unequal variances; the p-values of {n} tests "
        "are corrected by Holm's method. Beside it a bootstrap interval of the difference "
        "(percentile, 2,000 resamples, fixed seed), which is too narrow for fewer than about ten "
        "runs. Both take the runs of a group as independent.",
        n=len(tested),
    )
    alone = sum(1 for at, n in enumerate(found.counts) if n == 1 and at != found.own)
    left = " " + _("{n} of the groups have one run and no test.", n=alone) if alone else ""
    return text, f"{method}{left}"


def uneven(board: Board, found: Standing) -> str:
    """A warning where the means rest on different numbers of runs; '' where they do not."""
    counts = [count for count in found.counts if count]
    if not board.grouped or not counts or min(counts) == max(counts):
        return ""
    return _(
        "The groups have {low} to {high} runs: their means are not equally sure. "
        "Look at the intervals, or give all groups the same seeds.",
        low=min(counts), high=max(counts),
    )  # fmt: skip
