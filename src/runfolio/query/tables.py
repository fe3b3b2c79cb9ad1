"""Rows of all runs at once: one SQL statement per table, never one per run.

Every function takes the database and gives plain Python values in a fixed order. Maps go from
run id to that run's rows; a run without rows has no entry. ``only`` limits them to some runs.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb

from runfolio.query.rows import (
    Artifact,
    Change,
    Dataset,
    Experiment,
    Histogram,
    Matrix,
    Model,
    Note,
    OutputLine,
    OutputTail,
    Param,
    Run,
    RunView,
    Session,
    Summary,
    Tag,
    Use,
)

if TYPE_CHECKING:
    from runfolio.store.folder import Folder

Row = TypeVar("Row")
Database = duckdb.DuckDBPyConnection


def runs(database: Database, only: Sequence[str] | None = None) -> list[Run]:
    """All runs that are not in the trash, the newest first."""
    found = _rows(database, Run, "runs", "started DESC, run_id DESC", only, tags=tuple)
    return [row for _, row in found]


def experiments(database: Database) -> list[Experiment]:
    """All experiments by name."""
    found = database.execute("SELECT * FROM experiments ORDER BY experiment").fetchall()
    return [Experiment(*row) for row in found]


def params(database: Database, only: Sequence[str] | None = None) -> dict[str, list[Param]]:
    """The params of each run by key."""
    return _by_run(_rows(database, Param, "params", "run_id, key", only))


def summary(database: Database, only: Sequence[str] | None = None) -> dict[str, list[Summary]]:
    """The metrics of each run by key."""
    return _by_run(_rows(database, Summary, "summary", "run_id, key", only))


def tags(database: Database, only: Sequence[str] | None = None) -> dict[str, list[Tag]]:
    """The tags of each run by name."""
    return _by_run(_rows(database, Tag, "tags", "run_id, tag", only))


def notes(database: Database, only: Sequence[str] | None = None) -> dict[str, list[Note]]:
    """The notes of each run by key; the main one (key '') comes first."""
    return _by_run(_rows(database, Note, "notes", "run_id, key", only))


def artifacts(database: Database, only: Sequence[str] | None = None) -> dict[str, list[Artifact]]:
    """The artifacts of each run by path and step."""
    order = "run_id, path, step NULLS FIRST"
    return _by_run(_rows(database, Artifact, "artifacts", order, only, info=_object))


def datasets(database: Database, only: Sequence[str] | None = None) -> dict[str, list[Dataset]]:
    """The datasets of each run by name and role."""
    order = "run_id, name, role NULLS FIRST"
    return _by_run(_rows(database, Dataset, "datasets", order, only, schema=_json))


def models(database: Database, only: Sequence[str] | None = None) -> dict[str, list[Model]]:
    """The model versions that each run registered, by name and version."""
    return _by_run(_rows(database, Model, "models", "run_id, name, version", only))


def uses(database: Database, run_id: str) -> tuple[Use, ...]:
    """What a run started from, in the order of time."""
    sql = (
        "SELECT u.name, u.type, u.origin, n.name, u.path, u.digest, u.size, u.time "
        "FROM internal.used u LEFT JOIN internal.names n ON n.run_id = u.origin "
        "WHERE u.run_id = ? ORDER BY u.time, u.name"
    )
    return tuple(Use(*row) for row in database.execute(sql, [run_id]).fetchall())


def sessions(database: Database, only: Sequence[str] | None = None) -> dict[str, list[Session]]:
    """The processes that wrote to each run, in the order in which they were last seen."""
    return _by_run(_rows(database, Session, "sessions", "run_id, last_seen, writer", only))


def changes(database: Database, only: Sequence[str] | None = None) -> dict[str, list[Change]]:
    """What people corrected in each run, in the order of time."""
    order = "run_id, time, writer, seq, action, key"
    return _by_run(_rows(database, Change, "changes", order, only))


def environment(
    database: Database, only: Sequence[str] | None = None
) -> dict[str, dict[str, dict[str, Any]]]:
    """The environment of each run: section name to its parsed JSON."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    sql = f"SELECT run_id, section, data FROM environment{_where(only)} ORDER BY run_id, section"
    for run_id, section, data in database.execute(sql, _bound(only)).fetchall():
        found.setdefault(run_id, {})[section] = _object(data)
    return found


