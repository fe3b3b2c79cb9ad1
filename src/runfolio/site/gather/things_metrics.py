"""Pages of metrics: which runs have one, how its values are spread, and what is better and why."""

from __future__ import annotations

from collections import Counter

from runfolio.query.boards import direction_of
from runfolio.site.gather.context import Context, counted
from runfolio.site.gather.leading import counting, level, names_of, tie_of
from runfolio.site.gather.lists import quoted
from runfolio.site.gather.things_parts import (
    MOST_ROWS,
    direction_word,
    mean_text,
    names_in,
    number_entry,
    picture_of,
    ranked,
    run_entry,
    shown_short,
)
from runfolio.site.material import Material, comparable
from runfolio.site.numbers import format_number, short_number
from runfolio.site.pages import Chart, Entry, Fact, Link, Sheet, ThingPage, Tile
from runfolio.site.words import _, told

MOST_EXPERIMENTS = 20
WORST = 5


def metric_page(context: Context, key: str) -> ThingPage:
    """A metric with the runs that reached most; all of them are in the table of all runs."""
    material = context.material
    ids = material.by_metric[key]
    stat = material.stat_of(key, ids)
    found = ranked(material, key, ids, stat)
    direction = material.directions.get(key, 0)
    way = "max" if direction >= 0 else "min"
    order = "DESC" if way == "max" else "ASC"
    counts = way if stat == "best" else stat
    columns = counts if counts == "last" else f"{counts}, last"
    boards = [board for board in material.boards if board.metric == key]
    sheets = [_best(context, key, found), _worst(context, key, found), _by_experiment(context, key)]
    return ThingPage(
        path=context.metric_paths[key],
        title=material.title_of(key),
        site=context.site,
        description=_("{metric} over {n}.", metric=key, n=counted(len(ids), "run")),
        word=_("Metric"),
        crumbs=(Link("metrics/index.html", _("Metrics")),),
        lead=_lead(material, key, len(ids), direction),
        tiles=_tiles(material, key, found, stat),
        links=tuple(Link(board.path, board.title, _("leaderboard")) for board in boards),
        facts=_facts(context, key),
        pictures=tuple(filter(None, (_picture(material, key, found, stat),))),
        sheets=tuple(filter(None, sheets)),
        sql=f"SELECT name, experiment, {columns} FROM summary JOIN runs USING (run_id) "
        f"WHERE key = {quoted(key)} ORDER BY {counts} {order}",
    )


def _lead(material: Material, key: str, count: int, direction: int) -> str:
    told = counted(count, "run")
    if direction:
        told += " · " + _("{which} is better", which=direction_word(direction))
    return f"{key} · {told}" if material.title_of(key) != key else told


