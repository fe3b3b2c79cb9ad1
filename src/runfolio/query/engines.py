"""The leaderboards as SQL for other engines: Spark, Polars and DataFusion, or a bare DuckDB.

The text is the same for all of them, but for how they spell types, literals and ``CREATE``. It
stands on one table ``facts``, which the engine reads from the store's files (``sources``): the work
on the points is the engine's. What takes runfolio to know is written into the text as it is now:
what the runs are called and how they went, which points were renamed or dropped, and which runs
take part in a leaderboard.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from runfolio.query.ranking import Ranking

if TYPE_CHECKING:
    from runfolio.query.store import Store

#: Larger than every finite number is none of them; NaN and infinities are.
_LARGEST = "1.7976931348623157e308"
_FIRST_STEP = -(2**63) + 1


@dataclass(frozen=True)
class Dialect:
    """How an engine spells what the engines do not agree on."""

    name: str
    create: str = "CREATE OR REPLACE VIEW"
    text: str = "VARCHAR"
    integer: str = "BIGINT"
    number: str = "DOUBLE"
    time: str = "TIMESTAMP"
    backslash: str = "\\"

    def literal(self, value: object) -> str:
        """A value as the engine reads it."""
        match value:
            case None:
                return "NULL"
            case str():
                found = value.replace("\\", self.backslash).replace("\0", "\ufffd")
                return "'" + found.replace("'", "''") + "'"
            case datetime():
                return f"'{value.isoformat(' ', timespec='microseconds')}'"
            case float():
                return f"{value!r}e0" if "e" not in repr(value) else repr(value)
            case _:
                return str(value)

    def type(self, word: str) -> str:
        """The engine's name of one of our four types: text, integer, number or time."""
        return str(getattr(self, word))

    def table(self, columns: dict[str, str], rows: Sequence[Sequence[object]]) -> str:
        """A SELECT that gives these rows; ``columns``: name to type."""
        typed = {name: self.type(word) for name, word in columns.items()}
        if not rows:
            empty = (f"CAST(NULL AS {type}) AS {name}" for name, type in typed.items())
            return f"SELECT {', '.join(empty)} FROM facts WHERE 1 = 0"
        picked = ", ".join(f"CAST({name} AS {type}) AS {name}" for name, type in typed.items())
        lines = ",\n".join(f"    ({', '.join(map(self.literal, row))})" for row in rows)
        return f"SELECT {picked}\nFROM (VALUES\n{lines}\n) AS given({', '.join(columns)})"


DIALECTS = {
    dialect.name: dialect
    for dialect in (
        Dialect("duckdb"),
        Dialect("polars", create="CREATE TABLE"),
        Dialect("datafusion"),
        Dialect(
            "spark",
            create="CREATE OR REPLACE TEMPORARY VIEW",
            text="STRING",
            time="TIMESTAMP_NTZ",
            backslash="\\\\",
        ),
    )
}


def views(store: Store, dialect: Dialect) -> dict[str, str]:
    """The SELECT of each view by name, in the order in which they need each other.

    runs, renamed, gone, params, tags, points, summary, entrants, leaderboard. The first three and
    ``entrants`` are written out; the others are computed from ``facts``.
    """
    rankings = store.leaderboards()
    return {
        **_known(store, dialect),
        "params": _PARAMS,
        "tags": _TAGS,
        "points": _POINTS,
        "summary": _SUMMARY,
        "entrants": dialect.table(
            {"board": "text", "run_id": "text", "name": "text"}, list(_entrants(rankings))
        ),
        "leaderboard": _leaderboard(rankings, dialect),
    }


def statements(store: Store, dialect: Dialect) -> dict[str, str]:
    """The statement that makes each view, by name."""
    found = views(store, dialect)
    return {name: f"{dialect.create} {name} AS\n{sql}" for name, sql in found.items()}


def _known(store: Store, dialect: Dialect) -> dict[str, str]:
    """What only runfolio can tell: JSON, living processes, and corrections in their order."""
    kinds = {"run_id": "text", "name": "text", "experiment": "text", "status": "text"}
    kinds |= {"started": "time", "seconds": "number"}
    columns = ", ".join(kinds)
    runs = store.rows(f"SELECT {columns} FROM runs ORDER BY started, run_id")
    renamed = {"run_id": "text", "said": "text", "now": "text"}
    gone = {"run_id": "text", "said": "text", "writer": "text", "low": "integer", "high": "integer"}
    return {
        "runs": dialect.table(kinds, runs),
        "renamed": dialect.table(renamed, store.rows(f"{_CORRECTED}{_RENAMED}")),
        "gone": dialect.table(gone, store.rows(f"{_CORRECTED}{_GONE}")),
    }


