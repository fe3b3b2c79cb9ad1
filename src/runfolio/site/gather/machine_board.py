"""A leaderboard for programs and for language models: ``leaderboards/SLUG.json`` and ``.md``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from runfolio.site.gather.context import Context, DataFile
from runfolio.site.gather.machine_words import block, code, joined, link, plain, table, written
from runfolio.site.gather.overview_records import shown_value
from runfolio.site.material import Board, Place
from runfolio.site.numbers import format_number
from runfolio.site.render import relative_url
from runfolio.site.words import _

VERSION = 1
MOST_ROWS = 100


def board_texts(context: Context, board: Board) -> Iterator[DataFile]:
    """The leaderboard as JSON (all rows) and as Markdown (the first ones)."""
    stem = board.path.removesuffix(".html")
    text = json.dumps(board_record(context, board), indent=1, ensure_ascii=False, allow_nan=False)
    yield DataFile(f"{stem}.json", f"{text}\n".encode("utf-8", "replace"))
    yield DataFile(f"{stem}.md", board_markdown(context, board).encode("utf-8", "replace"))


def board_record(context: Context, board: Board) -> dict[str, Any]:
    """The leaderboard as plain JSON, its rows in rank order, those without a value last."""
    return {
        "format": "runfolio-leaderboard",
        "version": VERSION,
        "name": board.name,
        "title": board.title,
        "experiment": board.experiment,
        "metric": board.metric,
        "direction": "max" if board.direction > 0 else "min",
        "stat": board.stat,
        "unit": context.material.unit_of(board.metric) or None,
        "baseline": board.baseline,
        "grouped": board.grouped,
        "rows": [_row(context, board, place) for place in board.places],
        "records": [
            {"run": each.run_id, "value": each.value, "before": each.before}
            for each in board.records
        ],
        "sql": board.sql,
    }


def board_markdown(context: Context, board: Board) -> str:
    """The leaderboard as a table with links to the runs' Markdown."""
    word = _("higher is better") if board.direction > 0 else _("lower is better")
    metric = plain(context.material.title_of(board.metric))
    rows = [_cells(context, board, place) for place in board.ranked[:MOST_ROWS]]
    heads = (_("Rank"), _("Run"), metric, _("Status"), _("Params"))
    more = len(board.ranked) - len(rows)
    stem = board.path.removesuffix(".html")
    return joined(
        [
            f"# {plain(board.title)}",
            f"> {metric}, {word}.",
            written(board.description),
            table(heads, rows) if rows else _("No run has a result yet."),
            _("{n} more are in the JSON.", n=f"{more:,}") if more else "",
            f"{link(_('As a page'), _from(board, board.path))} · "
            f"{link(_('as JSON'), _from(board, stem + '.json'))}",
            f"## {_('SQL')}" if board.sql else "",
            block(board.sql, "sql") if board.sql else "",
        ]
    )


def _row(context: Context, board: Board, place: Place) -> dict[str, Any]:
    run = context.material.runs[place.run_id]
    row: dict[str, Any] = {
        "rank": board.ranks.get(place.run_id) if place.value is not None else None,
        "run": place.run_id,
        "name": place.name,
        "value": place.value,
        "status": run.status,
        "url": _from(board, context.material.refs[place.run_id].path),
    }
    if board.grouped:
        row |= {"std": place.spread, "runs": list(place.members)}
    return row


def _cells(context: Context, board: Board, place: Place) -> tuple[str, ...]:
    material = context.material
    ref = material.refs[place.run_id]
    params = material.params.get(place.run_id, {})
    shown = [f"{key} {params[key].text}" for key in board.params if key in params]
    value = shown_value(material, board, place.value or 0.0)
    if place.spread is not None:
        value += f" ± {format_number(place.spread, material.digits_of(board.metric))}"
    return (
        str(board.ranks.get(place.run_id, "")),
        link(place.name, _from(board, f"{ref.path.removesuffix('.html')}.md")),
        plain(value),
        ref.status,
        ", ".join(code(each) for each in shown[:6]),
    )


def _from(board: Board, path: str) -> str:
    return relative_url(path, board.path)
