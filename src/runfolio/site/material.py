"""What a build knows about a store: plain values, loaded in a few queries for all runs at once.

``Material`` is small (a row a run, its params and summaries) and stays for the whole build.
``RunDetails`` is what only the run's own page needs; it is loaded for a batch of runs and let go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, TypeVar

from runfolio.config import MetricConfig
from runfolio.query.curves import Curve, Means
from runfolio.query.lineage import Edge
from runfolio.query.models import ModelVersion
from runfolio.query.origins import Origin
from runfolio.query.progression import Record
from runfolio.query.rows import (
    Artifact,
    Change,
    Dataset,
    Histogram,
    Matrix,
    Model,
    OutputTail,
    Param,
    Run,
    Summary,
)
from runfolio.query.things import Things
from runfolio.site.full import Full
from runfolio.site.names import color_of, run_path
from runfolio.site.numbers import DIGITS, decimals_for, format_number, format_time, short_number
from runfolio.site.pages import Check, RunRef

_Thing = TypeVar("_Thing", Edge, ModelVersion)


@dataclass(frozen=True)
class Place:
    """One row of a leaderboard: a run, or a group of runs under its best one.

    ``value`` of a group is the mean of its ``members`` that have one, ``spread`` their standard
    deviation. ``name`` is what pages call it, ``exact`` what SQL does: the name of a group has
    every digit there.
    """

    run_id: str
    name: str
    value: float | None
    spread: float | None = None
    members: tuple[str, ...] = ()
    exact: str = ""


@dataclass(frozen=True)
class Board:
    """A leaderboard with its rows in rank order, those without a value last.

    ``direction`` is 1 where larger is better and -1 where smaller is; ``why`` says in a sentence
    how metric and direction were chosen; ``sql`` gives the same rows; ``secondary`` is the metric
    to weigh against the first, if one was asked for; ``records`` are the runs that moved the best;
    ``note`` tells what is odd about the baseline.
    """

    slug: str
    name: str
    title: str
    experiment: str | None
    metric: str
    direction: int
    stat: str
    params: tuple[str, ...]
    metrics: tuple[str, ...]
    chosen: bool
    group_by: tuple[str, ...]
    baseline: str | None
    description: str
    why: str
    places: tuple[Place, ...]
    sql: str = ""
    constant: tuple[tuple[str, str], ...] = ()
    secondary: str = ""
    records: tuple[Record, ...] = ()
    note: str = ""

    @property
    def grouped(self) -> bool:
        """Whether its rows are groups of runs."""
        return bool(self.group_by)

    @cached_property
    def run_ids(self) -> tuple[str, ...]:
        """All runs that are ranked, the members of groups too."""
        return tuple(run_id for place in self.places for run_id in place.members)

    @cached_property
    def ranked(self) -> tuple[Place, ...]:
        """The rows that have a value."""
        return tuple(place for place in self.places if place.value is not None)

    @cached_property
    def tied(self) -> tuple[Place, ...]:
        """The leading rows: one, or all that have its value."""
        best = comparable(self.ranked[0].value) if self.ranked else None
        return tuple(place for place in self.ranked if comparable(place.value) == best)

    @cached_property
    def ranks(self) -> Mapping[str, int]:
        """Rank of each run, from 1; equal values share a rank, and so do members of a group.

        As in tables, values are equal where their first eight digits are: the means of two groups
        may differ in their last bit.
        """
        found: dict[str, int] = {}
        rank, before = 0, None
        for at, place in enumerate(self.ranked, 1):
            value = comparable(place.value)
            rank = rank if value == before else at
            before = value
            found.update(dict.fromkeys(place.members, rank))
        return found

    @cached_property
    def values(self) -> Mapping[str, float | None]:
        """The ranking value by run; a group's is its mean."""
        return {run_id: place.value for place in self.places for run_id in place.members}

    @property
    def best(self) -> Place | None:
        """The leading row."""
        return self.ranked[0] if self.ranked else None

    @property
    def path(self) -> str:
        """The page of the leaderboard."""
        return f"leaderboards/{self.slug}.html"


