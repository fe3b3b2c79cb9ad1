"""The compare block: curves of chosen runs over each other, and what differs between them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from runfolio.query.curves import Curve
from runfolio.site.gather.tables import param_column, varying
from runfolio.site.material import Material, better
from runfolio.site.names import COLORS, color_of, short_hash
from runfolio.site.pages import Chart, Link, ReportPart, RunRef
from runfolio.site.reports.blocks import Block
from runfolio.site.reports.desk import Desk, Made
from runfolio.site.reports.settings import Options, SettingsError, nearest
from runfolio.site.sparkline import MARGIN, STILL_HEIGHT, STILL_WIDTH, finite, points_text, thin
from runfolio.site.table import Column, RunTable
from runfolio.site.words import _

MOST_RUNS = 24
MOST_METRICS = 12
MOST_PARAMS = 8
_POINTS = 60
_DASHES = ("", "6 3", "2 2.5")


def compare(desk: Desk, block: Block, options: Options, number: int) -> Made:
    """Charts of the metrics, one curve a run, and a table of metrics and differing params."""
    ids = _run_ids(desk, block, options)
    metrics = _metrics(desk.material, ids, options, block.line)
    options.done()
    colors = run_colors(ids)
    curves: dict[str, dict[str, Curve]] = {key: {} for key in metrics}
    for curve in desk.store.curves(ids, _POINTS, metrics):
        curves[curve.key][curve.run_id] = curve
    charts = tuple(
        _chart(desk.material, key, found, ids, colors, number) for key, found in curves.items()
    )
    refs = [replace(desk.material.refs[run_id], color=colors[run_id]) for run_id in ids]
    table = _table(desk.material, ids, metrics, refs)
    part = ReportPart(
        "curves",
        id=f"{desk.slug}-{number}",
        charts=charts,
        runs=tuple((ref, desk.data_paths.get(ref.id, "")) for ref in refs),
        heads=table.heads(),
        rows=table.rows(len(ids)),
        link=Link("compare.html#runs=" + ",".join(ids), _("Compare them in full")),
        code=block.code.strip(),
        language="yaml",
    )
    return Made(part)


def run_colors(ids: Sequence[str]) -> dict[str, int]:
    """Each run's own colour where it is still free, else the next; ``rf.colors`` does the same."""
    colors: dict[str, int] = {}
    taken: set[int] = set()
    for run_id in ids:
        color = color_of(run_id)
        for _turn in range(COLORS):
            if color not in taken:
                break
            color = (color + 1) % COLORS
        taken.add(color)
        if len(taken) == COLORS:
            taken.clear()
        colors[run_id] = color
    return colors


def _run_ids(desk: Desk, block: Block, options: Options) -> list[str]:
    wanted, filter = options.names("runs"), options.text("filter")
    most = options.number("most", 8, least=1, most=MOST_RUNS)
    if bool(wanted) == bool(filter):
        raise SettingsError((block.line, "name the runs, or give a filter that finds them"))
    nothing: list[str] = []
    if wanted:
        named = [
            options.tried("runs", partial(_named, desk, word, block.line), nothing)
            for word in wanted[:MOST_RUNS]
        ]
        found = list(dict.fromkeys(run_id for each in named for run_id in each))
    else:
        found = options.tried("filter", lambda: desk.run_ids(filter, block.line), nothing)[:most]
        if not found:
            options.wrong("filter", f"no run matches {filter}")
    if not found:
        options.names("metrics")
        options.done()
    return found


def _named(desk: Desk, word: str, line: int) -> list[str]:
    return [desk.run(word, line)]


def _metrics(material: Material, ids: Sequence[str], options: Options, line: int) -> list[str]:
    """The metrics that were asked for; the ranked one of the first run's leaderboard for none."""
    known = sorted({key for run_id in ids for key in material.summary.get(run_id, {})})
    wanted = options.names("metrics")[:MOST_METRICS]
    for key in wanted:
        if key not in known:
            options.wrong("metrics", f"none of the runs has {key}{nearest(key, known)}")
    if wanted:
        return [key for key in wanted if key in known]
    board = material.board_of.get(ids[0])
    found = [board.metric] if board and board.metric in known else known[:1]
    if not found:
        raise SettingsError((line, "the runs have no metric"))
    return found


def _chart(
    material: Material,
    key: str,
    found: Mapping[str, Curve],
    ids: Sequence[str],
    colors: Mapping[str, int],
    number: int,
) -> Chart:
    absent = len(ids) - len(found)
    note = _("missing in {n}", n=absent) if absent else ""
    names = ", ".join(material.runs[run_id].name for run_id in ids if run_id in found)
    return Chart(
        f"{number}-{short_hash(key)}",
        "curve",
        material.title_of(key),
        note=note,
        svg_html=still_lines([(found[each], colors[each]) for each in ids if each in found]),
        summary=_("{metric} of {runs}", metric=key, runs=names),
        data={"key": key},
    )


def still_lines(curves: Sequence[tuple[Curve, int]]) -> str:
    """The still picture of several curves in their runs' colours; '' where nothing is finite."""
    lines = []
    for at, (curve, color) in enumerate(curves):
        places = [i if step is None else step for i, step in enumerate(curve.steps)]
        lines.append((thin(finite(places, curve.values), _POINTS), color, at // COLORS % 3))
    everything = [point for points, _, _ in lines for point in points]
    shapes = "".join(
        f'<polyline class="still-line c{color}" fill="none"'
        + (f' stroke-dasharray="{_DASHES[dash]}"' if dash else "")
        + ' points="'
        + points_text(points, STILL_WIDTH, STILL_HEIGHT, margin=MARGIN, among=everything)
        + '"/>'
        for points, color, dash in lines
        if points
    )
    return shapes and (
        f'<svg class="still" viewBox="0 0 {STILL_WIDTH} {STILL_HEIGHT}" '
        f'preserveAspectRatio="none" aria-hidden="true">{shapes}</svg>'
    )


def _table(
    material: Material, ids: Sequence[str], metrics: Sequence[str], refs: Sequence[RunRef]
) -> RunTable:
    columns = [Column("run", _("Run"), "run", [ref.name for ref in refs])]
    for key in metrics:
        way = material.directions.get(key, 0)
        found = [material.summary.get(run_id, {}).get(key) for run_id in ids]
        values = [better(each, way)[0] if each else None for each in found]
        columns.append(
            Column(
                f"m:{key}",
                material.title_of(key),
                "num",
                values,
                direction=way,
                unit=material.unit_of(key),
                digits=material.digits_of(key),
            )
        )
    params = varying(material, ids)[:MOST_PARAMS]
    columns += [replace(param_column(material, key, ids), show=True) for key in params]
    return RunTable("compare", tuple(refs), tuple(columns))