def output_tail(
    database: Database, limit: int, only: Sequence[str] | None = None
) -> dict[str, OutputTail]:
    """The last ``limit`` lines that each run printed."""
    sql = (
        "SELECT run_id, total, line, stream, text, time FROM ("
        " SELECT *, count(*) OVER (PARTITION BY run_id) AS total,"
        " row_number() OVER (PARTITION BY run_id ORDER BY time DESC, writer DESC, seq DESC) AS age"
        " FROM (SELECT run_id, step AS line, key AS stream, text, time, writer, seq"
        "  FROM internal.log WHERE kind = 'output'"
        f"  AND run_id IN (SELECT run_id FROM internal.begun){_where(only, 'AND')})"
        ") WHERE age <= ? ORDER BY run_id, age DESC"
    )
    totals: dict[str, int] = {}
    lines: dict[str, list[OutputLine]] = {}
    for run_id, total, *line in database.execute(sql, [*_bound(only), limit]).fetchall():
        totals[run_id] = total
        lines.setdefault(run_id, []).append(OutputLine(*line))
    return {run_id: OutputTail(totals[run_id], tuple(lines[run_id])) for run_id in lines}


def histograms(database: Database, only: Sequence[str] | None = None) -> dict[str, list[Histogram]]:
    """The histograms of each run by key and step; those that cannot be drawn are left out."""
    order = "run_id, key, step NULLS FIRST"
    found = _rows(database, Histogram, "histograms", order, only, edges=_floats, counts=_floats)
    return _by_run(
        (run_id, row)
        for run_id, row in found
        if row.counts and len(row.edges) == len(row.counts) + 1
    )


def matrices(database: Database, only: Sequence[str] | None = None) -> dict[str, list[Matrix]]:
    """The matrices of each run by key and step; those that are not square are left out."""
    order = "run_id, key, step NULLS FIRST"
    found = _rows(database, Matrix, "matrices", order, only, labels=_texts, rows=_cells)
    return _by_run(
        (run_id, row)
        for run_id, row in found
        if row.rows and all(len(line) == len(row.labels) for line in (row.rows, *row.rows))
    )


def diverged(database: Database) -> dict[str, list[str]]:
    """Metrics whose last point is NaN or infinite, by run; in the order of their names."""
    found: dict[str, list[str]] = {}
    for run_id, key in database.execute(
        "SELECT run_id, key FROM internal.ended_badly ORDER BY run_id, key"
    ).fetchall():
        found.setdefault(run_id, []).append(key)
    return found


def tracebacks(database: Database, only: Sequence[str] | None = None) -> dict[str, str]:
    """The traceback of the exception that each failed run ended with."""
    sql = (
        "SELECT run_id, detail ->> '$.exception.traceback' AS trace FROM internal.lives"
        f"{_where(only)} ORDER BY run_id"
    )
    return {
        run_id: trace for run_id, trace in database.execute(sql, _bound(only)).fetchall() if trace
    }


def states(database: Database) -> dict[str, str]:
    """A short text for each run that changes whenever a fact about it is added.

    Facts are only ever added, so how many there are of each writer tells all; how the writers
    are doing is part of it, and so are the model versions, which other runs can change.
    """
    return dict(database.execute(_STATES).fetchall())


_STATES = """
WITH said AS (SELECT run_id, writer, facts, last_seq AS last FROM internal.spoken),
modelled AS (
    SELECT run_id, string_agg(concat_ws(' ', name, version, alias), ';' ORDER BY name, version)
        AS models
    FROM models GROUP BY run_id
)
SELECT s.run_id,
    md5(concat_ws('|',
        string_agg(concat_ws(' ', s.writer, s.facts, s.last, e.state), ';' ORDER BY s.writer),
        any_value(m.models)
    )) AS state
FROM said s
LEFT JOIN internal.sessions e ON e.run_id = s.run_id AND e.writer = s.writer
LEFT JOIN modelled m ON m.run_id = s.run_id
GROUP BY s.run_id
ORDER BY s.run_id
"""


