"""Series reduced to what a chart can show: the lowest and highest point of every bucket stay.

A series of up to ``points`` points is given whole. A longer one is cut into buckets of equal
numbers of points; of each bucket its minimum, its maximum and its first NaN or infinity stay, and
the first and last point of all. So no spike is lost and no value is made up.
Where a step was logged twice (after a resume), the later point counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import duckdb

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Curve:
    """One series of one run, in the order of its steps.

    ``points`` counts what was logged; ``full`` says that nothing was left out. ``minutes`` are
    since the run's start. ``values`` hold NaN and infinities at their places.
    """

    run_id: str
    key: str
    points: int
    full: bool
    steps: list[int | None]
    minutes: list[float]
    values: list[float]


def curves(
    database: duckdb.DuckDBPyConnection,
    run_ids: Sequence[str] | None,
    points: int,
    keys: Sequence[str] | None = None,
) -> list[Curve]:
    """The metric series of the runs (all for None), of these metrics (or all), by (run id, key)."""
    return _reduced(database, "internal.points", run_ids, points, keys)


def system_curves(
    database: duckdb.DuckDBPyConnection, run_ids: Sequence[str] | None, points: int
) -> list[Curve]:
    """The series of the machine (cpu.percent …) of the runs, by (run id, key); no steps."""
    return _reduced(database, "internal.samples", run_ids, points)


@dataclass(frozen=True)
class Means:
    """The means of a reduced series over its buckets, beside the extremes that ``Curve`` keeps.

    Each value is the mean of the bucket's finite ones, at the mean of its steps and minutes.
    """

    run_id: str
    key: str
    steps: list[float]
    minutes: list[float]
    values: list[float]


def means(
    database: duckdb.DuckDBPyConnection,
    run_ids: Sequence[str] | None,
    points: int,
    keys: Sequence[str] | None = None,
) -> list[Means]:
    """The means of those series that ``curves`` with the same arguments reduces."""
    given = _given(run_ids, points, keys)
    series = _SERIES.format(relation="internal.points")
    listed = database.execute(_LIST.format(series=series), given).fetchall()
    if not any(row[-1] > points for row in listed):
        return []
    query = _MEANS.format(series=series, relation="internal.points")
    found = database.sql(query, params={**given, "points": points}).to_arrow_table()
    steps, minutes, values = (column(found, name) for name in ("step", "minutes", "value"))
    where = _where(found)
    return [
        Means(run_id, key, steps[where[place]], minutes[where[place]], values[where[place]])
        for place, run_id, key, *_ in listed
        if place in where
    ]


#: One row a series: where it starts, how many points it has, and into how many buckets it is cut.
_SERIES = """
series AS (
    SELECT p.run_id, p.key, min(p.place) AS place, count(*) AS logged,
        count(*) FILTER (NOT p.replaced) AS kept,
        min(p.place) FILTER (NOT p.replaced) AS opens, any_value(b.started) AS started,
        CASE WHEN bool_or(NOT coalesce(isfinite(p.value), false)) THEN $third ELSE $half END
            AS buckets
    FROM {relation} p
    JOIN internal.begun b ON b.run_id = p.run_id
    WHERE NOT p.gone AND ($all OR p.run_id IN (SELECT unnest($run_ids::VARCHAR[])))
        AND ($any OR p.key IN (SELECT unnest($keys::VARCHAR[])))
    GROUP BY p.run_id, p.key
)"""

_LIST = """
WITH {series}
SELECT place, run_id, key, logged, kept FROM series ORDER BY run_id, key
"""

#: Places of the points that stay of the series that are cut into buckets.
_PICKED = """
picked AS (
    SELECT unnest([
        arg_min(place, good), arg_max(place, good), min(place) FILTER (good IS NULL),
        min(place) FILTER (edge), max(place) FILTER (edge)
    ]) AS place
    FROM (
        SELECT p.place, s.place AS series, CASE WHEN isfinite(p.value) THEN p.value END AS good,
            ((p.place - s.place) * s.buckets) // s.logged AS bucket,
            p.place = s.opens OR p.place = s.place + s.logged - 1 AS edge
        FROM {relation} p JOIN series s ON s.run_id = p.run_id AND s.key = p.key
        WHERE NOT p.gone AND NOT p.replaced AND s.kept > $points
    )
    GROUP BY series, bucket
)"""

_POINTS = """
WITH {series}
SELECT s.place AS series, {step} AS step, coalesce(p.value, 'nan'::DOUBLE) AS value,
    (epoch_us(p.time) - epoch_us(s.started)) / 6e7 AS minutes
