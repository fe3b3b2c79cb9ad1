"""Names of groups and texts of params as pages write them: short, and never two alike.

A param keeps every digit in the store, so a group may be called lr=0.30000000000000004. Pages say
0.3 wherever no other group of the same leaderboard would be called so, too; the exact name stands
in the title, in the JSON and in exports. ``compare-groups.js`` does the same for groups that are
made in the browser.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial

from runfolio.query.rows import Param
from runfolio.site.numbers import format_number, short_number

#: Digits that people read at a glance; what has no more stays as it was written.
MOST_DIGITS = 6
#: Letters of a whole name; in a longer one keys and values are cut.
MOST_LETTERS = 40
#: Letters of one value in a name that is too long, then more, where two would look alike.
_CUTS = (20, 32, 48)
_FLOAT = re.compile(r"-?\d+(\.\d+)?(e[-+]?\d+)?")
_NONE = "–"

#: A value of a param: its text, and whether it is a number (a text like 1.10 is none).
Value = tuple[str, bool]


def value_of(param: Param | None) -> Value:
    """A param's text for ``group_labels``."""
    return (_NONE, False) if param is None else (param.text, param.type in ("int", "float"))


def short_texts(texts: Sequence[str]) -> list[str]:
    """Texts of one param as pages say them: 0.3 for 0.30000000000000004, if that tells it apart."""
    return short_values([(text, True) for text in texts])


def short_param(param: Param) -> str:
    """A param by itself as pages say it."""
    return _rounded(*value_of(param))


def number_names(values: Iterable[float]) -> dict[float, str]:
    """What different numbers are called: as columns write them, or with the digits it takes."""
    exact = {repr(value): value for value in values}
    forms = (
        lambda text: format_number(exact[text]),
        lambda text: repr(short_number(exact[text], 8)),
    )
    return dict(zip(exact.values(), _distinct([*exact], forms), strict=True))


def group_labels(keys: Sequence[str], rows: Sequence[Sequence[Value]]) -> list[str]:
    """The name of each group, from its values in the order of ``keys``: 'lr=0.3, depth=2'.

    Different groups get different names. Where one is longer than ``MOST_LETTERS``, all lose what
    they can spare: the outer parts of keys, values that all share, the middle of long values.
    """
    columns = [short_values(column) for column in zip(*rows, strict=True)]
    names = _joined(keys, columns)
    if max(map(len, names), default=0) <= MOST_LETTERS:
        return names
    telling = [at for at, column in enumerate(columns) if len(set(column)) > 1]
    kept = telling or list(range(len(keys)))
    return _joined(_last_parts([keys[at] for at in kept]), [_cut(columns[at]) for at in kept])


def _joined(keys: Sequence[str], columns: Sequence[Sequence[str]]) -> list[str]:
    return [
        ", ".join(f"{key}={text}" for key, text in zip(keys, row, strict=True))
        for row in zip(*columns, strict=True)
    ]


def short_values(column: Sequence[Value]) -> list[str]:
    """The texts of one key, rounded as far as they stay different."""
    numbers = dict(column)
    return _distinct(
        [text for text, _number in column],
        (lambda text: _rounded(text, numbers[text]), lambda text: _closer(text, numbers[text])),
    )


def _cut(texts: Sequence[str]) -> list[str]:
    """Long texts without their middle, as far as they stay different."""
    return _distinct(texts, [partial(_middle, most=most) for most in _CUTS])


def _distinct(texts: Sequence[str], forms: Sequence[Callable[[str], str]]) -> list[str]:
    """Each text in the first of the forms that no other text has, too; else as it is."""
    names = {text: text for text in texts}
    left = set(names)
    for form in forms:
        counts = Counter(map(form, left))
        names |= {text: form(text) for text in left if counts[form(text)] == 1}
        left = {text for text in left if counts[form(text)] > 1}
    return [names[text] for text in texts] if len(set(names.values())) == len(names) else [*texts]


def _middle(text: str, most: int) -> str:
    half = (most - 1) // 2
    return text if len(text) <= most else f"{text[:half]}…{text[-half:]}"


def _last_parts(keys: Sequence[str]) -> list[str]:
    """'lr' for 'optim.lr', where no other key ends alike."""
    return _distinct(keys, [lambda key: key.rpartition(".")[2] or key])


def _rounded(text: str, number: bool) -> str:
    """A number as columns of params show it, but for those that are short as they are."""
    if not number or not _many(text):
        return text
    return format_number(float(text)).replace(",", "")


def _closer(text: str, number: bool) -> str:
    """A number with eight digits, where five are too few to tell two apart."""
    if not number or not _many(text):
        return text
    return re.sub(r"e([-+]?)0*", _sign, repr(short_number(float(text), 8)))


def _sign(found: re.Match[str]) -> str:
    return "e-" if found[1] == "-" else "e"


def _many(text: str) -> bool:
    """Whether a number has an exponent or more digits than anybody reads."""
    if not _FLOAT.fullmatch(text) or not ("." in text or "e" in text):
        return False
    return "e" in text or len(text.replace(".", "").lstrip("-0")) > MOST_DIGITS
