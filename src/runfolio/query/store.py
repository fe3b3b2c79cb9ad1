"""``Store``: a folder of runs, ready for questions. The public face of ``runfolio.open(path)``."""

from __future__ import annotations

import difflib
import importlib
import os
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from runfolio.config import Config
from runfolio.errors import QueryError, UsageError
from runfolio.query import naming, statement
from runfolio.query.database import MADE, use_views
from runfolio.query.index import Indexed, look
from runfolio.query.origins import Beside, Origin, connected, joined_digest
from runfolio.query.segment import Opening
from runfolio.query.views import ON_DEMAND, VIEWS
from runfolio.store.folder import Folder


# What only some questions need is loaded when they are asked: opening a store is most of a command.
class _Later:
    """A module of this room that is loaded when something of it is used."""

    def __init__(self, name: str) -> None:
        self._name = f"runfolio.query.{name}"

    def __getattr__(self, name: str) -> Any:
        return getattr(importlib.import_module(self._name), name)


if TYPE_CHECKING:
    from runfolio.query import artifacts, rows, tables, wide
    from runfolio.query import curves as series
    from runfolio.query import lineage as chains
    from runfolio.query import models as registered
    from runfolio.query import points as closeup
    from runfolio.query.boards import Board
    from runfolio.query.diff import RunDiff, StoreDiff
    from runfolio.query.ranking import Known, Ranking
    from runfolio.query.reproduce import Reproduction
    from runfolio.store.plan import Problem, Snapshot
else:
    tables, wide, series = _Later("tables"), _Later("wide"), _Later("curves")

#: Ids of runs; None for all.
Only = Sequence[str] | None


