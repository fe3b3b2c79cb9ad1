"""The runs of a store as a table: ``runfolio ls``."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import click

from runfolio.cli.tables import Column, layout
from runfolio.errors import QueryError
from runfolio.query.filter import RUN_KEYS
from runfolio.query.store import Store
from runfolio.site.numbers import decimals_for, format_duration, format_number

if TYPE_CHECKING:
    from duckdb import DuckDBPyRelation

DEFAULT = ("id", "name", "origin", "experiment", "status", "started", "seconds", "tags")
#: So many metrics stand in the table when nobody chose the columns.
METRICS = 2
STATUS_COLORS = (
    ("finished", "green"),
    ("running", "blue"),
    ("failed", "red"),
    ("killed", "red"),
    ("stalled", "yellow"),
)
_NOT_KEYS = {"command", "git_remote"}


@dataclass(frozen=True)
class Field:
    """One column: its key as typed, and a value (or None) for each run that has one."""

    key: str
    kind: str  # text, number, time, seconds, status or tags
    values: dict[str, Any]


def fields(store: Store, keys: Sequence[str], run_ids: Sequence[str] | None = None) -> list[Field]:
    """The columns of these names: of ``runs``, else a param, else a metric (as in filters).

    Values of the runs with these ids, or of all. QueryError names the nearest for a key that no run
    has.
    """
    rows = _rows(store, run_ids) if keys else {}
    return [_field(store, key, rows, run_ids) for key in keys]


def default_fields(store: Store, run_ids: Sequence[str]) -> list[Field]:
    """The columns that fit these runs: no tags if none has one, and the metrics that rank them."""
    found = [field for field in fields(store, DEFAULT, run_ids) if _has_values(field, run_ids)]
    metrics = fields(store, [f"metric:{key}" for key in _ranking_metrics(store, run_ids)], run_ids)
    many = 5 if any(field.key == "origin" for field in found) else 4
    return found[:many] + metrics + found[many:]


def sorted_ids(run_ids: Sequence[str], field: Field, *, descending: bool) -> list[str]:
    """The ids in the order of a column; runs without a value come last either way."""
    known = [each for each in run_ids if not _is_missing(field.values.get(each))]
    missing = [each for each in run_ids if _is_missing(field.values.get(each))]
    known.sort(key=lambda each: _sort_key(field.values[each]), reverse=descending)
    return known + missing


def text_of(columns: Sequence[Field], run_ids: Sequence[str], width: int | None) -> str:
    """The table, and under it the columns that did not fit."""
    now = datetime.now(UTC).replace(tzinfo=None)
    cells = [_cells(field, run_ids, now) for field in columns]
    heads = [
        Column(
            "took" if field.key == "seconds" else field.key.removeprefix("metric:"),
            right=field.kind in ("number", "seconds"),
            whole=field.key == "id",
            colors=STATUS_COLORS if field.kind == "status" else (),
            longest=36,
        )
        for field in columns
    ]
    table = layout(heads, list(zip(*cells, strict=True)), width)
    if not table.hidden:
        return table.text
    hidden = ", ".join(table.hidden)
    return f"{table.text}\n{click.style(f'(columns that do not fit: {hidden})', dim=True)}"


def records(columns: Sequence[Field], run_ids: Sequence[str]) -> list[dict[str, Any]]:
    """The same for programs: full values by key."""
    return [
        {"run_id": each, **{field.key: field.values.get(each) for field in columns}}
        for each in run_ids
    ]


def full_records(store: Store, run_ids: Sequence[str]) -> list[dict[str, Any]]:
    """Each run with all that ``runs`` knows, its params, and the last values of its metrics."""
    rows = _rows(store, run_ids)
    params: dict[str, dict[str, Any]] = {}
    for run_id, key, text, number, type in store.sql(
        "SELECT run_id, key, text, number, type FROM params ORDER BY run_id, key"
    ).fetchall():
        params.setdefault(run_id, {})[key] = number if type in ("int", "float") else text
    metrics: dict[str, dict[str, float | None]] = {}
    for run_id, key, last in store.sql(
        "SELECT run_id, key, last FROM summary ORDER BY run_id, key"
    ).fetchall():
        metrics.setdefault(run_id, {})[key] = last
    return [
        {**rows[each], "params": params.get(each, {}), "metrics": metrics.get(each, {})}
        for each in run_ids
    ]


def age(then: datetime | None, now: datetime) -> str:
    """How long ago: ``just now``, ``5 min ago``, ``3 h ago``, and the date from a week on."""
    if then is None:
        return ""
    seconds = (now - then).total_seconds()
    if seconds < -60 or seconds >= 7 * 86400:
        return f"{then:%Y-%m-%d %H:%M}"
    if seconds < 60:
        return "just now"
    if seconds < 3600:
        return f"{seconds // 60:.0f} min ago"
    if seconds < 86400:
        return f"{seconds // 3600:.0f} h ago"
    return f"{seconds // 86400:.0f} d ago"


# --- values -------------------------------------------------------------------------------------


#: Of so many runs their rows alone are read; for more it is as quick to read all.
_SOME = 200
#: A run's row of ``runs``, by column.
_Row = dict[str, Any]
#: The rows of open stores, all (None) or those of some ids: a list asks for them several times.
_LOADED: WeakKeyDictionary[Store, dict[tuple[str, ...] | None, dict[str, _Row]]]
_LOADED = WeakKeyDictionary()


def _rows(store: Store, run_ids: Sequence[str] | None = None) -> dict[str, _Row]:
    """What ``runs`` says of the runs with these ids, or of all."""
    loaded = _LOADED.setdefault(store, {})
    wanted = None if run_ids is None or len(run_ids) > _SOME or None in loaded else tuple(run_ids)
    if wanted not in loaded:
        chosen, given = ("", []) if wanted is None else (_CHOSEN, [list(wanted)])
        query = f"SELECT * FROM runs {chosen} ORDER BY run_id"
        loaded[wanted] = _by_run(store.sql(query, given))
    return loaded[wanted]


_CHOSEN = "WHERE run_id IN (SELECT unnest(?::VARCHAR[]))"


def _by_run(relation: DuckDBPyRelation) -> dict[str, _Row]:
    names = relation.columns
    at = names.index("run_id")
    return {row[at]: dict(zip(names, row, strict=True)) for row in relation.fetchall()}


def _field(
    store: Store,
    key: str,
    rows: dict[str, _Row],
    run_ids: Sequence[str] | None,
) -> Field:
    scope, _, name = key.partition(":")
    if scope in ("param", "metric") and name:
        found = _param(store, name) if scope == "param" else _metric(store, name, run_ids)
        found = found or (_metric(store, name) if scope == "metric" else {})
        if not found:
            raise _unknown(store, key, name)
        return Field(key, _kind_of(found), found)
    column = "tags" if key == "tags" else RUN_KEYS.get(key)
    if column:
        return Field(key, _KINDS.get(column, "text"), {each: rows[each][column] for each in rows})
    found = _param(store, key) or _metric(store, key)
    if not found:
        raise _unknown(store, key, key)
    return Field(key, _kind_of(found), found)


_KINDS = {
    "status": "status",
    "started": "time",
    "ended": "time",
    "seconds": "seconds",
    "tags": "tags",
    "seed": "number",
    "points": "number",
    "exit_code": "number",
}


def _param(store: Store, key: str) -> dict[str, Any]:
    rows = store.sql("SELECT run_id, text, number FROM params WHERE key = ? ORDER BY run_id", [key])
    return {run_id: text if number is None else number for run_id, text, number in rows.fetchall()}


def _metric(store: Store, key: str, run_ids: Sequence[str] | None = None) -> dict[str, Any]:
    some = run_ids is not None and len(run_ids) <= _SOME
    only = " AND run_id IN (SELECT unnest(?::VARCHAR[]))" if some else ""
    rows = store.sql(
        f"SELECT run_id, last FROM summary WHERE key = ?{only} ORDER BY run_id",
        [key, list(run_ids)] if some and run_ids is not None else [key],
    )
    return dict(rows.fetchall())


def _kind_of(values: dict[str, Any]) -> str:
    return "text" if any(isinstance(each, str) for each in values.values()) else "number"


def _unknown(store: Store, key: str, name: str) -> QueryError:
    rows = store.sql("SELECT DISTINCT key FROM params UNION SELECT key FROM summary ORDER BY key")
    known = [row[0] for row in rows.fetchall()] + [key for key in RUN_KEYS if key not in _NOT_KEYS]
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.4)
    hint = f"Nearest: {', '.join(near)}." if near else f"For instance: {', '.join(known[:6])}."
    return QueryError(f'No run has a param or metric "{key}".', hint=hint)


def _ranking_metrics(store: Store, run_ids: Sequence[str]) -> list[str]:
    """The metrics of the leaderboards of these runs' experiments, the commonest first."""
    from runfolio.query.boards import leaderboards

    rows = _rows(store, run_ids)
    counts: dict[str, int] = {}
    metric_of = {board.experiment: board.metric for board in reversed(leaderboards(store))}
    for each in run_ids:
        metric = metric_of.get(rows[each]["experiment"], metric_of.get(None))
        if metric:
            counts[metric] = counts.get(metric, 0) + 1
    return sorted(counts, key=lambda key: (-counts[key], key))[:METRICS]


