"""Every point of long series, in small files that a page asks for when someone looks closely.

A run's data file holds at most a thousand points of a series. A longer series is written whole
beside it, cut into stretches of 50,000 points; a page loads only those that its window shows. A
series of many stretches has a middle picture, too, for windows that are wide but not whole. Series
that were logged together share the files of their axis.

    data/full/<run>/a0-3-<hash>.js   rf("full", "<run>/a0-3", {step: {from, by, n} or [first,
                                     differences …], t: [milliseconds since the start, differences
                                     …]}): the fourth stretch of the run's first long axis
    data/full/<run>/m2-3-<hash>.js   rf("full", "<run>/m2-3", {v: [...], bad: {…}}): its values
    data/full/<run>/m2-<hash>.js     rf("full", "<run>/m2", a metric as in the run's data file, with
                                     step and t of its own): the middle picture

The run's data file says where they lie: full: {axes: {a0: [[first step, last step, first minute,
last minute, points, hash], …]}, m: {metric: {a: "a0", i: 2, h: [hash, …], mid: hash}}}.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from runfolio.query.curves import Curve, Means
from runfolio.query.points import Stretch
from runfolio.query.store import Store
from runfolio.site.numbers import short_number
from runfolio.site.output import hashed_name
from runfolio.site.payloads import bad_values, dump, means_text, numbers_text, steps_text

#: Points of one file; and how many files a page loads of a series at most (figures: closeup.js).
STRETCH = 50_000
AT_ONCE = 3
#: Points of the middle picture.
MIDDLE = 16_000
FOLDER = "data/full"


@dataclass(frozen=True)
class Full:
    """The files of a run's long series, and the ``index`` by which a page finds them."""

    index: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[tuple[str, bytes], ...] = ()


def full_series(store: Store, curves: Sequence[Curve], most: int, primary: str = "") -> Full:
    """The long series of one run's ``curves``, as many as have ``most`` points together.

    The ``primary`` metric has the first claim, then the shorter ones.
    """
    chosen = within(curves, most, primary)
    if not chosen:
        return Full()
    made = _Files(chosen[0].run_id)
    middles = middles_of(store, chosen)
    for number, curve in enumerate(sorted(chosen, key=lambda each: each.key)):
        stretches = store.stretches(curve.run_id, curve.key, STRETCH)
        made.add_series(number, curve.key, stretches, middles.get(curve.key))
    return Full({"axes": made.axes, "m": made.metrics}, tuple(made.files.items()))


def within(curves: Sequence[Curve], most: int, primary: str) -> list[Curve]:
    """The reduced curves whose points fit, one after the other, into ``most``."""
    chosen, left = [], most
    long = [curve for curve in curves if not curve.full]
    for curve in sorted(long, key=lambda each: (each.key != primary, each.points, each.key)):
        if curve.points <= left:
            chosen.append(curve)
            left -= curve.points
    return chosen


def middles_of(store: Store, curves: Sequence[Curve]) -> dict[str, tuple[Curve, Means]]:
    """Middle pictures of those that have more stretches than a page would load."""
    keys = [curve.key for curve in curves if curve.points > AT_ONCE * STRETCH]
    if not keys:
        return {}
    ids = [curves[0].run_id]
    means = {each.key: each for each in store.curve_means(ids, MIDDLE, keys)}
    found = {each.key: each for each in store.curves(ids, MIDDLE, keys)}
    return {key: (found[key], means[key]) for key in keys if key in means}


class _Files:
    """The files of one run as they are made."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        self.files: dict[str, bytes] = {}
        self.axes: dict[str, list[list[Any]]] = {}
        self.metrics: dict[str, dict[str, Any]] = {}
        self._known: dict[tuple[str, ...], str] = {}

    def add_series(
        self,
        number: int,
        key: str,
        stretches: Iterator[Stretch],
        middle: tuple[Curve, Means] | None,
    ) -> None:
        axes, spans, hashes = [], [], []
        for at, each in enumerate(stretches):
            axes.append(
                f'{{"step":{stretch_steps(each.steps)},"t":{differences_text(each.milliseconds)}}}'
            )
            spans.append(_span(each))
            hashes.append(self._write(f"m{number}-{at}", values_text(each.values)))
        entry = {"a": self._axis(axes, spans), "i": number, "h": hashes}
        if middle:
            entry["mid"] = self._write(f"m{number}", middle_text(*middle))
        self.metrics[key] = entry

    def _axis(self, texts: list[str], spans: list[list[Any]]) -> str:
        """The name of the axis with these texts: one that is known, or a new one."""
        known = self._known.get(tuple(texts))
        if known:
            return known
        name = self._known[tuple(texts)] = f"a{len(self._known)}"
        self.axes[name] = [
            [*span, self._write(f"{name}-{at}", text)]
            for at, (span, text) in enumerate(zip(spans, texts, strict=True))
        ]
        return name

    def _write(self, name: str, payload: str) -> str:
        """Make a file; returns the hash in its name."""
        data = f'rf("full",{dump(f"{self.run_id}/{name}")},{payload});\n'.encode("ascii")
        path = hashed_name(f"{FOLDER}/{self.run_id}/{name}.js", data)
        self.files[path] = data
        return path.rpartition("-")[2].removesuffix(".js")


def _span(each: Stretch) -> list[Any]:
    minutes = (each.milliseconds[0] / 60_000, each.milliseconds[-1] / 60_000)
    steps = (each.steps[0], each.steps[-1])
    return [*steps, *(short_number(minute, 8) for minute in minutes), len(each.steps)]


def stretch_steps(steps: Sequence[int]) -> str:
    by = steps[1] - steps[0] if len(steps) > 1 else 1
    if by > 0 and list(steps) == list(range(steps[0], steps[0] + by * len(steps), by)):
        return f'{{"from":{steps[0]},"by":{by},"n":{len(steps)}}}'
    return differences_text(steps)


def differences_text(values: Sequence[int]) -> str:
    """[first, how much more each next one is …]: a third of the size of the numbers themselves."""
    return f"[{','.join(map(str, [values[0], *(b - a for a, b in pairwise(values))]))}]"


def values_text(values: Sequence[float]) -> str:
    bad = bad_values(values)
    extra = f',"bad":{dump(bad)}' if bad else ""
    return f'{{"v":{numbers_text(values, 6)}{extra}}}'


def middle_text(curve: Curve, means: Means) -> str:
    finite = [value if math.isfinite(value) else None for value in curve.values]
    return (
        f'{{"step":{steps_text(curve.steps)},"t":{numbers_text(curve.minutes, 6)},'
        f'"v":{numbers_text(finite, 6)},"bad":{dump(bad_values(curve.values))},'
        f'"avg":{means_text(means, 6)}}}'
    )
