"""Small drawings made of numbers alone: the trend in a table cell and the still of a chart.

They are what readers without scripts see. Nothing of a user's text enters them, sizes are
presentation attributes and colours come by class, so the strictest content policy shows them.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterable, Sequence

Point = tuple[float, float]
Curve = tuple[list[float], list[float]]

SPARK_WIDTH, SPARK_HEIGHT = 100, 24
STILL_WIDTH, STILL_HEIGHT = 600, 200
SPARK_POINTS = 24
STILL_POINTS = 60
STILL_DOTS = 300
MARGIN = 8


def spark(values: Sequence[float | None]) -> str:
    """The ``points`` of a polyline in a 100x24 box for a curve; '' with fewer than two values."""
    known = finite(range(len(values)), values)
    if len(known[0]) < 2:
        return ""
    return points_text(thin(known, SPARK_POINTS), SPARK_WIDTH, SPARK_HEIGHT, margin=2)


def still(xs: Sequence[float], ys: Sequence[float | None]) -> str:
    """A curve's still picture as SVG; '' when no value is finite, a dot for one point."""
    points = thin(finite(xs, ys), STILL_POINTS)
    if not points:
        return ""
    if len(points) == 1:
        return _svg(_dots(points, points))
    return _svg(_polyline(points_text(points, STILL_WIDTH, STILL_HEIGHT, margin=MARGIN)))


def still_dots(xs: Sequence[float], ys: Sequence[float | None], line: Sequence[Point] = ()) -> str:
    """A still of dots, with an optional line in the same space; '' when nothing is finite."""
    dots = thin(finite(xs, ys), STILL_DOTS)
    if not dots:
        return ""
    everything = [*dots, *line]
    shapes = _dots(dots, everything)
    if len(line) > 1:
        text = points_text(line, STILL_WIDTH, STILL_HEIGHT, margin=MARGIN, among=everything)
        shapes = _polyline(text) + shapes
    return _svg(shapes)


def steps(points: Sequence[Point]) -> list[Point]:
    """The corners of a line that keeps each value until the next one comes."""
    corners: list[Point] = []
    for x, y in points:
        if corners:
            corners.append((x, corners[-1][1]))
        corners.append((x, y))
    return corners


def finite(xs: Sequence[float], ys: Sequence[float | None]) -> Curve:
    """The places and values that can be drawn."""
    with contextlib.suppress(TypeError):
        if math.isfinite(sum(ys)):  # type: ignore[arg-type]  # one pass in C tells the usual case
            return list(xs), list(ys)  # type: ignore[arg-type]
    known = [(x, y) for x, y in zip(xs, ys, strict=True) if y is not None and math.isfinite(y)]
    return [x for x, _ in known], [y for _, y in known]


def thin(curve: Curve, most: int) -> list[Point]:
    """At most ``most`` points: first, last, and the lowest and highest of each stretch between."""
    xs, ys = curve
    count = len(ys)
    if count <= most:
        return list(zip(xs, ys, strict=True))
    buckets = (most - 2) // 2
    kept = [0]
    for index in range(buckets):
        low = 1 + index * (count - 2) // buckets
        stretch = ys[low : 1 + (index + 1) * (count - 2) // buckets]
        kept.extend(sorted({low + stretch.index(min(stretch)), low + stretch.index(max(stretch))}))
    kept.append(count - 1)
    return [(xs[i], ys[i]) for i in kept]


def points_text(
    points: Sequence[Point],
    width: int,
    height: int,
    *,
    margin: int,
    among: Sequence[Point] | None = None,
) -> str:
    """The ``points`` attribute for ``points``, scaled so that ``among`` fills the box."""
    return " ".join(
        [f"{x},{y}" for x, y in _placed(points, among or points, width, height, margin)]
    )


def _polyline(text: str) -> str:
    return (
        '<polyline class="still-line" fill="none" vector-effect="non-scaling-stroke" '
        f'points="{text}"/>'
    )


def _dots(points: Sequence[Point], among: Sequence[Point]) -> str:
    places = _placed(points, among, STILL_WIDTH, STILL_HEIGHT, MARGIN)
    return "".join([f'<circle class="still-dot" cx="{x}" cy="{y}" r="3"/>' for x, y in places])


def _svg(shapes: str) -> str:
    return (
        f'<svg class="still" viewBox="0 0 {STILL_WIDTH} {STILL_HEIGHT}" '
        f'preserveAspectRatio="none" aria-hidden="true">{shapes}</svg>'
    )


def _placed(
    points: Sequence[Point], among: Sequence[Point], width: int, height: int, margin: int
) -> Iterable[tuple[int, int]]:
    """Whole-number places of the points in a box that ``among`` fills, y upwards."""
    left, across, start = _scale([x for x, _ in among], width - 2 * margin)
    low, up, rise = _scale([y for _, y in among], height - 2 * margin)
    start, top = start + margin, height - margin - rise
    return [
        (round(start + (x / 2 - left) * across), round(top - (y / 2 - low) * up)) for x, y in points
    ]


def _scale(values: Sequence[float], room: float) -> tuple[float, float, float]:
    """(half of the lowest value, room for a half, offset): the middle where all are alike.

    Halves, since the difference of two numbers may be infinite.
    """
    low, high = min(values) / 2, max(values) / 2
    spread = high - low
    factor = room / spread if spread > 0 else 0.0
    if not math.isfinite(factor):
        factor = 0.0
    return low, factor, 0.0 if factor else room / 2


def bars(counts: Sequence[int], best: int = -1) -> str:
    """A still picture of counts as bars from left to right; ``best`` is the index of a marked one.

    '' where all are zero.
    """
    top = max(counts, default=0)
    if top <= 0:
        return ""
    shapes = []
    for at, count in enumerate(counts):
        height = -(-count * STILL_HEIGHT // top)  # rounded up: one of many is still seen
        kind = ' class="best"' if at == best else ""
        left = at * 20 + 1
        shapes.append(
            f'<rect{kind} x="{left}" y="{STILL_HEIGHT - height}" width="18" height="{height}"/>'
        )
    size = f"{len(counts) * 20} {STILL_HEIGHT}"
    return (
        f'<svg class="bars" viewBox="0 0 {size}" preserveAspectRatio="none" '
        f'aria-hidden="true">{"".join(shapes)}</svg>'
    )
