"""How each engine is asked for the leaderboards of a store: its own loader, our SQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from runfolio.config import Config
from runfolio.query.portable import statements
from runfolio.query.sources import Sources
from runfolio.store.folder import Folder

Rows = list[tuple[Any, ...]]
ASK = "SELECT * FROM leaderboard"


def duckdb(folder: Folder, config: Config, found: Sources) -> Rows:
    """The short views in DuckDB, which needs no others."""
    import duckdb

    from runfolio.query import engines
    from runfolio.query.portable import facts_sql
    from runfolio.query.store import Store

    database = duckdb.connect()
    database.execute(f"CREATE VIEW facts AS {facts_sql(found.files)}")
    with Store.open(folder.path, config) as store:
        for sql in engines.statements(store, engines.DIALECTS["duckdb"]).values():
            database.execute(sql)
    return database.sql(ASK).fetchall()


def polars(folder: Folder, config: Config, found: Sources) -> Rows:
    import polars

    frames = []
    for source in found.files:
        frame = polars.scan_parquet(source.path, glob=False)
        frames.append(frame.filter(polars.sql_expr(source.where)) if source.where else frame)
    context = polars.SQLContext(facts=polars.concat(frames))
    for sql in statements(folder, config, "polars"):
        context.execute(sql)
    return context.execute(ASK).collect().rows()


def datafusion(folder: Folder, config: Config, found: Sources) -> Rows:
    from datafusion import SessionContext
    from pyarrow import dataset

    context = SessionContext()
    reads = []
    for number, source in enumerate(found.files):
        context.register_dataset(f"file_{number}", dataset.dataset(source.path, format="parquet"))
        reads.append(f"SELECT * FROM file_{number} WHERE {source.where or 'true'}")
    context.sql(f"CREATE VIEW facts AS {' UNION ALL '.join(reads)}").collect()
    for sql in statements(folder, config, "datafusion"):
        context.sql(sql).collect()
    return [tuple(row.values()) for row in context.sql(ASK).to_pylist()]


def spark(session: Any) -> Callable[[Folder, Config, Sources], Rows]:
    """The way to ask this Spark session."""

    def ask(folder: Folder, config: Config, found: Sources) -> Rows:
        paths = [escaped(str(source.path)) for source in found.files if not source.where]
        facts = session.read.parquet(*paths)
        for source in found.files:
            if source.where:
                one = session.read.parquet(escaped(str(source.path)))
                facts = facts.unionByName(one.where(source.where))
        facts.createOrReplaceTempView("facts")
        for sql in statements(folder, config, "spark"):
            session.sql(sql)
        return [tuple(row) for row in session.sql(ASK).collect()]

    return ask


def escaped(path: str) -> str:
    """A path as Spark reads it, which takes some signs for patterns."""
    return "".join(f"\\{sign}" if sign in "\\[]{}*?" else sign for sign in path)


def plain(value: Any) -> Any:
    """The value without what engines add to it: zones, nanoseconds, NaN for null, last digits."""
    if hasattr(value, "to_pydatetime"):
        value = value.to_pydatetime()
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if isinstance(value, float):
        return None if value != value else float(f"{value:.13g}")
    return value


def comparable(rows: Rows) -> dict[str, Rows]:
    """The rows of each leaderboard by its name, in the order of their rank."""
    found: dict[str, Rows] = {}
    for row in (tuple(map(plain, row)) for row in rows):
        found.setdefault(row[0], []).append(row)
    return {
        board: sorted(group, key=lambda row: (row[1] is None, row[1] or 0, row[12], row[2]))
        for board, group in sorted(found.items())
    }
