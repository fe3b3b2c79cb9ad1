"""What pages of things share: entries of small tables, params that vary, a run's own result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from math import isfinite
from typing import Any

from runfolio.query.stats import mean_of, variance_of
from runfolio.site.gather.context import Context, DataFile, counted, table_file
from runfolio.site.gather.leading import by_best, level, others_of, unusual
from runfolio.site.gather.tables import counted_by, interest, list_table, param_column, varying
from runfolio.site.labels import short_values, value_of
from runfolio.site.material import Board, Material, shown_time
from runfolio.site.numbers import MOST_DECIMALS, PLAIN_BELOW, fixed, format_number, short_number
from runfolio.site.pages import Entry, Link, Sheet
from runfolio.site.sparkline import bars
from runfolio.site.words import _

#: Rows of a small table; more have a page of their own, or stand in the table of runs.
MOST_ROWS = 20
MOST_METRICS = 12
MOST_PARAMS = 12
BINS = 24


def run_entry(material: Material, run_id: str) -> Entry:
    """A run by its name; by its id where it is not in the store any more."""
    ref = material.refs.get(run_id)
    return Entry(run=ref) if ref else Entry(run_id, kind="mono")


def number_entry(text: str, *, strong: bool = False, share: int = -1) -> Entry:
    """A number."""
    return Entry(text, kind="num", strong=strong, share=share)


def shown_short(material: Material, metric: str, value: float | None) -> str:
    """A value of a metric, with at most six digits."""
    return "" if value is None else material.shown(metric, short_number(value, 6))


def ranked(
    material: Material, metric: str, ids: Sequence[str], stat: str = ""
) -> list[tuple[float, str]]:
    """(value, run) of the runs that have a finite one, the best first; of equals the older run.

    ``stat`` is the value that counts: that of the runs' leaderboard, where none is given.
    """
    sign = -1 if material.directions.get(metric, 0) >= 0 else 1
    stat = stat or material.stat_of(metric, ids)
    found = [
        (value, run_id)
        for run_id in ids
        if (value := material.result(metric, run_id, stat)[0]) is not None and isfinite(value)
    ]
    return sorted(found, key=lambda it: (sign * it[0], material.runs[it[1]].started, it[1]))


def param_texts(material: Material, key: str, ids: Sequence[str]) -> list[str]:
    """A param of some runs as text, numbers in short; '' where a run has none."""
    found = [material.params.get(run_id, {}).get(key) for run_id in ids]
    return short_values([value_of(each) if each else ("", False) for each in found])


def names_in(material: Material, ids: Sequence[str]) -> list[str]:
    """The names of some runs."""
    return [material.refs[run_id].name for run_id in ids]


def best_entry(material: Material, found: Sequence[tuple[float, str]]) -> Entry:
    """The first of ``ranked`` by its name, and who is level with it."""
    if not found:
        return Entry()
    names = names_in(material, level(found))
    return replace(run_entry(material, found[0][1]), note=others_of(names))


def telling_metrics(material: Material, ids: Sequence[str]) -> list[str]:
    """The metrics of some runs: what their leaderboard ranks first, then what can be judged."""
    board = board_for(material, ids)
    primary = board.metric if board else ""
    counts: dict[str, int] = {}
    for run_id in ids:
        for key in material.summary.get(run_id, ()):
            counts[key] = counts.get(key, 0) + 1
    return sorted(
        counts, key=lambda k: (k != primary, *interest(material, k, primary), -counts[k], k)
    )


def board_for(material: Material, ids: Sequence[str]) -> Board | None:
    """The leaderboard that most of the runs stand on."""
    counts: dict[str, int] = {}
    found = {}
    for run_id in ids:
        board = material.board_of.get(run_id)
        if board:
            found[board.slug] = board
            counts[board.slug] = counts.get(board.slug, 0) + 1
    slug = max(sorted(counts), key=lambda each: counts[each], default=None)
    return found[slug] if slug else None


def direction_word(direction: int) -> str:
    """What is better."""
    words = {1: _("larger"), -1: _("smaller")}
    return words.get(direction, _("not known"))


def params_sheet(context: Context, ids: Sequence[str], most: int = MOST_PARAMS) -> Sheet | None:
    """The params that differ between runs, with their values or range; None without any.

    Those that have one value, which some runs lack, come last.
    """
    rows = []
    for key in varying(context.material, ids):
        column = param_column(context.material, key, ids)
        known = [value for value in column.values if value is not None]
        distinct = list(dict.fromkeys(known))
        share = round(100 * len(known) / len(ids))
        cells = (
            Entry(key, kind="mono"),
            Entry(_range(distinct, column.kind == "num"), kind="mono"),
            number_entry(f"{len(distinct):,}"),
            number_entry(f"{len(known):,}", share=share if share < 100 else -1),
        )
        rows.append((len(distinct) < 2, cells))
    if not rows:
        return None
    rows.sort(key=lambda row: row[0])
    heads = (_("Param"), _("Values"), _("Different"), _("Runs"))
    note = "" if len(rows) <= most else _("{n} of {all}", n=most, all=len(rows))
    shown = tuple(cells for _one, cells in rows[:most])
    kinds = ("mono", "mono", "num", "num")
    return Sheet("params", _("Params that vary"), heads, kinds, shown, note)


def _range(values: Sequence[object], numbers: bool) -> str:
    """'0.001 to 0.1', or the values themselves where they are few."""
    if numbers and len(values) > 4:
        known = [float(str(value)) for value in values]
        return _("{low} to {high}", low=format_number(min(known)), high=format_number(max(known)))
    if numbers:
        return ", ".join(format_number(value) for value in sorted(float(str(v)) for v in values))
    texts = sorted(str(value) for value in values)
    told = ", ".join(text if len(text) <= 30 else f"{text[:29]}…" for text in texts[:6])
    return told if len(texts) <= 6 else _("{some} and {n} more", some=told, n=len(texts) - 6)


def metrics_sheet(context: Context, ids: Sequence[str]) -> Sheet | None:
    """The best value of each metric, and which run reached it."""
    material = context.material
    keys = telling_metrics(material, ids)
    rows = []
    for key in keys[:MOST_METRICS]:
        stat = material.stat_of(key, ids)
        found = ranked(material, key, ids, stat)
        direction = material.directions.get(key, 0)
        best = found[0] if found and direction else None
        values = [value for value, _ in found]
        rows.append(
            (
                Entry(
                    material.title_of(key),
                    context.metric_paths[key],
                    note=unusual(stat, direction),
                ),
                number_entry(shown_short(material, key, best[0]) if best else "", strong=True),
                best_entry(material, found) if best else Entry(),
                number_entry(mean_text(material, key, values)),
                number_entry(f"{len(found):,}"),
            )
        )
    if not rows:
        return None
    heads = (_("Metric"), _("Best"), _("Run"), _("Mean ± std"), _("Runs"))
    more = Link("metrics/index.html", _("All metrics")) if len(keys) > MOST_METRICS else None
    kinds = ("", "num", "", "num", "num")
    note = by_best()
    return Sheet("best", _("Best of each metric"), heads, kinds, tuple(rows), note, more)


def mean_text(material: Material, metric: str, values: Sequence[float]) -> str:
    """'0.912 ± 0.004' of a sample's mean and standard deviation (division by n - 1)."""
    if not values:
        return ""
    middle = mean_of(values)
    if len(values) < 2:
        return shown_short(material, metric, middle)
    spread = variance_of(values) ** 0.5
    if spread < 1e-12 * abs(middle):  # equal values, and what rounding left of their mean
        spread = 0.0
    digits = digits_within(material, metric, spread)
    if digits is None or not spread < PLAIN_BELOW:
        mean = shown_short(material, metric, middle)
        return f"{mean} ± {format_number(short_number(spread, 2))}"
    mean = format_number(short_number(middle, 6), digits)
    return f"{mean} ± {fixed(spread, digits)} {material.unit_of(metric)}".rstrip()


