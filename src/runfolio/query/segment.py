"""Segments: DuckDB files with the computed tables of some runs, which never change.

Every table of a segment says something about one run from the facts of that run alone, so that runs
can be computed in any company, in any process, on any machine, and laid side by side. What speaks
of several runs (experiments, versions of models) is a view over them.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from hashlib import blake2b
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Protocol

import duckdb

from runfolio.query.views import sections

if TYPE_CHECKING:
    import pyarrow as pa

#: Tables of a segment in the order in which they are computed, after ``internal.log``.
TABLES = (
    "internal.spoken",
    "internal.starts",
    "internal.trash",
    "internal.undone",
    "internal.training",
    "internal.lives",
    "internal.begun",
    "internal.corrected",
    "internal.dropped",
    "internal.amended",
    "internal.points",
    "internal.samples",
    "internal.ended_badly",
    "internal.identity",
    "internal.names",
    "internal.modelled",
    "internal.used",
    "summary",
    "params",
    "tags",
    "notes",
    "environment",
    "runs",
    "trashed",
)
#: Views that only the computation of these tables needs.
BETWEEN = ("internal.ranges", "internal.taken")
#: Tables whose rows have a number, ``place``, that orders the rows of a series.
PLACED = ("internal.points", "internal.samples")
ALL = ("internal.log", "internal.sessions", *TABLES)

_RAW = {"series": "metric", "machine": "system"}
_POINT = "run_id, key, step, value, time, writer, seq, text"
_SMALL = 200_000
SMALL_BLOCKS = 16_384
_VERSION = 2


class SessionRow(Protocol):
    """What a segment needs of a session."""

    @property
    def run_id(self) -> str:
        """The run."""

    @property
    def writer(self) -> str:
        """Who wrote."""

    @property
    def state(self) -> str:
        """Closed, alive, dead or stalled."""

    @property
    def last_seen(self) -> datetime:
        """The last sign of life."""


@cache
def segment_version() -> str:
    """What a segment's contents depend on beside the facts: the SQL, and DuckDB."""
    state = blake2b(f"{_VERSION} {duckdb.__version__} {ALL}".encode(), digest_size=8)
    for section in sections():
        state.update(f"{section.name} {section.sql}".encode())
    return state.hexdigest()


def new_database() -> duckdb.DuckDBPyConnection:
    """A database in memory. One thread, since sums of doubles depend on their order."""
    database = duckdb.connect(":memory:", config={"threads": 1, "preserve_insertion_order": True})
    database.execute("SET enable_progress_bar = false")
    database.execute("SET TimeZone = 'UTC'")
    return database


class Opening:
    """A database that opens beside other work: that takes DuckDB's time and none of Python's."""

    def __init__(self) -> None:
        self._made: duckdb.DuckDBPyConnection | None = None
        self._thread: Thread | None = Thread(target=self._open)
        try:
            self._thread.start()
        except RuntimeError:  # no more threads may be started: it is opened when it is taken
            self._thread = None

    def _open(self) -> None:
        with contextlib.suppress(duckdb.Error):  # told by whoever takes it
            self._made = new_database()

    def take(self) -> duckdb.DuckDBPyConnection:
        """The database; a fresh one for all who ask after the first."""
        if self._thread is not None:
            self._thread.join()
        made, self._made = self._made, None
        return made or new_database()


def compute(
    database: duckdb.DuckDBPyConnection,
    catalog: str,
    facts: pa.Table,
    sessions: Sequence[SessionRow],
) -> None:
    """Make the tables of whole runs in a new catalog in memory.

    ``facts`` are all that was said of these runs, in the columns of ``schema.COLUMNS``, sorted by
    run_id, time, writer, seq; ``sessions`` all that wrote to them.
    """
    database.execute(f"ATTACH ':memory:' AS {catalog}")
    database.execute(f"USE {catalog}")
    database.execute("CREATE SCHEMA internal")
    _fill(database, facts)
    add_sessions(database, sessions)
    for section in sections():
        if section.name in TABLES:
            database.execute(f"CREATE TABLE {section.name} AS {section.sql}")
        elif section.name in BETWEEN:
            database.execute(f"CREATE VIEW {section.name} AS {section.sql}")
    for name in (*BETWEEN[::-1], *(f"internal.{view}" for view in _RAW)):
        database.execute(f"DROP VIEW {name}")
    database.execute("USE memory")
    database.unregister("given")


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


def add_sessions(database: duckdb.DuckDBPyConnection, sessions: Sequence[SessionRow]) -> None:
    """Make the table ``internal.sessions``."""
    # Bound as lists: ``pa.array`` of Python objects would import pandas where it is installed.
    database.execute(
        "CREATE TABLE internal.sessions AS SELECT unnest($1::VARCHAR[]) AS run_id, "
        "unnest($2::VARCHAR[]) AS writer, unnest($3::VARCHAR[]) AS state, "
        "unnest($4::TIMESTAMP[]) AS last_seen ORDER BY run_id, writer",
        [
            [session.run_id for session in sessions],
            [session.writer for session in sessions],
            [session.state for session in sessions],
            [_naive(session.last_seen) for session in sessions],
        ],
    )


