"""Pages of things that are some runs: an experiment, a sweep, a group of repeated runs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import Any

from runfolio.query.stats import mean_interval
from runfolio.site.gather.boards import best_tile
from runfolio.site.gather.context import (
    Context,
    DataFile,
    compute_tile,
    counted,
    health,
    runs_tile,
)
from runfolio.site.gather.leading import best_label, by_best, counting, level, tie_of, unusual
from runfolio.site.gather.lists import quoted
from runfolio.site.gather.overview import attention
from runfolio.site.gather.tables import varying
from runfolio.site.gather.things_effects import effects_sheet, sweep_parallel
from runfolio.site.gather.things_parts import (
    MOST_ROWS,
    board_for,
    digits_within,
    mean_text,
    metrics_sheet,
    names_in,
    number_entry,
    param_texts,
    params_sheet,
    ranked,
    run_entry,
    runs_table,
    shown_short,
    telling_metrics,
)
from runfolio.site.material import Material, shown_time, tag_name
from runfolio.site.numbers import format_number, short_number
from runfolio.site.pages import Entry, Fact, Link, Page, Sheet, ThingPage, Tile
from runfolio.site.words import _

#: Sweeps and groups that an experiment's page names.
MOST_LINKS = 6

Made = Page | DataFile


def experiment_page(context: Context, name: str) -> Iterator[Made]:
    """An experiment: its best, what varies in it, what is wrong, and all its runs."""
    material = context.material
    ids = material.by_experiment[name]
    sheets = (metrics_sheet(context, ids), params_sheet(context, ids), _trouble(context, ids))
    yield from _page(
        context,
        context.experiment_paths[name],
        name,
        _("Experiment"),
        ids,
        f"SELECT * FROM wide WHERE experiment = {quoted(name)} ORDER BY started DESC",
        crumbs=(Link("experiments/index.html", _("Experiments")),),
        lead=_lead(context, ids),
        tiles=(*_tiles(context, ids), *_best_tiles(material, name)),
        links=_links(context, ids),
        sheets=tuple(filter(None, sheets)),
    )


def sweep_page(context: Context, key: str) -> Iterator[Made]:
    """A sweep: what was varied and how well it is covered, what it did, the best of it."""
    material = context.material
    ids = material.sweeps[key]
    parent = material.runs.get(key)
    board = board_for(material, ids)
    metric = board.metric if board else next(iter(telling_metrics(material, ids)), "")
    sheets = [params_sheet(context, ids), _best_rows(context, metric, ids)]
    sheets += effects_sheet(context, metric, ids)
    where = f"parent = {quoted(key)}"
    if parent is None:
        value = key.partition("=")[2]
        tagged = f"tag = 'sweep' AND value = {quoted(value)}"
        where = f"run_id IN (SELECT run_id FROM tags WHERE {tagged})"
    yield from _page(
        context,
        context.sweep_paths[key],
        parent.name if parent else key.partition("=")[2],
        _("Sweep"),
        ids,
        f"SELECT * FROM wide WHERE {where} ORDER BY started DESC",
        crumbs=(Link("sweeps/index.html", _("Sweeps")),),
        lead=_lead(context, ids),
        tiles=(*_tiles(context, ids), *_leading(material, metric, ids)),
        facts=_sweep_facts(context, key, metric, ids),
        parallel=sweep_parallel(context, board, ids) if board else None,
        sheets=tuple(filter(None, sheets)),
    )


def group_page(context: Context, group: tuple[str, str]) -> Iterator[Made]:
    """A group of runs: the mean and spread of each metric over its members."""
    material = context.material
    ids = material.groups[group]
    experiment, name = group
    sheets = (_means(context, ids), params_sheet(context, ids))
    yield from _page(
        context,
        context.group_paths[group],
        name,
        _("Group"),
        ids,
        f'SELECT * FROM wide WHERE experiment = {quoted(experiment)} AND "group" = {quoted(name)}'
        " ORDER BY started DESC",
        crumbs=(Link("groups/index.html", _("Groups")),),
        lead=_lead(context, ids),
        tiles=_tiles(context, ids),
        links=(Link(context.experiment_paths[experiment], experiment, _("experiment")),),
        sheets=tuple(filter(None, sheets)),
    )


def _page(
    context: Context,
    path: str,
    title: str,
    word: str,
    ids: Sequence[str],
    sql: str,
    **more: Any,
) -> Iterator[Made]:
    """The page with the table of its runs, and the table's file."""
    pure = PurePosixPath(path)
    slug = f"{pure.parent.name.removesuffix('s')}-{pure.stem}"
    fields, data = runs_table(context, slug, ids)
    yield data
    yield ThingPage(
        path=path,
        title=title,
        site=context.site,
        description=f"{word}: {counted(len(ids), 'run')}.",
        word=word,
        sql=sql,
        **fields,
        **more,
    )


