"""A DuckDB database with the public views, then locked: no files, no network, no settings.

It lays catalogs side by side: segments of the index, and tables of runs that were computed just
now. Everything in it can be thrown away and computed again from the store. The points of a catalog
lie sorted by (run, key, step), so that the curves of one run are one small range.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from runfolio.query.segment import (
    ALL,
    BETWEEN,
    PLACED,
    TABLES,
    Bucket,
    SessionRow,
    add_sessions,
    compute,
    in_catalog,
    new_database,
    quoted,
)
from runfolio.query.views import sections

if TYPE_CHECKING:
    import pyarrow as pa

#: Relations that are worth computing once where there is no index.
STORED = frozenset({*TABLES, "internal.registered", "experiments", "models"})

#: Rows of one catalog are numbered below this, those of the next one from here on.
_PLACES = 1 << 40

_LOCKS = (
    "SET python_enable_replacements = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


@dataclass(frozen=True)
class Layer:
    """A segment's file, and the runs in it that are not shown from there."""

    path: Path
    hidden: tuple[str, ...] = ()


def connect(facts: pa.Table, sessions: Sequence[SessionRow]) -> duckdb.DuckDBPyConnection:
    """A locked database with the public views over ``facts`` (columns of schema.COLUMNS)."""
    return connect_layers((), [Bucket(facts, sessions)], sessions)


def connect_layers(
    layers: Sequence[Layer], buckets: Sequence[Bucket], sessions: Sequence[SessionRow]
) -> duckdb.DuckDBPyConnection:
    """A locked database over segments and over facts that are computed now.

    ``sessions`` are all that wrote to any of the runs. duckdb.Error if a segment cannot be used.
    """
    database = new_database()
    catalogs = []
    try:
        for number, layer in enumerate(layers):
            catalogs.append((f"s{number}", layer.hidden))
            database.execute(f"ATTACH {quoted(str(layer.path))} AS s{number} (READ_ONLY)")
        for number, bucket in enumerate(buckets):
            catalogs.append((f"m{number}", ()))
            compute(database, f"m{number}", bucket.facts, bucket.sessions)
        database.execute("CREATE SCHEMA internal")
        add_sessions(database, sessions)
        for name in ALL:
            database.execute(f"CREATE VIEW {name} AS {_union(name, catalogs)}")
        for section in sections():
            if section.name not in (*TABLES, *BETWEEN):
                database.execute(f"CREATE VIEW {section.name} AS {section.sql}")
        for lock in _LOCKS:
            database.execute(lock)
    except BaseException:
        database.close()
        raise
    return database


def _union(name: str, catalogs: Sequence[tuple[str, Sequence[str]]]) -> str:
    """The rows of a table of all catalogs, each run from one of them."""
    found = []
    for number, (catalog, hidden) in enumerate(catalogs):
        picked = "*"
        if name in PLACED and number:
            picked = f"* REPLACE (place + {number * _PLACES} AS place)"
        where = f" WHERE run_id NOT IN ({', '.join(map(quoted, hidden))})" if hidden else ""
        found.append(f"SELECT {picked} FROM {in_catalog(catalog, name)}{where}")
    order = _ORDERS.get(name, "") if len(catalogs) > 1 else ""
    return " UNION ALL ".join(found) + order


#: What people look at without an order comes in the same one from several catalogs.
_ORDERS = {"runs": " ORDER BY started, run_id", "trashed": " ORDER BY time, run_id"}