def _naive(seen: datetime) -> datetime:
    """UTC without a zone."""
    from datetime import UTC

    return seen.astimezone(UTC).replace(tzinfo=None) if seen.tzinfo else seen


@dataclass(frozen=True)
class Bucket:
    """Facts and sessions of some whole runs, as ``compute`` takes them, and where they are from."""

    facts: pa.Table
    sessions: Sequence[SessionRow]
    origin: str = ""


@dataclass(frozen=True)
class Written:
    """A segment that was written: how many runs, facts and bytes, and how long it took."""

    out: str
    runs: int
    rows: int
    bytes: int
    seconds: float
    damaged: tuple[tuple[str, str, str], ...] = ()


def write_segment(out: Path, buckets: Iterable[Bucket], rows: int) -> Written:
    """Compute the buckets, one after the other, and lay their tables into the new file ``out``.

    ``rows``: about how many facts it will be. duckdb.Error or OSError if it cannot be written; the
    file is then removed.
    """
    began = time.perf_counter()
    runs = facts = 0
    with _made(out, rows) as database:
        for bucket in buckets:
            compute(database, "bucket", bucket.facts, bucket.sessions)
            _lay(database, "bucket")
            database.execute("DETACH bucket")
            runs += len({session.run_id for session in bucket.sessions})
            facts += bucket.facts.num_rows
    return Written(str(out), runs, facts, out.stat().st_size, time.perf_counter() - began)


def merge_segments(out: Path, parts: Sequence[tuple[Path, Sequence[str]]], rows: int) -> Written:
    """Copy the given runs of some segments into the new segment ``out``, computing nothing."""
    began = time.perf_counter()
    runs = 0
    with _made(out, rows) as database:
        for path, run_ids in parts:
            database.execute(f"ATTACH {quoted(str(path))} AS part (READ_ONLY)")
            database.execute(
                "CREATE OR REPLACE TABLE chosen AS SELECT unnest($1::VARCHAR[]) AS run_id",
                [list(run_ids)],
            )
            _lay(database, "part", "WHERE run_id IN (SELECT run_id FROM memory.chosen)")
            database.execute("DETACH part")
            runs += len(run_ids)
    return Written(str(out), runs, rows, out.stat().st_size, time.perf_counter() - began)


@contextlib.contextmanager
def _made(out: Path, rows: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with the new file as catalog ``made``; the file is whole afterwards, or gone."""
    blocks = f" (BLOCK_SIZE {SMALL_BLOCKS})" if rows < _SMALL else ""
    database = new_database()
    try:
        database.execute(f"ATTACH {quoted(str(out))} AS made{blocks}")
        database.execute("CREATE SCHEMA made.internal")
        yield database
        database.execute("CHECKPOINT made")
        database.execute("DETACH made")
        database.close()
        _sync(out)
    except BaseException:
        database.close()
        remove(out)
        raise


def _lay(database: duckdb.DuckDBPyConnection, catalog: str, where: str = "") -> None:
    """Add the tables of a catalog to those of ``made``."""
    found = database.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'made'"
    ).fetchone()
    first = found == (0,)
    database.execute("BEGIN")
    for name in ALL:
        picked = "*"
        if name in PLACED and not first:
            picked = f"* REPLACE (place + {_highest(database, name)} AS place)"
        target = in_catalog("made", name)
        verb = f"CREATE TABLE {target} AS" if first else f"INSERT INTO {target}"
        database.execute(f"{verb} SELECT {picked} FROM {in_catalog(catalog, name)} {where}")
    database.execute("COMMIT")


def _highest(database: duckdb.DuckDBPyConnection, name: str) -> int:
    found = database.execute(f"SELECT coalesce(max(place), 0) FROM made.{name}").fetchone()
    return int(found[0]) if found else 0


def in_catalog(catalog: str, name: str) -> str:
    """The name of a segment's table in a catalog."""
    return f"{catalog}.{name}" if "." in name else f"{catalog}.main.{name}"


def quoted(text: str) -> str:
    """A text as a literal of SQL."""
    escaped = text.replace("'", "''")
    return f"'{escaped}'"


def remove(path: Path) -> None:
    """Remove a file of an index that is not needed, and what DuckDB may have left beside it."""
    for each in (path, path.with_name(path.name + ".wal")):
        try:
            each.unlink(missing_ok=True)
        except OSError:  # Windows keeps files that somebody reads; the next command tries again
            continue


def _sync(path: Path) -> None:
    """Let the disk have the file before anything refers to it."""
    from runfolio.store import files

    fd = os.open(path, os.O_RDWR | files.BINARY)
    try:
        files.sync_file(fd)
    finally:
        os.close(fd)
