"""Values inside a line of text: ``{{ metric key=val/accuracy }}`` and its kin.

    {{ sql: SELECT max(value) FROM metrics }}        the one cell of an answer
    {{ metric key=val/accuracy run=keen-tundra }}    a run's value; without run the best of all
    {{ param key=lr run=keen-tundra }}               a run's param
    {{ best board=digits show=run }}                 the leader of a leaderboard: value or run
    {{ count filter="status:failed" }}               how many runs there are
    {{ run id=keen-tundra }}                         a run's name as a link

Values with blanks stand in double quotes. Nothing here is code: an unknown word is a mistake.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from runfolio.errors import RunfolioError
from runfolio.site.gather.leading import leader_of
from runfolio.site.material import better
from runfolio.site.numbers import format_number, short_number
from runfolio.site.render import relative_url
from runfolio.site.reports.answers import answer_column
from runfolio.site.reports.desk import Desk, told
from runfolio.site.reports.settings import Options, Settings, SettingsError, nearest

STATS = ("best", "last", "min", "max", "mean")
_SQL = re.compile(r"\s*sql\s*:(.*)", re.DOTALL | re.IGNORECASE)
_CALL = re.compile(r'\s*([a-z]+)((?:\s+[a-z]+=(?:"[^"]*"|[^\s"]+))*)\s*')
_GIVEN = re.compile(r'([a-z]+)=(?:"([^"]*)"|([^\s"]+))')


@dataclass(frozen=True)
class Value:
    """A value as text, with the page that it leads to."""

    text: str
    path: str = ""


def inline_value(desk: Desk, expression: str) -> str:
    """The value of an expression as clean HTML; SettingsError says what is wrong."""
    value = _value(desk, expression)
    text = f'<bdi class="report-value">{html.escape(value.text)}</bdi>'
    if not value.path:
        return text
    return f'<a href="{html.escape(relative_url(value.path, desk.page))}">{text}</a>'


def _value(desk: Desk, expression: str) -> Value:
    if statement := _SQL.fullmatch(expression):
        return _sql(desk, statement[1].strip())
    call = _CALL.fullmatch(expression)
    if not call:
        raise SettingsError((0, "expected sql: …, or a word with key=value behind it"))
    if call[1] not in _KINDS:
        known = ", ".join(("sql", *_KINDS))
        raise SettingsError(
            (0, f"{call[1]} is unknown{nearest(call[1], _KINDS)}; there are: {known}")
        )
    given = {name: quoted or plain for name, quoted, plain in _GIVEN.findall(call[2])}
    options = Options(Settings(given), 0)
    return _KINDS[call[1]](desk, options)


def metric_value(desk: Desk, key: str, run: str, filter: str, stat: str, line: int) -> Value:
    """A run's value of a metric; without ``run`` the best one among all runs that match."""
    material = desk.material
    if key not in material.directions and not any(key in found for found in _summaries(desk)):
        names = {name for found in _summaries(desk) for name in found}
        raise SettingsError((line, f"no run has a metric {key}{nearest(key, sorted(names))}"))
    way = material.directions.get(key, 0)
    ids = [desk.run(run, line)] if run else desk.run_ids(filter, line)
    found = []
    for run_id in ids:
        summary = material.summary.get(run_id, {}).get(key)
        if summary is None:
            continue
        best = "max" if way >= 0 else "min"
        value = better(summary, way)[0] if stat == "best" else summary.stat(stat, best)[0]
        if value is not None:
            found.append((value, run_id))
    if not found:
        raise SettingsError((line, f"{'the run has' if run else 'no such run has'} no {key}"))
    value, run_id = min(found, key=lambda pair: (-pair[0] if way >= 0 else pair[0], pair[1]))
    return Value(material.shown(key, short_number(value, 8)), material.refs[run_id].path)


def _summaries(desk: Desk) -> list[Mapping[str, object]]:
    return list(desk.material.summary.values())


def _sql(desk: Desk, statement: str) -> Value:
    try:
        answer = desk.answers.ask(statement)
    except RunfolioError as error:
        raise SettingsError((0, told(error))) from None
    if len(answer.rows) != 1 or len(answer.names) != 1:
        shape = f"{len(answer.rows)} rows and {len(answer.names)} columns"
        raise SettingsError((0, f"expected one value; the answer has {shape}"))
    column = answer_column(answer.names[0], [answer.rows[0][0]], desk.material)
    return Value(column.text(0) or "–")


def _metric(desk: Desk, options: Options) -> Value:
    key = options.text("key", needed=True)
    run, filter = options.text("run"), options.text("filter")
    stat = options.choice("stat", STATS, "best")
    options.done()
    return Value(metric_value(desk, key, run, filter, stat, 0).text)


def _param(desk: Desk, options: Options) -> Value:
    key, run = options.text("key", needed=True), options.text("run", needed=True)
    options.done()
    run_id = desk.run(run, 0)
    params = desk.material.params.get(run_id, {})
    if key not in params:
        raise SettingsError((0, f"the run {run} has no param {key}{nearest(key, params)}"))
    return Value(params[key].text)


def _best(desk: Desk, options: Options) -> Value:
    board = desk.board(options.text("board"), 0)
    show = options.choice("show", ("value", "run"), "value")
    options.done()
    if board.best is None:
        raise SettingsError((0, f"no run has a value on the leaderboard {board.name}"))
    if show == "run":
        return Value(leader_of(desk.material, board), desk.material.refs[board.best.run_id].path)
    return Value(desk.material.shown(board.metric, short_number(board.best.value or 0.0, 8)))


def _count(desk: Desk, options: Options) -> Value:
    filter = options.text("filter")
    options.done()
    return Value(format_number(len(desk.run_ids(filter, 0)), 0))


def _run(desk: Desk, options: Options) -> Value:
    ref = desk.material.refs[desk.run(options.text("id", needed=True), 0)]
    options.done()
    return Value(ref.name, ref.path)


_KINDS: dict[str, Callable[[Desk, Options], Value]] = {
    "metric": _metric,
    "param": _param,
    "best": _best,
    "count": _count,
    "run": _run,
}