def _tiles(
    material: Material, key: str, found: list[tuple[float, str]], stat: str
) -> tuple[Tile, ...]:
    if not found:
        return ()
    values = [value for value, _run in found]
    middle = sorted(values)[(len(values) - 1) // 2]
    direction = material.directions.get(key, 0)
    tiles = []
    if direction:
        ends = ((_("Best"), level(found), "good"), (_("Worst"), level(found[::-1])[::-1], ""))
        for (label, ids, tone), value in zip(ends, (values[0], values[-1]), strict=True):
            names = tie_of(names_in(material, ids))
            path = material.refs[ids[0]].path
            tiles.append(Tile(label, shown_short(material, key, value), names, path, tone))
    which = _("of each run's {which}", which=counting(stat, direction))
    tiles.append(Tile(_("Median"), shown_short(material, key, middle), which))
    tiles.append(Tile(_("Mean ± std"), mean_text(material, key, values)))
    return tuple(tiles)


def _facts(context: Context, key: str) -> tuple[Fact, ...]:
    """The key, what is better and why, the unit, points, values that are no numbers."""
    material = context.material
    known = context.config.metrics.get(key)
    direction = material.directions.get(key, 0)
    facts = [Fact(_("Key"), key, mono=True)]
    if known and known.direction:
        why = _("{which}, as configured", which=direction_word(direction))
    elif direction:
        why = told(direction_of(context.config, key)[1])
    else:
        why = _("the name does not tell; set direction under [metrics] in runfolio.toml")
    facts.append(Fact(_("Better"), why))
    facts.append(Fact(_("What counts"), _counts(context, key)))
    facts.append(Fact(_("Unit"), material.unit_of(key) or _("none set")))
    rows = [material.summary[run_id][key] for run_id in material.by_metric[key]]
    facts.append(Fact(_("Points"), f"{sum(row.points for row in rows):,}"))
    bad = sum(row.bad for row in rows)
    if bad:
        facts.append(Fact(_("Not finite"), _("{n} points are NaN or infinite", n=f"{bad:,}")))
    return tuple(facts)


def _counts(context: Context, key: str) -> str:
    """Which value of a run these numbers are of, and which leaderboard says so."""
    material = context.material
    ids = material.by_metric[key]
    which = counting(material.stat_of(key, ids), material.directions.get(key, 0))
    told = _("each run's {which}", which=which)
    boards = [board for board in material.boards if board.metric == key]
    ranking = next((board for board in boards if set(ids) & board.values.keys()), None)
    return (
        _("{what}, as on the leaderboard {board}", what=told, board=ranking.title)
        if ranking
        else told
    )


def _picture(
    material: Material, key: str, found: list[tuple[float, str]], stat: str
) -> Chart | None:
    values = [value for value, _run in found]
    svg = picture_of(values)
    if not svg:
        return None
    low, high = shown_short(material, key, min(values)), shown_short(material, key, max(values))
    which = counting(stat, material.directions.get(key, 0))
    return Chart(
        "spread",
        "",
        _("Distribution"),
        note=_("each run's {which}", which=which),
        value=_("{low} to {high}", low=low, high=high),
        svg_html=svg,
        summary=_("{n} runs between {low} and {high}.", n=f"{len(values):,}", low=low, high=high),
    )


def _best(context: Context, key: str, found: list[tuple[float, str]]) -> Sheet | None:
    if not found:
        return None
    judged = bool(context.material.directions.get(key, 0))
    title = _("Best runs") if judged else _("Runs by value")
    more = Link("runs/index.html", _("All runs")) if len(found) > MOST_ROWS else None
    return _rows(context, key, found, "best", title, more, slice(MOST_ROWS))


def _worst(context: Context, key: str, found: list[tuple[float, str]]) -> Sheet | None:
    first = max(MOST_ROWS, len(found) - WORST)
    if first >= len(found) or not context.material.directions.get(key, 0):
        return None
    return _rows(context, key, found, "worst", _("Worst runs"), None, slice(first, None))


def _rows(
    context: Context,
    key: str,
    found: list[tuple[float, str]],
    id: str,
    title: str,
    more: Link | None,
    shown: slice,
) -> Sheet:
    material = context.material
    ids = material.by_metric[key]
    stat = material.stat_of(key, ids)
    first: dict[float | None, int] = {}
    for at, (value, _run) in enumerate(found, 1):
        first.setdefault(comparable(value), at)
    counts = Counter(comparable(value) for value, _run in found)
    rows = []
    for value, run_id in found[shown]:
        rank = first[comparable(value)]
        summary = material.summary[run_id][key]
        step = material.result(key, run_id, stat)[1] if material.directions.get(key, 0) else None
        experiment = material.runs[run_id].experiment
        last = number_entry(shown_short(material, key, summary.last))
        rows.append(
            (
                number_entry(f"={rank:,}" if counts[comparable(value)] > 1 else f"{rank:,}"),
                run_entry(material, run_id),
                number_entry(shown_short(material, key, value), strong=rank == 1),
                number_entry("" if step is None else f"{step:,}"),
                *(() if stat == "last" else (last,)),
                Entry(experiment, context.experiment_paths[experiment]),
            )
        )
    head = {"last": _("Last"), "min": _("Lowest"), "max": _("Highest"), "mean": _("Mean")}
    own = (head.get(stat, _("Best")), _("at step"), *(() if stat == "last" else (_("Last"),)))
    heads = (_("Rank"), _("Run"), *own, _("Experiment"))
    kinds = ("num", "", *("num" for _head in own), "")
    note = _("by each run's {which}", which=counting(stat, material.directions.get(key, 0)))
    return Sheet(id, title, heads, kinds, tuple(rows), note, more)


def _by_experiment(context: Context, key: str) -> Sheet | None:
    """The metric in each experiment that has it."""
    material = context.material
    by: dict[str, list[str]] = {}
    for run_id in material.by_metric[key]:
        by.setdefault(material.runs[run_id].experiment, []).append(run_id)
    if len(by) < 2:
        return None
    rows = []
    stat = material.stat_of(key, material.by_metric[key])
    for name in sorted(by, key=lambda each: (-len(by[each]), each))[:MOST_EXPERIMENTS]:
        found = ranked(material, key, by[name], stat)
        judged = material.directions.get(key, 0)
        rows.append(
            (
                Entry(name, context.experiment_paths[name]),
                number_entry(shown_short(material, key, found[0][0]) if found and judged else ""),
                number_entry(mean_text(material, key, [value for value, _run in found])),
                number_entry(f"{len(found):,}"),
            )
        )
    heads = (_("Experiment"), _("Best"), _("Mean ± std"), _("Runs"))
    kinds = ("", "num", "num", "num")
    return Sheet("experiments", _("By experiment"), heads, kinds, tuple(rows))


def metric_row(context: Context, key: str) -> tuple[Link, tuple[str, ...]]:
    """A metric in the list of all."""
    material = context.material
    ids = material.by_metric[key]
    found = ranked(material, key, ids)
    direction = material.directions.get(key, 0)
    best = shown_short(material, key, found[0][0]) if found and direction else ""
    name = names_of(names_in(material, level(found))) if best else ""
    title = material.title_of(key)
    spread = ""
    if len(found) > 1 and not direction:
        values = [short_number(value, 4) for value, _run in found]
        low, high = (format_number(end) for end in (min(values), max(values)))  # type: ignore[type-var]
        spread = _("{low} to {high}", low=low, high=high)
    link = Link(context.metric_paths[key], title, key if title != key else "")
    return link, (direction_word(direction), f"{len(ids):,}", best or spread, name)
