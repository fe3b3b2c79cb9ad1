"""A maker for each kind of block: from its options to the part that the page shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from runfolio.errors import RunfolioError
from runfolio.query.filter import parse
from runfolio.query.ranking_sql import written
from runfolio.site.gather.context import counted
from runfolio.site.gather.tables import board_table, list_table
from runfolio.site.pages import Link, ReportPart, Tile
from runfolio.site.reports.answers import Answer, answer_table
from runfolio.site.reports.blocks import Block
from runfolio.site.reports.curves import compare
from runfolio.site.reports.desk import Desk, Made, told
from runfolio.site.reports.drawn import chart
from runfolio.site.reports.paper import paper_block
from runfolio.site.reports.settings import Options, SettingsError, nearest
from runfolio.site.reports.values import STATS, metric_value
from runfolio.site.table import Column, RunTable
from runfolio.site.words import _

ROWS = 50
MOST_ROWS = 1000


def make(desk: Desk, block: Block, number: int) -> Made:
    """What a block shows; ``number`` counts the parts of its page. SettingsError: its mistakes."""
    options = Options(block.settings(), block.line)
    made = _MAKERS[block.kind](desk, block, options, number)
    return replace(made, part=replace(made.part, number=number))


def caption_html(desk: Desk, options: Options) -> str:
    """The caption of a part: a line of Markdown."""
    text = options.text("caption")
    return desk.context.markdown.render(text).html if text else ""


def _sql(desk: Desk, block: Block, options: Options, number: int) -> Made:
    title, caption = options.text("title"), caption_html(desk, options)
    most = options.number("rows", ROWS, least=1, most=MOST_ROWS)
    options.done()
    statement = block.sql()
    try:
        answer = desk.answers.ask(statement)
    except RunfolioError as error:
        raise SettingsError((block.line, told(error))) from None
    table = answer_table(answer, desk.material, most)
    return Made(
        ReportPart(
            "table",
            title=title,
            caption_html=caption,
            note=answer_note(answer, most),
            heads=table.heads,
            rows=table.rows,
            code=statement,
        )
    )


def answer_note(answer: Answer, most: int) -> str:
    """What a reader must know of a table: that it was cut, or that its order is nobody's choice."""
    notes = []
    if len(answer.rows) > most:
        notes.append(_("the first {n} of {all} rows", n=f"{most:,}", all=f"{len(answer.rows):,}"))
    if not answer.rows:
        notes.append(_("no rows"))
    if not answer.ordered:
        notes.append(_("in no order: the query has no ORDER BY"))
    return " · ".join(notes)


def _leaderboard(desk: Desk, block: Block, options: Options, number: int) -> Made:
    word, title = options.text("board"), options.text("title")
    board = options.tried("board", lambda: desk.board(word, block.line), None)
    caption = caption_html(desk, options)
    most = options.number("rows", 10, least=1, most=MOST_ROWS)
    wanted = options.names("columns")
    if board is None:
        options.done()
    assert board is not None  # else done() has told it
    table = board_table(desk.context, board)
    columns = _chosen(table, wanted, options, keep=(table.primary,))
    options.done()
    shown = replace(table, columns=tuple(columns))
    note = _of(most, len(board.places))
    return Made(
        ReportPart(
            "table",
            title=title or board.title,
            caption_html=caption,
            note=note,
            link=Link(board.path, _("The whole leaderboard")),
            heads=shown.heads(),
            rows=shown.rows(most),
            ranks=table.ranks[:most],
            code=board.sql,
        )
    )