class Store:
    """The runs of one folder as they were when it was opened.

    Questions in SQL (``sql``), the usual ones by name (``runs``, ``run``, ``metrics``), and tables
    of all runs at once for the site (``runs_table`` and following). Read-only. Not for several
    threads at once. Use it in a ``with`` block or ``close`` it to free the memory.
    """

    def __init__(
        self,
        snapshot: Snapshot | Indexed,
        config: Config | None = None,
        beside: Sequence[Beside] = (),
        opening: Opening | None = None,
    ) -> None:
        self.folder = snapshot.folder
        self.path = Path(snapshot.folder.path)
        self.digest: str = joined_digest(snapshot, beside)
        self.origins: Mapping[str, Origin] = {origin.name: origin for origin, _ in beside}
        self.problems: tuple[Problem, ...] = tuple(snapshot.problems)
        self.aside: tuple[str, ...] = snapshot.aside
        self.config = config or Config()
        self.as_of: datetime | None = None
        self._database = connected(snapshot, beside, opening)
        self._inner = self._database.cursor()
        use_views(self._inner)
        self._made: set[str] = set()
        self._wide: tuple[wide.WideColumn, ...] | None = None
        self._boards: tuple[Board, ...] | None = None
        self._known: Known | None = None

    @classmethod
    def open(
        cls,
        path: str | Path,
        config: Config | None = None,
        *,
        as_of: datetime | None = None,
        index: bool | None = None,
        origins: Sequence[Origin] = (),
    ) -> Store:
        """The store at ``path``; StoreNotFoundError or StoreVersionError when it cannot be read.

        ``as_of``: as it was at that moment (UTC where it has no zone). ``index``: whether what was
        computed is kept for the next time; None for what is configured. ``origins``: others' runs.
        """
        from runfolio.store.opening import opened

        wanted, opening = _indexed(config) if index is None else index, Opening()
        found = look(opened(path), index=wanted, as_of=as_of)
        beside: Sequence[Beside] = ()
        if origins:
            from runfolio.query.settling import settled

            beside = settled(found, origins, index=wanted, as_of=as_of)
        store = cls(found, config, beside, opening)
        store.as_of = as_of
        return store

    # Questions

    def sql(
        self, query: str, params: Sequence[Any] | Mapping[str, Any] | None = None
    ) -> duckdb.DuckDBPyRelation:
        """The answer to one SELECT over the public views, with values for its ``?`` or ``$name``.

        ``.df()``, ``.pl()``, ``.to_arrow_table()`` and ``.fetchall()`` give its rows. A mistake is
        a QueryError with the place and the nearest names. ``wide`` and ``leaderboard('name')`` are
        made when the statement names them.
        """
        text = statement.check(query, self._inner)
        self._prepare(text)
        try:
            if params:
                found = self._database.sql(text, params=_given(params))
            else:
                found = self._database.sql(text)
        except duckdb.Error as error:
            raise self.explain(error, text) from None
        if found is None:
            raise QueryError("The statement gives no rows.")
        return found

    def explain(self, error: duckdb.Error, query: str) -> QueryError:
        """A DuckDB error of ``query`` in words; also for those that come when rows are fetched."""
        found = statement.explain(error, query, self._names())
        name = statement.missing(error).lower()
        if name and "wide" not in statement.words(query):
            for column in self.wide_columns():
                if name in (column.key.lower(), column.name.lower()):
                    told = f'"{column.key}" is a {column.source.removesuffix("s")}'
                    shown = wide.quoted(column.name)
                    return QueryError(found.message, hint=f"{told}: SELECT {shown} FROM wide")
        return found

    def runs(self, filter: str = "") -> duckdb.DuckDBPyRelation:
        """The runs that match ``filter`` (the filter language), the newest first."""
        from runfolio.query.filter import parse

        condition, given = parse(filter).sql()
        return self.sql(
            f"SELECT * FROM runs WHERE {condition} ORDER BY started DESC, run_id DESC", given
        )

    def run_ids(self, filter: str = "") -> list[str]:
        """Ids of the runs that match ``filter``, the newest first."""
        return [row[0] for row in self.runs(filter).select("run_id").fetchall()]

    def metrics(self, run: str | None = None, key: str | None = None) -> duckdb.DuckDBPyRelation:
        """The points of one run (id, prefix or name) or all, of one metric or all, by step."""
        conditions, given = ["true"], []
        if run is not None:
            conditions.append("run_id = ?")
            given.append(self.resolve(run))
        if key is not None:
            conditions.append("key = ?")
            given.append(key)
        return self.sql(
            f"SELECT * FROM metrics WHERE {' AND '.join(conditions)} "
            "ORDER BY run_id, key, step NULLS FIRST, time, writer, seq",
            given,
        )

    def run(self, text: str) -> rows.RunView:
        """Everything about the run with this id, unique prefix of an id, or name."""
        run_id = self.resolve(text)
        return tables.whole(self._inner, run_id, self.contents_of)

    def contents_of(self, origin: str, own: Folder | None = None) -> Folder:
        """The folder that holds the files of the runs of an origin, if any does."""
        found = self.origins.get(origin)
        return Folder.planned(found.contents or found.folder) if found else own or self.folder

    def resolve(self, text: str, *, hidden: bool = False) -> str:
        """The id of the run with this id, unique prefix of an id, or name.

        ``hidden``: also one in the trash, or that was purged, where no other one fits.
        RunNotFoundError names the nearest runs, AmbiguousRunError the first five that fit.
        """
        more = naming.AWAY if self.config.sources and not self.origins else ""
        return naming.resolve(self._inner, text, self.path, hidden=hidden, more=more)

    def artifact_history(self, text: str) -> tuple[artifacts.StoredFile, ...]:
        """All files that a run kept, those too that were replaced under the same path and step."""
        from runfolio.query import artifacts

        return artifacts.history(self._inner, self.folder, self.resolve(text))

    def lineage(self, text: str, depth: int = 8) -> chains.Lineage:
        """Where a run (id, prefix or name) comes from and what came of it, run by run."""
        from runfolio.query import lineage as chains

        return chains.lineage(self._inner, self.resolve(text), depth)

    def edges(self) -> list[chains.Edge]:
        """What all runs took and made: the lineage of the store, edge by edge."""
        from runfolio.query import lineage as chains

        return chains.edges(self._inner)

    def models(self, name: str | None = None) -> list[registered.ModelVersion]:
        """The versions of a registered model, or of all, by name and version."""
        from runfolio.query import models as registered

        return registered.versions(self._inner, name)

    def model(self, name: str, version: int | str | None = None) -> registered.ModelVersion:
        """A version of a registered model by number or alias, the newest for None, with its files.

        ModelNotFoundError names the nearest. ``.save(folder)`` saves its files, checked.
        """
        from runfolio.query import models as registered

        return registered.find(self._inner, self.folder, name, version)

    def model_history(self, name: str) -> list[registered.ModelEvent]:
        """What was said about a registered model, in the order of time."""
        from runfolio.query import models as registered

        return registered.history(self._inner, name)

    def boards(self) -> tuple[Board, ...]:
        """The leaderboards: those of the configuration, else one for each experiment."""
        from runfolio.query.boards import leaderboards

        if self._boards is None:
            self._boards = leaderboards(self)
        return self._boards

    def leaderboard(self, name: str) -> Ranking:
        """The leaderboard of this name with its rows in rank order."""
        from runfolio.query.ranking import ranked

        for board in self.boards():
            if name in (board.name, board.slug):
                return ranked(self, board, *self._baseline(board))
        names = [board.name for board in self.boards()]
        near = difflib.get_close_matches(name, names, n=3, cutoff=0.3) or names[:5]
        raise UsageError(
            f"There is no leaderboard {name!r}.",
            hint=f"There are: {', '.join(near)}" if near else "No run has a metric yet.",
        )

    def leaderboards(self) -> tuple[Ranking, ...]:
        """All leaderboards with their rows."""
        from runfolio.query.ranking import ranked

        return tuple(ranked(self, board, *self._baseline(board)) for board in self.boards())

    # What differs

    def diff_runs(self, a: str, b: str, *, other: Store | None = None, stat: str = "") -> RunDiff:
        """What differs from run ``a`` to run ``b`` (of the store ``other``, if one is given).

        Runs by id, prefix or name. ``stat`` (best, last, min, max, mean) is compared of metrics;
        without it the best value, or the last one where the name does not tell what is better.
        """
        from runfolio.query.diff_runs import diff_runs

        return diff_runs(self, a, other or self, b, stat)

    def diff_stores(self, after: Store) -> StoreDiff:
        """What differs from this store to ``after``: runs that came, changed or went, and ranks."""
        from runfolio.query.diff_stores import diff_stores

        return diff_stores(self, after)

    # Everything that the site needs, of all runs at once; of some where ``run_ids`` names them

    def runs_table(self) -> list[rows.Run]:
        """All runs, the newest first."""
        return tables.runs(self._inner)

    def experiments_table(self) -> list[rows.Experiment]:
        """All experiments by name."""
        return tables.experiments(self._inner)

    def params_by_run(self) -> dict[str, list[rows.Param]]:
        """Run id to its params by key."""
        return tables.params(self._inner)

    def summary_by_run(self) -> dict[str, list[rows.Summary]]:
        """Run id to the summaries of its metrics by key."""
        return tables.summary(self._inner)

    def tags_by_run(self) -> dict[str, list[rows.Tag]]:
        """Run id to its tags by name."""
        return tables.tags(self._inner)

    def notes_by_run(self, run_ids: Only = None) -> dict[str, list[rows.Note]]:
        """Run id to its notes by key, the main one first."""
        return tables.notes(self._inner, run_ids)

    def artifacts_by_run(self, run_ids: Only = None) -> dict[str, list[rows.Artifact]]:
        """Run id to its artifacts by path and step."""
        return tables.artifacts(self._inner, run_ids)

    def datasets_by_run(self, run_ids: Only = None) -> dict[str, list[rows.Dataset]]:
        """Run id to its datasets by name and role."""
        return tables.datasets(self._inner, run_ids)

    def models_by_run(self, run_ids: Only = None) -> dict[str, list[rows.Model]]:
        """Run id to the model versions that it registered, by name and version."""
        return tables.models(self._inner, run_ids)

    def environment_by_run(self, run_ids: Only = None) -> dict[str, dict[str, dict[str, Any]]]:
        """Run id to its environment: section to parsed JSON."""
        return tables.environment(self._inner, run_ids)

    def sessions_by_run(self) -> dict[str, list[rows.Session]]:
        """Run id to the processes that wrote to it."""
        return tables.sessions(self._inner)

    def changes_by_run(self) -> dict[str, list[rows.Change]]:
        """Run id to its corrections in the order of time."""
        return tables.changes(self._inner)

    def reproduction_by_run(self) -> dict[str, Reproduction]:
        """Run id to the check whether the run can be repeated, and how."""
        from runfolio.query.reproduce import check

        environment, datasets = self.environment_by_run(), self.datasets_by_run()
        return {
            run.run_id: check(
                run.run_id, environment.get(run.run_id, {}), datasets.get(run.run_id, ())
            )
            for run in self.runs_table()
        }

    def output_tail(self, limit: int = 200, run_ids: Only = None) -> dict[str, rows.OutputTail]:
        """Run id to the last ``limit`` lines that it printed, and their number in all."""
        return tables.output_tail(self._inner, limit, run_ids)

    def histograms_by_run(
        self, run_ids: Sequence[str] | None = None
    ) -> dict[str, list[rows.Histogram]]:
        """Run id to its histograms by key and step (all runs for None)."""
        return tables.histograms(self._inner, run_ids)

    def matrices_by_run(self, run_ids: Sequence[str] | None = None) -> dict[str, list[rows.Matrix]]:
        """Run id to its matrices by key and step (all runs for None)."""
        return tables.matrices(self._inner, run_ids)

    def curves(
        self,
        run_ids: Sequence[str] | None = None,
        points: int = 1000,
        keys: Sequence[str] | None = None,
    ) -> list[series.Curve]:
        """The series of the metrics ``keys`` of the runs, reduced to ``points`` points each.

        None stands for all of them.
        """
        return series.curves(self._inner, run_ids, points, keys)

    def curve_means(
        self,
        run_ids: Sequence[str] | None = None,
        points: int = 1000,
        keys: Sequence[str] | None = None,
    ) -> list[series.Means]:
        """The means over the buckets of those series that ``curves`` reduces."""
        return series.means(self._inner, run_ids, points, keys)

    def stretches(self, run_id: str, key: str, points: int) -> Iterator[closeup.Stretch]:
        """Every point of one series, up to ``points`` at a time."""
        from runfolio.query import points as closeup

        return closeup.stretches(self._inner, run_id, key, points)

    def windows(self, run_id: str, key: str, points: int, count: int) -> list[closeup.Stretch]:
        """``count`` pieces of a series of up to ``points`` neighbouring points, evenly over it."""
        from runfolio.query import points as closeup

        return list(closeup.windows(self._inner, run_id, key, points, count))

    def system_curves(
        self, run_ids: Sequence[str] | None = None, points: int = 300
    ) -> list[series.Curve]:
        """The machine's series of the runs (all for None), reduced to ``points`` points each."""
        return series.system_curves(self._inner, run_ids, points)

    def diverged(self) -> dict[str, list[str]]:
        """Run id to the metrics whose last point is NaN or infinite."""
        return tables.diverged(self._inner)

    def tracebacks(self, run_ids: Sequence[str] | None = None) -> dict[str, str]:
        """Run id to the traceback that the run ended with (all runs for None)."""
        return tables.tracebacks(self._inner, run_ids)

    def states(self) -> dict[str, str]:
        """Run id to a text that changes whenever something new is said about the run."""
        return tables.states(self._inner)

    def newest_time(self) -> datetime | None:
        """When the newest fact was said (UTC, without a zone); None in an empty store."""
        return tables.newest_time(self._inner)

    def rows(self, sql: str, given: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a SELECT of our own; mistakes in it are QueryErrors."""
        try:
            return self._inner.execute(sql, list(given)).fetchall()
        except duckdb.Error as error:
            raise self.explain(error, sql) from None

    def wide_columns(self) -> tuple[wide.WideColumn, ...]:
        """The columns of ``wide`` after those of ``runs``."""
        if self._wide is None:
            self._wide = wide.columns(self._inner)
        return self._wide

    def known(self) -> Known:
        """What the runs have to show beside their rank."""
        from runfolio.query.ranking import known_of

        if self._known is None:
            self._known = known_of(self, self.wide_columns())
        return self._known

    # Life

    def close(self) -> None:
        """Free the memory; relations of this store cannot be read afterwards."""
        self._inner.close()
        self._database.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _prepare(self, text: str) -> None:
        """Make the views that are made on demand, if the statement names them."""
        named = set(statement.words(text))
        if "wide" in named and "wide" not in self._made:
            self._inner.execute(f"CREATE TABLE {MADE}.wide AS {wide.sql(self.wide_columns())}")
            self._made.add("wide")
        if "leaderboard" in named and "leaderboard" not in self._made:
            from runfolio.query.ranking_sql import macro_sql

            found = [(board, self._baseline(board)[0]) for board in self.boards()]
            self._inner.execute(macro_sql(found, f"{MADE}.leaderboard"))
            self._made.add("leaderboard")

    def _baseline(self, board: Board) -> tuple[str | None, str]:
        """The id of the run that a leaderboard compares with, and what is odd about it."""
        from runfolio.query.baseline import baseline_of

        return baseline_of(self._inner, board, self.path)

    def _names(self) -> list[str]:
        """Names that a statement may use, for hints."""
        views = [view.name for view in (*VIEWS, *ON_DEMAND)]
        found = [column.name for view in VIEWS for column in view.columns]
        asked = [column.name for column in self.wide_columns()] if "wide" in self._made else []
        return [*views, *found, *asked]


def _indexed(config: Config | None) -> bool:
    """Whether to use the index: what the configuration says, else RUNFOLIO_INDEX."""
    if config is not None:
        return config.index
    return os.environ.get("RUNFOLIO_INDEX", "1").strip().lower() not in ("0", "false", "no", "off")


def _given(params: Sequence[Any] | Mapping[str, Any]) -> Any:
    return dict(params) if isinstance(params, Mapping) else list(params)
