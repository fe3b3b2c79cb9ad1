"""Leaderboard pages: tiles, the two overview charts, parallel coordinates and the table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from runfolio.query.progression import record_places
from runfolio.query.rows import Run
from runfolio.site.gather.badges import badge_view, board_badge
from runfolio.site.gather.boards_more import pareto, record_rows
from runfolio.site.gather.context import (
    FIRST_ROWS,
    Context,
    DataFile,
    LatePages,
    compute_tile,
    health,
    listed,
    table_file,
)
from runfolio.site.gather.leading import best_label, best_shown, tie_of
from runfolio.site.gather.shown import shown_key
from runfolio.site.gather.tables import board_table, param_column, varying
from runfolio.site.gather.tables_versus import (
    digits_in,
    other_values,
    standing,
    uneven,
    versus_words,
)
from runfolio.site.material import Board, Material, seconds_of, shown_time
from runfolio.site.numbers import format_number, short_number
from runfolio.site.output import hashed_name
from runfolio.site.pages import Chart, LeaderboardPage, Page, Tile
from runfolio.site.payloads import script
from runfolio.site.sparkline import steps, still_dots
from runfolio.site.table import RunTable
from runfolio.site.words import _

#: Runs that a chart's own data holds; a page must not grow with the store.
MOST_DOTS = 300
MOST_LINES = 150
MOST_AXES = 7
MOST_CHOICES = 8
MOST_CONSTANTS = 200


def board_pages(context: Context) -> Iterator[LatePages]:
    """The pages of all leaderboards, each with the data files of its table."""
    for board in context.material.boards:
        key = shown_key(context, board.run_ids, context.board_states[board.slug])
        yield LatePages(board.path, key, partial(_with_files, context, board))


def _with_files(context: Context, board: Board) -> list[Page | DataFile]:
    page, files = board_page(context, board)
    return [*files, page]


def board_page(context: Context, board: Board) -> tuple[LeaderboardPage, list[DataFile]]:
    """The page of a leaderboard and the data files of its table."""
    material = context.material
    found = standing(material, board)
    table = board_table(context, board, found, other_values(material, board, found))
    data = table_file(table)
    stats = stats_file(table)
    picture, best = pareto(material, board)
    verdict, method = versus_words(material, board, found)
    records = record_rows(material, board)
    runs = context.runs(board.run_ids)
    choices = choices_of(material, board)
    page = LeaderboardPage(
        path=board.path,
        title=board.title,
        site=context.site,
        description=_("{n} runs ranked by {metric}.", n=len(runs), metric=board.metric),
        slug=board.slug,
        metric=board.metric,
        direction="max" if board.direction > 0 else "min",
        why=board.why,
        description_html=context.markdown.render(board.description).html,
        tiles=_tiles(material, board, runs),
        progress=progress_chart(material, board),
        scatter=_scatter(material, board, choices),
        parallel=parallel_chart(material, board, choices),
        pareto=picture,
        front_heads=_front_heads(picture),
        front=best,
        records=records if len(board.records) > 1 else (),
        older=len(board.records) - len(records),
        facets=table.facets(),
        heads=table.heads(),
        rows=table.rows(FIRST_ROWS),
        ranks=table.ranks[:FIRST_ROWS],
        total=len(board.places),
        versus=verdict,
        versus_how=method,
        uneven=uneven(board, found),
        constants=board.constant[:MOST_CONSTANTS],
        data_path=data.path,
        stats_path=stats.path if stats else "",
        sql=board.sql,
        badge=badge_view(context, board_badge(context, board)),
    )
    return page, [data, stats] if stats else [data]


def stats_file(table: RunTable) -> DataFile | None:
    """The data file of a table's other values; None where all are as shown."""
    found = table.stats()
    if not any(found.values()):
        return None
    data = script("stats", table.slug, {"v": 1, **found})
    return DataFile(hashed_name(f"data/boards/{table.slug}-stats.js", data), data)


def _front_heads(picture: Chart | None) -> tuple[str, ...]:
    return (picture.data["metric"], picture.data["xmetric"]) if picture else ()


