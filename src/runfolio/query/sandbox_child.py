"""The process of the sandbox: opens a store, then answers one statement after the other.

``python -m runfolio.query.sandbox_child`` reads JSON, a line each, and writes a line of JSON and
then an Arrow stream for every statement. It ends when its standard input does, so it never
outlives the process that asks.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from runfolio.config import Config, LeaderboardConfig, MetricConfig
from runfolio.errors import QueryError, RunfolioError
from runfolio.query.statement import words

if TYPE_CHECKING:
    from runfolio.query.store import Store

#: Table functions that only compute; all others of DuckDB, also new ones, are refused.
_HARMLESS = frozenset(
    {"generate_series", "json_each", "json_tree", "range", "repeat", "repeat_row", "unnest",
     "histogram", "histogram_values", "summary", "leaderboard"}
)  # fmt: skip
#: Scalar functions that tell of the machine or the session, or write something.
_TELLING = frozenset(
    {"current_setting", "getenv", "getvariable", "write_log", "which_secret", "current_query"}
)
#: Longest message that is sent back: a statement can make its own.
_LONGEST = 10_000
_SYSTEM = ("duckdb_", "pragma_", "pg_", "sqlite_", "information_schema")


def refuse(sql: str, functions: frozenset[str]) -> None:
    """QueryError if a statement uses what a stranger's must not.

    ``functions`` are the names of DuckDB's table functions; see ``table_functions``.
    """
    found = words(sql)
    for word, behind in zip(found, [*found, ""][1:], strict=True):
        called = behind == "(" and word in functions and word not in _HARMLESS
        if called or word in _TELLING or word.startswith(_SYSTEM):
            raise QueryError(
                f"{word} is not allowed here: it tells of the machine, or reads other things.",
                hint="Ask the views: runs, params, metrics, summary, leaderboard('name'), …",
            )


def table_functions(database: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """The names of all table functions of this DuckDB."""
    rows = database.execute(
        "SELECT DISTINCT lower(function_name) FROM duckdb_functions() "
        "WHERE function_type IN ('table', 'pragma', 'table_macro')"
    ).fetchall()
    return frozenset(row[0] for row in rows)


def main() -> None:
    """Serve until standard input ends."""
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints is no answer
    lines = _lines(sys.stdin.buffer)
    request = json.loads(next(lines, b"{}") or b"{}")
    try:
        store = _open(request)
    except RunfolioError as error:
        _send(out, _mistake(error))
        return
    with store, duckdb.connect() as database:
        functions = table_functions(database)
        _limit(request.get("memory"))
        _send(out, {"kind": "ready"})
        for line in lines:
            _send(out, *_answer(store, json.loads(line)["sql"], functions))


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """The lines as they come; the process ends at once when there will be no more.

    A thread reads them: a statement can keep the process busy long after its reader has gone.
    """
    import queue

    waiting: queue.SimpleQueue[bytes] = queue.SimpleQueue()

    def read() -> None:
        for line in stream:
            waiting.put(line)
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    while True:
        yield waiting.get()


def _open(request: Mapping[str, Any]) -> Store:
    from runfolio.query.origins import Origin
    from runfolio.query.store import Store

    boards = tuple(LeaderboardConfig(**_frozen(board)) for board in request["leaderboards"])
    metrics = {key: MetricConfig(**each) for key, each in request["metrics"].items()}
    view: dict[str, Any] = {}
    if request.get("as_of"):
        view["as_of"] = datetime.fromisoformat(request["as_of"])
    config = Config(leaderboards=boards, metrics=metrics)
    origins = [
        Origin(each["name"], Path(each["folder"]), "", "") for each in request.get("origins", ())
    ]
    return Store.open(Path(request["store"]), config=config, origins=origins, **view)


def _frozen(values: Mapping[str, Any]) -> dict[str, Any]:
    """JSON's lists as the tuples that they were."""
    return {key: tuple(each) if isinstance(each, list) else each for key, each in values.items()}


def _limit(memory: int | None) -> None:
    """Take at most so many bytes more than now; only Linux tells how many those are."""
    if memory is None:
        return
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        most = pages * resource.getpagesize() + memory
        resource.setrlimit(resource.RLIMIT_AS, (most, most))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _answer(
    store: Store, sql: str, functions: frozenset[str]
) -> tuple[dict[str, Any], bytes | pa.Buffer]:
    try:
        refuse(sql, functions)
        relation = store.sql(sql)
        try:
            table = relation.to_arrow_table()
        except duckdb.OutOfMemoryException:
            raise
        except duckdb.Error as error:
            raise store.explain(error, sql) from None
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as stream:
            stream.write_table(table)
        body = sink.getvalue()
        return {"kind": "table", "bytes": body.size}, body
    except (MemoryError, duckdb.OutOfMemoryException, pa.ArrowMemoryError) as error:
        return _mistake(error), b""
    except RunfolioError as error:
        return _mistake(error), b""
    except (duckdb.Error, pa.ArrowException, RuntimeError, ValueError, OverflowError) as error:
        return _mistake(QueryError(str(error).split("\n")[0])), b""


def _mistake(error: BaseException) -> dict[str, Any]:
    known = isinstance(error, RunfolioError)
    memory = not known or ("memory" in str(error).lower() and "limit" in str(error).lower())
    return {
        "kind": "error",
        "message": error.message[:10_000] if isinstance(error, RunfolioError) else str(error)[:200],
        "hint": error.hint[:10_000] if isinstance(error, RunfolioError) else "",
        "memory": memory,
    }


def _send(out: IO[bytes], head: Mapping[str, Any], body: bytes | pa.Buffer = b"") -> None:
    out.write(json.dumps(head).encode() + b"\n")
    out.write(body)
    out.flush()


if __name__ == "__main__":
    main()