#: Every point of corrected runs: what it was called and what it is called now, if it still is.
_CORRECTED = """
WITH corrected AS (
    SELECT f.run_id, f.key AS said, m.key AS now, f.writer, f.seq
    FROM facts f
    LEFT JOIN metrics m ON m.run_id = f.run_id AND m.writer = f.writer AND m.seq = f.seq
    WHERE f.kind = 'metric' AND f.run_id IN (SELECT run_id FROM runs)
        AND f.run_id IN (SELECT run_id FROM facts WHERE kind IN ('rename', 'drop'))
)
"""
_RENAMED = """
SELECT DISTINCT run_id, said, now FROM corrected WHERE now <> said ORDER BY run_id, said, now
"""
#: Points that are gone, as few ranges as can be: no other point of that metric lies between.
_GONE = """
SELECT run_id, said, writer, min(seq) AS low, max(seq) AS high
FROM (
    SELECT *, row_number() OVER (PARTITION BY run_id, said, writer ORDER BY seq)
        - row_number() OVER (PARTITION BY run_id, said, writer, now IS NULL ORDER BY seq) AS island
    FROM corrected
)
WHERE now IS NULL
GROUP BY run_id, said, writer, island
ORDER BY run_id, said, writer, low
"""

_PARAMS = """
SELECT run_id, key, text AS json, value AS number
FROM (
    SELECT f.run_id, f.key, f.text, f.value, ROW_NUMBER() OVER (
        PARTITION BY f.run_id, f.key ORDER BY f.time DESC, f.writer DESC, f.seq DESC) AS age
    FROM facts f
    INNER JOIN runs r ON r.run_id = f.run_id
    WHERE f.kind = 'param'
) AS said
WHERE age = 1
""".strip()

_TAGS = """
SELECT run_id, key AS tag, text AS value
FROM (
    SELECT f.run_id, f.key, f.text, f.kind, ROW_NUMBER() OVER (
        PARTITION BY f.run_id, f.key ORDER BY f.time DESC, f.writer DESC, f.seq DESC) AS age
    FROM facts f
    INNER JOIN runs r ON r.run_id = f.run_id
    WHERE f.kind IN ('tag', 'untag')
) AS said
WHERE age = 1 AND kind = 'tag'
""".strip()

_POINTS = """
SELECT f.run_id, COALESCE(n.now, f.key) AS key, f.step, f.value, f.time, f.writer, f.seq
FROM facts f
INNER JOIN runs r ON r.run_id = f.run_id
LEFT JOIN renamed n ON n.run_id = f.run_id AND n.said = f.key
LEFT JOIN (
    SELECT p.writer, p.seq
    FROM facts p
    INNER JOIN gone g ON g.run_id = p.run_id AND g.said = p.key AND g.writer = p.writer
    WHERE p.kind = 'metric' AND p.seq >= g.low AND p.seq <= g.high
) AS d ON d.writer = f.writer AND d.seq = f.seq
WHERE f.kind = 'metric' AND d.seq IS NULL
""".strip()

_SUMMARY = f"""
SELECT run_id, key, COUNT(*) AS points,
    MAX(CASE WHEN back = 1 THEN good END) AS last,
    MAX(CASE WHEN back = 1 AND good IS NOT NULL THEN step END) AS last_step,
    MIN(good) AS min, MAX(CASE WHEN low = 1 AND good IS NOT NULL THEN step END) AS min_step,
    MAX(good) AS max, MAX(CASE WHEN high = 1 AND good IS NOT NULL THEN step END) AS max_step,
    AVG(good) AS mean
FROM (
    SELECT run_id, key, step, good,
        ROW_NUMBER() OVER (PARTITION BY run_id, key ORDER BY bad, place DESC) AS back,
        ROW_NUMBER() OVER (PARTITION BY run_id, key ORDER BY bad, good, place) AS low,
        ROW_NUMBER() OVER (PARTITION BY run_id, key ORDER BY bad, good DESC, place) AS high
    FROM (
        SELECT run_id, key, step,
            CASE WHEN ABS(value) <= {_LARGEST} THEN value END AS good,
            CASE WHEN ABS(value) <= {_LARGEST} THEN 0 ELSE 1 END AS bad,
            ROW_NUMBER() OVER (PARTITION BY run_id, key
                ORDER BY COALESCE(step, {_FIRST_STEP}), time, writer, seq) AS place
        FROM points
    ) AS placed
) AS ordered
GROUP BY run_id, key
""".strip()


