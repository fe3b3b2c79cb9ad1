"""What counts as a number: floats and ints, and everything that can become one exactly once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from runfolio.run.trouble import NotRecordedError, raised_by_signal

Number = float | int
_NUMBERS = (float, int)  # a tuple: `float | int` would be built anew at each look
_TEXTS = (str, bytes, bytearray)
_EXACT = 2**53  # up to here every int is a float without loss


class NotANumberError(NotRecordedError):
    """The value is no single number; the message says what it is instead."""


def kind_of(value: object) -> str:
    """The type's name as people write it: ``str``, ``torch.Tensor``, ``numpy.ndarray``."""
    kind = type(value)
    module = kind.__module__.partition(".")[0]
    return kind.__qualname__ if module == "builtins" else f"{module}.{kind.__qualname__}"


def _advice(value: object) -> str:
    shape = getattr(value, "shape", None)
    if shape is not None:
        sides = "×".join(str(side) for side in shape) or "one element"
        return f" of shape {sides}; log one number of it, or use log_histogram or log_image"
    if hasattr(value, "savefig"):
        return "; use log_figure"
    if isinstance(value, str | bytes):
        return "; use log_param, note or log_text for text"
    if isinstance(value, list | tuple | set):
        return "; log its numbers one by one, or use log_histogram or log_table"
    return ""


def as_number(value: object) -> Number:
    """``value`` as a float, or as an int if that has more digits than a float holds.

    NumPy and PyTorch scalars, Decimal, Fraction and bool are numbers. Raises ``NotANumberError``
    for text, None, complex numbers and arrays of several elements.
    """
    if isinstance(value, _NUMBERS):
        return _plain(value)
    try:
        single = getattr(value, "item", None)
        if single is not None:
            value = single()  # arrays and tensors of one element, whatever their device
            if isinstance(value, _NUMBERS):
                return _plain(value)
        if hasattr(value, "__float__") and not isinstance(value, _TEXTS):
            return float(value)
    except Exception as error:  # whatever a foreign object answers, it is no number
        if raised_by_signal(error):
            raise
    raise NotANumberError(f"{kind_of(value)}{_advice(value)}")


def _plain(value: float | int) -> Number:
    """The bare number inside a bool, an IntEnum or a NumPy float64; a float unless that loses."""
    if isinstance(value, float):
        return float(value)
    return float(value) if -_EXACT <= value <= _EXACT else int(value)


def flat(
    metrics: Mapping[Any, object], prefix: str = "", depth: int = 0
) -> list[tuple[str, object]]:
    """Nested dictionaries as one level: ``{"val": {"loss": 1}}`` is ``val/loss``.

    Deeper than 32 levels a dictionary is left as it is (and then is not a number).
    """
    pairs: list[tuple[str, object]] = []
    for key, value in metrics.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping) and depth < 32:
            pairs += flat(value, f"{name}/", depth + 1)
        else:
            pairs.append((name, value))
    return pairs


def as_step(step: object) -> int | None:
    """``step`` as a whole number of 64 bits, or None if it is none."""
    try:
        if isinstance(step, float) or not hasattr(step, "__index__"):
            number = as_number(step)
            whole = int(number)
            if whole != number:
                return None
        else:
            whole = step.__index__()
    except Exception:
        return None
    return whole if -(2**63) <= whole < 2**63 else None
