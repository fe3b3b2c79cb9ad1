"""The charts and tables of one run's metrics: frames with still pictures; the data file draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runfolio.query.curves import Curve
from runfolio.query.rows import Histogram, Matrix, Summary
from runfolio.site.gather.context import counted
from runfolio.site.gather.tables import interest
from runfolio.site.material import Material, better
from runfolio.site.names import short_hash
from runfolio.site.numbers import decimals_for, format_number, short_number
from runfolio.site.pages import Chart, MatrixView, MetricRow
from runfolio.site.sparkline import still
from runfolio.site.words import _

SHADES = 10
#: Steps of one histogram that a data file holds, and the size of a matrix that a page shows.
MOST_STEPS = 50
MOST_LABELS = 40
MOST_HISTOGRAMS = 100


def chart_groups(
    material: Material, curves: Sequence[Curve], summary: Mapping[str, Summary], primary: str
) -> tuple[tuple[str, tuple[Chart, ...]], ...]:
    """A chart for each metric, grouped by what stands before the first '/' of its name.

    The ``primary`` metric comes first, then those near to it, then those that can be judged. What
    was logged once is no curve; the table of metrics has it.
    """
    groups: dict[str, list[Chart]] = {}

    def place(curve: Curve) -> tuple[object, ...]:
        return (curve.key != primary, *interest(material, curve.key, primary), curve.key)

    for curve in sorted((each for each in curves if each.points > 1), key=place):
        prefix = curve.key.partition("/")[0] if "/" in curve.key else ""
        groups.setdefault(prefix, []).append(_curve_chart(material, curve, summary.get(curve.key)))
    return tuple((prefix, tuple(charts)) for prefix, charts in groups.items())


def system_charts(curves: Sequence[Curve]) -> tuple[Chart, ...]:
    """A chart for each machine metric."""
    charts = []
    for curve in curves:
        last = format_number(short_number(curve.values[-1], 4)) if curve.values else ""
        charts.append(
            Chart(
                f"system-{short_hash(curve.key)}",
                "system",
                curve.key,
                value=last,
                svg_html=still(curve.minutes, curve.values),
                summary=_("{metric} over the run; last {last}.", metric=curve.key, last=last),
                data={"key": curve.key},
            )
        )
    return tuple(charts)


def histogram_charts(histograms: Sequence[Histogram]) -> tuple[Chart, ...]:
    """A chart for each histogram; its still shows the last step."""
    last = {each.key: each for each in histograms}
    charts = []
    for key, each in list(last.items())[:MOST_HISTOGRAMS]:
        steps = sum(one.key == key for one in histograms)
        middles = [(a + b) / 2 for a, b in zip(each.edges, each.edges[1:], strict=False)]
        note = counted(steps, "step") if steps > 1 else ""
        total = format_number(sum(each.counts))
        charts.append(
            Chart(
                f"histogram-{short_hash(key)}",
                "histogram",
                key,
                note=note,
                svg_html=still(middles, each.counts),
                summary=_(
                    "Histogram {name}: {n} values from {low} to {high}.",
                    name=key,
                    n=total,
                    low=format_number(each.edges[0]),
                    high=format_number(each.edges[-1]),
                ),
                data={"key": key},
            )
        )
    return tuple(charts)


def histogram_data(histograms: Sequence[Histogram]) -> dict[str, list[dict[str, object]]]:
    """What the data file holds of the histograms: some fifty steps of each, the last among them."""
    found: dict[str, list[Histogram]] = {}
    for each in histograms:
        found.setdefault(each.key, []).append(each)
    return {
        key: [
            {"step": each.step, "edges": each.edges, "counts": each.counts}
            for each in _evenly(several)
        ]
        for key, several in list(found.items())[:MOST_HISTOGRAMS]
    }


def matrix_views(matrices: Sequence[Matrix]) -> tuple[MatrixView, ...]:
    """The last step of each matrix; the shade goes with the share of its row."""
    last = {each.key: each for each in matrices if 0 < len(each.labels) <= MOST_LABELS}
    views = []
    for key, each in last.items():
        decimals = decimals_for([value for row in each.rows for value in row])
        rows = tuple(
            tuple((format_number(value, decimals), _shade(value, row)) for value in row)
            for row in each.rows
        )
        step = "" if each.step is None else format_number(each.step, 0)
        views.append(MatrixView(key, step, each.labels, rows))
    return tuple(views)


def metric_rows(
    material: Material, summary: Mapping[str, Summary], paths: Mapping[str, str]
) -> tuple[MetricRow, ...]:
    """The metrics of a run in short, by name; ``paths`` are their pages."""
    rows = []
    for key, each in sorted(summary.items()):
        best, step = better(each, material.directions.get(key, 0))
        numbers = [_rounded(v) for v in (each.last, best, each.min, each.max)]
        decimals = material.digits_of(key)
        last, best_text, low, high = (format_number(v, decimals) for v in numbers)
        mean = format_number(_rounded(each.mean), material.digits_of_mean(key))
        rows.append(
            MetricRow(
                key,
                paths.get(key, ""),
                last,
                best_text,
                format_number(step, 0),
                low,
                high,
                mean,
                format_number(each.points, 0),
                format_number(each.bad, 0) if each.bad else "",
            )
        )
    return tuple(rows)


def summary_data(
    material: Material, summary: Mapping[str, Summary]
) -> dict[str, dict[str, float | int | None]]:
    """What the data file holds of the summaries."""
    found = {}
    for key, each in summary.items():
        best, best_step = better(each, material.directions.get(key, 0))
        found[key] = {
            "last": each.last,
            "last_step": each.last_step,
            "min": each.min,
            "min_step": each.min_step,
            "max": each.max,
            "max_step": each.max_step,
            "mean": each.mean,
            "best": best,
            "best_step": best_step,
            "points": each.points,
            "bad": each.bad,
        }
    return found


def _curve_chart(material: Material, curve: Curve, summary: Summary | None) -> Chart:
    places = [i if step is None else step for i, step in enumerate(curve.steps)]
    last = material.shown(curve.key, _rounded(summary.last) if summary else None)
    notes = (
        []
        if curve.full
        else [
            _("{some} of {all}", some=f"{len(curve.values):,}", all=counted(curve.points, "point"))
        ]
    )
    if summary and summary.bad:
        notes.append(_("{n} not finite", n=f"{summary.bad:,}"))
    return Chart(
        f"curve-{short_hash(curve.key)}",
        "curve",
        material.title_of(curve.key),
        note=" · ".join(notes),
        value=last,
        svg_html=still(places, curve.values),
        summary=_in_words(material, curve, summary),
        data={"key": curve.key},
    )


def _in_words(material: Material, curve: Curve, summary: Summary | None) -> str:
    if summary is None or summary.last is None:
        return _(
            "{metric}: {points}, none of them finite.",
            metric=curve.key,
            points=counted(curve.points, "point"),
        )
    best, step = better(summary, material.directions.get(curve.key, 0))
    first, last, most = (
        material.shown(curve.key, _rounded(each)) for each in (summary.first, summary.last, best)
    )
    known = {"metric": curve.key, "points": counted(curve.points, "point"), "first": first}
    known |= {"last": last, "best": most}
    if step is None:
        return _("{metric}: {points}, from {first} to {last}, best {best}.", **known)
    at = format_number(step, 0)
    return _("{metric}: {points}, from {first} to {last}, best {best} at step {n}.", n=at, **known)


def _rounded(value: float | None) -> float | None:
    return None if value is None else short_number(value, 6)


def _shade(value: float, row: Sequence[float]) -> int:
    """0 for nothing to 10 for the whole row."""
    total = sum(each for each in row if each > 0)
    return round(SHADES * min(1.0, value / total)) if total > 0 and 0 < value < float("inf") else 0


def _evenly(several: Sequence[Histogram]) -> list[Histogram]:
    count = len(several)
    if count <= MOST_STEPS:
        return list(several)
    return [several[i * (count - 1) // (MOST_STEPS - 1)] for i in range(MOST_STEPS)]
