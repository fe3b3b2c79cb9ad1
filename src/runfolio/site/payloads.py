"""The data files of the site: JSON inside one call, ``rf(kind, id, payload);``.

A page that is opened from disk may load a script but not fetch a file, hence the call around it.
Everything is ASCII (other characters are escaped, lone surrogates too), has no NaN, and the same
data always gives the same bytes. Curves keep five significant digits; the Parquet files keep all.

    board   a RunTable: rf("board", slug, {v, n, ids, primary, sort, baseline, cols: [{k, l, t, g,
            v, d, dir, dec, show, unit}]}), rows in rank order
    run     the curves of a run, thinned: {v, id, name, experiment, status, color, started, seconds,
            axes: {a0: {step: [...] or {from, by, n}, t: [minutes]}},
            m: {metric: {a, v: [number or null], bad: {index: nan|inf|-inf}, n: points, full}},
            sys: {metric: {t, v}}, hist: {key: [{step, edges, counts}]}, params, summary, dirs}
    index   all runs in short, the newest first: {v, metric, runs: [[id, name, experiment, status,
            value or null, path of its data file]], boards: [[title, path]], pages: [[title, path]]}
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runfolio.query.curves import Curve
from runfolio.site.numbers import short_number


@dataclass(frozen=True)
class RunData:
    """What a run's data file holds; ``head`` is its first fields, ready for JSON."""

    head: Mapping[str, Any]
    curves: Sequence[Curve] = ()
    system: Sequence[Curve] = ()
    histograms: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    params: Mapping[str, str] = field(default_factory=dict)
    summary: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    directions: Mapping[str, int] = field(default_factory=dict)


def script(kind: str, name: str, payload: Any) -> bytes:
    """A data file: one call that registers ``payload``."""
    return f"rf({dump(kind)},{dump(name)},{dump(payload)});\n".encode("ascii")


def dump(value: Any) -> str:
    """``value`` as JSON that is safe inside a script: ASCII, no NaN."""
    return json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))


def run_script(run_id: str, data: RunData) -> bytes:
    """The data file of a run."""
    axes: dict[str, str] = {}
    metrics = []
    for curve in data.curves:
        axis = _axis(curve)
        name = axes.setdefault(axis, f"a{len(axes)}")
        metrics.append(f"{dump(curve.key)}:{_curve(curve, name)}")
    fields = [f"{dump(key)}:{dump(value)}" for key, value in {"v": 1, **data.head}.items()]
    fields.append(f'"axes":{{{",".join(f"{dump(n)}:{text}" for text, n in axes.items())}}}')
    fields.append(f'"m":{{{",".join(metrics)}}}')
    fields.append(f'"sys":{{{",".join(_samples(each) for each in data.system)}}}')
    fields.append(f'"hist":{dump(_histograms(data.histograms))}')
    fields.append(f'"params":{dump(dict(data.params))}')
    fields.append(f'"summary":{dump({k: _short(v) for k, v in data.summary.items()})}')
    fields.append(f'"dirs":{dump(dict(data.directions))}')
    return f'rf("run",{dump(run_id)},{{{",".join(fields)}}});\n'.encode("ascii")


def numbers_text(values: Sequence[float | None]) -> str:
    """A list of numbers with five significant digits, null where one is not finite.

    Formatting a whole list in one go is four times as fast as number by number, and curves are
    most of what a build writes.
    """
    if not values:
        return "[]"
    try:
        text = ("%.5g," * len(values)) % tuple(values)
    except TypeError:  # a None among them
        text = ""
    if not text or "n" in text:  # nan, inf
        text = ",".join("null" if short is None else repr(short) for short in map(_five, values))
        return f"[{text}]"
    return f"[{text[:-1]}]"


def _five(value: float | None) -> float | int | None:
    return None if value is None else short_number(value)


def _axis(curve: Curve) -> str:
    """Steps and minutes of a curve as JSON; equal axes have equal text."""
    steps = [index if step is None else step for index, step in enumerate(curve.steps)]
    by = steps[1] - steps[0] if len(steps) > 1 else 0
    if by and steps == list(range(steps[0], steps[0] + by * len(steps), by)):
        step = f'{{"from":{steps[0]},"by":{by},"n":{len(steps)}}}'
    else:
        step = f"[{','.join(map(str, steps))}]"
    return f'{{"step":{step},"t":{numbers_text(curve.minutes)}}}'


def _curve(curve: Curve, axis: str) -> str:
    bad = {
        str(index): "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
        for index, value in enumerate(curve.values)
        if not math.isfinite(value)
    }
    extra = f',"bad":{dump(bad)}' if bad else ""
    full = "true" if curve.full else "false"
    return (
        f'{{"a":"{axis}","v":{numbers_text(curve.values)}{extra},"n":{curve.points},"full":{full}}}'
    )


def _samples(samples: Curve) -> str:
    t, v = numbers_text(samples.minutes), numbers_text(samples.values)
    return f'{dump(samples.key)}:{{"t":{t},"v":{v}}}'


def _histograms(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, list[Any]]:
    return {key: [_short(each) for each in items] for key, items in found.items()}


def _short(values: Mapping[str, Any]) -> dict[str, Any]:
    """A small record with its numbers rounded, lists of numbers too."""

    def short(value: Any) -> Any:
        if isinstance(value, float):
            return short_number(value, 8)
        return [short_number(v) for v in value] if isinstance(value, list | tuple) else value

    return {key: short(value) for key, value in values.items()}
