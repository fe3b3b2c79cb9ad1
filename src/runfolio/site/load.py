"""From an open store to material: a few queries for all runs, and batches of details.

Nothing here depends on how many runs there are but by the size of the answers: no query is asked
once per run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, TypeVar

from runfolio.config import Config
from runfolio.environment.secrets import without_credentials
from runfolio.query.boards import direction_of
from runfolio.query.curves import Curve, Means
from runfolio.query.direction import known
from runfolio.query.filter import RUN_KEYS
from runfolio.query.progression import progression
from runfolio.query.ranking import Ranking
from runfolio.query.reproduce import check
from runfolio.query.rows import OutputTail, Param, Run, Summary
from runfolio.query.store import Store
from runfolio.query.things import things_of
from runfolio.site.downloads import SiteFile, run_files, run_tables
from runfolio.site.full import Full, full_series
from runfolio.site.kept import Kept
from runfolio.site.labels import Value, group_labels, value_of
from runfolio.site.material import Board, Material, Place, RunDetails
from runfolio.site.pages import Check
from runfolio.site.words import _, told

#: Points of a curve in a run's data file, of a machine metric, and of a trend in a table.
CURVE_POINTS = 1000
SYSTEM_POINTS = 300
TREND_POINTS = 48
#: Lines of output that are loaded for all runs at once, and those that a run's files hold.
OUTPUT_LINES = 300
MOST_OUTPUT = 20_000
#: Points that are in memory at once: thinned ones of curves, and all that were logged.
BATCH_THINNED = 400_000
BATCH_POINTS = 5_000_000

_OfRun = TypeVar("_OfRun", Curve, Means)
_STATES = {True: "yes", False: "no", None: "unknown"}


def load_material(store: Store, config: Config) -> Material:
    """The whole store in short."""
    runs = {run.run_id: run for run in reversed(store.runs_table())}
    summary = {
        run_id: {each.key: each for each in found}
        for run_id, found in store.summary_by_run().items()
    }
    params = {
        run_id: {each.key: each for each in found}
        for run_id, found in store.params_by_run().items()
    }
    boards = tuple(_board(ranking, runs, params) for ranking in store.leaderboards())
    material = Material(
        runs=runs,
        params=params,
        summary=summary,
        boards=boards,
        directions=_directions(config, boards, summary),
        metrics=config.metrics,
        trends=_trends(store, boards),
        diverged={run_id: tuple(keys) for run_id, keys in store.diverged().items()},
        states=store.states(),
        as_of=store.newest_time(),
        digest=store.digest,
        problems=tuple(f"{each.path}: {each.message} {each.cost}" for each in store.problems),
        things=things_of(store),
        edges=store.edges(),
        origins=store.origins,
    )
    return replace(material, boards=tuple(_recorded(store, material, each) for each in boards))


class DetailLoader:
    """Loads what only the pages of runs show, for a batch of runs at a time."""

    def __init__(
        self,
        store: Store,
        material: Material,
        kept: Kept | None = None,
        series: Callable[..., Full] = full_series,
    ) -> None:
        self._store = store
        self._material = material
        self._kept = kept or Kept()
        self._series = series
        self._full_points = store.config.site.full_points
        self._only: Sequence[str] | None = None

    def batches(self, run_ids: Sequence[str]) -> Iterator[dict[str, RunDetails]]:
        """The details of the runs, some at a time."""
        if len(run_ids) * 4 < len(self._material.runs):
            self._only = run_ids
        batch: list[str] = []
        thinned = points = 0
        for run_id in run_ids:
            found = self._material.summary.get(run_id, {}).values()
            batch.append(run_id)
            thinned += sum(min(each.points, CURVE_POINTS) for each in found)
            if run_id in self._output:
                thinned += min(self._output[run_id].total, MOST_OUTPUT)
            points += self._material.runs[run_id].points
            if thinned > BATCH_THINNED or points > BATCH_POINTS:
                yield self._load(batch)
                batch, thinned, points = [], 0, 0
        if batch:
            yield self._load(batch)

    def downloads(self, run_ids: Sequence[str]) -> dict[str, list[SiteFile]]:
        """The files that people can take, by run."""
        if not self._kept.downloads:
            return {run_id: [] for run_id in run_ids}
        tables = run_tables(self._store, run_ids)
        material = self._material
        return {
            run_id: run_files(
                material.runs[run_id], material.params.get(run_id, {}), tables.get(run_id)
            )
            for run_id in run_ids
        }

    def _load(self, run_ids: Sequence[str]) -> dict[str, RunDetails]:
        every = self._store.curves(run_ids, CURVE_POINTS)
        curves = _by_run(every)
        thinned = sorted({curve.run_id for curve in every if not curve.full})
        means = _by_run(self._store.curve_means(thinned, CURVE_POINTS) if thinned else [])
        system = _by_run(self._store.system_curves(run_ids, SYSTEM_POINTS))
        traces = self._store.tracebacks(run_ids)
        output = self._whole_output(run_ids)
        found = {}
        for run_id in run_ids:
            notes = self._notes.get(run_id, ())
            environment = self._environment.get(run_id, {})
            datasets = self._datasets.get(run_id, ())
            repeat = check(run_id, environment, datasets)
            found[run_id] = RunDetails(
                curves=tuple(curves.get(run_id, ())),
                means=tuple(means.get(run_id, ())),
                full=self._full(run_id, curves.get(run_id, ())),
                system=tuple(system.get(run_id, ())),
                histograms=self._histograms.get(run_id, ()),
                matrices=self._matrices.get(run_id, ()),
                notes=[(note.key, note.text) for note in notes],
                environment=environment,
                artifacts=self._artifacts.get(run_id, ()),
                datasets=datasets,
                models=self._models.get(run_id, ()),
                changes=self._changes.get(run_id, ()),
                output=output.get(run_id, OutputTail(0, ())),
                traceback=traces.get(run_id, ""),
                checks=tuple(
                    Check(_(item.name), _STATES[item.ok], told(item.detail), told(item.how))
                    for item in repeat.items
                ),
                commands=without_credentials(repeat.commands),
            )
        return found

    def _full(self, run_id: str, curves: Sequence[Curve]) -> Full:
        """Every point of the long series, as far as the site is to hold them."""
        if run_id not in self._kept.curves:
            return Full()
        board = self._material.board_of.get(run_id)
        return self._series(self._store, curves, self._full_points, board.metric if board else "")

    @cached_property
    def _notes(self) -> Mapping[str, Sequence[Any]]:
        return self._store.notes_by_run(self._only)

    @cached_property
    def _histograms(self) -> Mapping[str, Sequence[Any]]:
        return self._store.histograms_by_run(self._only)

    @cached_property
    def _matrices(self) -> Mapping[str, Sequence[Any]]:
        return self._store.matrices_by_run(self._only)

    @cached_property
    def _environment(self) -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
        return self._store.environment_by_run(self._only)

    @cached_property
    def _artifacts(self) -> Mapping[str, Sequence[Any]]:
        return self._store.artifacts_by_run(self._only)

    @cached_property
    def _datasets(self) -> Mapping[str, Sequence[Any]]:
        return self._store.datasets_by_run(self._only)

    @cached_property
    def _models(self) -> Mapping[str, Sequence[Any]]:
        return self._store.models_by_run(self._only)

    @cached_property
    def _changes(self) -> Mapping[str, Sequence[Any]]:
        return self._store.changes_by_run()

    @cached_property
    def _output(self) -> Mapping[str, OutputTail]:
        return self._store.output_tail(OUTPUT_LINES, self._only)

    def _whole_output(self, run_ids: Sequence[str]) -> dict[str, OutputTail]:
        """The output of some runs; that of the talkative ones is loaded only now."""
        found = {run_id: self._output[run_id] for run_id in run_ids if run_id in self._output}
        more = [run_id for run_id, tail in found.items() if tail.total > len(tail.lines)]
        return {**found, **(self._store.output_tail(MOST_OUTPUT, more) if more else {})}


def _board(
    ranking: Ranking, runs: Mapping[str, Run], params: Mapping[str, Mapping[str, Param]]
) -> Board:
    board = ranking.board
    return Board(
        slug=board.slug,
        name=board.name,
        title=board.title,
        experiment=board.experiment,
        metric=board.metric,
        direction=1 if board.direction == "max" else -1,
        stat=board.stat,
        params=tuple(each.key for each in ranking.columns if each.source == "param"),
        metrics=tuple(each.key for each in ranking.columns if each.source == "metric"),
        chosen=bool(board.columns),
        group_by=board.group_by,
        baseline=ranking.baseline,
        description=board.description,
        why=told(board.why),
        note=told(ranking.note),
        places=tuple(
            Place(each.run_id, name, each.value, each.std, each.members, each.name)
            for each, name in zip(ranking.entries, _names(ranking, runs, params), strict=True)
        ),
        sql=ranking.sql,
        constant=ranking.constant,
        secondary=board.secondary,
    )


def _names(
    ranking: Ranking, runs: Mapping[str, Run], params: Mapping[str, Mapping[str, Param]]
) -> list[str]:
    """What the rows are called: a run by its name, a group by what its runs share, in short."""
    keys = ranking.board.group_by
    if not keys:
        return [each.name for each in ranking.entries]

    def value(run_id: str, key: str) -> Value:
        if key not in RUN_KEYS:
            return value_of(params.get(run_id, {}).get(key))
        found = getattr(runs[run_id], RUN_KEYS[key])
        return ("–" if found is None else str(found), False)

    rows = [[value(each.run_id, key) for key in keys] for each in ranking.entries]
    return group_labels(keys, rows)


def _recorded(store: Store, material: Material, board: Board) -> Board:
    """The leaderboard with the runs that moved its best."""
    values = {run_id: material.value_of(board, run_id) for run_id in board.run_ids}
    known = {run_id: value for run_id, value in values.items() if value is not None}
    found = progression(store, material.runs, material.params, known, board.direction)
    return replace(board, records=found)


def _directions(
    config: Config, boards: Sequence[Board], summary: Mapping[str, Mapping[str, Summary]]
) -> dict[str, int]:
    """For each metric 1 where larger is better, -1 where smaller is, 0 where nobody knows."""
    found: dict[str, int] = {}
    for metric in sorted({key for by_key in summary.values() for key in by_key}):
        asked = config.metrics.get(metric)
        if (asked and asked.direction) or known(metric):
            found[metric] = 1 if direction_of(config, metric)[0] == "max" else -1
        else:
            found[metric] = 0
    for board in reversed(boards):
        if board.secondary in found:
            way, _ = direction_of(config, board.secondary)
            found[board.secondary] = 1 if way == "max" else -1
    for board in reversed(boards):
        found[board.metric] = board.direction
    return found


def _trends(store: Store, boards: Sequence[Board]) -> dict[tuple[str, str], Sequence[float]]:
    """The course of the ranked metric of every ranked run."""
    wanted = {(place.run_id, board.metric) for board in boards for place in board.places}
    ids = sorted({run_id for run_id, _ in wanted})
    metrics = sorted({metric for _, metric in wanted})
    return {
        (curve.run_id, curve.key): curve.values
        for curve in store.curves(ids, TREND_POINTS, metrics)
        if (curve.run_id, curve.key) in wanted
    }


def _by_run(curves: Sequence[_OfRun]) -> dict[str, list[_OfRun]]:
    found: dict[str, list[_OfRun]] = {}
    for curve in curves:
        found.setdefault(curve.run_id, []).append(curve)
    return found