@dataclass(frozen=True)
class Material:
    """The whole store in short. ``runs`` are in order of their start, the oldest first.

    ``directions`` says for each metric whether larger (1) or smaller (-1) is better; ``trends``
    holds the thinned curve of a board's metric by (run, metric); ``states`` names all facts of a
    run by a digest; ``diverged`` lists metrics that ended in NaN or infinity by run; ``edges`` are
    the lineage of the store; ``origins`` tell of the sources that runs come from.
    """

    runs: Mapping[str, Run]
    params: Mapping[str, Mapping[str, Param]]
    summary: Mapping[str, Mapping[str, Summary]]
    boards: tuple[Board, ...]
    directions: Mapping[str, int]
    metrics: Mapping[str, MetricConfig]
    trends: Mapping[tuple[str, str], Sequence[float]]
    diverged: Mapping[str, tuple[str, ...]]
    states: Mapping[str, str]
    as_of: datetime | None
    digest: str
    problems: tuple[str, ...] = ()
    things: Things = field(default_factory=Things)
    edges: Sequence[Edge] = ()
    origins: Mapping[str, Origin] = field(default_factory=dict)

    @cached_property
    def refs(self) -> Mapping[str, RunRef]:
        """The runs as tables and links name them."""
        return {run_id: _ref(run) for run_id, run in self.runs.items()}

    @cached_property
    def experiments(self) -> tuple[str, ...]:
        """The experiments by name."""
        return tuple(sorted(self.by_experiment))

    @cached_property
    def tag_names(self) -> tuple[str, ...]:
        """All tags, without their values."""
        return tuple(self.by_tag)

    @cached_property
    def board_of(self) -> Mapping[str, Board]:
        """The leaderboard that a run's page speaks of: the first one that ranks the run."""
        found: dict[str, Board] = {}
        for board in self.boards:
            for run_id in board.run_ids:
                found.setdefault(run_id, board)
        return found

    @cached_property
    def by_experiment(self) -> Mapping[str, tuple[str, ...]]:
        """Runs by experiment."""
        return _by(self.runs.values(), lambda run: run.experiment)

    @cached_property
    def by_tag(self) -> Mapping[str, tuple[str, ...]]:
        """Runs by tag, without its value."""
        found: dict[str, list[str]] = {}
        for run in self.runs.values():
            for name in dict.fromkeys(map(tag_name, run.tags)):
                found.setdefault(name, []).append(run.run_id)
        return {name: tuple(found[name]) for name in sorted(found)}

    @cached_property
    def order(self) -> Mapping[str, tuple[int, Sequence[str]]]:
        """Where each run stands in a list, and that list: its leaderboard's, or all by start."""
        everything = tuple(self.runs)
        found = {run_id: (at, everything) for at, run_id in enumerate(everything)}
        for board in reversed(self.boards):
            found.update({run_id: (at, board.run_ids) for at, run_id in enumerate(board.run_ids)})
        return found

    @cached_property
    def children(self) -> Mapping[str, tuple[str, ...]]:
        """Runs by their parent."""
        return _by(self.runs.values(), lambda run: run.parent)

    @cached_property
    def groups(self) -> Mapping[tuple[str, str], tuple[str, ...]]:
        """Runs by experiment and group."""
        return _by(self.runs.values(), lambda run: run.group and (run.experiment, run.group))

    @cached_property
    def metric_names(self) -> tuple[str, ...]:
        """All metrics that a run has."""
        return tuple(sorted({key for found in self.summary.values() for key in found}))

    @cached_property
    def by_metric(self) -> Mapping[str, tuple[str, ...]]:
        """Runs by metric."""
        found: dict[str, list[str]] = {}
        for run_id in self.runs:
            for key in self.summary.get(run_id, ()):
                found.setdefault(key, []).append(run_id)
        return {key: tuple(found[key]) for key in sorted(found)}

    @cached_property
    def sweeps(self) -> Mapping[str, tuple[str, ...]]:
        """Runs by sweep: the children of a run (its id), or a tag's value (``sweep=value``)."""
        found = {parent: ids for parent, ids in self.children.items() if len(ids) > 1}
        for run_id in self.by_tag.get("sweep", ()):
            for tag in self.runs[run_id].tags:
                if tag_name(tag) == "sweep" and tag != "sweep":
                    found[tag] = (*found.get(tag, ()), run_id)
        return {key: found[key] for key in sorted(found)}

    @cached_property
    def families(self) -> Mapping[tuple[str, str], tuple[int, Sequence[str]]]:
        """Where a run stands in its group, and the group: by ('group' or 'parent', run id).

        The best come first, those without a value last, in the order of their start.
        """
        named = [
            *(("group", ids) for ids in self.groups.values()),
            *(("parent", ids) for ids in self.children.values()),
        ]
        found: dict[tuple[str, str], tuple[int, Sequence[str]]] = {}
        for kind, ids in named:
            board = self.board_of.get(ids[0])
            places = {run_id: self._standing(board, run_id) for run_id in ids}
            ordered = tuple(sorted(ids, key=places.__getitem__))
            found.update({(kind, run_id): (at, ordered) for at, run_id in enumerate(ordered)})
        return found

    def _standing(self, board: Board | None, run_id: str) -> tuple[bool, float]:
        value = self.value_of(board, run_id) if board else None
        return value is None, 0.0 if value is None or board is None else -board.direction * value

    @cached_property
    def inputs(self) -> Mapping[str, Sequence[Edge]]:
        """What each run took."""
        return _by_end(self.edges, lambda edge: edge.direction == "input" and edge.run_id)

    @cached_property
    def outputs(self) -> Mapping[str, Sequence[Edge]]:
        """What each run made, but for artifacts that nobody took."""
        return _by_end(self.edges, lambda edge: edge.direction == "output" and edge.run_id)

    @cached_property
    def taken(self) -> Mapping[str, Sequence[Edge]]:
        """What other runs took from each run."""
        return _by_end(self.edges, lambda edge: edge.direction == "input" and edge.origin)

    @cached_property
    def registered(self) -> Mapping[str, Sequence[ModelVersion]]:
        """The model versions that each run registered."""
        return _by_end(self.things.models, lambda version: version.run_id)

    @cached_property
    def _decimals(self) -> Mapping[str, int | None]:
        values: dict[str, list[float | None]] = {}
        for found in self.summary.values():
            for key, each in found.items():
                values.setdefault(key, []).extend((each.last, each.min, each.max))
        decimals = {key: decimals_for(some) for key, some in values.items()}
        for key in {board.metric for board in self.boards if board.stat == "mean"}:
            if decimals.get(key) == 0:  # whole numbers have means that are not
                means = [found[key].mean for found in self.summary.values() if key in found]
                decimals[key] = decimals_for([*values[key], *means])
        told = {key: known.digits for key, known in self.metrics.items()}
        return decimals | {key: digits for key, digits in told.items() if digits is not None}

    def value_of(self, board: Board, run_id: str) -> float | None:
        """A run's own value on a leaderboard, also where the row is a group's mean."""
        found = self.summary.get(run_id, {}).get(board.metric)
        way = "max" if board.direction > 0 else "min"
        return found.stat(board.stat, way)[0] if found else None

    def stat_of(self, metric: str, ids: Iterable[str]) -> str:
        """Which value of a metric counts for some runs: the one that their leaderboard ranks.

        Of a metric that none ranks it is the best one, or the last where none is better.
        """
        boards = [board for board in self.boards if board.metric == metric]
        for run_id in ids if boards else ():
            for board in boards:
                if run_id in board.values:
                    return board.stat
        return "best" if self.directions.get(metric) else "last"

    def result(self, metric: str, run_id: str, stat: str) -> tuple[float | None, int | None]:
        """A run's value of a metric by one of ``stat_of``, and its step."""
        found = self.summary.get(run_id, {}).get(metric)
        if found is None:
            return None, None
        direction = self.directions.get(metric, 0)
        return better(found, direction) if stat == "best" else found.stat(stat)

    def title_of(self, metric: str) -> str:
        """How a metric is called on pages."""
        known = self.metrics.get(metric)
        return (known.title if known else "") or metric

    def unit_of(self, metric: str) -> str:
        """The unit of a metric, or ''."""
        known = self.metrics.get(metric)
        return known.unit if known else ""

    def digits_of(self, metric: str) -> int | None:
        """Decimals of a metric, the same on every page; None lets each number have its own."""
        return self._decimals.get(metric)

    def digits_of_mean(self, metric: str) -> int | None:
        """The same for means: those of whole numbers have parts, and each has its own decimals."""
        known = self.metrics.get(metric)
        told = known is not None and known.digits is not None
        return self.digits_of(metric) or (0 if told else None)

    def shown(self, metric: str, value: float | None) -> str:
        """One value of a metric as text, with its unit."""
        text = format_number(value, self.digits_of(metric))
        unit = self.unit_of(metric)
        return f"{text} {unit}" if text and unit else text


