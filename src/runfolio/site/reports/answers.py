"""SQL of a page: answered by the sandbox, once for each statement, and shown as a table."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from runfolio.errors import QueryError, RunfolioError
from runfolio.query.sandbox import Opened, Sandbox
from runfolio.query.statement import words
from runfolio.site.material import Material, seconds_of
from runfolio.site.pages import Cell, Head, RunRef
from runfolio.site.table import Column

MOST_COLUMNS = 60
_LONGEST = 2000  # characters of a cell
RUN = "run_id"


@dataclass(frozen=True)
class Answer:
    """The answer to a statement: names of columns, and rows of plain values."""

    names: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    ordered: bool


class Answers:
    """Asks the sandbox, which is started by the first statement; close it, or use ``with``."""

    def __init__(self, store: Opened) -> None:
        self._store = store
        self._sandbox: Sandbox | None = None
        self._known: dict[str, Answer | RunfolioError] = {}

    def ask(self, sql: str) -> Answer:
        """The answer to one SELECT; what is wrong with it is a QueryError."""
        if not sql.strip():
            raise QueryError("There is no statement.", hint="For example: SELECT name FROM runs")
        if sql not in self._known:
            self._known[sql] = self._asked(sql)
        found = self._known[sql]
        if isinstance(found, RunfolioError):
            raise found
        return found

    def _asked(self, sql: str) -> Answer | RunfolioError:
        if self._sandbox is None:
            self._sandbox = Sandbox(self._store)
        try:
            table = self._sandbox.answer(sql)
        except RunfolioError as error:
            return error
        columns = [column.to_pylist() for column in table.columns]
        found = words(sql)
        pairs = pairwise(found)
        ordered = table.num_rows < 2 or ("order", "by") in pairs
        rows = tuple(zip(*columns, strict=True)) if columns else ()
        return Answer(tuple(table.column_names), rows, ordered)

    def close(self) -> None:
        """End the sandbox."""
        if self._sandbox is not None:
            self._sandbox.close()

    def __enter__(self) -> Answers:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@dataclass(frozen=True)
class AnswerTable:
    """An answer as a table of the site: heads and cells."""

    heads: tuple[Head, ...]
    rows: tuple[tuple[Cell, ...], ...]


def answer_table(answer: Answer, material: Material, most: int) -> AnswerTable:
    """The first ``most`` rows, typed; a run's name or id leads to its page."""
    shown = answer.rows[:most]
    refs = _refs(answer, material, shown)
    columns: list[Column] = []
    runs_at = -1
    both = RUN in answer.names and "name" in answer.names
    for at, name in enumerate(answer.names[:MOST_COLUMNS]):
        if both and name == RUN:
            continue  # the name beside it is the link
        column = answer_column(name, [row[at] for row in shown], material)
        if refs and runs_at < 0 and name == ("name" if both else RUN):
            runs_at, column = len(columns), replace(column, kind="run")
        columns.append(column)
    rows = tuple(
        tuple(
            _cell(column, row, refs[row] if at == runs_at else None)
            for at, column in enumerate(columns)
        )
        for row in range(len(shown))
    )
    return AnswerTable(tuple(column.head() for column in columns), rows)


def _refs(
    answer: Answer, material: Material, shown: Sequence[tuple[Any, ...]]
) -> list[RunRef | None]:
    """The run of each row, where a column run_id names one."""
    if RUN not in answer.names:
        return []
    at = answer.names.index(RUN)
    return [material.refs.get(row[at]) if isinstance(row[at], str) else None for row in shown]


def _cell(column: Column, row: int, run: RunRef | None) -> Cell:
    if column.kind == "run":
        text = "" if column.values[row] is None else str(column.values[row])
        return Cell(text, "run", run=replace(run, name=text) if run else None)
    if column.kind != "num":
        return Cell(column.text(row), column.kind)
    number = column.numbers[row]
    return Cell(column.text(row), "num", best=number is not None and number == column.best)


def answer_column(name: str, values: Sequence[Any], material: Material) -> Column:
    """A column with the kind that its values have; a metric's name brings unit and direction."""
    known = [value for value in values if value is not None]
    if known and all(_is_number(value) for value in known):
        numbers = [None if value is None else _float(value) for value in values]
        way = material.directions.get(name, 0)
        unit = material.unit_of(name)
        digits = material.metrics[name].digits if name in material.metrics else None
        return Column(name, name, "num", numbers, direction=way, unit=unit, digits=digits)
    if known and all(isinstance(value, datetime) for value in known):
        times = [None if value is None else int(_seconds(value)) for value in values]
        return Column(name, name, "time", times)
    return Column(name, name, "str", [cell_text(value) for value in values])


def cell_text(value: Any) -> str | None:
    """Any value of DuckDB as a text of one cell."""
    if value is None:
        return None
    if isinstance(value, str):
        text = value
    elif isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, bytes):
        text = f"{len(value):,} bytes"
    elif isinstance(value, list | dict | tuple):
        text = json.dumps(_plain(value), ensure_ascii=False)
    else:
        text = str(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def json_value(value: Any) -> Any:
    """Any value of DuckDB for a chart: times in milliseconds since 1970, no NaN."""
    if value is None or isinstance(value, bool | str):
        return value
    if _is_number(value):
        number = _float(value)
        if not math.isfinite(number):
            return None
        return value if isinstance(value, int) and abs(value) < 2**53 else number
    if isinstance(value, datetime):
        return round(_seconds(value) * 1000)
    if isinstance(value, date):
        return round(seconds_of(datetime(value.year, value.month, value.day)) * 1000)
    if isinstance(value, list | tuple):
        return [json_value(each) for each in value]
    if isinstance(value, Mapping):
        return {str(key): json_value(each) for key, each in value.items()}
    return cell_text(value)


def _seconds(value: datetime) -> float:
    return seconds_of(value) if value.tzinfo is None else value.timestamp()


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, datetime | date | time | timedelta | Decimal | bytes):
        return str(value)
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _float(value: Any) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
