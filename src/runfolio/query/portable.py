"""The views as plain SQL over a store's Parquet files, for a DuckDB without runfolio.

    runfolio sql --views | duckdb runs.duckdb

gives a database with the same views, ``wide`` and ``leaderboard('name')``. What is not in Parquet
yet (the last facts of runs that are going on) is not in there.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from runfolio import schema
from runfolio.config import Config
from runfolio.query import ranking_sql, wide
from runfolio.query.database import STORED
from runfolio.query.store import Store
from runfolio.query.views import VIEWS_VERSION, sections
from runfolio.query.wide import literal

if TYPE_CHECKING:
    from runfolio.store.folder import Folder
    from runfolio.store.plan import Session

_TYPES = {"string": "VARCHAR", "int64": "BIGINT", "double": "DOUBLE", "timestamp[us]": "TIMESTAMP"}
_POINT = "run_id, key, step, value, time, writer, seq, text"


def script(folder: Folder, config: Config | None = None) -> str:
    """SQL text for DuckDB 1.4 or newer that makes the public views over the files of ``folder``.

    Leaderboards are those of ``config``. Run it again when there are new runs.
    """
    from runfolio.store.plan import snapshot

    found = snapshot(folder)
    with Store(found, config) as store:
        boards = [(each.board, each.baseline) for each in store.leaderboards()]
        columns = store.wide_columns()
    open_sessions = [session for session in found.sessions if session.state != "closed"]
    statements = [
        "CREATE SCHEMA IF NOT EXISTS internal",
        f"CREATE OR REPLACE VIEW internal.facts AS\n{_facts(Path(folder.path).resolve())}",
        *_raw(),
    ]
    for section in sections():
        statements.append(_create(section.name, section.sql))
        if section.name == "internal.spoken":
            statements.append(_create("internal.sessions", _sessions(open_sessions)))
    statements.append(_create("wide", wide.sql(columns), stored=True))
    macro = ranking_sql.macro_sql(boards).removeprefix("CREATE ")
    statements.append(f"CREATE OR REPLACE {macro}")
    return "\n\n".join([_head(open_sessions), *(f"{each};" for each in statements), ""])


def _head(open_sessions: Sequence[Session]) -> str:
    lines = [
        f"-- The views of runfolio (version {VIEWS_VERSION}) as plain SQL over Parquet files.",
        "-- For DuckDB 1.4 or newer: duckdb runs.duckdb < views.sql",
        "-- What the columns mean: runfolio sql --schema",
    ]
    if open_sessions:
        runs = len({session.run_id for session in open_sessions})
        lines.append(
            f"-- {runs} {'run is' if runs == 1 else 'runs are'} not closed: what was logged last "
            "may be in journals, which only runfolio reads."
        )
    return "\n".join(lines)


def _facts(folder: Path) -> str:
    """The facts of all parts and packs, each (writer, seq) once."""
    columns = [
        f"CAST({each.name} AS {_TYPES[each.type]}) AS {each.name}" for each in schema.COLUMNS
    ]
    files = _files(folder)
    if not files:
        empty = [f"NULL::{_TYPES[each.type]} AS {each.name}" for each in schema.COLUMNS]
        return f"SELECT {', '.join(empty)} WHERE false"
    return (
        f"SELECT DISTINCT ON (run_id, writer, seq) {', '.join(columns)}\n"
        f"FROM read_parquet([{', '.join(map(literal, files))}], hive_partitioning = false)"
    )


def _files(folder: Path) -> list[str]:
    """Glob patterns that match a file; the folder's own signs are escaped."""
    base = "".join(f"[{sign}]" if sign in "[*?" else sign for sign in folder.as_posix())
    patterns = (
        (f"{schema.RUNS}", "*/p-*.parquet"),
        (f"{schema.PACKS}", "c-*.parquet"),
    )
    return [
        f"{base}/{place}/{pattern}"
        for place, pattern in patterns
        if next((folder / place).glob(pattern), None) is not None
    ]


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