@dataclass(frozen=True)
class RunDetails:
    """What only the page of one run shows."""

    curves: tuple[Curve, ...] = ()
    means: tuple[Means, ...] = ()
    full: Full = field(default_factory=Full)
    system: tuple[Curve, ...] = ()
    histograms: Sequence[Histogram] = ()
    matrices: Sequence[Matrix] = ()
    notes: Sequence[tuple[str, str]] = ()
    environment: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    artifacts: Sequence[Artifact] = ()
    datasets: Sequence[Dataset] = ()
    models: Sequence[Model] = ()
    changes: Sequence[Change] = ()
    output: OutputTail = field(default_factory=lambda: OutputTail(0, ()))
    traceback: str = ""
    checks: tuple[Check, ...] = ()
    commands: str = ""


def tag_name(tag: str) -> str:
    """The name of a tag that is shown as 'name' or 'name=value'."""
    return tag.partition("=")[0]


def seconds_of(moment: datetime) -> float:
    """A moment of the store (UTC without a zone) in seconds since 1970."""
    return moment.replace(tzinfo=UTC).timestamp()


def shown_time(moment: datetime | None) -> str:
    """A moment of the store as text: ``2026-11-15 14:00``."""
    return "" if moment is None else format_time(seconds_of(moment))


def comparable(value: float | None) -> float | None:
    """A value as tables compare it: what differs only behind the eighth digit is equal."""
    return None if value is None else short_number(value, DIGITS)


def better(summary: Summary, direction: int) -> tuple[float | None, int | None]:
    """The best value of a metric and its step; the last one where there is no better."""
    if not direction:
        return summary.last, summary.last_step
    return summary.best("max" if direction > 0 else "min")


def _ref(run: Run) -> RunRef:
    return RunRef(
        run.run_id,
        run.name,
        run_path(run.run_id),
        run.status,
        run.experiment,
        color_of(run.run_id),
        run.origin,
    )


def _by_end(things: Iterable[_Thing], key: Callable[[_Thing], Any]) -> dict[str, list[_Thing]]:
    found: dict[str, list[_Thing]] = {}
    for thing in things:
        run_id = key(thing)
        if run_id:
            found.setdefault(run_id, []).append(thing)
    return found


def _by(runs: Iterable[Run], key: Callable[[Run], Any]) -> dict[Any, tuple[str, ...]]:
    found: dict[Any, list[str]] = {}
    for run in runs:
        word = key(run)
        if word:
            found.setdefault(word, []).append(run.run_id)
    return {word: tuple(ids) for word, ids in found.items()}