def digits_within(material: Material, metric: str, width: float) -> int | None:
    """Decimals of a metric's mean, so that two digits of a spread or interval of ``width`` show."""
    known = material.metrics.get(metric)
    digits = material.digits_of(metric)
    if digits is None or not width > 0 or (known and known.digits is not None):
        return digits
    return max(digits, min(MOST_DECIMALS, 1 - Decimal(width).adjusted()))


def picture_of(values: Sequence[float]) -> str:
    """The distribution of values as a still drawing; '' for fewer than three."""
    known = [value for value in values if isfinite(value)]
    if len(known) < 3:
        return ""
    low, high = min(known) / 2, max(known) / 2
    width = (high - low) / BINS
    if not (width > 0 and isfinite(width)):
        return ""
    counts = [0] * BINS
    for value in known:
        counts[min(BINS - 1, int((value / 2 - low) / width))] += 1
    return bars(counts)


def runs_table(context: Context, slug: str, ids: Sequence[str]) -> tuple[dict[str, Any], DataFile]:
    """The fields of a page that hold its table of runs, and the table's file."""
    table = list_table(context, slug, ids)
    data = table_file(table)
    fields: dict[str, Any] = {
        "facets": table.facets(),
        "heads": table.heads(),
        "rows": table.rows(50),
        "total": len(ids),
        "slug": slug,
        "data_path": data.path,
        "counted_by": counted_by(context.material, table),
    }
    return fields, data


def runs_sheet(context: Context, ids: Sequence[str], title: str, id: str = "used") -> Sheet:
    """The newest of some runs."""
    material = context.material
    newest = sorted(ids, key=lambda i: (material.runs[i].started, i), reverse=True)
    rows = tuple(
        (
            run_entry(material, run_id),
            Entry(
                material.runs[run_id].experiment,
                context.experiment_paths[material.runs[run_id].experiment],
            ),
            Entry(_(material.runs[run_id].status)),
            number_entry(shown_time(material.runs[run_id].started)),
        )
        for run_id in newest[:MOST_ROWS]
    )
    heads = (_("Run"), _("Experiment"), _("Status"), _("Started"))
    note = counted(len(ids), "run")
    if len(ids) > MOST_ROWS:
        note = _("the newest {n} of {all}", n=MOST_ROWS, all=f"{len(ids):,}")
    return Sheet(id, title, heads, ("", "", "", "num"), rows, note)
