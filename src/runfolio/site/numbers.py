"""How numbers are written, one rule for Python and for the browser.

``templates/static`` holds the twin in JavaScript; both are tested against
``tests/data/number_cases.json``, so a number never changes when a script takes over a table.

The rule for a column: ``decimals_for`` looks at all its values once and says how many decimals
every cell gets, so that the points stand below each other. ``format_number`` then writes a cell.
Ties are rounded away from zero (as browsers do); exponents come from the shortest decimal text of
a number, never from a logarithm, which two languages could round differently.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Decimal

SIGNIFICANT = 4
#: Digits that a data file keeps of a table's number; more than any cell shows.
DIGITS = 8
MOST_DECIMALS = 6
PLAIN_BELOW = 1e12
PLAIN_FROM = 1e-4
BYTE_UNITS = ("kB", "MB", "GB", "TB", "PB")


def decimals_for(values: Iterable[float | None]) -> int | None:
    """How many decimals the numbers of a column get; None lets each number choose its own.

    Whole numbers get none. Else the median magnitude gets four significant digits, more if the
    middle 80 % of the values would look alike, at most six, and never more than any value has.
    A column of numbers below 0.0001 gets None.
    """
    finite = sorted(v for v in values if v is not None and math.isfinite(v))
    if all(v == math.floor(v) for v in finite):
        return 0
    sizes = sorted(abs(v) for v in finite if v != 0)
    median = sizes[(len(sizes) - 1) // 2]
    if sizes[-1] < PLAIN_FROM:
        return None
    wanted = SIGNIFICANT - 1 - _exponent(median)
    tenth = len(finite) // 10
    spread = finite[len(finite) - 1 - tenth] - finite[tenth]
    if spread >= 10.0**-MOST_DECIMALS:
        wanted = max(wanted, 2 - _exponent(spread))
    wanted = min(wanted, MOST_DECIMALS)
    most = 0
    for size in sizes:
        if most >= wanted:
            break  # nearly always after one number
        most = max(most, _decimals(size))
    return max(0, min(wanted, most))


def format_number(x: float | None, decimals: int | None = None) -> str:
    """``x`` as shown: grouped thousands, fixed decimals, or scientific where those would mislead.

    Missing is ''; numbers that are not finite are NaN, inf and -inf.
    """
    if x is None:
        return ""
    if not math.isfinite(x):
        return "NaN" if math.isnan(x) else "inf" if x > 0 else "-inf"
    if x == 0:
        return fixed(0.0, decimals or 0)
    size = abs(x)
    if size >= PLAIN_BELOW:
        return scientific(x, 4)
    if decimals is None:
        if x == math.floor(x):
            return fixed(x, 0)
        if size < PLAIN_FROM:
            return scientific(x, 4)
        return _strip(fixed(x, max(0, 4 - _exponent(x))))
    if size < 10.0 ** -(decimals + 1) * 5:
        return scientific(x, 2)
    return fixed(x, decimals)


def fixed(x: float, decimals: int) -> str:
    """``x`` with exactly ``decimals`` decimals and grouped thousands, ties away from zero."""
    halves = x * 2.0 ** (decimals + 1)
    if halves % 2 == 1:  # only such a number can lie exactly between two texts
        return f"{Decimal(x).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP):,f}"
    return f"{x:,.{decimals}f}"


def scientific(x: float, digits: int) -> str:
    """``x`` as mantissa and exponent, at most ``digits`` after the point: ``1.23e-7``."""
    exact = Decimal(x)
    exponent = exact.adjusted()
    mantissa = exact.scaleb(-exponent).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    if abs(mantissa) == 10:
        mantissa, exponent = mantissa / 10, exponent + 1
    return f"{_strip(format(mantissa, 'f'))}e{exponent}"


def format_duration(seconds: float | None) -> str:
    """A length of time in its two largest units: ``340ms``, ``7.3s``, ``45m 10s``, ``3h 36m``."""
    if seconds is None or not math.isfinite(seconds):
        return ""
    seconds = max(0.0, seconds)
    if seconds == 0:
        return "0s"
    if seconds < 0.9995:
        return f"{math.floor(seconds * 1000 + 0.5)}ms"
    if seconds < 9.95:
        tenths = math.floor(seconds * 10 + 0.5)
        return f"{tenths // 10}.{tenths % 10}s"
    whole = math.floor(seconds + 0.5)
    if whole < 60:
        return f"{whole}s"
    if whole < 3600:
        return _pair(whole // 60, "m", whole % 60, "s")
    if whole < 86400:
        return _pair(whole // 3600, "h", whole % 3600 // 60, "m")
    return _pair(whole // 86400, "d", whole % 86400 // 3600, "h")


def format_bytes(count: float | None) -> str:
    """A size in decimal units: ``812 B``, ``1.2 kB``, ``34.5 MB``, ``120 MB``."""
    if count is None or not math.isfinite(count):
        return ""
    if count < 1000:
        return f"{math.floor(count)} B"
    value = float(count)
    for unit in BYTE_UNITS:
        value /= 1000
        tenths = math.floor(value * 10 + 0.5)
        if tenths < 1000:
            return f"{tenths // 10}.{tenths % 10} {unit}"
        if math.floor(value + 0.5) < 1000 or unit == BYTE_UNITS[-1]:
            return f"{math.floor(value + 0.5)} {unit}"
    raise AssertionError("the last unit always answers")


def format_time(seconds: float | None) -> str:
    """A moment, given in seconds since 1970, in UTC: ``2026-11-15 14:00``."""
    if seconds is None:
        return ""
    return datetime.fromtimestamp(math.floor(seconds), UTC).strftime("%Y-%m-%d %H:%M")


def short_number(x: float, digits: int = 5) -> float | int | None:
    """``x`` with ``digits`` significant digits; None where it is not finite.

    A whole number stays as it is: 22,050,664 params are not 22,050,700.
    """
    whole = math.isfinite(x) and x == math.floor(x) and abs(x) < 1e15
    return int(x) if whole else rounded_number(x, digits)


def rounded_number(x: float, digits: int = 5) -> float | int | None:
    """The same for points of curves, of which the whole ones are cut as well."""
    if not math.isfinite(x):
        return None
    rounded = float(f"{x:.{digits}g}")
    if math.isinf(rounded):  # rounded up beyond the largest number
        return x
    return int(rounded) if rounded == math.floor(rounded) and abs(rounded) < 1e15 else rounded


def _shortest(x: float) -> Decimal:
    return Decimal(repr(float(x)))


def _exponent(x: float) -> int:
    return _shortest(x).adjusted()


def _decimals(x: float) -> int:
    exponent = _shortest(x).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _strip(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def _pair(big: int, big_unit: str, small: int, small_unit: str) -> str:
    return f"{big}{big_unit} {small}{small_unit}" if small else f"{big}{big_unit}"
