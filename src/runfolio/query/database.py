"""A DuckDB database with the public views, then locked: no files, no network, no settings.

It lays catalogs side by side: segments of the index, and tables of runs that were computed just
now. Everything in it can be thrown away and computed again from the store. The points of a catalog
lie sorted by (run, key, step), so that the curves of one run are one small range.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb

from runfolio.query.segment import (
    ALL,
    BETWEEN,
    PLACED,
    SMALL_BLOCKS,
    TABLES,
    Bucket,
    Opening,
    SessionRow,
    add_sessions,
    compute,
    in_catalog,
    new_database,
    quoted,
    segment_version,
)
from runfolio.query.views import sections

if TYPE_CHECKING:
    import pyarrow as pa

    from runfolio.query.shelf import Shelf

#: Where what is made on demand lies (``wide``, ``leaderboard``).
MADE = "memory.main"
_VIEWS = "views"

#: Relations that are worth computing once where there is no index.
STORED = frozenset({*TABLES, "internal.registered", "experiments", "models"})

#: Rows of one catalog are numbered below this, those of the next one from here on.
_PLACES = 1 << 40

#: Views that this process made for some store, by shape: other stores of it have the same ones.
_KNOWN: dict[str, bytes] = {}
_MOST_KNOWN = 16

_LOCKS = (
    "SET python_enable_replacements = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


@dataclass(frozen=True)
class Layer:
    """A segment's file, the runs in it that are not shown from there, and where they are from."""

    path: Path
    hidden: tuple[str, ...] = ()
    origin: str = ""


#: A catalog's name, whether some of its runs are hidden, and where they are from.
Catalog = tuple[str, bool, str]


def connect(facts: pa.Table, sessions: Sequence[SessionRow]) -> duckdb.DuckDBPyConnection:
    """A locked database with the public views over ``facts`` (columns of schema.COLUMNS)."""
    return connect_layers((), [Bucket(facts, sessions)])


def connect_layers(
    layers: Sequence[Layer],
    buckets: Sequence[Bucket],
    silent: Sequence[SessionRow] = (),
    shelf: Shelf | None = None,
    opening: Opening | None = None,
) -> duckdb.DuckDBPyConnection:
    """A locked database over segments and over facts that are computed now.

    ``silent``: sessions of runs that have said nothing yet. ``shelf`` keeps the views for the next
    time. ``opening``: the empty database, if one was asked for before. duckdb.Error if a segment
    cannot be used. A cursor of it needs ``use_views``.
    """
    database = opening.take() if opening else new_database()
    try:
        database.execute("CREATE SCHEMA internal")
        add_sessions(database, silent)
        database.execute("CREATE TABLE internal.hidden (catalog VARCHAR, run_id VARCHAR)")
        for number, layer in enumerate(layers):
            database.execute(f"ATTACH {quoted(str(layer.path))} AS s{number} (READ_ONLY)")
            if layer.hidden:
                database.execute(
                    "INSERT INTO internal.hidden SELECT $1, unnest($2::VARCHAR[])",
                    [f"s{number}", list(layer.hidden)],
                )
        for number, bucket in enumerate(buckets):
            compute(database, f"m{number}", bucket.facts, bucket.sessions)
        catalogs = [
            *((f"s{at}", bool(layer.hidden), layer.origin) for at, layer in enumerate(layers)),
            *((f"m{at}", False, bucket.origin) for at, bucket in enumerate(buckets)),
        ]
        _add_views(database, catalogs, shelf)
        use_views(database)
        for lock in _LOCKS:
            database.execute(lock)
    except BaseException:
        database.close()
        raise
    return database


def use_views(database: duckdb.DuckDBPyConnection) -> None:
    """Let names mean the public views, and what is made on demand beside them (``MADE``)."""
    database.execute(f"SET search_path = '{_VIEWS}.main,{MADE}'")


def _add_views(
    database: duckdb.DuckDBPyConnection, catalogs: Sequence[Catalog], shelf: Shelf | None
) -> None:
    """Add the catalog of the views. They depend on the kinds of catalogs alone, and DuckDB takes
    its time to understand each of them: so they are made once and kept in a file.
    """
    shape = blake2b(f"{segment_version()} {catalogs}".encode(), digest_size=8).hexdigest()
    path = shelf.views(shape) if shelf else None
    if path is None and shelf is not None:
        try:
            made = shelf.temp()
            if shape in _KNOWN:
                made.write_bytes(_KNOWN[shape])
            else:
                _write_views(database, catalogs, made)
                _KNOWN.update({shape: made.read_bytes()} if len(_KNOWN) < _MOST_KNOWN else {})
            path = shelf.add_views(made, shape)
        except (duckdb.Error, OSError):
            database.execute(f"DETACH DATABASE IF EXISTS {_VIEWS}")
    if path is not None:
        try:
            database.execute(f"ATTACH {quoted(str(path))} AS {_VIEWS} (READ_ONLY)")
        except duckdb.Error:
            path = None
    if path is None:
        database.execute(f"ATTACH ':memory:' AS {_VIEWS}")
        _make_views(database, catalogs)


def _write_views(
    database: duckdb.DuckDBPyConnection, catalogs: Sequence[Catalog], path: Path
) -> None:
    database.execute(f"ATTACH {quoted(str(path))} AS {_VIEWS} (BLOCK_SIZE {SMALL_BLOCKS})")
    _make_views(database, catalogs)
    database.execute(f"CHECKPOINT {_VIEWS}")
    database.execute(f"DETACH {_VIEWS}")


def _make_views(database: duckdb.DuckDBPyConnection, catalogs: Sequence[Catalog]) -> None:
    database.execute(f"USE {_VIEWS}")
    database.execute("CREATE SCHEMA internal")
    for name in ALL:
        database.execute(f"CREATE VIEW {name} AS {_union(name, catalogs)}")
    for section in sections():
        if section.name not in (*TABLES, *BETWEEN):
            database.execute(f"CREATE VIEW {section.name} AS {section.sql}")
    database.execute("USE memory")


def _union(name: str, catalogs: Sequence[Catalog]) -> str:
    """The rows of a table of all catalogs, each run from one of them."""
    found = ["SELECT * FROM memory.internal.sessions"] if name == "internal.sessions" else []
    for number, (catalog, hides, origin) in enumerate(catalogs):
        picked = "*"
        if name == "runs" and origin:  # by where it was read from; its facts have no say in it
            picked = f"* REPLACE ({quoted(origin)} AS origin)"
        if name in PLACED and number:
            picked = f"* REPLACE (place + {number * _PLACES} AS place)"
        where = ""
        if hides:
            hidden = f"SELECT run_id FROM memory.internal.hidden WHERE catalog = '{catalog}'"
            where = f" WHERE run_id NOT IN ({hidden})"
        found.append(f"SELECT {picked} FROM {in_catalog(catalog, name)}{where}")
    order = _ORDERS.get(name, "") if len(found) > 1 else ""
    return " UNION ALL ".join(found) + order


#: What people look at without an order comes in the same one from several catalogs.
_ORDERS = {
    "runs": " ORDER BY started, run_id",
    "trashed": " ORDER BY time, run_id",
    "internal.sessions": " ORDER BY run_id, writer",
}
