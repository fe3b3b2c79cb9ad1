"""What a sweep's params did: the metric's mean at each value of a param, and its picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from runfolio.query.stats import mean_of
from runfolio.site.gather.boards import choices_of, parallel_chart
from runfolio.site.gather.context import Context
from runfolio.site.gather.tables import param_column, varying
from runfolio.site.gather.things_parts import (
    number_entry,
    ranked,
    run_entry,
    shown_short,
)
from runfolio.site.material import Board
from runfolio.site.numbers import format_number
from runfolio.site.pages import Chart, Entry, Sheet
from runfolio.site.words import _

MOST_PARAMS = 6
MOST_VALUES = 8


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

    The mean is over all runs with that value, whatever their other params (a marginal mean).
    """
    material = context.material
    found = {run_id: value for value, run_id in ranked(material, metric, ids)} if metric else {}
    if len(found) < 3:
        return []
    sheets: list[Sheet] = []
    for key in varying(material, list(found))[:60]:
        parts = _parts(context, key, list(found))
        if 1 < len(parts) <= MOST_VALUES and any(len(some) > 1 for some in parts.values()):
            sheets.append(_sheet(context, metric, key, parts, found, len(sheets)))
        if len(sheets) == MOST_PARAMS:
            break
    return sheets


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
    top = max(means, key=lambda name: sign * means[name])
    rows = []
    for name, some in parts.items():
        best = max(some, key=lambda i: sign * found[i])
        share = round(100 * (means[name] - low) / (high - low)) if high > low else 0
        rows.append(
            (
                Entry(name, kind="mono"),
                number_entry(
                    shown_short(material, metric, means[name]), strong=name == top, share=share
                ),
                number_entry(shown_short(material, metric, found[best])),
                run_entry(material, best),
                number_entry(f"{len(some):,}"),
            )
        )
    heads = (key, _("Mean"), _("Best"), _("Best run"), _("Runs"))
    title = _("{metric} by {param}", metric=material.title_of(metric), param=key)
    note = _("over all other params")
    kinds = ("mono", "num", "num", "", "num")
    return Sheet(f"effect-{at + 1}", title, heads, kinds, tuple(rows), note)


def _parts(context: Context, key: str, ids: Sequence[str]) -> dict[str, list[str]]:
    """Runs by a param's value; by stretches that hold as many runs where there are many values."""
    column = param_column(context.material, key, ids)
    pairs = [(v, i) for v, i in zip(column.values, ids, strict=True) if v is not None]
    if column.kind != "num" or len({value for value, _run in pairs}) <= MOST_VALUES:
        found: dict[str, list[str]] = {}
        ordered = sorted(pairs, key=lambda p: (p[0], p[1])) if column.kind == "num" else pairs
        for value, run_id in ordered:
            text = format_number(float(value)) if column.kind == "num" else str(value)
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