def _lead(context: Context, ids: Sequence[str]) -> str:
    """How many runs, when, and how they are."""
    runs = context.runs(ids)
    days = sorted({shown_time(run.started)[:10] for run in runs})
    when = days[0] if len(days) == 1 else _("{first} to {last}", first=days[0], last=days[-1])
    return " · ".join(filter(None, (counted(len(runs), "run"), when, health(runs))))


def _tiles(context: Context, ids: Sequence[str]) -> tuple[Tile, ...]:
    runs = context.runs(ids)
    last = max(runs, key=lambda run: (run.started, run.run_id))
    path = context.material.refs[last.run_id].path
    newest = Tile(_("Last run"), shown_time(last.started), last.name, path)
    return runs_tile(runs), compute_tile(runs), newest


def _best_tiles(material: Material, experiment: str) -> tuple[Tile, ...]:
    """The leaders of the leaderboards that are of this experiment alone."""
    return tuple(
        best_tile(material, board)
        for board in material.boards
        if board.best and board.experiment == experiment
    )[:2]


def _leading(material: Material, metric: str, ids: Sequence[str]) -> tuple[Tile, ...]:
    found = ranked(material, metric, ids) if metric else []
    if not found or not material.directions.get(metric, 0):
        return ()
    value, run_id = found[0]
    names = tie_of(names_in(material, level(found)))
    label = best_label(material, metric, material.stat_of(metric, ids))
    shown = shown_short(material, metric, value)
    return (Tile(label, shown, names, material.refs[run_id].path, "good"),)


def _links(context: Context, ids: Sequence[str]) -> tuple[Link, ...]:
    """Leaderboards, sweeps and groups of these runs."""
    material = context.material
    wanted = set(ids)
    boards = [
        Link(board.path, board.title, _("by {metric}", metric=board.metric))
        for board in material.boards
        if wanted & board.values.keys()
    ]
    sweeps = [
        Link(context.sweep_paths[key], sweep_title(material, key), _("sweep"))
        for key, some in material.sweeps.items()
        if wanted & set(some)
    ]
    experiment = material.runs[ids[0]].experiment
    groups = [
        Link(context.group_paths[key], key[1], _("group"))
        for key in material.groups
        if key[0] == experiment
    ]
    if len(groups) > MOST_LINKS:
        more = Link("groups/index.html", _("All {n} groups", n=len(groups)))
        groups = [*groups[:MOST_LINKS], more]
    return (*boards, *sweeps[:MOST_LINKS], *groups)


def sweep_title(material: Material, key: str) -> str:
    """What a sweep is called: as its parent, or as its tag's value."""
    parent = material.runs.get(key)
    return parent.name if parent else key.partition("=")[2] or key


def _trouble(context: Context, ids: Sequence[str]) -> Sheet | None:
    """Runs that somebody should look at, the newest first."""
    runs = sorted(context.runs(ids), key=lambda run: (run.started, run.run_id), reverse=True)
    found = [(run, why) for run in runs if (why := attention(context, run))]
    if not found:
        return None
    rows = tuple(
        (run_entry(context.material, run.run_id), Entry(_(run.status)), Entry(why))
        for run, why in found[:MOST_ROWS]
    )
    heads = (_("Run"), _("Status"), _("Why"))
    note = counted(len(found), "run")
    return Sheet("health", _("Needs attention"), heads, ("", "", ""), rows, note)


