"""Runs in rank order: the rows of a leaderboard and the columns to show beside them.

The SQL of ``ranking_sql`` is what is run and what is shown: pasted into ``runfolio sql`` it gives
the same rows. Runs without a finite value come last, without a rank; equal values share a rank,
and of them the run that started first is named first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from runfolio.errors import QueryError
from runfolio.query.boards import Asked, Board
from runfolio.query.filter import RUN_KEYS
from runfolio.query.ranking_sql import core_sql, shown_sql
from runfolio.query.wide import WideColumn

#: Columns of params and metrics that the SQL of a leaderboard names when nobody chose any.
_MOST_COLUMNS = 12
_ALWAYS = ("run_id", "name", "status")


@dataclass(frozen=True)
class Entry:
    """One row of a leaderboard: a run, or a group of runs under its best one.

    ``rank`` is None without a value. ``value`` of a group is the mean of its runs, ``std`` their
    standard deviation (None below two), ``runs`` how many have a value; ``members`` are all its
    runs, the best first. ``delta`` is the difference to the baseline.
    """

    rank: int | None
    run_id: str
    name: str
    experiment: str
    status: str
    value: float | None
    std: float | None
    runs: int
    step: int | None
    delta: float | None
    started: datetime
    seconds: float | None
    members: tuple[str, ...]


@dataclass(frozen=True)
class Column:
    """A column beside the rank; ``source`` is run, param or metric."""

    source: str
    key: str


@dataclass(frozen=True)
class Ranking:
    """A leaderboard with its rows in rank order.

    ``columns``: the configured ones, else the params that vary, then the other metrics that most
    runs have. ``constant``: params with one value in all runs, and that value. ``baseline`` is the
    run's id (None where there is none; ``note`` says so if one was asked for). ``sql`` gives the
    same rows.
    """

    board: Board
    entries: tuple[Entry, ...]
    columns: tuple[Column, ...]
    constant: tuple[tuple[str, str], ...]
    baseline: str | None
    note: str
    sql: str


@dataclass(frozen=True)
class Known:
    """What the runs of a store have to show, loaded once for all leaderboards.

    ``params``: run id to its params as text; ``metrics``: run id to its metrics with a finite
    value; ``names``: (params or metrics, key) to the column of ``wide``.
    """

    params: Mapping[str, Mapping[str, str]]
    metrics: Mapping[str, Sequence[str]]
    names: Mapping[tuple[str, str], str]


def known_of(store: Asked, columns: Iterable[WideColumn]) -> Known:
    """What the runs of a store have to show; ``columns`` are those of its ``wide``."""
    params: dict[str, dict[str, str]] = {}
    for run_id, key, text in store.rows(
        "SELECT run_id, key, text FROM params ORDER BY run_id, key"
    ):
        params.setdefault(run_id, {})[key] = text
    metrics: dict[str, list[str]] = {}
    for run_id, key in store.rows(
        "SELECT run_id, key FROM summary WHERE last IS NOT NULL ORDER BY run_id, key"
    ):
        metrics.setdefault(run_id, []).append(key)
    names = {(each.source, each.key): each.name for each in columns if not each.plain}
    return Known(params, metrics, names)


class Knowing(Asked, Protocol):
    """A store that tells what its runs have to show."""

    def known(self) -> Known:
        """What the runs have to show."""


def ranked(store: Knowing, board: Board, baseline: str | None = None, note: str = "") -> Ranking:
    """The leaderboard with its rows; ``baseline`` is the id of the run to compare with."""
    try:
        found = store.rows(core_sql(board, baseline))
    except QueryError as error:
        raise QueryError(f'Leaderboard "{board.name}": {error.message}', hint=error.hint) from None
    entries = tuple(_entry(*row) for row in found)
    ids = [run_id for entry in entries for run_id in entry.members]
    known = store.known()
    varying, constant = _params(known, ids)
    columns = _columns(known, board, ids, varying)
    return Ranking(
        board=board,
        entries=entries,
        columns=columns,
        constant=constant,
        baseline=baseline,
        note=note,
        sql=shown_sql(board, _wide_names(known, board, columns), baseline),
    )


def _entry(
    board: str,
    rank: int | None,
    run_id: str,
    name: str,
    experiment: str,
    status: str,
    metric: str,
    value: float | None,
    std: float | None,
    runs: int,
    step: int | None,
    delta: float | None,
    started: datetime,
    seconds: float | None,
    members: Sequence[str],
) -> Entry:
    """One row of ``core_sql``; board and metric are the same in all rows."""
    return Entry(
        rank, run_id, name, experiment, status, value, std, runs, step, delta, started, seconds,
        tuple(members),
    )  # fmt: skip


def _params(known: Known, ids: Sequence[str]) -> tuple[list[str], tuple[tuple[str, str], ...]]:
    """Params that differ among the runs (or that some lack), and those that do not, by name."""
    found: dict[str, list[str]] = {}
    for run_id in ids:
        for key, text in known.params.get(run_id, {}).items():
            found.setdefault(key, []).append(text)
    same = {key for key, texts in found.items() if len(texts) == len(ids) and len(set(texts)) == 1}
    varying = sorted(key for key in found if key not in same)
    return varying, tuple((key, found[key][0]) for key in sorted(same))


def _columns(
    known: Known, board: Board, ids: Sequence[str], varying: Sequence[str]
) -> tuple[Column, ...]:
    if board.columns:
        params = {key for found in known.params.values() for key in found}
        return tuple(_column(key, params) for key in board.columns)
    counts = Counter(key for run_id in ids for key in known.metrics.get(run_id, ()))
    metrics = sorted(counts, key=lambda key: (-counts[key], key))
    return (
        *(Column("param", key) for key in varying),
        *(Column("metric", key) for key in metrics if key != board.metric),
    )


def _column(key: str, params: set[str]) -> Column:
    """What a configured column means: as in filters, a column of runs, a param, or a metric."""
    for source in ("param", "metric"):
        if key.startswith(f"{source}:"):
            return Column(source, key.removeprefix(f"{source}:"))
    if key in RUN_KEYS or key == "tags":
        return Column("run", RUN_KEYS.get(key, key))
    return Column("param" if key in params else "metric", key)


def _wide_names(known: Known, board: Board, columns: Sequence[Column]) -> list[str]:
    """The columns of ``wide`` that show these columns."""
    found = []
    for column in columns[: len(board.columns) or _MOST_COLUMNS]:
        if column.source == "run":
            found.append(column.key)
        elif name := known.names.get((f"{column.source}s", column.key)):
            found.append(name)
    return [name for name in dict.fromkeys(found) if name not in _ALWAYS]
