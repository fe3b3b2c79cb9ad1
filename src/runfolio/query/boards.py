"""Which leaderboards a store has: those of the configuration, else one for each experiment.

``why`` says in words how the metric was chosen, and how to choose another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from runfolio.config import Config, LeaderboardConfig
from runfolio.config.options import slug_of
from runfolio.query.direction import Direction, infer, known
from runfolio.query.sentence import Sentence


class Asked(Protocol):
    """What leaderboards need of a store."""

    config: Config

    def rows(self, sql: str, given: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a SELECT."""


@dataclass(frozen=True)
class Board:
    """One leaderboard: which runs it ranks (``experiment``, ``filter``) and by what.

    ``stat`` is best, last, min, max or mean; ``direction`` is "max" or "min"; ``group_by`` names
    params (or columns of runs) that make a group; ``columns`` are shown beside the rank, () for
    those that vary; ``baseline`` is a run as people name it; ``default`` says nobody configured it;
    ``secondary`` is the metric to weigh against the first ("" for one that suits).
    """

    name: str
    title: str
    slug: str
    experiment: str | None
    metric: str
    direction: Direction
    why: str
    stat: str = "best"
    filter: str = ""
    group_by: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    baseline: str | None = None
    description: str = ""
    default: bool = False
    secondary: str = ""


def leaderboards(store: Asked) -> tuple[Board, ...]:
    """The leaderboards of the configuration in its order, else the default ones by experiment."""
    if store.config.leaderboards:
        return tuple(_configured(store.config, each) for each in store.config.leaderboards)
    return _defaults(store)


def direction_of(config: Config, metric: str) -> tuple[Direction, str]:
    """Direction of a metric, and why in words: configured for it, or told from its name."""
    configured = config.metrics.get(metric)
    if configured and configured.direction:
        up = configured.direction == "max"
        return configured.direction, (
            Sentence("larger is better, as configured for this metric")
            if up
            else Sentence("smaller is better, as configured for this metric")
        )
    return infer(metric)


def _configured(config: Config, board: LeaderboardConfig) -> Board:
    direction, why = direction_of(config, board.metric)
    if board.direction:
        direction = board.direction
        up = direction == "max"
        why = (
            Sentence("larger is better, as configured")
            if up
            else Sentence("smaller is better, as configured")
        )
    return Board(
        name=board.name,
        title=board.title,
        slug=board.slug,
        experiment=board.experiment,
        metric=board.metric,
        direction=direction,
        why=Sentence("Ranked by {metric} as configured: {why}.", metric=board.metric, why=why),
        stat=board.stat,
        filter=board.filter,
        group_by=board.group_by,
        columns=board.columns,
        baseline=board.baseline,
        description=board.description,
        secondary=board.secondary,
    )


# Default leaderboards


@dataclass(frozen=True)
class _Candidate:
    """A metric of an experiment: in how many runs it has a finite value, of how many runs."""

    key: str
    runs: int
    total: int

    @property
    def place(self) -> int:
        """0 for held-out data, 1 where the name does not say, 2 for training data."""
        found = {
            _PLACES[word] for word in re.findall(r"[a-z]+", self.key.lower()) if word in _PLACES
        }
        return min(found, default=1)

    @property
    def sort(self) -> int:
        """0 for a quality where more is better, 1 for one where less is, 2 unknown, 3 a cost."""
        if _COSTS.search(self.key):
            return 3
        if not known(self.key):
            return 2
        return 0 if infer(self.key)[0] == "max" else 1

    @property
    def final(self) -> bool:
        """Whether the name says that it is measured on test data."""
        return "test" in re.findall(r"[a-z]+", self.key.lower())


_PLACES = {
    **dict.fromkeys(
        ("test", "val", "valid", "validation", "eval", "evaluation", "dev", "holdout"), 0
    ),
    **dict.fromkeys(("train", "training", "batch"), 2),
}
_COSTS = re.compile(
    r"(?i)(^|[^a-z])(time|seconds?|secs?|ms|minutes?|hours?|duration|elapsed|runtime|latency|bytes|"
    r"memory|mem|rss|vram|throughput|fps|per|lr|learning_rate|epochs?|steps?|iterations?|grad|norm|"
    r"size|flops|energy|joules|watts|speed|count|samples|tokens|gpu|cpu)([^a-z]|$)"
)


def _defaults(store: Asked) -> tuple[Board, ...]:
    found: dict[str, list[_Candidate]] = {}
    for experiment, key, runs, total in store.rows(_CANDIDATES):
        found.setdefault(experiment, []).append(_Candidate(key, runs, total))
    slugs: set[str] = set()
    return tuple(
        _default(store.config, experiment, candidates, slugs)
        for experiment, candidates in found.items()
    )


_CANDIDATES = """
SELECT r.experiment, s.key, count(s.last) AS runs, any_value(t.total) AS total
FROM runs r
JOIN summary s ON s.run_id = r.run_id
JOIN (SELECT experiment, count(*) AS total FROM runs GROUP BY experiment) t
    ON t.experiment = r.experiment
GROUP BY r.experiment, s.key
ORDER BY r.experiment, s.key
"""


def _default(
    config: Config, experiment: str, candidates: Iterable[_Candidate], slugs: set[str]
) -> Board:
    best = _chosen(list(candidates))
    direction, why = direction_of(config, best.key)
    slug = _free(slug_of(experiment) or "experiment", slugs)
    return Board(
        name=experiment,
        title=experiment,
        slug=slug,
        experiment=experiment,
        metric=best.key,
        direction=direction,
        why=Sentence(
            "Ranked by {metric}: {reasons}; {why}. To rank by something else, add a "
            "[[leaderboard]] with name, experiment and metric to runfolio.toml.",
            metric=best.key,
            reasons=_reasons(best),
            why=why,
        ),
        default=True,
    )


def _chosen(candidates: list[_Candidate]) -> _Candidate:
    """Not a cost, in most runs, on held-out data, a quality where more is better; then by name."""
    most = max(each.runs for each in candidates)
    return min(
        candidates,
        key=lambda each: (
            each.sort == 3,
            each.runs * 2 < most,
            each.place,
            each.sort,
            not each.final,
            -each.runs,
            each.key,
        ),
    )


def _reasons(best: _Candidate) -> str:
    n, total = f"{best.runs:,}", f"{best.total:,}"
    share = Sentence("{n} of {all} runs have it", n=n, all=total)
    if best.runs == best.total:
        alone = best.total == 1
        share = Sentence("the only run has it") if alone else Sentence("all {n} runs have it", n=n)
    if best.place:
        return share
    if best.final:
        return Sentence("it is measured on test data and {share}", share=share)
    return Sentence("it is measured on held-out data and {share}", share=share)


def _free(slug: str, taken: set[str]) -> str:
    """The slug, with a number behind it where another leaderboard has it already."""
    found, number = slug, 1
    while found in taken:
        number += 1
        found = f"{slug}-{number}"
    taken.add(found)
    return found
