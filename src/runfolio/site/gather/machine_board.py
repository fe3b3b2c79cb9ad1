"""A leaderboard for programs and for language models: ``leaderboards/SLUG.json`` and ``.md``."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from runfolio.query.rows import Param
from runfolio.query.stats import mean_interval
from runfolio.site.gather.context import Context, DataFile
from runfolio.site.gather.machine_words import block, code, joined, link, plain, table, written
from runfolio.site.gather.overview_records import shown_value
from runfolio.site.gather.tables import common, states_of
from runfolio.site.gather.tables_versus import (
    Standing,
    digits_in,
    group_columns,
    standing,
    versus_columns,
    versus_words,
)
from runfolio.site.material import Board, Material, Place
from runfolio.site.numbers import format_number
from runfolio.site.render import relative_url
from runfolio.site.table import Column
from runfolio.site.words import _

VERSION = 1
MOST_ROWS = 100
MOST_PARAMS = 6


def board_texts(context: Context, board: Board) -> Iterator[DataFile]:
    """The leaderboard as JSON (all rows) and as Markdown (the first ones)."""
    stem = board.path.removesuffix(".html")
    found = standing(context.material, board, resample=False)
    text = json.dumps(
        board_record(context, board, found), indent=1, ensure_ascii=False, allow_nan=False
    )
    yield DataFile(f"{stem}.json", f"{text}\n".encode("utf-8", "replace"))
    yield DataFile(f"{stem}.md", board_markdown(context, board, found).encode("utf-8", "replace"))


def board_record(context: Context, board: Board, found: Standing) -> dict[str, Any]:
    """The leaderboard as plain JSON, its rows in rank order, those without a value last."""
    material = context.material
    return {
        "format": "runfolio-leaderboard",
        "version": VERSION,
        "name": board.name,
        "title": board.title,
        "experiment": board.experiment,
        "metric": board.metric,
        "direction": "max" if board.direction > 0 else "min",
        "stat": board.stat,
        "unit": material.unit_of(board.metric) or None,
        "baseline": board.baseline,
        "grouped": board.grouped,
        "test": _test(found),
        "rows": [_row(context, board, found, at) for at in range(len(board.places))],
        "records": [
            {"run": each.run_id, "value": each.value, "before": each.before}
            for each in board.records
        ],
        "sql": board.sql,
    }


def _test(found: Standing) -> dict[str, Any] | None:
    """How the groups were tested against the baseline's."""
    tests = sum(1 for each in found.versus if each and each.p is not None)
    if not tests:
        return None
    return {"name": "Welch's t-test, two-sided", "correction": "Holm", "tests": tests}


def _row(context: Context, board: Board, found: Standing, at: int) -> dict[str, Any]:
    place = board.places[at]
    row: dict[str, Any] = {
        "rank": board.ranks.get(place.run_id) if place.value is not None else None,
        **(_group(context, board, found, at) if board.grouped else _run(context, board, place)),
    }
    versus = found.versus[at]
    if not any(found.versus):
        return row
    row |= {
        "delta": versus.delta if versus else None,
        "percent": versus.percent if versus else None,
    }
    if board.grouped:
        row |= {
            "delta_ci": versus.interval if versus else None,
            "p": versus.p if versus else None,
            "p_corrected": versus.p_holm if versus else None,
        }
    return row


def _run(context: Context, board: Board, place: Place) -> dict[str, Any]:
    return {
        "run": place.run_id,
        "name": place.exact or place.name,
        "value": place.value,
        "status": context.material.runs[place.run_id].status,
        "url": _from(board, context.material.refs[place.run_id].path),
    }


def _group(context: Context, board: Board, found: Standing, at: int) -> dict[str, Any]:
    """A group by what is true of all of it; of its best run only which one it is."""
    material, place = context.material, board.places[at]
    statuses = [material.runs[run_id].status for run_id in place.members]
    return {
        "name": place.exact or place.name,
        "value": place.value,
        "std": place.spread,
        "n": found.counts[at],
        "ci": mean_interval(found.values[at]),
        "params": {key: param.text for key, param in _shared(context, board, place)},
        "status": {word: statuses.count(word) for word in sorted(set(statuses))},
        "runs": [
            {
                "run": run_id,
                "value": material.value_of(board, run_id),
                "url": _from(board, material.refs[run_id].path),
            }
            for run_id in place.members
        ],
    }


