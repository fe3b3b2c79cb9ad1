"""The SQL of leaderboards: what ranks the runs, what is shown for pasting, and the table function.

All names and values that people typed are written as SQL literals, since this SQL is made to be
read and pasted elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence

from runfolio.query.boards import Board
from runfolio.query.filter import RUN_KEYS, parse
from runfolio.query.wide import literal, quoted

_STATS = {
    "last": ("s.last", "s.last_step"),
    "min": ("s.min", "s.min_step"),
    "max": ("s.max", "s.max_step"),
    "mean": ("s.mean", "NULL::BIGINT"),
}


def value_columns(board: Board) -> tuple[str, str]:
    """SQL of the ranked value and of its step, on ``summary s``."""
    return _STATS[board.direction if board.stat == "best" else board.stat]


def conditions(board: Board, runs: str = "runs") -> str:
    """Which runs are ranked, as a SQL condition on ``runs`` with its values written in."""
    parts = []
    if board.experiment is not None:
        parts.append(f"{runs}.experiment = {literal(board.experiment)}")
    if board.filter.strip():
        condition, given = parse(board.filter).sql()
        parts.append(written(condition, given))
    return " AND ".join(parts) or "true"


def written(condition: str, given: Sequence[object]) -> str:
    """A condition with its values in place of the ``?``; texts are quoted as SQL wants them."""
    pieces = condition.split("?")
    values = [_written(value) for value in given]
    return "".join(piece + value for piece, value in zip(pieces, [*values, ""], strict=True))


def _written(value: object) -> str:
    if isinstance(value, str):
        return literal(value)
    text = repr(value)
    if "e" in text or "n" in text:
        return text if "n" not in text else f"CAST({literal(text)} AS DOUBLE)"
    return f"{text}e0"  # without an exponent it would be a DECIMAL


def core_sql(board: Board, baseline: str | None) -> str:
    """The SELECT behind a leaderboard: the columns of ``leaderboard('name')`` and members."""
    value, step = value_columns(board)
    key = literal(board.metric)
    order = "DESC" if board.direction == "max" else "ASC"
    inner = (
        "SELECT runs.run_id, runs.name, runs.experiment, runs.status, runs.started, runs.seconds,"
        f" {value} AS value, {step} AS step{''.join(_group_columns(board))}\n"
        f"FROM runs LEFT JOIN summary s ON s.run_id = runs.run_id AND s.key = {key}\n"
        f"WHERE {conditions(board)}"
    )
    rows = _grouped(board, inner, order) if board.group_by else _single(inner)
    base = _baseline_value(board, baseline)
    return (
        f"SELECT {literal(board.name)} AS board,\n"
        "    CASE WHEN value IS NOT NULL THEN\n"
        f"        rank() OVER (ORDER BY value {order} NULLS LAST) END AS rank,\n"
        f"    run_id, name, experiment, status, {key} AS metric, value, std, runs, step,\n"
        f"    value - {base} AS delta, started, seconds, members\n"
        f"FROM ({rows})\n"
        "ORDER BY rank NULLS LAST, started, run_id"
    )


def group_sql(board: Board, name: str) -> str:
    """The best run of the group of this name: 'lr=0.1, depth=3', or just the value of one param."""
    names = f"{literal(name)}, {literal(f'{board.group_by[0]}={name}')}"
    return f"SELECT run_id FROM ({core_sql(board, None)}) WHERE name IN ({names}) LIMIT 1"


def _single(inner: str) -> str:
    return (
        "SELECT *, NULL::DOUBLE AS std, (value IS NOT NULL)::BIGINT AS runs, [run_id] AS members\n"
        f"FROM ({inner})"
    )


def _grouped(board: Board, inner: str, order: str) -> str:
    """One row for each group of runs; what describes a run is the best run's."""
    keys = [f"g{index}" for index in range(len(board.group_by))]
    first = f"ORDER BY value {order} NULLS LAST, started, run_id"
    named = " || ', ' || ".join(
        f"{literal(key + '=')} || coalesce({column}, '–')"
        for key, column in zip(board.group_by, keys, strict=True)
    )
    picked = ", ".join(
        f"first({column} {first}) AS {column}"
        for column in ("run_id", "experiment", "status", "started", "seconds")
    )
    return (
        f"SELECT {named} AS name, avg(value ORDER BY run_id) AS value,\n"
        "    CASE WHEN count(value) > 1 THEN stddev_samp(value ORDER BY run_id) END AS std,\n"
        f"    count(value) AS runs, NULL::BIGINT AS step, list(run_id {first}) AS members,\n"
        f"    {picked}\n"
        f"FROM ({inner})\n"
        f"GROUP BY {', '.join(keys)}"
    )


