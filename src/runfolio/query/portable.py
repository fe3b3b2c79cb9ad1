"""The views as plain SQL over a store's Parquet files, for programs without runfolio.

    runfolio sql --views | duckdb runs.duckdb

gives a database with the same views, ``wide`` and ``leaderboard('name')``. Other engines get those
of ``engines``, over a table ``facts``. What only journals hold (the last facts of runs that are
going on) is not in there, unless it is written to a file first (``rest``).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from runfolio import schema
from runfolio.config import Config
from runfolio.query import engines, ranking_sql, wide
from runfolio.query.database import STORED
from runfolio.query.sources import Source, Sources, sources
from runfolio.query.store import Store
from runfolio.query.views import VIEWS_VERSION, sections
from runfolio.query.wide import literal

if TYPE_CHECKING:
    from runfolio.store.folder import Folder
    from runfolio.store.plan import Session

_TYPES = {"string": "VARCHAR", "int64": "BIGINT", "double": "DOUBLE", "timestamp[us]": "TIMESTAMP"}
_POINT = "run_id, key, step, value, time, writer, seq, text"


def script(
    folder: Folder, config: Config | None = None, engine: str = "duckdb", rest: Path | None = None
) -> str:
    """SQL text that makes the views over the files of ``folder`` as they are now.

    For DuckDB (1.4 or newer) these are all public views; another engine of ``engines.DIALECTS``
    must have the table ``facts``. Leaderboards are those of ``config``. With ``rest``, facts that
    only journals hold are written to that file first. Run it again when there are new runs.
    """
    found = sources(folder, rest)
    lines = statements(folder, config, engine, found)
    return "\n\n".join([_head(engine, found), *(f"{each};" for each in lines), ""])


def statements(
    folder: Folder,
    config: Config | None = None,
    engine: str = "duckdb",
    found: Sources | None = None,
) -> list[str]:
    """The statements of ``script`` one by one, in their order."""
    if engine != "duckdb":
        with Store.open(folder.path, config) as store:
            return list(engines.statements(store, engines.DIALECTS[engine]).values())
    return _duckdb(folder, config, found or sources(folder))


def _duckdb(folder: Folder, config: Config | None, found: Sources) -> list[str]:
    from runfolio.store.plan import snapshot

    seen = snapshot(folder)
    with Store(seen, config) as store:
        boards = [(each.board, each.baseline) for each in store.leaderboards()]
        columns = store.wide_columns()
    open_sessions = [session for session in seen.sessions if session.state != "closed"]
    made = [
        "CREATE SCHEMA IF NOT EXISTS internal",
        f"CREATE OR REPLACE VIEW internal.facts AS\n{facts_sql(found.files)}",
        *_raw(),
    ]
    for section in sections():
        made.append(_create(section.name, section.sql))
        if section.name == "internal.spoken":
            made.append(_create("internal.sessions", _sessions(open_sessions)))
    made.append(_create("wide", wide.sql(columns), stored=True))
    macro = ranking_sql.macro_sql(boards).removeprefix("CREATE ")
    return [*made, f"CREATE OR REPLACE {macro}"]


def _head(engine: str, found: Sources) -> str:
    lines = [
        f"-- The views of runfolio (version {VIEWS_VERSION}) as plain SQL over Parquet files.",
        "-- For DuckDB 1.4 or newer: duckdb runs.duckdb < views.sql"
        if engine == "duckdb"
        else f"-- For {engine}, with the files of `runfolio sql --files` as the table facts.",
        "-- What the columns mean: runfolio sql --schema",
    ]
    if found.missing:
        lines.append(f"-- {found.missing}. With --rest FILE they are written to a file.")
    return "\n".join(lines)


def facts_sql(files: Iterable[Source]) -> str:
    """A SELECT that gives DuckDB every fact of these files once, with the columns of a fact."""
    columns = ", ".join(
        f"CAST({each.name} AS {_TYPES[each.type]}) AS {each.name}" for each in schema.COLUMNS
    )
    whole = [source for source in files if source.ranges is None]
    reads = [f"{_read(whole)}"] if whole else []
    reads += [f"{_read([one])}\nWHERE {one.where}" for one in files if one.ranges is not None]
    if not reads:
        empty = [f"NULL::{_TYPES[each.type]} AS {each.name}" for each in schema.COLUMNS]
        return f"SELECT {', '.join(empty)} WHERE false"
    return "\nUNION ALL\n".join(f"SELECT {columns}\nFROM {read}" for read in reads)


def _read(files: Sequence[Source]) -> str:
    """The files as DuckDB reads them; the names' own signs of patterns are escaped."""
    paths = (Path(source.path).resolve().as_posix() for source in files)
    names = ("".join(f"[{sign}]" if sign in "[*?" else sign for sign in path) for path in paths)
    listed = ",\n    ".join(map(literal, names))
    return f"read_parquet([\n    {listed}\n], hive_partitioning = false)"


def _raw() -> list[str]:
    kinds = {"series": "metric", "machine": "system"}
    return [
        "CREATE OR REPLACE TABLE internal.log AS\nFROM internal.facts WHERE kind NOT IN "
        "('metric', 'system') ORDER BY run_id, time, writer, seq",
        *(
            f"CREATE OR REPLACE VIEW internal.{name} AS\n"
            f"SELECT {_POINT} FROM internal.facts WHERE kind = '{kind}'"
            for name, kind in kinds.items()
        ),
    ]


def _sessions(open_sessions: Sequence[Session]) -> str:
    """Sessions: those that were not closed when the script was made, and all others as closed."""
    rows = ", ".join(
        f"({literal(each.run_id)}, {literal(each.writer)}, {literal(each.state)}, "
        f"TIMESTAMP {literal(each.last_seen.replace(tzinfo=None).isoformat(' '))})"
        for each in open_sessions
    )
    known = f"VALUES {rows}" if rows else "SELECT '', '', '', NULL::TIMESTAMP WHERE false"
    return (
        "SELECT s.run_id, s.writer, coalesce(k.state, 'closed') AS state,\n"
        "    coalesce(k.last_seen, s.last_said) AS last_seen\n"
        "FROM internal.spoken s\n"
        f"LEFT JOIN ({known}) k(run_id, writer, state, last_seen)\n"
        "    ON k.run_id = s.run_id AND k.writer = s.writer\n"
        "ORDER BY s.run_id, s.writer"
    )


def _create(name: str, sql: str, *, stored: bool = False) -> str:
    kind = "TABLE" if stored or name in STORED else "VIEW"
    return f"CREATE OR REPLACE {kind} {name} AS\n{sql}"
