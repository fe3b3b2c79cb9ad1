"""How large the files of long series will be, from some of their points.

Numbers take about the same room all along a series, so a few windows of neighbouring points tell
how much a point takes; how many files there are follows from the number of points alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from runfolio.query.curves import Curve
from runfolio.query.points import Stretch
from runfolio.query.store import Store
from runfolio.site.full import (
    FOLDER,
    STRETCH,
    Full,
    differences_text,
    middle_text,
    middles_of,
    stretch_steps,
    values_text,
    within,
)
from runfolio.site.payloads import dump

#: Windows of a series, and points of each; windows are less than a stretch, or there is no saving.
WINDOWS = 4
POINTS = 1_000
_HASH = "0" * 10


def sized_series(store: Store, curves: Sequence[Curve], most: int, primary: str = "") -> Full:
    """As ``full_series``: the same files by name and size, but with nothing in them."""
    chosen = within(curves, most, primary)
    if not chosen:
        return Full()
    made = _Sizes(chosen[0].run_id)
    middles = middles_of(store, chosen)
    for number, curve in enumerate(sorted(chosen, key=lambda each: each.key)):
        made.add(number, curve, store.windows(curve.run_id, curve.key, POINTS, WINDOWS))
        if curve.key in middles:
            text = middle_text(*middles[curve.key])
            made.metrics[curve.key]["mid"] = made.file(f"m{number}", len(text))
    return Full({"axes": made.axes, "m": made.metrics}, tuple(made.files))


class _Sizes:
    """The files of one run."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        self.files: list[tuple[str, bytes]] = []
        self.axes: dict[str, list[list[Any]]] = {}
        self.metrics: dict[str, dict[str, Any]] = {}
        self._known: dict[tuple[Any, ...], str] = {}

    def add(self, number: int, curve: Curve, seen: Sequence[Stretch]) -> None:
        """The files of a series, of which some windows were ``seen``."""
        if not seen:
            return
        whole, rest = divmod(curve.points, STRETCH)
        counts = [STRETCH] * whole + ([rest] if rest else [])
        each = _PerPoint(seen, curve.points)
        hashes = [
            self.file(f"m{number}-{at}", round(each.value * count) + len('{"v":[]}'))
            for at, count in enumerate(counts)
        ]
        axis = self._axis(curve, seen, counts, each)
        self.metrics[curve.key] = {"a": axis, "i": number, "h": hashes}

    def file(self, name: str, size: int) -> str:
        """Count a file; returns the hash in its name."""
        size += len(f'rf("full",{dump(f"{self.run_id}/{name}")},);\n')
        self.files.append((f"{FOLDER}/{self.run_id}/{name}-{_HASH}.js", bytes(size)))
        return _HASH

    def _axis(
        self, curve: Curve, seen: Sequence[Stretch], counts: Sequence[int], each: _PerPoint
    ) -> str:
        """The name of the axis: series that were logged together have the same one."""
        mark = (curve.points, *((tuple(one.steps), tuple(one.milliseconds)) for one in seen))
        if mark in self._known:
            return self._known[mark]
        name = self._known[mark] = f"a{len(self._known)}"
        last = seen[-1]
        span = [last.steps[0], last.steps[-1], 0.12345678, round(last.milliseconds[-1] / 6e4, 5)]
        self.axes[name] = [
            [*span, count, self.file(f"{name}-{at}", round(each.time * count + each.step(count)))]
            for at, count in enumerate(counts)
        ]
        return name


class _PerPoint:
    """Bytes of one point: its value, its time; and its step, where steps are no even row."""

    def __init__(self, seen: Sequence[Stretch], points: int) -> None:
        known = max(1, sum(len(one.steps) for one in seen))
        values = (len(values_text(one.values)) - len('{"v":[]}') for one in seen)
        self.value = sum(values) / known
        self.time = sum(len(differences_text(one.milliseconds)) for one in seen) / known
        self._step = sum(len(differences_text(one.steps)) for one in seen) / known
        rows = all(stretch_steps(one.steps).startswith("{") for one in seen)
        self._even = rows and _one_row(seen, points)

    def step(self, count: int) -> float:
        """Bytes of the steps of a file of so many points, with what stands around them."""
        return len('{"step":,"t":}') + (36 if self._even else self._step * count)


def _one_row(seen: Sequence[Stretch], points: int) -> bool:
    """Whether the windows are pieces of one even row, without a gap between them."""
    first, last = seen[0].steps, seen[-1].steps
    by = first[1] - first[0] if len(first) > 1 else 1
    return last[-1] - first[0] == by * (points - 1)