def baseline_note(material: Material, board: Board) -> tuple[str, str]:
    """The best place's lead over the baseline's and over whom: ('+0.0608 (+8%)', 'keen-tundra')."""
    base = board.values.get(board.baseline or "")
    if board.best is None or base is None or board.baseline in board.best.members:
        return "", ""
    gain = (board.best.value or 0.0) - base
    if any(board.baseline in place.members for place in board.tied):
        return "", ""
    digits = digits_in(material, board)
    text = ("+" if gain >= 0 else "") + format_number(short_number(gain, 4), digits)
    if abs(gain) <= 10 * abs(base):  # beside a baseline near 0 a percentage says nothing
        text += f" ({gain / abs(base):+.1%})" if base else ""
    own = (place.name for place in board.places if board.baseline in place.members)
    return text, next(own, material.runs[board.baseline or ""].name)


def _tiles(material: Material, board: Board, runs: Sequence[Run]) -> tuple[Tile, ...]:
    tiles = []
    if board.best:
        tiles.append(best_tile(material, board))
    gain, base = baseline_note(material, board)
    if gain:
        path = material.refs[board.baseline or ""].path
        tiles.append(Tile(_("Against the baseline"), gain, _("vs {run}", run=base), path))
    tiles.append(
        Tile(_("Runs"), f"{len(runs):,}", (health(runs) or _("all finished")) if runs else "")
    )
    tiles.append(compute_tile(runs))
    if runs:
        last = max(runs, key=lambda run: (run.started, run.run_id))
        path = material.refs[last.run_id].path
        tiles.append(Tile(_("Last run"), shown_time(last.started), last.name, path))
    return tuple(tiles)


def best_tile(material: Material, board: Board) -> Tile:
    """The best value of a leaderboard that has one, with the run that reached it."""
    path = material.refs[board.ranked[0].run_id].path
    label = best_label(material, board.metric, board.stat, grouped=board.grouped)
    names = tie_of([place.name for place in board.tied])
    return Tile(label, best_shown(material, board), names, path, "good")


def progress_chart(material: Material, board: Board) -> Chart | None:
    """The metric by start of the run, and the best so far."""
    of = _valued(material, board)
    started = sorted((material.runs[run_id].started, run_id) for run_id in of)
    if len(started) < 2:
        return None
    values = [of[run_id] for _, run_id in started]
    records = record_places(values, board.direction)
    kept = _sample(len(started), MOST_DOTS, records)
    times = [seconds_of(moment) for moment, _ in started]
    best = [(times[i], values[i]) for i in records]
    best.append((times[-1], best[-1][1]))
    data = {
        "metric": material.title_of(board.metric),
        "dir": board.direction,
        "runs": [_named(material, started[i][1]) for i in kept],
        "t": [int(times[i] * 1000) for i in kept],
        "y": [short_number(values[i], 6) for i in kept],
    }
    first, last = values[records[0]], values[records[-1]]
    return Chart(
        "progress",
        "progress",
        _("Progress"),
        note=_of(
            len(kept),
            len(started),
            _("{metric} by start, line = best so far", metric=board.metric),
        ),
        svg_html=still_dots([times[i] for i in kept], [values[i] for i in kept], steps(best)),
        summary=_(
            "{metric} of {n} runs by start; the best went from {first} to {last} in {steps} steps.",
            metric=board.metric,
            n=len(started),
            first=material.shown(board.metric, first),
            last=material.shown(board.metric, last),
            steps=len(records),
        ),
        data=data,
    )


def _valued(material: Material, board: Board) -> dict[str, float]:
    """The runs that have a value, in rank order; a group may hold some that have none."""
    members = [run_id for place in board.ranked for run_id in place.members]
    values = {run_id: material.value_of(board, run_id) for run_id in members}
    return {run_id: value for run_id, value in values.items() if value is not None}


def choices_of(material: Material, board: Board) -> list[str]:
    """Params to set the metric against: varying ones, numbers first, most values first."""
    ids = list(_valued(material, board))
    found = []
    for key in varying(material, ids)[:60]:
        column = param_column(material, key, ids)
        many = len({value for value in column.values if value is not None})
        if many > 1 and (column.kind == "num" or many <= 20):
            found.append((column.kind != "num", -many, key))
    return [key for _, _, key in sorted(found)]


