"""Columns that compare: a mean with its spread and interval, and everything against a baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runfolio.query.stats import mean_interval
from runfolio.query.versus import ALPHA, Versus, against
from runfolio.site.material import Board, Material
from runfolio.site.numbers import decimals_for, short_number
from runfolio.site.table import Column
from runfolio.site.words import _

#: Groups that a sentence names one by one.
_MOST_NAMED = 3


@dataclass(frozen=True)
class Standing:
    """The rows of a leaderboard as samples.

    ``values`` are those of each row's runs, ``versus`` compares each row with the row ``own`` that
    holds the baseline (None: there is none, or nothing of it is known).
    """

    values: tuple[tuple[float, ...], ...]
    versus: tuple[Versus | None, ...]
    own: int | None

    @property
    def counts(self) -> tuple[int, ...]:
        """How many runs with a value each row has."""
        return tuple(len(each) for each in self.values)


def standing(material: Material, board: Board) -> Standing:
    """What the rows of a leaderboard have, and how they stand against its baseline."""
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
    found = against(base, values, own) if base else [None] * len(values)
    return Standing(values, tuple(found), own)


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
    intervals = [mean_interval(values) for values in found.values]
    return [
        Column(
            "runs", _("Runs"), "num", found.counts, title=_("runs of the group that have a value")
        ),
        Column(
            "spread", _("std"), "num", [place.spread for place in board.places], "Metrics",
            show=False, digits=digits, exact=exact, title=_("standard deviation in the group"),
        ),
        Column(
            "ci", _("95% CI"), "range", intervals, "Metrics", digits=digits, exact=exact,
            title=_("confidence interval of the mean (Student's t); needs two runs"),
        ),
    ]  # fmt: skip


def versus_columns(material: Material, board: Board, found: Standing) -> list[Column]:
    """Differences to the baseline; with tests where rows are groups."""
    if not any(found.versus):
        return []
    digits = digits_in(material, board)
    exact = digits is None
    name = material.runs[board.baseline or ""].name
    deltas = [each.delta if each else None for each in found.versus]
    shares = [each.percent if each else None for each in found.versus]
    columns = [
        Column(
            "delta", "Δ", "num", deltas, "Baseline", board.direction, digits=digits, exact=exact,
            signed=True, title=_("difference to the baseline {name}", name=name),
        ),
        Column(
            "percent", "Δ %", "num", shares, "Baseline", board.direction, digits=1,
            signed=True, title=_("difference in percent of the baseline {name}", name=name),
        ),
    ]  # fmt: skip
    if not any(each and each.p is not None for each in found.versus):
        return columns
    return [*columns, *_test_columns(found.versus, digits)]


def _test_columns(found: Sequence[Versus | None], digits: int | None) -> list[Column]:
    """P-values and intervals."""

    def short(p: float | None) -> float | None:
        return None if p is None else short_number(p, 2)

    exact = digits is None
    return [
        Column(
            "p", _("p (Holm)"), "num", [short(each.p_holm) if each else None for each in found],
            "Baseline", exact=True,
            title=_("Welch's t-test against the baseline, corrected for several tests by Holm"),
        ),
        Column(
            "boot", _("Δ 95% bootstrap"), "range",
            [each.bootstrap if each else None for each in found], "Baseline", digits=digits,
            exact=exact, title=_("bootstrap interval of the difference, 2,000 resamples"),
        ),
        Column(
            "welch", _("Δ 95% Welch"), "range",
            [each.interval if each else None for each in found], "Baseline", show=False,
            digits=digits, exact=exact, title=_("Welch's interval of the difference"),
        ),
        Column(
            "praw", _("p"), "num", [short(each.p) if each else None for each in found],
            "Baseline", show=False, exact=True, title=_("Welch's t-test without correction"),
        ),
    ]  # fmt: skip


def versus_words(material: Material, board: Board, found: Standing) -> tuple[str, str]:
    """What the tests say, and how they were made; '' where there is nothing to say."""
    if not any(found.versus):
        return "", ""
    name = material.runs[board.baseline or ""].name
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
    base = board.places[found.own].name if found.own is not None else name
    text = _(
        "{n} of {all} groups differ from {name} at p < {alpha}",
        n=len(sure) or _("None"), all=len(tested), name=base, alpha=ALPHA,
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