# --- cells --------------------------------------------------------------------------------------


def _cells(field: Field, run_ids: Sequence[str], now: datetime) -> list[str]:
    values = [field.values.get(each) for each in run_ids]
    if field.kind == "number":
        decimals = decimals_for(values)
        return [format_number(value, decimals) for value in values]
    writer = _WRITERS.get(field.kind, _text)
    return [writer(value, now) for value in values]


def _text(value: Any, now: datetime) -> str:
    return "" if value is None else str(value)


_WRITERS: dict[str, Callable[[Any, datetime], str]] = {
    "time": age,
    "seconds": lambda value, now: format_duration(value),
    "tags": lambda value, now: " ".join(value or ()),
}


def _has_values(field: Field, run_ids: Sequence[str]) -> bool:
    return field.key in ("id", "name", "status") or any(field.values.get(each) for each in run_ids)


def _is_missing(value: Any) -> bool:
    return value is None or value == [] or (isinstance(value, float) and math.isnan(value))


def _sort_key(value: Any) -> tuple[int, Any]:
    """Numbers before texts, so that a param that is 0.1 here and "auto" there can be sorted."""
    if isinstance(value, bool | int | float):
        return 0, value
    if isinstance(value, datetime):
        return 0, value.timestamp()
    return 1, str(value).casefold()