def newest_time(database: Database) -> datetime | None:
    """When the newest fact of a run of ours was said; None in an empty store."""
    far = "SELECT run_id FROM runs WHERE origin <> ''"
    found = database.execute(
        f"SELECT max(last_said) FROM internal.spoken WHERE run_id NOT IN ({far})"
    ).fetchone()
    return found[0] if found else None


def _rows(
    database: Database,
    kind: type[Row],
    view: str,
    order: str,
    only: Sequence[str] | None,
    **readers: Callable[[Any], Any],
) -> list[tuple[str, Row]]:
    """(run id, row) of a view; ``readers`` turn what DuckDB gives for a field into its value."""
    names = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    columns = ", ".join(f'"{name}"' for name in names)
    sql = f"SELECT run_id, {columns} FROM {view}{_where(only)} ORDER BY {order}"
    found = database.execute(sql, _bound(only)).fetchall()
    if not readers:
        return [(row[0], kind(*row[1:])) for row in found]
    convert = [readers.get(name) for name in names]
    return [
        (
            row[0],
            kind(
                *(read(cell) if read else cell for read, cell in zip(convert, row[1:], strict=True))
            ),
        )
        for row in found
    ]


def _where(only: Sequence[str] | None, word: str = "WHERE") -> str:
    return "" if only is None else f" {word} run_id IN (SELECT unnest(?::VARCHAR[]))"


def _bound(only: Sequence[str] | None) -> list[Any]:
    return [] if only is None else [list(only)]


def _by_run(found: Iterable[tuple[str, Row]]) -> dict[str, list[Row]]:
    by_run: dict[str, list[Row]] = {}
    for run_id, row in found:
        by_run.setdefault(run_id, []).append(row)
    return by_run


def _json(text: str | None) -> Any:
    """The parsed JSON; DuckDB has checked it already."""
    return None if text is None else json.loads(text)


def _object(text: str | None) -> dict[str, Any]:
    value = _json(text)
    return value if isinstance(value, dict) else {}


def _floats(cells: Sequence[float | None] | None) -> tuple[float, ...]:
    """The numbers; empty when one of them is missing."""
    found = cells or ()
    return () if any(cell is None for cell in found) else tuple(cell or 0.0 for cell in found)


def _texts(cells: Sequence[str | None] | None) -> tuple[str, ...]:
    return tuple(cell or "" for cell in cells or ())


def _cells(text: str | None) -> tuple[tuple[float, ...], ...]:
    """The rows of a matrix; empty when they are not all numbers."""
    rows = _json(text)
    if not isinstance(rows, list):
        return ()
    for row in rows:
        if not isinstance(row, list) or not all(isinstance(cell, int | float) for cell in row):
            return ()
    return tuple(tuple(float(cell) for cell in row) for row in rows)


def whole(database: Database, run_id: str, folder_of: Callable[[str], Folder]) -> RunView:
    """Everything about one run but its points; ``folder_of`` tells where those of an origin lie."""
    only = [run_id]
    children = database.execute(
        "SELECT run_id FROM runs WHERE parent = ? ORDER BY started, run_id", only
    ).fetchall()
    run = runs(database, only)[0]
    return RunView(
        run=run,
        params={row.key: row for row in params(database, only).get(run_id, ())},
        summary={row.key: row for row in summary(database, only).get(run_id, ())},
        tags=tuple(tags(database, only).get(run_id, ())),
        notes={row.key: row.text for row in notes(database, only).get(run_id, ())},
        environment=environment(database, only).get(run_id, {}),
        artifacts=tuple(artifacts(database, only).get(run_id, ())),
        datasets=tuple(datasets(database, only).get(run_id, ())),
        models=tuple(models(database, only).get(run_id, ())),
        uses=uses(database, run_id),
        sessions=tuple(sessions(database, only).get(run_id, ())),
        changes=tuple(changes(database, only).get(run_id, ())),
        children=tuple(row[0] for row in children),
        folder=folder_of(run.origin),
    )
