"""Histograms and confusion matrices: many values in a few numbers, ready for JSON."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from runfolio.run.names import clean_text
from runfolio.run.numbers import NotANumberError, as_number, kind_of
from runfolio.run.trouble import NotRecordedError

BIN_LIMIT = 1_000
LABEL_LIMIT = 1_000


class NotCountableError(NotRecordedError):
    """The values give no histogram or matrix; the message says why."""


def _numbers(values: Any) -> tuple[list[float], int]:
    """The finite numbers among ``values`` (nested lists are opened), and how many are not."""
    finite: list[float] = []
    bad = 0
    pending: list[Iterable[Any]] = [values]
    while pending:
        for value in pending.pop():
            if isinstance(value, list | tuple):
                pending.append(value)
                continue
            number = float(as_number(value))
            if math.isfinite(number):
                finite.append(number)
            else:
                bad += 1
    return finite, bad


def _array(values: Any) -> Any:
    """``values`` as a NumPy array of floats if it is an array or tensor already, else None."""
    if hasattr(values, "detach"):
        values = values.detach().cpu()
        values = values.float().numpy() if hasattr(values, "numpy") else values.tolist()
    elif hasattr(values, "to_numpy"):
        values = values.to_numpy()
    if not hasattr(values, "dtype") or not hasattr(values, "__array__"):
        return None
    import numpy

    return numpy.asarray(values, dtype=numpy.float64).ravel()


def _range(low: float, high: float) -> tuple[float, float]:
    if low < high:
        return low, high
    half = max(abs(low) * 1e-3, 0.5)  # all values are equal: one bin's width around them
    largest = sys.float_info.max  # near it the room would reach to infinity
    return max(low - half, -largest), min(high + half, largest)


def _edges(low: float, high: float, bins: int) -> list[float]:
    # By fractions of both ends: high - low may be more than a float holds.
    inner = [low * (1 - i / bins) + high * (i / bins) for i in range(1, bins)]
    return [low, *inner, high]


def _count(values: list[float], low: float, high: float, bins: int) -> list[int]:
    counts = [0] * bins
    half = high / 2 - low / 2
    for value in values:
        place = (value / 2 - low / 2) / half * bins
        counts[min(int(place), bins - 1)] += 1
    return counts


def histogram(values: Any, bins: int = 64) -> dict[str, object]:
    """``edges`` (bins + 1 numbers) and ``counts`` of the finite values; ``bad`` counts the rest.

    ``values`` is a list, array or tensor of any shape. Raises ``NotCountableError`` for text or
    for no finite value at all.
    """
    bins = min(max(int(bins), 1), BIN_LIMIT)
    try:
        array = _array(values)
        if array is not None:
            return _of_array(array, bins)
        finite, bad = _numbers(values)
    except (NotANumberError, TypeError, ValueError) as error:
        raise NotCountableError(f"{kind_of(values)} with values that are no numbers") from error
    if not finite:
        raise NotCountableError("no finite value")
    low, high = _range(min(finite), max(finite))
    found: dict[str, object] = {"edges": _edges(low, high, bins)}
    found["counts"] = _count(finite, low, high, bins)
    return found | ({"bad": bad} if bad else {})


def _of_array(array: Any, bins: int) -> dict[str, object]:
    import numpy

    finite = array[numpy.isfinite(array)]
    if not finite.size:
        raise NotCountableError("no finite value")
    low, high = _range(float(finite.min()), float(finite.max()))
    half = high / 2 - low / 2
    places = ((finite / 2 - low / 2) / half * bins).astype(numpy.int64)
    counts = numpy.bincount(numpy.minimum(places, bins - 1), minlength=bins)
    found: dict[str, object] = {"edges": _edges(low, high, bins), "counts": counts.tolist()}
    bad = int(array.size - finite.size)
    return found | ({"bad": bad} if bad else {})


def counted(counts: Any, edges: Any) -> dict[str, object]:
    """A histogram that was counted elsewhere: n ``counts`` and n + 1 rising ``edges``."""
    try:
        many = [as_number(value) for value in counts]
        sides = [float(as_number(value)) for value in edges]
    except (NotANumberError, TypeError) as error:
        raise NotCountableError("counts or edges that are no numbers") from error
    if len(sides) != len(many) + 1 or not many:
        raise NotCountableError(f"{len(many)} counts and {len(sides)} edges; one more edge needed")
    if not all(map(math.isfinite, [*many, *sides])) or sides != sorted(sides):
        raise NotCountableError("edges that do not rise, or values that are not finite")
    return {"edges": sides, "counts": many}


def _sequence(values: Any) -> list[Any]:
    if hasattr(values, "detach"):
        values = values.detach().cpu()
    return list(values.tolist() if hasattr(values, "tolist") else values)


def confusion(y_true: Any, y_pred: Any, labels: Sequence[object] | None) -> dict[str, object]:
    """``labels`` and ``rows``: how often each true label (row) was taken for each predicted one.

    Without ``labels`` all that occur are shown, sorted. Pairs with another label are not counted.
    """
    true, predicted = _sequence(y_true), _sequence(y_pred)
    if len(true) != len(predicted):
        raise NotCountableError(f"{len(true)} true and {len(predicted)} predicted labels")
    if labels is None:
        occurring = {*true, *predicted}
        try:
            names: list[Any] = sorted(occurring)
        except TypeError:  # labels of several types
            names = sorted(occurring, key=str)
    else:
        names = list(labels)
    if not names or len(names) > LABEL_LIMIT:
        raise NotCountableError(f"{len(names)} labels; from 1 to {LABEL_LIMIT:,} can be shown")
    places = {name: place for place, name in enumerate(names)}
    if labels is not None and not any(name in places for name in true):
        # names for classes that are numbered, such as labels=["cat", "dog"] for 0 and 1
        places = {number: number for number in range(len(names))}
    rows = [[0] * len(names) for _ in names]
    for one, other in zip(true, predicted, strict=True):
        if one in places and other in places:
            rows[places[one]][places[other]] += 1
    return {"labels": [clean_text(str(name)) for name in names], "rows": rows}