def _scatter(material: Material, board: Board, choices: Sequence[str]) -> Chart | None:
    of = _valued(material, board)
    ids = list(of)
    if not choices or len(ids) < 2:
        return None
    kept = [ids[i] for i in _sample(len(ids), MOST_DOTS, [0])]
    params = [_axis(material, key, kept) for key in choices[:MOST_CHOICES]]
    shown = params[0]
    places = _places(shown)
    values = [of[run_id] for run_id in kept]
    return Chart(
        "scatter",
        "scatter",
        _("{metric} against {param}", metric=material.title_of(board.metric), param=choices[0]),
        note=_of(len(kept), len(ids), ""),
        svg_html=still_dots(places, values),
        summary=_(
            "{metric} of {n} runs against the param {param}; other params: {others}.",
            metric=board.metric,
            n=len(kept),
            param=choices[0],
            others=listed(choices[1:MOST_CHOICES]) or _("none"),
        ),
        data={
            "metric": material.title_of(board.metric),
            "dir": board.direction,
            "runs": [_colored(material, run_id) for run_id in kept],
            "y": [short_number(value, 6) for value in values],
            "params": params,
            "param": choices[0],
        },
    )


def parallel_chart(material: Material, board: Board, choices: Sequence[str]) -> Chart | None:
    of = _valued(material, board)
    ids = list(of)
    if len(choices) < 2 or len(ids) < 3:
        return None
    kept = [ids[i] for i in _sample(len(ids), MOST_LINES, [0])]
    axes = [_axis(material, key, kept) for key in choices[:MOST_AXES]]
    values = [of[run_id] for run_id in kept]
    return Chart(
        "parallel",
        "parallel",
        _("Parallel coordinates"),
        note=_of(
            len(kept),
            len(ids),
            _("{some} and {last}", some=listed(choices[:MOST_AXES]), last=board.metric),
        ),
        svg_html=still_dots(_places(axes[0]), values),
        summary=_(
            "One line a run across {params}, ending at {metric}.",
            params=listed(choices[:MOST_AXES]),
            metric=board.metric,
        ),
        data={
            "metric": material.title_of(board.metric),
            "dir": board.direction,
            "runs": [_colored(material, run_id) for run_id in kept],
            "y": [short_number(value, 6) for value in values],
            "axes": axes,
        },
    )


def _axis(material: Material, key: str, ids: Sequence[str]) -> dict[str, Any]:
    """One param of the runs for a chart; ``log`` where its numbers span two decades."""
    column = param_column(material, key, ids)
    if column.kind != "num":
        return {"key": key, "label": key, "kind": "cat", "log": 0, "v": list(column.values)}
    numbers = column.numbers
    known = [value for value in numbers if value is not None]
    log = bool(known) and min(known) > 0 and max(known) / min(known) >= 100
    return {"key": key, "label": key, "kind": "num", "log": int(log), "v": numbers}


def _places(axis: Mapping[str, Any]) -> list[float]:
    """Where the runs stand on an axis of a still picture."""
    if axis["kind"] == "num":
        known = [value for value in axis["v"] if value is not None]
        lowest = min(known, default=0.0)
        return [lowest if value is None else float(value) for value in axis["v"]]
    names = sorted({value for value in axis["v"] if value is not None})
    return [float(names.index(value)) if value is not None else -1.0 for value in axis["v"]]


def _sample(count: int, most: int, always: Sequence[int]) -> list[int]:
    """At most ``most`` indexes of ``count``, evenly, with those that must be among them."""
    if count <= most:
        return list(range(count))
    must = set(always[-most:])
    even = {i * count // (most - len(must) or 1) for i in range(most - len(must))}
    return sorted(must | even)


def _of(kept: int, count: int, note: str) -> str:
    """The note of a chart, which says so where it shows only some of the runs."""
    if kept == count:
        return note
    part = f"{kept:,} of {count:,} runs"
    return f"{note} · {part}" if note else part


def _named(material: Material, run_id: str) -> list[Any]:
    ref = material.refs[run_id]
    return [ref.id, ref.name, ref.path]


def _colored(material: Material, run_id: str) -> list[Any]:
    return [*_named(material, run_id), material.refs[run_id].color]