def _runs(desk: Desk, block: Block, options: Options, number: int) -> Made:
    title, caption = options.text("title"), caption_html(desk, options)
    filter, sort = options.text("filter"), options.text("sort")
    most = options.number("rows", 20, least=1, most=MOST_ROWS)
    wanted = options.names("columns")
    nothing: list[str] = []
    ids = options.tried("filter", lambda: desk.run_ids(filter, block.line), nothing)
    table = list_table(desk.context, f"report-{number}", ids)
    columns = _chosen(table, wanted, options)
    order = _order(table, sort, options)
    options.done()
    shown = replace(table, columns=tuple(columns), sort=() if sort else table.sort)
    rows = shown.rows(len(ids))
    condition = written(*parse(filter).sql())
    return Made(
        ReportPart(
            "table",
            title=title,
            caption_html=caption,
            note=_of(most, len(ids)),
            heads=shown.heads(),
            rows=tuple(rows[at] for at in order[:most]),
            code=f"SELECT * FROM wide AS runs\nWHERE {condition}\nORDER BY started DESC",
        )
    )


def _of(most: int, count: int) -> str:
    if count <= most:
        return counted(count, "run")
    return _("the first {n} of {all} runs", n=f"{most:,}", all=f"{count:,}")


def _chosen(
    table: RunTable, wanted: Sequence[str], options: Options, keep: Sequence[str] = ()
) -> list[Column]:
    """The columns by name, in that order, behind the run; those shown at first for none."""
    if not wanted:
        return [column for column in table.columns if column.show]
    names = {column.key.partition(":")[2] or column.key: column for column in table.columns}
    named = {column.label: column for column in table.columns}
    found = [column for column in table.columns if column.kind == "run" or column.key in keep]
    for word in wanted:
        column = names.get(word) or named.get(word)
        if column is None:
            options.wrong("columns", f"there is no column {word}{nearest(word, [*names, *named])}")
        elif column not in found:
            found.append(column.hidden(False))
    return found


def _order(table: RunTable, sort: str, options: Options) -> list[int]:
    """Rows in the order of ``sort``: a column's name, with - in front for the largest first."""
    everything = list(range(len(table.runs)))
    if not sort:
        return everything
    name = sort.removeprefix("-")
    found = _chosen(table, (name,), options)
    column = found[-1]
    known = [at for at in everything if column.values[at] is not None]
    numeric = column.kind in ("num", "dur", "time")
    known.sort(key=lambda at: column.values[at] if numeric else str(column.values[at]))
    if sort.startswith("-"):
        known.reverse()
    return known + [at for at in everything if column.values[at] is None]


def _metric(desk: Desk, block: Block, options: Options, number: int) -> Made:
    key = options.text("key", needed=True)
    run, filter = options.text("run"), options.text("filter")
    stat = options.choice("stat", STATS, "best")
    label, note = options.text("label"), options.text("note")
    options.done()
    value = metric_value(desk, key, run, filter, stat, block.line)
    name = desk.material.title_of(key)
    words = label or (name if stat != "best" else _("Best {metric}", metric=name))
    ref = next(ref for ref in desk.material.refs.values() if ref.path == value.path)
    return Made(ReportPart("boxes", tiles=(Tile(words, value.text, note or ref.name, value.path),)))


def _chart(desk: Desk, block: Block, options: Options, number: int) -> Made:
    title, caption = options.text("title"), caption_html(desk, options)
    made = chart(desk, block, options, number)
    return replace(made, part=replace(made.part, title=title, caption_html=caption))


def _compare(desk: Desk, block: Block, options: Options, number: int) -> Made:
    title, caption = options.text("title"), caption_html(desk, options)
    made = compare(desk, block, options, number)
    return replace(made, part=replace(made.part, title=title, caption_html=caption))


def _paper(desk: Desk, block: Block, options: Options, number: int) -> Made:
    return Made(ReportPart("paper", paper=paper_block(desk, block, options)))


_MAKERS: dict[str, Callable[[Desk, Block, Options, int], Made]] = {
    "sql": _sql,
    "chart": _chart,
    "leaderboard": _leaderboard,
    "runs": _runs,
    "compare": _compare,
    "metric": _metric,
    "paper": _paper,
}