def _shared(context: Context, board: Board, place: Place) -> list[tuple[str, Param]]:
    """The params that all runs of a row have in common; of those that the leaderboard shows."""
    params = context.material.params
    found = ((key, common(params, key, place.members)) for key in board.params)
    return [(key, param) for key, param in found if param]


def board_markdown(context: Context, board: Board, found: Standing) -> str:
    """The leaderboard as a table with links to the runs' Markdown."""
    word = _("higher is better") if board.direction > 0 else _("lower is better")
    material = context.material
    columns = _columns(context, board, found)
    rows = [[make(at) for make in columns.values()] for at in range(len(board.ranked))[:MOST_ROWS]]
    more = len(board.ranked) - len(rows)
    stem = board.path.removesuffix(".html")
    return joined(
        [
            f"# {plain(board.title)}",
            f"> {plain(material.title_of(board.metric))}, {word}.",
            written(board.description),
            table(tuple(columns), rows) if rows else _("No run has a result yet."),
            _("{n} more are in the JSON.", n=f"{more:,}") if more else "",
            plain(versus_words(material, board, found)[0]),
            f"{link(_('As a page'), _from(board, board.path))} · "
            f"{link(_('as JSON'), _from(board, stem + '.json'))}",
            f"## {_('SQL')}" if board.sql else "",
            block(board.sql, "sql") if board.sql else "",
        ]
    )


def _columns(context: Context, board: Board, found: Standing) -> dict[str, Callable[[int], str]]:
    """Head of each column, and what gives its cell by row."""
    material, places = context.material, board.places
    metric = material.title_of(board.metric)
    beside = [*versus_columns(material, board, found)]
    if board.grouped:
        beside = [*group_columns(material, board, found), *beside]

    def name(at: int) -> str:
        ref = material.refs[places[at].run_id]
        return link(places[at].name, _from(board, f"{ref.path.removesuffix('.html')}.md"))

    counts = Counter(board.ranks[place.run_id] for place in board.ranked)

    def rank(place: Place) -> str:
        own = board.ranks.get(place.run_id, 0)
        return f"={own}" if counts[own] > 1 else str(own or "")

    def params(at: int) -> str:
        shared = _shared(context, board, places[at])[:MOST_PARAMS]
        return ", ".join(code(f"{key} {param.text}") for key, param in shared)

    return {
        _("Rank"): lambda at: rank(places[at]),
        **({_("Group"): lambda at: plain(places[at].name)} if board.grouped else {_("Run"): name}),
        plain(_head(board, metric)): lambda at: plain(_value(material, board, places[at])),
        **{
            plain(_named(column)): column.text
            for column in beside
            if column.show and column.key != "boot"
        },
        _("Status"): lambda at: states_of([material.runs[i].status for i in places[at].members]),
        (_("Shared params") if board.grouped else _("Params")): params,
    }


def _head(board: Board, metric: str) -> str:
    stat = _("mean ± std of {stat}", stat=board.stat) if board.grouped else board.stat
    return f"{metric} ({stat})"


def _value(material: Material, board: Board, place: Place) -> str:
    """'0.41 ± 0.02 ms': a group's mean and deviation with the digits of its table."""
    if not board.grouped:
        return shown_value(material, board, place.value or 0.0)
    digits = digits_in(material, board)
    parts = [format_number(number, digits) for number in (place.value, place.spread)]
    return f"{' ± '.join(filter(None, parts))} {material.unit_of(board.metric)}".rstrip()


def _named(column: Column) -> str:
    """What a file calls a column, with its unit."""
    name = column.full or column.label
    return f"{name} ({column.unit})" if column.unit else name


def _from(board: Board, path: str) -> str:
    return relative_url(path, board.path)
