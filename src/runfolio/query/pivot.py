"""Tables of a paper: methods by datasets, with mean and deviation over the runs of each cell.

The SQL that is asked is the SQL that is shown; ``runfolio sql`` gives the same numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from runfolio.config import PaperConfig
from runfolio.query.boards import Asked, direction_of
from runfolio.query.direction import Direction
from runfolio.query.filter import RUN_KEYS, parse
from runfolio.query.ranking_sql import written
from runfolio.query.wide import literal, quoted

_STATS = {"last": "s.last", "min": "s.min", "max": "s.max", "mean": "s.mean"}


@dataclass(frozen=True)
class PivotCell:
    """One cell: the mean of its runs, their standard deviation (None below two), and the runs."""

    mean: float
    std: float | None
    runs: tuple[str, ...]


@dataclass(frozen=True)
class Pivot:
    """The cells by (row, column, metric), their names in order, and the SQL that gives them.

    ``columns`` is ('',) where nothing but the metrics makes columns. ``directions`` says for each
    metric whether more ("max") or less ("min") is better.
    """

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    metrics: tuple[str, ...]
    directions: Mapping[str, Direction]
    cells: Mapping[tuple[str, str, str], PivotCell]
    sql: str


def pivot(store: Asked, paper: PaperConfig) -> Pivot:
    """The table that a configuration asks for; QueryError where its filter is wrong."""
    ways = {metric: direction_of(store.config, metric)[0] for metric in paper.metrics}
    core = pivot_sql(paper, ways)
    cells = {
        (row, column or "", metric): PivotCell(mean, std, tuple(runs))
        for row, column, metric, mean, std, _, runs in store.rows(_with_runs(core))
    }
    return Pivot(
        rows=tuple(dict.fromkeys(row for row, _, _ in cells)),
        columns=tuple(sorted({column for _, column, _ in cells})),
        metrics=paper.metrics,
        directions=ways,
        cells=cells,
        sql=core,
    )


def pivot_sql(paper: PaperConfig, ways: Mapping[str, Direction]) -> str:
    """The SELECT behind a table: row, column, metric, mean, std and n of every cell."""
    column = source_sql(paper.columns) if paper.columns else "NULL::VARCHAR"
    factor = f" * {paper.factor!r}" if paper.factor != 1 else ""
    return (
        f'SELECT {source_sql(paper.rows)} AS "row",\n'
        f'    {column} AS "column",\n'
        "    s.key AS metric,\n"
        f"    avg({_value(paper, ways)}{factor} ORDER BY runs.run_id) AS mean,\n"
        f"    stddev_samp({_value(paper, ways)}{factor} ORDER BY runs.run_id) AS std,\n"
        "    count(*) AS n\n"
        "FROM runs JOIN summary s ON s.run_id = runs.run_id\n"
        f"WHERE {_conditions(paper, ways)}\n"
        'GROUP BY "row", "column", metric\n'
        'ORDER BY "row", "column", metric'
    )


def _with_runs(sql: str) -> str:
    """The same with the runs of each cell."""
    runs = "    count(*) AS n,\n    list(runs.run_id ORDER BY runs.run_id) AS runs\n"
    return sql.replace("    count(*) AS n\n", runs, 1)


def source_sql(key: str) -> str:
    """SQL of the text that a key gives for a run: tag:…, param:…, dataset, a column, or a param."""
    word, _, name = key.partition(":")
    if word == "tag" and name:
        return _first("tags", "value", f"t.tag = {literal(name)}")
    if word == "param" and name:
        return _first("params", "text", f"t.key = {literal(name)}")
    if key in RUN_KEYS:
        return f"CAST(runs.{quoted(RUN_KEYS[key])} AS VARCHAR)"
    param = _first("params", "text", f"t.key = {literal(key)}")
    if key == "dataset":
        return f"coalesce({param}, {_first('datasets', 'name', 'true')})"
    return param


def _first(view: str, column: str, condition: str) -> str:
    return f"(SELECT min(t.{column}) FROM {view} t WHERE t.run_id = runs.run_id AND {condition})"


def _value(paper: PaperConfig, ways: Mapping[str, Direction]) -> str:
    """SQL of a run's value: one statistic for all metrics, or the one that is best for each."""
    if paper.stat != "best":
        return _STATS[paper.stat]
    best = {metric: _STATS[way] for metric, way in ways.items()}
    if len(set(best.values())) == 1:
        return next(iter(best.values()))
    whens = " ".join(f"WHEN {literal(metric)} THEN {value}" for metric, value in best.items())
    return f"CASE s.key {whens} END"


def _conditions(paper: PaperConfig, ways: Mapping[str, Direction]) -> str:
    metrics = ", ".join(literal(metric) for metric in ways)
    parts = [f"s.key IN ({metrics})", "s.last IS NOT NULL", '"row" IS NOT NULL']
    if paper.columns:
        parts.append('"column" IS NOT NULL')
    if paper.experiment is not None:
        parts.append(f"runs.experiment = {literal(paper.experiment)}")
    if paper.filter.strip():
        parts.append(f"({written(*parse(paper.filter).sql())})")
    return "\n    AND ".join(parts)