FROM {relation} p
JOIN series s ON s.run_id = p.run_id AND s.key = p.key
WHERE NOT p.gone AND NOT p.replaced AND {kept}
ORDER BY p.place
"""
_KEPT = "(s.kept <= $points OR p.place IN (SELECT place FROM picked))"
#: Where points are left out, one that was logged without a step still has its number.
_STEP = "CASE WHEN s.kept > $points THEN coalesce(p.step, p.place - s.place) ELSE p.step END"

_MEANS = """
WITH {series}
SELECT s.place AS series, avg(coalesce(p.step, p.place - s.place)) AS step,
    avg((epoch_us(p.time) - epoch_us(s.started)) / 6e7) AS minutes,
    avg(p.value) FILTER (isfinite(p.value)) AS value
FROM {relation} p JOIN series s ON s.run_id = p.run_id AND s.key = p.key
WHERE NOT p.gone AND NOT p.replaced AND s.kept > $points
GROUP BY s.place, ((p.place - s.place) * s.buckets) // s.logged
HAVING count(*) FILTER (isfinite(p.value)) > 0
ORDER BY s.place, min(p.place)
"""


def _reduced(
    database: duckdb.DuckDBPyConnection,
    relation: str,
    run_ids: Sequence[str] | None,
    points: int,
    keys: Sequence[str] | None = None,
) -> list[Curve]:
    given = _given(run_ids, points, keys)
    series = _SERIES.format(relation=relation)
    listed = database.execute(_LIST.format(series=series), given).fetchall()
    kept, step = "true", "p.step"
    if any(row[-1] > points for row in listed):
        series += "," + _PICKED.format(relation=relation)
        given["points"] = points
        kept, step = _KEPT, _STEP
    if not listed:
        return []
    found = database.sql(
        _POINTS.format(series=series, relation=relation, kept=kept, step=step), params=given
    ).to_arrow_table()
    steps, minutes, values = (column(found, name) for name in ("step", "minutes", "value"))
    curves = []
    where = _where(found)
    for place, run_id, key, logged, kept in listed:
        part = where.get(place, slice(0, 0))
        full = kept <= points
        curves.append(Curve(run_id, key, logged, full, steps[part], minutes[part], values[part]))
    return curves


def _given(
    run_ids: Sequence[str] | None, points: int, keys: Sequence[str] | None
) -> dict[str, object]:
    return {
        "all": run_ids is None,
        "run_ids": list(run_ids or ()),
        "any": keys is None,
        "keys": list(keys or ()),
        "half": max(1, (points - 2) // 2),
        "third": max(1, (points - 2) // 3),
    }


def _where(found: pa.Table) -> dict[int, slice]:
    """The rows of each series, by its first place."""
    import pyarrow as pa

    if not found.num_rows:  # an empty pa.array would import pandas where it is installed
        return {}
    import pyarrow.compute as pc

    chunk = pc.run_end_encode(found["series"].combine_chunks())
    if isinstance(chunk, pa.ChunkedArray):
        chunk = chunk.combine_chunks()
    ends = chunk.run_ends.to_pylist()
    spans = map(slice, [0, *ends[:-1]], ends)
    return dict(zip(chunk.values.to_pylist(), spans, strict=True))


def column(found: pa.Table, name: str) -> list[Any]:
    """A column as a list; numbers without nulls are copied in one stride."""
    import pyarrow as pa

    if not found.num_rows:  # an empty pa.array would import pandas where it is installed
        return []
    array = found[name].combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks)
    if array.null_count:
        return list(array.to_pylist())
    raw = memoryview(array.buffers()[1])
    numbers = raw.cast("d") if pa.types.is_floating(array.type) else raw.cast("q")
    return list(numbers[array.offset : array.offset + len(array)])
