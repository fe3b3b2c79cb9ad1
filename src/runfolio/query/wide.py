"""The view ``wide``: one row a run, a column for each param and metric of the store.

Its shape depends on the runs, so its SQL is written out when somebody asks for it. DuckDB's column
names ignore case: of names that differ only in case the later ones get `` (2)``, `` (3)`` ….
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from runfolio.query.views import view


@dataclass(frozen=True)
class WideColumn:
    """One column of ``wide`` that is not one of ``runs``.

    ``source`` is params or metrics, ``key`` the param's or metric's own name, ``type`` the DuckDB
    type that fits all its values; ``plain`` marks the second column of a param.
    """

    name: str
    source: str
    key: str
    type: str
    plain: bool = False


def columns(database: duckdb.DuckDBPyConnection) -> tuple[WideColumn, ...]:
    """The columns after those of ``runs``: params, metrics, then params by their plain names."""
    params = database.execute(_PARAM_TYPES).fetchall()
    metrics = database.execute("SELECT DISTINCT key FROM summary ORDER BY key").fetchall()
    run_columns = view("runs")
    taken = {column.name.lower() for column in run_columns.columns} if run_columns else set()
    found = [
        *(WideColumn(f"params.{key}", "params", key, type) for key, type in params),
        *(WideColumn(f"metrics.{key}", "metrics", key, "DOUBLE") for (key,) in metrics),
    ]
    found = list(_apart(found, taken))
    blocked = (
        taken | {column.name.lower() for column in found} | {key.lower() for (key,) in metrics}
    )
    folded = [key.lower() for key, _ in params]
    found += [
        WideColumn(key, "params", key, type, plain=True)
        for key, type in params
        if key and "\0" not in key and key.lower() not in blocked and folded.count(key.lower()) == 1
    ]
    return tuple(found)


#: A number where every run has one, a boolean likewise, else the text; null values fit all.
_PARAM_TYPES = """
SELECT key,
    CASE
        WHEN bool_and(type IN ('int', 'null')) AND bool_or(type = 'int')
            AND max(abs(number)) < 9007199254740992 THEN 'BIGINT'
        WHEN bool_and(type IN ('int', 'float', 'null')) AND bool_or(number IS NOT NULL)
            THEN 'DOUBLE'
        WHEN bool_and(type IN ('bool', 'null')) AND bool_or(type = 'bool') THEN 'BOOLEAN'
        ELSE 'VARCHAR'
    END AS type
FROM params GROUP BY key ORDER BY key
"""


def _apart(found: Iterable[WideColumn], taken: set[str]) -> Iterable[WideColumn]:
    """The columns with names that differ in more than case."""
    seen = set(taken)
    for column in found:
        first = column.name.replace("\0", "\ufffd")
        name, number = first, 1
        while name.lower() in seen:
            number += 1
            name = f"{first} ({number})"
        seen.add(name.lower())
        yield WideColumn(name, column.source, column.key, column.type, column.plain)


def sql(columns: Iterable[WideColumn]) -> str:
    """The SELECT that makes ``wide`` with these columns."""
    picked = [f"{_cell(column)} AS {quoted(column.name)}" for column in columns]
    return "\n".join(
        (
            "SELECT " + ",\n    ".join(("r.*", *picked)),
            "FROM runs r",
            "LEFT JOIN (SELECT run_id, map(list(key), list(text)) AS texts,",
            "        map(list(key), list(number)) AS numbers FROM params GROUP BY run_id) p",
            "    ON p.run_id = r.run_id",
            "LEFT JOIN (SELECT run_id, map(list(key), list(last)) AS lasts",
            "        FROM summary GROUP BY run_id) m",
            "    ON m.run_id = r.run_id",
            "ORDER BY r.started, r.run_id",
        )
    )


def _cell(column: WideColumn) -> str:
    key = literal(column.key)
    if column.source == "metrics":
        return f"m.lasts[{key}]"
    if column.type == "DOUBLE":
        return f"p.numbers[{key}]"
    if column.type == "VARCHAR":
        return f"p.texts[{key}]"
    return f"TRY_CAST(p.texts[{key}] AS {column.type})"


def quoted(name: str) -> str:
    """A name as a quoted identifier of SQL; NUL, which none may hold, becomes U+FFFD."""
    return '"' + name.replace('"', '""').replace("\0", "\ufffd") + '"'


def literal(text: str) -> str:
    """A text as a string literal of SQL."""
    if "\0" in text:
        return "(" + " || chr(0) || ".join(literal(part) for part in text.split("\0")) + ")"
    return "'" + text.replace("'", "''") + "'"