def _group_columns(board: Board) -> list[str]:
    """The SELECT columns that make the groups: columns of runs by name, else params."""
    found = []
    for index, key in enumerate(board.group_by):
        if key in RUN_KEYS:
            column = f"CAST(runs.{quoted(RUN_KEYS[key])} AS VARCHAR)"
        else:
            column = (
                "(SELECT p.text FROM params p WHERE p.run_id = runs.run_id "
                f"AND p.key = {literal(key)})"
            )
        found.append(f", {column} AS g{index}")
    return found


def _baseline_value(board: Board, baseline: str | None) -> str:
    """SQL of the value that deltas are taken from: the baseline run's, or its group's mean."""
    if baseline is None:
        return "NULL::DOUBLE"
    if board.group_by:
        return f"max(value) FILTER (list_contains(members, {literal(baseline)})) OVER ()"
    value, _ = value_columns(board)
    return (
        f"(SELECT {value} FROM summary s WHERE s.run_id = {literal(baseline)} "
        f"AND s.key = {literal(board.metric)})"
    )


def shown_sql(board: Board, names: Sequence[str], baseline: str | None) -> str:
    """A SELECT over ``wide`` that gives the leaderboard as it is shown, with these columns."""
    if board.group_by:
        return core_sql(board, baseline)
    value, step = value_columns(board)
    order = f"{value} {'DESC' if board.direction == 'max' else 'ASC'} NULLS LAST"
    picked = [
        f"CASE WHEN {value} IS NOT NULL THEN rank() OVER (ORDER BY {order}) END AS rank",
        "runs.run_id",
        "runs.name",
        f"{value} AS {quoted(board.metric or 'value')}",
        f"{step} AS step",
        "runs.status",
        *(f"runs.{quoted(name)}" for name in names),
    ]
    return (
        "SELECT "
        + ",\n    ".join(picked)
        + f"\nFROM wide AS runs\nLEFT JOIN summary s ON s.run_id = runs.run_id "
        f"AND s.key = {literal(board.metric)}\n"
        f"WHERE {conditions(board)}\n"
        "ORDER BY rank NULLS LAST, runs.started, runs.run_id"
    )


def macro_sql(boards: Sequence[tuple[Board, str | None]], name: str = "leaderboard") -> str:
    """The statement that makes ``leaderboard(name)``; each board with its baseline's run id."""
    columns = (
        "board, rank, run_id, name, experiment, status, metric, value, std, runs, step, delta, "
        "started, seconds"
    )
    parts = [
        f"SELECT {columns} FROM ({core_sql(board, baseline)})\nWHERE wanted = {literal(board.name)}"
        for board, baseline in boards
    ]
    names = literal(". There are: " + (", ".join(board.name for board, _ in boards) or "none"))
    known = ", ".join(literal(board.name) for board, _ in boards) or "''"
    wrong = (
        f"SELECT {', '.join(_EMPTY)} WHERE CASE WHEN wanted IN ({known}) THEN false ELSE "
        f"error('There is no leaderboard ' || wanted || {names}) END"
    )
    body = "\nUNION ALL\n".join((*parts, wrong))
    return f"CREATE MACRO {name}(wanted) AS TABLE (\n{body}\n)"


_EMPTY = (
    "NULL::VARCHAR AS board", "NULL::BIGINT AS rank", "NULL::VARCHAR AS run_id",
    "NULL::VARCHAR AS name", "NULL::VARCHAR AS experiment", "NULL::VARCHAR AS status",
    "NULL::VARCHAR AS metric", "NULL::DOUBLE AS value", "NULL::DOUBLE AS std",
    "NULL::BIGINT AS runs", "NULL::BIGINT AS step", "NULL::DOUBLE AS delta",
    "NULL::TIMESTAMP AS started", "NULL::DOUBLE AS seconds",
)  # fmt: skip
