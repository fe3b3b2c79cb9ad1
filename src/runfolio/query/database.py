"""A DuckDB database in memory, filled from facts, then locked: no files, no network, no settings.

Everything in it can be thrown away and computed again from the store. The points lie sorted by
(run, key, step), so that the curves of one run are one small range.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from runfolio.query.views import sections

if TYPE_CHECKING:
    from runfolio.store.plan import Session

#: Relations that are computed once, at the start; the others are views.
STORED = frozenset(
    {
        "internal.spoken",
        "internal.starts",
        "internal.trash",
        "internal.training",
        "internal.lives",
        "internal.begun",
        "internal.corrected",
        "internal.dropped",
        "internal.amended",
        "internal.points",
        "internal.samples",
        "internal.identity",
        "internal.names",
        "internal.modelled",
        "internal.registered",
        "summary",
        "params",
        "tags",
        "notes",
        "environment",
        "runs",
        "experiments",
        "trashed",
        "models",
    }
)

#: Points stay in Arrow until ``internal.points`` and ``internal.samples`` have sorted them in.
_RAW = {"series": "metric", "machine": "system"}
_POINT = "run_id, key, step, value, time, writer, seq, text"

_LOCKS = (
    "SET python_enable_replacements = false",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


def connect(facts: pa.Table, sessions: Sequence[Session]) -> duckdb.DuckDBPyConnection:
    """A locked database with the public views over ``facts`` (columns of schema.COLUMNS).

    One thread, since sums of doubles depend on their order and a build must be repeatable.
    """
    database = duckdb.connect(":memory:", config={"threads": 1, "preserve_insertion_order": True})
    database.execute("SET enable_progress_bar = false")
    database.execute("SET TimeZone = 'UTC'")
    database.execute("CREATE SCHEMA internal")
    _fill(database, facts)
    _add_sessions(database, sessions)
    for section in sections():
        kind = "TABLE" if section.name in STORED else "VIEW"
        database.execute(f"CREATE {kind} {section.name} AS {section.sql}")
    for view in _RAW:
        database.execute(f"DROP VIEW internal.{view}")
    database.unregister("given")
    for lock in _LOCKS:
        database.execute(lock)
    return database


def _fill(database: duckdb.DuckDBPyConnection, facts: pa.Table) -> None:
    """The raw facts: points as views of ``facts``, all others as a table in the order of time."""
    database.register("given", facts)
    for view, kind in _RAW.items():
        database.execute(
            f"CREATE VIEW internal.{view} AS SELECT {_POINT} FROM given WHERE kind = '{kind}'"
        )
    database.execute(
        "CREATE TABLE internal.log AS SELECT run_id, writer, seq, time, kind, key, step, value, "
        "text FROM given WHERE kind NOT IN ('metric', 'system') ORDER BY run_id, time, writer, seq"
    )


def _add_sessions(database: duckdb.DuckDBPyConnection, sessions: Sequence[Session]) -> None:
    # Bound as lists: ``pa.array`` of Python objects would import pandas where it is installed.
    database.execute(
        "CREATE TABLE internal.sessions AS SELECT unnest($1::VARCHAR[]) AS run_id, "
        "unnest($2::VARCHAR[]) AS writer, unnest($3::VARCHAR[]) AS state, "
        "unnest($4::TIMESTAMP[]) AS last_seen ORDER BY run_id, writer",
        [
            [session.run_id for session in sessions],
            [session.writer for session in sessions],
            [session.state for session in sessions],
            [_naive(session) for session in sessions],
        ],
    )


def _naive(session: Session) -> object:
    """When the session was last seen, as UTC without a zone."""
    from datetime import UTC

    seen = session.last_seen
    return seen.astimezone(UTC).replace(tzinfo=None) if seen.tzinfo else seen
