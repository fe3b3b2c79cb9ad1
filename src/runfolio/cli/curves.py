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
    return _drawn(chosen, [value for value in chosen if value is not None])


def sparklines(
    before: Sequence[float | None], after: Sequence[float | None], width: int = 12
) -> tuple[str, str]:
    """Two curves on one scale; the one with fewer values is shorter by as much."""
    most = max(len(before), len(after), 1)
    chosen = [_chosen(each, max(1, round(width * len(each) / most))) for each in (before, after)]
    finite = [value for each in chosen for value in each if value is not None]
    return _drawn(chosen[0], finite), _drawn(chosen[1], finite)


def bars(counts: Sequence[float], width: int = 24) -> str:
    """A histogram as one line of text; bins share a character where there are too many."""
    size = -(-len(counts) // width) if counts else 1
    summed = [sum(counts[index : index + size]) for index in range(0, len(counts), size)]
    return _drawn(list(summed), [0.0, *summed])


def _drawn(chosen: Sequence[float | None], scale: Sequence[float]) -> str:
    """The values between the lowest and the highest number of ``scale``."""
    if not scale or all(value is None for value in chosen):
        return ""
    marks = _BLOCKS if can_write(_BLOCKS) else _ASCII
    low, high = min(scale), max(scale)
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
