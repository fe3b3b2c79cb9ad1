"""The params of a run as a tree, beside those of its reference run and of the other runs.

What the others have is told in words that change seldom: the value that most of them have, the
range of their numbers, a few of their values. So a new run changes few pages of the old ones.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from runfolio.query.rows import Param
from runfolio.site.material import Material
from runfolio.site.numbers import format_number
from runfolio.site.pages import ParamGroup, ParamRow
from runfolio.site.words import _

#: Levels of the tree; what is deeper stays in the name of its row.
DEEPEST = 5
#: With more params than this only groups that hold differences are open at first.
MOST_OPEN = 60
SOME_VALUES = 4
VALUE_TEXT = 40
_PARTS = re.compile(r"[./]")


@dataclass(frozen=True)
class Usual:
    """What the runs of an experiment have for one param.

    ``value`` is the text that more than half of the runs have; None where there is no such one
    (``varies``), or where most do not have the param. ``words`` tells of the values, or ``some``
    names the first of them.
    """

    value: str | None
    words: str = ""
    varies: bool = False
    some: tuple[str, ...] = ()

    def told(self, mine: str | None) -> str:
        """What the others have, for a run that has ``mine``."""
        if not self.some:
            return self.words
        others = [_short(text) for text in self.some if text != mine]
        shown = ", ".join(others[:SOME_VALUES])
        return _("{values}, …", values=shown) if len(others) > SOME_VALUES else shown


Usuals = Mapping[str, Usual]


def usual_params(material: Material, run_ids: Sequence[str]) -> dict[str, Usual]:
    """What runs of an experiment have in common, by param; nothing for a single run."""
    if len(run_ids) < 2:
        return {}
    values: dict[str, Counter[str]] = {}
    numbers: dict[str, bool] = {}
    for run_id in run_ids:
        for key, param in material.params.get(run_id, {}).items():
            values.setdefault(key, Counter())[param.text] += 1
            numbers[key] = numbers.get(key, True) and param.number is not None
    return {key: _usual(found, len(run_ids), numbers[key]) for key, found in values.items()}


def _usual(found: Counter[str], runs: int, numeric: bool) -> Usual:
    [(value, most)] = found.most_common(1)
    missing = runs - sum(found.values())
    if 2 * most > runs:
        return Usual(value, _short(value))
    if 2 * missing > runs:
        return Usual(None, _("most have none"))
    return _several(found, numeric)


def _several(found: Iterable[str], numeric: bool) -> Usual:
    """Many values in a few words, which stay the same when one more joins in the middle."""
    texts = sorted(found)
    values = [float(text) for text in texts] if numeric else []
    if len(values) > 2 and all(map(math.isfinite, values)):
        low, high = format_number(min(values)), format_number(max(values))
        return Usual(None, _("{low} to {high}", low=low, high=high), varies=True)
    return Usual(None, varies=True, some=tuple(texts[: SOME_VALUES + 2]))


def _short(text: str) -> str:
    return text if len(text) <= VALUE_TEXT else text[: VALUE_TEXT - 1] + "…"


def params_key(params: Mapping[str, Param], usuals: Usuals) -> tuple[tuple[str, str], ...]:
    """What a run's page shows of the other runs' params."""
    rows = param_rows(params, None, usuals)
    return tuple((row.key, row.others) for row in rows if row.unusual)


def param_rows(
    params: Mapping[str, Param], reference: Mapping[str, Param] | None, usuals: Usuals
) -> list[ParamRow]:
    """The params by name, beside those of the reference run and of the others."""
    lacking = {key for key, usual in usuals.items() if usual.value is not None} - set(params)
    rows = []
    for key in sorted({*params, *(reference or ()), *lacking}):
        mine = params.get(key)
        other = reference.get(key) if reference is not None else None
        text, beside = mine.text if mine else "", other.text if other else ""
        differs = (mine is None) != (other is None) or text != beside
        usual = usuals.get(key)
        unusual = usual is not None and (usual.varies or (mine and mine.text) != usual.value)
        words = usual.told(mine.text if mine else None) if usual and unusual else ""
        rows.append(
            ParamRow(key, text, beside, differs and reference is not None, words, bool(unusual))
        )
    return rows


def param_tree(rows: Sequence[ParamRow]) -> ParamGroup | None:
    """The rows as groups by the parts of their names; None where there are no params."""
    if not rows:
        return None
    root = _Branch()
    for row in rows:
        _grow(root, row)
    return _group("", root, opened=len(rows) <= MOST_OPEN)


@dataclass
class _Branch:
    rows: list[tuple[str, ParamRow]] = field(default_factory=list)
    branches: dict[str, _Branch] = field(default_factory=dict)

    def all_rows(self, before: str = "") -> list[tuple[str, ParamRow]]:
        """The rows of it and below, with their names from here."""
        found = [(before + name, row) for name, row in self.rows]
        for name, branch in self.branches.items():
            found += branch.all_rows(f"{before}{name}")
        return found


def _grow(root: _Branch, row: ParamRow) -> None:
    """Put a row where its name says; separators stay in the names of groups: ``data.``."""
    branch, rest = root, row.key
    for _level in range(DEEPEST):
        found = _PARTS.search(rest, 1)
        if found is None or found.end() == len(rest):
            break
        name, rest = rest[: found.end()], rest[found.end() :]
        branch = branch.branches.setdefault(name, _Branch())
    branch.rows.append((rest, row))


def _group(name: str, branch: _Branch, *, opened: bool) -> ParamGroup:
    rows = list(branch.rows)
    groups = []
    for inner, found in branch.branches.items():
        below = found.all_rows(inner)
        if len(below) < 2:  # a group of one says less than the name of its one row
            rows += below
            continue
        while len(found.branches) == 1 and not found.rows:  # a.b. and nothing else in a.
            [(step, found)] = found.branches.items()
            inner += step
        groups.append(_group(inner, found, opened=opened))
    shown = tuple(_named(each, text) for text, each in sorted(rows, key=_natural))
    count = len(shown) + sum(group.count for group in groups)
    marked = sum(map(_marked, shown)) + sum(group.marked for group in groups)
    return ParamGroup(name, shown, tuple(groups), count, marked, opened or marked > 0)


def _natural(pair: tuple[str, ParamRow]) -> tuple[list[tuple[bool, int, str]], str]:
    """Names in the order of people: ``layer2`` before ``layer10``."""
    parts = re.findall(r"[0-9]{1,9}|[^0-9]+", pair[0])
    return [_rank(part) for part in parts], pair[0]


def _rank(part: str) -> tuple[bool, int, str]:
    return (False, int(part), part) if part[0] in "0123456789" else (True, 0, part)


def _named(row: ParamRow, name: str) -> ParamRow:
    return ParamRow(name, row.text, row.reference, row.differs, row.others, row.unusual)


def _marked(row: ParamRow) -> bool:
    return row.differs or row.unusual
