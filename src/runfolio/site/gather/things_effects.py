"""What a sweep's params did: the metric's mean at each value of a param, and its picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import combinations, product

from runfolio.query.stats import mean_interval, mean_of
from runfolio.site.gather.boards import choices_of, parallel_chart
from runfolio.site.gather.context import Context
from runfolio.site.gather.tables import param_column, varying
from runfolio.site.gather.things_parts import (
    best_entry,
    digits_within,
    number_entry,
    ranked,
    shown_short,
)
from runfolio.site.labels import number_names
from runfolio.site.material import Board, Material, comparable
from runfolio.site.numbers import format_number, short_number
from runfolio.site.pages import Chart, Entry, Sheet
from runfolio.site.words import _

MOST_PARAMS = 6
MOST_VALUES = 8
#: Pairs of params with gaps, and gaps that one of them names.
MOST_GAPS = 8
MOST_NAMED = 4


def sweep_parallel(context: Context, board: Board, ids: Sequence[str]) -> Chart | None:
    """One line a run of the sweep across its params to the metric."""
    wanted = set(ids)
    places = tuple(place for place in board.places if wanted & set(place.members))
    members = tuple(
        replace(place, members=tuple(i for i in place.members if i in wanted)) for place in places
    )
    part = replace(board, places=members)
    return parallel_chart(context.material, part, choices_of(context.material, part))


def effects_sheet(context: Context, metric: str, ids: Sequence[str]) -> list[Sheet]:
    """For each param that varies a table: each value, or stretch of values, with what came of it.

    The mean is over all runs with that value, whatever their other params (a marginal mean). Then
    what no run has a value for.
    """
    material = context.material
    found = {run_id: value for value, run_id in ranked(material, metric, ids)} if metric else {}
    if len(found) < 3:
        return []
    sheets: list[Sheet] = []
    by_key: dict[str, dict[str, list[str]]] = {}
    for key in varying(material, list(found))[:60]:
        parts = _parts(context, key, list(found))
        if 1 < len(parts) <= MOST_VALUES and any(len(some) > 1 for some in parts.values()):
            by_key[key] = parts
            sheets.append(_sheet(context, metric, key, parts, found, len(sheets)))
        if len(sheets) == MOST_PARAMS:
            break
    return [*sheets, *_gaps(by_key)]


def _gaps(by_key: Mapping[str, Mapping[str, Sequence[str]]]) -> list[Sheet]:
    """Pairs of params with the combinations that have no value, those with most first.

    Not of two that cut the runs into the same groups: they never changed alone.
    """
    found = []
    for (one, a), (other, b) in combinations(by_key.items(), 2):
        of = {run_id: name for name, some in b.items() for run_id in some}
        tried = {(name, of[run_id]) for name, some in a.items() for run_id in some if run_id in of}
        empty = [pair for pair in product(a, b) if pair not in tried]
        if empty and not len(tried) == len(a) == len(b):
            found.append(
                (len(empty) / (len(a) * len(b)), f"{one} × {other}", len(a) * len(b), empty)
            )
    rows = []
    for _share, names, count, empty in sorted(found, key=lambda gap: -gap[0])[:MOST_GAPS]:
        told = ", ".join(f"{left} × {right}" for left, right in empty[:MOST_NAMED])
        if len(empty) > MOST_NAMED:
            told = _("{some} and {n} more", some=told, n=len(empty) - MOST_NAMED)
        cells = (
            Entry(names, kind="mono"),
            number_entry(_("{n} of {all}", n=len(empty), all=count)),
        )
        rows.append((*cells, Entry(told, kind="mono")))
    heads = (_("Params"), _("Without a value"), _("Which"))
    title = _("Combinations without a value")
    return [Sheet("gaps", title, heads, ("mono", "num", "mono"), tuple(rows))] if rows else []


def _sheet(
    context: Context,
    metric: str,
    key: str,
    parts: dict[str, list[str]],
    found: dict[str, float],
    at: int,
) -> Sheet:
    material = context.material
    sign = 1 if material.directions.get(metric, 0) >= 0 else -1
    means = {name: mean_of([found[i] for i in some]) for name, some in parts.items()}
    low, high = min(means.values()), max(means.values())
    best_mean = comparable(high if sign > 0 else low)
    top = [name for name, mean in means.items() if comparable(mean) == best_mean]
    rows = []
    for name, some in parts.items():
        best = sorted(((found[i], i) for i in found if i in some), key=lambda it: -sign * it[0])
        ends = mean_interval([found[i] for i in some])
        share = round(100 * (means[name] - low) / (high - low)) if high > low else 0
        rows.append(
            (
                Entry(name, kind="mono"),
                number_entry(
                    shown_short(material, metric, means[name]), strong=name in top, share=share
                ),
                number_entry(_interval(material, metric, ends) if ends else _("one run")),
                number_entry(shown_short(material, metric, best[0][0])),
                best_entry(material, best),
                number_entry(f"{len(some):,}"),
            )
        )
    heads = (key, _("Mean"), _("95% interval"), _("Best"), _("Best run"), _("Runs"))
    title = _("{metric} by {param}", metric=material.title_of(metric), param=key)
    note = _("over all other params; interval of the mean by Student's t")
    kinds = ("mono", "num", "num", "num", "", "num")
    return Sheet(f"effect-{at + 1}", title, heads, kinds, tuple(rows), note)


def _interval(material: Material, metric: str, ends: tuple[float, float]) -> str:
    digits = digits_within(material, metric, ends[1] - ends[0])
    low, high = (format_number(short_number(end, 6), digits) for end in ends)
    return _("{low} to {high}", low=low, high=high)


def _parts(context: Context, key: str, ids: Sequence[str]) -> dict[str, list[str]]:
    """Runs by a param's value; by stretches that hold as many runs where there are many values."""
    column = param_column(context.material, key, ids)
    pairs = [(v, i) for v, i in zip(column.values, ids, strict=True) if v is not None]
    if column.kind != "num" or len({value for value, _run in pairs}) <= MOST_VALUES:
        found: dict[str, list[str]] = {}
        ordered = sorted(pairs, key=lambda p: (p[0], p[1])) if column.kind == "num" else pairs
        names = number_names(float(v) for v, _ in pairs) if column.kind == "num" else {}
        for value, run_id in ordered:
            text = names[float(value)] if column.kind == "num" else str(value)
            found.setdefault(text, []).append(run_id)
        return found if column.kind == "num" else {name: found[name] for name in sorted(found)}
    pairs.sort(key=lambda pair: (float(pair[0]), pair[1]))
    stretches: dict[str, list[str]] = {}
    for at in range(4):
        some = pairs[at * len(pairs) // 4 : (at + 1) * len(pairs) // 4]
        if some:
            low, high = (format_number(float(some[end][0])) for end in (0, -1))
            name = low if low == high else _("{low} to {high}", low=low, high=high)
            stretches.setdefault(name, []).extend(run_id for _value, run_id in some)
    return stretches