def _entrants(rankings: Iterable[Ranking]) -> Iterable[tuple[str, str, str | None]]:
    """Which run takes part in which leaderboard; the name is that of its group, if it has one."""
    for ranking in rankings:
        for entry in ranking.entries:
            group = entry.name if ranking.board.group_by else None
            for run_id in sorted(entry.members):
                yield ranking.board.name, run_id, group


def _leaderboard(rankings: Sequence[Ranking], dialect: Dialect) -> str:
    """All leaderboards one below the other, with the columns of ``leaderboard('name')``."""
    if not rankings:
        return dialect.table(_COLUMNS, [])
    return "\nUNION ALL\n".join(_board(ranking, dialect) for ranking in rankings)


_COLUMNS = {
    "board": "text", "rank": "integer", "run_id": "text", "name": "text", "experiment": "text",
    "status": "text", "metric": "text", "value": "number", "std": "number", "runs": "integer",
    "step": "integer", "delta": "number", "started": "time", "seconds": "number",
}  # fmt: skip


def _board(ranking: Ranking, dialect: Dialect) -> str:
    board = ranking.board
    name, metric = dialect.literal(board.name), dialect.literal(board.metric)
    down = " DESC" if board.direction == "max" else ""
    ranked = f"CASE WHEN value IS NULL THEN 1 ELSE 0 END, value{down}"
    order = f"{ranked}, started, run_id"
    stat = board.direction if board.stat == "best" else board.stat
    step = "NULL" if stat == "mean" else f"s.{stat}_step"
    scored = (
        "SELECT e.run_id, COALESCE(e.name, r.name) AS name, r.experiment, r.status, r.started,\n"
        f"    r.seconds, s.{stat} AS value, CAST({step} AS {dialect.integer}) AS step\n"
        "FROM entrants e\n"
        "INNER JOIN runs r ON r.run_id = e.run_id\n"
        f"LEFT JOIN (SELECT * FROM summary WHERE key = {metric}) AS s ON s.run_id = e.run_id\n"
        f"WHERE e.board = {name}"
    )
    rows = _grouped(scored, order, dialect) if board.group_by else _single(scored, dialect)
    return (
        f"SELECT {name} AS board,\n"
        f"    CASE WHEN value IS NOT NULL THEN RANK() OVER (ORDER BY {ranked}) END AS rank,\n"
        f"    run_id, name, experiment, status, {metric} AS metric, value, std, runs, step,\n"
        f"    value - base AS delta, started, seconds\n"
        f"FROM ({rows}) AS ranked\n"
        f"CROSS JOIN ({_base(ranking, stat, dialect)}) AS compared"
    )


def _single(scored: str, dialect: Dialect) -> str:
    return (
        f"SELECT *, CAST(NULL AS {dialect.number}) AS std,\n"
        "    CASE WHEN value IS NULL THEN 0 ELSE 1 END AS runs\n"
        f"FROM ({scored}) AS scored"
    )


def _grouped(scored: str, order: str, dialect: Dialect) -> str:
    """One row for each group of runs; what describes a run is the best run's."""
    best = ", ".join(
        f"MAX(CASE WHEN place = 1 THEN {column} END) AS {column}"
        for column in ("run_id", "experiment", "status", "started", "seconds")
    )
    return (
        "SELECT name, AVG(value) AS value, STDDEV_SAMP(value) AS std, COUNT(value) AS runs,\n"
        f"    CAST(NULL AS {dialect.integer}) AS step,\n    {best}\n"
        f"FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY name ORDER BY {order}) AS place\n"
        f"FROM ({scored}) AS scored) AS members\nGROUP BY name"
    )


def _base(ranking: Ranking, stat: str, dialect: Dialect) -> str:
    """The value that deltas are taken from, as ``base``: the baseline run's or its group's."""
    if ranking.baseline is None:
        return f"SELECT MAX(CAST(NULL AS {dialect.number})) AS base FROM entrants"
    runs = [ranking.baseline]
    if ranking.board.group_by:
        groups = (entry.members for entry in ranking.entries)
        runs = next((sorted(group) for group in groups if ranking.baseline in group), [])
    among = ", ".join(map(dialect.literal, runs)) or "''"
    return (
        f"SELECT AVG({stat}) AS base FROM summary\n"
        f"WHERE key = {dialect.literal(ranking.board.metric)} AND run_id IN ({among})"
    )