def _sweep_facts(context: Context, key: str, metric: str, ids: Sequence[str]) -> tuple[Fact, ...]:
    material = context.material
    facts = []
    if key in material.runs:
        href = f"../{material.refs[key].path}"
        facts.append(Fact(_("Started by"), material.runs[key].name, href=href))
    elif tag_name(key) == "sweep":
        facts.append(Fact(_("Tag"), key, mono=True, href=f"../{context.tag_paths[key]}"))
    if metric:
        facts.append(Fact(_("Metric"), metric, True, f"../{context.metric_paths[metric]}"))
    keys = varying(material, ids)
    facts.append(Fact(_("Varied"), ", ".join(keys[:12]) or _("nothing"), mono=True))
    told = coverage(material.params, keys, ids)
    if told:
        facts.append(Fact(_("Coverage"), told))
    return tuple(facts)


def coverage(
    params: Mapping[str, Mapping[str, Any]], keys: Sequence[str], ids: Sequence[str]
) -> str:
    """How many combinations of the tried values were run, where the params make a grid.

    A param with a value of its own in most runs was drawn at random: it makes no grid, and is told.
    """
    grids: dict[str, set[str]] = {}
    drawn = []
    for key in keys:
        values = {
            params.get(run_id, {})[key].text for run_id in ids if key in params.get(run_id, {})
        }
        if 1 < len(values) <= max(2, math.ceil(len(ids) * 2 / 3)):
            grids[key] = values
        elif len(values) > 1:
            drawn.append(key)
    if not grids:
        return ""
    tried = {
        tuple(params[run_id][key].text for key in grids)
        for run_id in ids
        if all(key in params.get(run_id, {}) for key in grids)
    }
    total = 1
    for values in grids.values():
        total *= len(values)
    names = " × ".join(f"{key} ({len(values)})" for key, values in grids.items())
    found = _("{n} of {all} combinations of {names}", n=len(tried), all=f"{total:,}", names=names)
    if not drawn:
        return found
    return f"{found}; " + _("in most runs a value of its own: {names}", names=", ".join(drawn))


def _best_rows(context: Context, metric: str, ids: Sequence[str]) -> Sheet | None:
    """The best runs with the params that vary."""
    material = context.material
    found = ranked(material, metric, ids) if metric else []
    keys = varying(material, ids)[:5]
    if len(found) < 2:
        return None
    rows: list[tuple[Entry, ...]] = []
    first = level(found)
    told = {
        key: param_texts(material, key, [run_id for _value, run_id in found[:5]]) for key in keys
    }
    for at, (value, run_id) in enumerate(found[:5]):
        rows.append(
            (
                run_entry(material, run_id),
                number_entry(shown_short(material, metric, value), strong=run_id in first),
                *(Entry(told[key][at], kind="mono") for key in keys),
            )
        )
    heads = (_("Run"), material.title_of(metric), *keys)
    direction = material.directions.get(metric, 0)
    which = counting(material.stat_of(metric, ids), direction)
    note = _("by each run's {which}", which=which)
    if len(first) > 1:
        note = f"{note} · {_('{n} runs tie', n=len(first))}"
    kinds = ("", "num", *("mono" for _key in keys))
    return Sheet("best", _("Best runs"), heads, kinds, tuple(rows), note)


def _means(context: Context, ids: Sequence[str]) -> Sheet | None:
    """Mean, standard deviation and interval of each metric over the members."""
    material = context.material
    rows = []
    for key in telling_metrics(material, ids)[:40]:
        stat = material.stat_of(key, ids)
        direction = material.directions.get(key, 0)
        values = [value for value, _run in ranked(material, key, ids, stat)]
        if not values:
            continue
        interval = mean_interval(values)
        ends = interval or (0.0, 0.0)
        digits = digits_within(material, key, ends[1] - ends[0])
        low, high = (format_number(short_number(end, 6), digits) for end in ends)
        best = values[0] if direction else None
        rows.append(
            (
                Entry(
                    material.title_of(key),
                    context.metric_paths[key],
                    note=unusual(stat, direction),
                ),
                replace(number_entry(mean_text(material, key, values)), strong=True),
                number_entry(_("{low} to {high}", low=low, high=high) if interval else ""),
                number_entry(shown_short(material, key, best)),
                number_entry(f"{len(values)}"),
            )
        )
    heads = (_("Metric"), _("Mean ± std"), _("95% interval of the mean"), _("Best"), _("n"))
    title = _("Over the members")
    kinds = ("", "num", "num", "num", "num")
    note = by_best()
    return Sheet("means", title, heads, kinds, tuple(rows), note) if rows else None
