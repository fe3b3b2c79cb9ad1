"""Series with every point, a stretch at a time: what a page loads when someone looks closely.

A stretch ends after a fixed number of logged points, so the stretches of a run that goes on stay
as they are, and only the last one grows.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass

import duckdb

from runfolio.query.curves import column

#: Points of one answer of the database: some 100 MB of it are in memory at once.
_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class Stretch:
    """Neighbouring points of a series: steps, milliseconds since the run's start, values."""

    steps: list[int]
    milliseconds: list[int]
    values: list[float]


_BOUNDS = """
SELECT min(place), max(place) FROM internal.points
WHERE run_id = $run_id AND key = $key AND NOT gone
"""
_POINTS = """
SELECT p.place, coalesce(p.step, p.place - $first) AS step,
    coalesce(p.value, 'nan'::DOUBLE) AS value,
    (epoch_us(p.time) - epoch_us(b.started)) // 1000 AS milliseconds
FROM internal.points p JOIN internal.begun b ON b.run_id = p.run_id
WHERE p.run_id = $run_id AND p.key = $key AND NOT p.gone AND NOT p.replaced
    AND p.place >= $low AND p.place < $high
ORDER BY p.place
"""


def windows(
    database: duckdb.DuckDBPyConnection, run_id: str, key: str, points: int, count: int
) -> Iterator[Stretch]:
    """``count`` pieces of a series of up to ``points`` neighbouring points, evenly over it."""
    ((first, last),) = database.execute(_BOUNDS, {"run_id": run_id, "key": key}).fetchall()
    if first is None:
        return
    free = max(0, last + 1 - first - points)
    lows = list(dict.fromkeys(first + free * at // max(1, count - 1) for at in range(count)))
    picked = " OR ".join(f"(p.place >= {low} AND p.place < {low + points})" for low in lows)
    given = {"run_id": run_id, "key": key, "first": first, "low": first, "high": last + 1}
    query = _POINTS.replace("ORDER BY", f"AND ({picked})\nORDER BY")
    table = database.sql(query, params=given).to_arrow_table()
    places, *columns = (column(table, n) for n in ("place", "step", "milliseconds", "value"))
    for low in lows:
        inside = slice(bisect_left(places, low), bisect_left(places, low + points))
        if inside.start < inside.stop:
            yield Stretch(*(each[inside] for each in columns))


def stretches(
    database: duckdb.DuckDBPyConnection, run_id: str, key: str, points: int
) -> Iterator[Stretch]:
    """All points of a series in the order of its steps, up to ``points`` at a time."""
    found = database.execute(_BOUNDS, {"run_id": run_id, "key": key})
    ((first, last),) = found.fetchall()
    if first is None:
        return
    asked = max(1, _AT_ONCE // points) * points
    for low in range(first, last + 1, asked):
        given = {"run_id": run_id, "key": key, "first": first, "low": low, "high": low + asked}
        table = database.sql(_POINTS, params=given).to_arrow_table()
        places, steps, values, times = (
            column(table, name) for name in ("place", "step", "value", "milliseconds")
        )
        start = 0
        for edge in range(low + points, low + asked + points, points):
            end = bisect_left(places, edge, start)
            if end > start:
                yield Stretch(steps[start:end], times[start:end], values[start:end])
            start = end
