"""A curve as one line of text."""

from __future__ import annotations

import math
from collections.abc import Sequence

from runfolio.cli.terminal import can_write

_BLOCKS = "▁▂▃▄▅▆▇█"
_ASCII = "_.-=+*#@"


def sparkline(values: Sequence[float | None], width: int = 24) -> str:
    """``values`` in at most ``width`` characters; a gap is a stretch without a finite value.

    Where several values share a character, the one farther from its neighbour is drawn, so a
    spike in a long curve is not averaged away.
    """
    chosen = _chosen(values, width)
    finite = [value for value in chosen if value is not None]
    if not finite:
        return ""
    marks = _BLOCKS if can_write(_BLOCKS) else _ASCII
    low, high = min(finite), max(finite)
    return "".join(_mark(value, low, high, marks) for value in chosen)


def _mark(value: float | None, low: float, high: float, marks: str) -> str:
    if value is None:
        return " "
    # Halves, so that the difference of two huge numbers cannot overflow.
    spread = high / 2 - low / 2
    share = (value / 2 - low / 2) / spread if spread > 0 else 0.5
    return marks[min(int(share * len(marks)), len(marks) - 1)]


def _chosen(values: Sequence[float | None], width: int) -> list[float | None]:
    finite = [v if v is not None and math.isfinite(v) else None for v in values]
    count = min(width, len(finite))
    stretches = [
        finite[index * len(finite) // count : (index + 1) * len(finite) // count]
        for index in range(count)
    ]
    chosen: list[float | None] = []
    before: float | None = None
    for stretch in stretches:
        known = [value for value in stretch if value is not None]
        value = _farthest(known, before)
        chosen.append(value)
        before = value if value is not None else before
    return chosen


def _farthest(known: Sequence[float], before: float | None) -> float | None:
    if not known:
        return None
    if before is None:
        return known[0]
    origin = before
    return max(known, key=lambda value: abs(value / 2 - origin / 2))
