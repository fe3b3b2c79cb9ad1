"""The data files of the site: JSON inside one call, ``rf(kind, id, payload);``.

A page that is opened from disk may load a script but not fetch a file, hence the call around it.
Everything is ASCII (other characters are escaped, lone surrogates too), has no NaN, and the same
data always gives the same bytes. Curves keep five significant digits; the Parquet files keep all.

    board   a RunTable: rf("board", slug, {v, n, ids, primary, sort, baseline, cols: [{k, l, t, g,
            v, d, dir, dec, show, unit, stat, full}]}), rows in rank order
    stats   its other values: {v, cols: {metric: {last|min|max: [null: as in the table]}}, by:
            {last|min|max: {cols: {column: {v, dec, pm}}, said, members}}}: what follows from them
    run     the curves of a run, thinned: {v, id, name, experiment, status, color, started, seconds,
            axes: {a0: {step: [...] or {from, by, n}, t: [minutes]}},
            m: {metric: {a, v: [number or null], bad: {index: nan|inf|-inf}, n: points, full,
            avg: axis and v of the means, where points were left out}},
            full: where every point lies (full.py), about: facts of git, machine, packages,
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

from runfolio.query.curves import Curve, Means
from runfolio.site.numbers import rounded_number, short_number


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
    means: Sequence[Means] = ()
    full: Mapping[str, Any] = field(default_factory=dict)
    about: Mapping[str, Any] = field(default_factory=dict)


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
    means = {each.key: each for each in data.means}
    for curve in data.curves:
        axis = f'{{"step":{steps_text(curve.steps)},"t":{numbers_text(curve.minutes)}}}'
        name = axes.setdefault(axis, f"a{len(axes)}")
        extra = ""
        if curve.key in means:
            mean = means[curve.key]
            text = f'{{"step":{numbers_text(mean.steps, 7)},"t":{numbers_text(mean.minutes)}}}'
            beside = axes.setdefault(text, f"a{len(axes)}")
            extra = f',"avg":{{"a":"{beside}","v":{numbers_text(mean.values)}}}'
        metrics.append(f"{dump(curve.key)}:{_curve(curve, name, extra)}")
    fields = [f"{dump(key)}:{dump(value)}" for key, value in {"v": 1, **data.head}.items()]
    fields.append(f'"axes":{{{",".join(f"{dump(n)}:{text}" for text, n in axes.items())}}}')
    fields.append(f'"m":{{{",".join(metrics)}}}')
    fields.append(f'"sys":{{{",".join(_samples(each) for each in data.system)}}}')
    fields.append(f'"hist":{dump(_histograms(data.histograms))}')
    fields.append(f'"params":{dump(dict(data.params))}')
    fields.append(f'"summary":{dump({k: _short(v) for k, v in data.summary.items()})}')
    fields.append(f'"dirs":{dump(dict(data.directions))}')
    if data.full:
        fields.append(f'"full":{dump(data.full)}')
    if data.about:
        fields.append(f'"about":{dump(data.about)}')
    return f'rf("run",{dump(run_id)},{{{",".join(fields)}}});\n'.encode("ascii")


def numbers_text(values: Sequence[float | None], digits: int = 5) -> str:
    """A list of numbers with ``digits`` significant digits, null where one is not finite.

    Formatting a whole list in one go is four times as fast as number by number, and curves are
    most of what a build writes.
    """
    if not values:
        return "[]"
    try:
        text = (f"%.{digits}g," * len(values)) % tuple(values)
    except TypeError:  # a None among them
        text = ""
    if not text or "n" in text:  # nan, inf
        short = (None if value is None else rounded_number(value, digits) for value in values)
        return f"[{','.join('null' if each is None else repr(each) for each in short)}]"
    return f"[{text[:-1]}]"


def steps_text(given: Sequence[int | None]) -> str:
    """The steps of a curve as JSON: {from, by, n} where they are even, else a list."""
    steps = [index if step is None else step for index, step in enumerate(given)]
    by = steps[1] - steps[0] if len(steps) > 1 else 0
    if by and steps == list(range(steps[0], steps[0] + by * len(steps), by)):
        return f'{{"from":{steps[0]},"by":{by},"n":{len(steps)}}}'
    return f"[{','.join(map(str, steps))}]"


def means_text(means: Means, digits: int) -> str:
    """Means with an axis of their own."""
    steps, minutes = numbers_text(means.steps, 8), numbers_text(means.minutes, digits)
    return f'{{"step":{steps},"t":{minutes},"v":{numbers_text(means.values, digits)}}}'


def bad_values(values: Sequence[float]) -> dict[str, str]:
    """Which values are not finite, by their index."""
    return {
        str(index): "nan" if math.isnan(value) else "inf" if value > 0 else "-inf"
        for index, value in enumerate(values)
        if not math.isfinite(value)
    }


def _curve(curve: Curve, axis: str, extra: str) -> str:
    bad = bad_values(curve.values)
    extra += f',"bad":{dump(bad)}' if bad else ""
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
