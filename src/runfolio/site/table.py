"""A table of runs, once: the server's first rows and the browser's data file come from the same.

A ``Column`` holds the values of all rows. Numbers are rounded before anything reads them, so that
the cell that the server writes and the one that a script writes later show the same digits.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from runfolio.site.numbers import (
    DIGITS,
    decimals_for,
    format_duration,
    format_number,
    format_time,
    short_number,
)
from runfolio.site.pages import Cell, Facet, Head, Member, RunRef, Tag

FACET_VALUES = (2, 20)
#: Different numbers of a param that are a filter of values, and not of ranges alone.
FACET_NUMBERS = 12
#: Runs of a group that its cell names before the scripts take over.
MOST_MEMBERS = 20


@dataclass(frozen=True)
class Column:
    """One column: ``values`` by row, with None where a row has none.

    ``kind`` is run, num, cat, str, tags, spark, time (seconds since 1970), dur (seconds), status
    or range (pairs of numbers). ``direction`` is 1 where larger is better, -1 where smaller is,
    else 0. ``bar`` asks for the thin bar; ``digits`` fixes the decimals; ``exact`` lets each number
    have its own, as the values of a param were given that way. ``signed`` writes + before numbers
    above 0 and colours them by ``direction``; ``spreads`` stand behind the numbers as ± s.
    ``stats`` are other values of the same metric by name (last, min, max); they go into a data
    file of their own. ``stat`` says which of a run's values these are (last, best, min, max, mean);
    ``full`` is what a file calls the column, where its label is too short alone.
    """

    key: str
    label: str
    kind: str
    values: Sequence[Any]
    group: str = "Run"
    direction: int = 0
    show: bool = True
    unit: str = ""
    digits: int | None = None
    bar: bool = False
    exact: bool = False
    title: str = ""
    signed: bool = False
    spreads: Sequence[float | None] = ()
    stats: Mapping[str, Sequence[float | None]] = field(default_factory=dict)
    stat: str = ""
    full: str = ""

    def hidden(self, hide: bool) -> Column:
        """The same column, hidden or shown at first."""
        return replace(self, show=not hide)

    @cached_property
    def decimals(self) -> int | None:
        """Decimals of all numbers of the column; see ``numbers``."""
        if self.exact:
            return None
        if self.digits is not None or self.kind != "range":
            return self.digits if self.digits is not None else decimals_for(self.numbers)
        return decimals_for([end for pair in self.ranges if pair for end in pair])

    @cached_property
    def ranges(self) -> list[list[float | None] | None]:
        """The pairs of a range column as the data file has them."""
        return [None if pair is None else [_rounded(end) for end in pair] for pair in self.values]

    @cached_property
    def numbers(self) -> list[float | None]:
        """The finite numbers as the data file has them, None elsewhere."""
        return [_rounded(value) for value in self.values]

    @cached_property
    def best(self) -> float | None:
        """The best number; None where there is no better, or all are alike."""
        known = [v for v in self.numbers if v is not None]
        if not self.direction or self.signed or not known or min(known) == max(known):
            return None
        return max(known) if self.direction > 0 else min(known)

    @cached_property
    def names(self) -> list[str]:
        """The dictionary of a cat, status or tags column: its different values, sorted."""
        if self.kind == "tags":
            return sorted({tag for tags in self.values for tag in tags})
        return sorted({v for v in self.values if v is not None}, key=lambda v: (natural(v), v))

    def text(self, row: int) -> str:
        """The cell's text."""
        value = self.values[row]
        if self.kind == "num":
            number = self.numbers[row]
            text = format_number(value if number is None else number, self.decimals)
            return f"+{text}" if self.signed and number is not None and number > 0 else text
        if self.kind == "range":
            ends = self.ranges[row]
            return " to ".join(format_number(end, self.decimals) for end in ends) if ends else ""
        if self.kind == "dur":
            return format_duration(self.numbers[row])
        if self.kind == "time":
            return format_time(value)
        return "" if value is None or self.kind in ("tags", "spark") else str(value)

    def spread(self, row: int) -> str:
        """What stands behind a mean: '± 0.01', or ''."""
        value = _rounded(self.spreads[row]) if self.spreads else None
        return "" if value is None else f"± {format_number(value, self.decimals)}"

    def tone(self, row: int) -> str:
        """Whether a difference is good or bad; '' where it is neither."""
        value = self.numbers[row] if self.signed else None
        if not value or not self.direction:
            return ""
        return "good" if value * self.direction > 0 else "bad"

    def share(self, row: int) -> int:
        """Length of the thin bar, 0 to 100, or -1 for none."""
        value = self.numbers[row] if self.bar else None
        if value is None:
            return -1
        low, high = self._span
        return math.floor(100 * (value - low) / (high - low) + 0.5) if high > low else 100

    @cached_property
    def _span(self) -> tuple[float, float]:
        """The ends of the thin bars: 0 and the highest number, or the lowest below 0."""
        known = [v for v in self.numbers if v is not None]
        return min(0.0, min(known)), max(known)

    def head(self, sort: str = "") -> Head:
        """The column's head for the server's table."""
        return Head(self.key, self.label, self.kind, self.direction, sort, self.unit, self.title)

    def payload(self) -> dict[str, Any]:
        """The column for the browser; see ``payloads``."""
        data: dict[str, Any] = {"k": self.key, "l": self.label, "t": self.kind, "g": self.group}
        if self.kind in ("num", "dur"):
            data["v"] = self.numbers
        elif self.kind == "range":
            data["v"] = self.ranges
        elif self.kind in ("cat", "status", "tags"):
            place = {name: index for index, name in enumerate(self.names)}
            data["d"] = self.names
            data["v"] = [_coded(value, place) for value in self.values]
        else:
            data["v"] = list(self.values)
        if self.kind in ("num", "range"):
            data["dec"] = self.decimals
        if self.spreads:
            data["pm"] = [_rounded(value) for value in self.spreads]
        if self.signed:
            data["sign"] = 1
        data.update(dir=self.direction, show=int(self.show))
        for name in ("unit", "title", "stat", "full"):
            if getattr(self, name):
                data[name] = getattr(self, name)
        if self.bar:
            data["bar"] = 1
        return data


@dataclass(frozen=True)
class OtherValues:
    """What a table shows beside other values of its metric.

    ``columns`` are those that follow from the values, ``singles`` the value of each run, ``said``
    the sentence about the baseline and how it was tested.
    """

    columns: tuple[Column, ...]
    singles: Mapping[str, float | None] = field(default_factory=dict)
    said: tuple[str, str] = ("", "")


@dataclass(frozen=True)
class RunTable:
    """Runs in order, with their columns; ``sort`` names columns and directions.

    ``members``: where rows are groups, the runs of each; their own values are in ``singles``.
    ``others``: by another value of the metrics, what else the table would show; see ``stats``.
    ``by``: what the comparison of runs groups by to get the same groups. ``exact``: the names of
    the groups with every digit.
    """

    slug: str
    runs: tuple[RunRef, ...]
    columns: tuple[Column, ...]
    primary: str = ""
    sort: tuple[tuple[str, int], ...] = ()
    baseline: int | None = None
    tag_paths: Mapping[str, str] = field(default_factory=dict)
    members: tuple[tuple[RunRef, ...], ...] = ()
    singles: Mapping[str, float | None] = field(default_factory=dict)
    others: Mapping[str, OtherValues] = field(default_factory=dict)
    by: tuple[str, ...] = ()
    exact: tuple[str, ...] = ()

    @cached_property
    def ranks(self) -> tuple[str, ...]:
        """The rank of each row: '1', '=2' where others have the same value, '–' without one."""
        column = next((each for each in self.columns if each.key == self.primary), None)
        values = column.numbers if column else []
        found: list[str] = []
        first: dict[float, int] = {}
        counts = Counter(values)
        for at, value in enumerate(values, 1):
            if value is None:
                found.append("–")
                continue
            rank = first.setdefault(value, at)
            found.append(f"={rank}" if counts[value] > 1 else str(rank))
        return tuple(found)

    @cached_property
    def shown(self) -> tuple[Column, ...]:
        """The columns that the server writes."""
        return tuple(column for column in self.columns if column.show)

    def heads(self) -> tuple[Head, ...]:
        """Heads of the shown columns."""
        sorts = {key: "asc" if way > 0 else "desc" for key, way in self.sort[:1]}
        return tuple(column.head(sorts.get(column.key, "")) for column in self.shown)

    def rows(self, count: int) -> tuple[tuple[Cell, ...], ...]:
        """The first rows as cells."""
        many = min(count, len(self.runs))
        return tuple(tuple(self._cell(c, row) for c in self.shown) for row in range(many))

    def facets(self) -> tuple[Facet, ...]:
        """Filters: status, tags, each categorical column with 2 to 20 values, params with few."""
        found = []
        for column in self.columns:
            if column.kind == "num" and column.show and column.key.startswith("p:"):
                numbers = Counter(number for number in column.numbers if number is not None)
                if FACET_VALUES[0] <= len(numbers) <= FACET_NUMBERS:
                    texts = [
                        (format_number(n, column.decimals), numbers[n]) for n in sorted(numbers)
                    ]
                    found.append(Facet(column.key, column.label, tuple(texts)))
            if column.kind not in ("cat", "status", "tags"):
                continue
            counts = dict.fromkeys(column.names, 0)
            for value in column.values:
                for each in value if column.kind == "tags" else (value,):
                    if each is not None:
                        counts[each] += 1
            fits = FACET_VALUES[0] <= len(counts) <= FACET_VALUES[1]
            always = column.kind in ("status", "tags") or column.key == "origin"
            if fits or (always and counts):
                found.append(Facet(column.key, column.label, tuple(counts.items())))
        return tuple(found)

    def payload(self) -> dict[str, Any]:
        """The whole table for the browser."""
        groups = {"members": self._members()} if self.members else {}
        return groups | {
            "v": 1,
            "n": len(self.runs),
            "ids": [run.id for run in self.runs],
            "primary": self.primary,
            "sort": [list(each) for each in self.sort],
            "baseline": self.baseline,
            "cols": [column.payload() for column in self.columns],
        }

    def stats(self) -> dict[str, Any]:
        """Other values of the metrics for the browser, and what follows from them.

        ``cols``: by column and name, with null where it is the same as in the table; ``by``: by
        name what else the table shows then (a name that is missing shows the same).
        """
        by = {name: self._other(other) for name, other in self.others.items()}
        return {"cols": self._metric_stats(), **({"by": by} if by else {})}

    def _metric_stats(self) -> dict[str, Any]:
        found = {}
        for column in self.columns:
            by_name = {
                name: [
                    None if value == shown else value
                    for value, shown in zip(map(_rounded, values), column.numbers, strict=True)
                ]
                for name, values in column.stats.items()
            }
            by_name = {n: v for n, v in by_name.items() if any(each is not None for each in v)}
            if by_name:
                found[column.key] = by_name
        return found

    def _other(self, other: OtherValues) -> dict[str, Any]:
        """Columns, values of members and sentences of other values; see ``stats``."""
        names = ("v", "dec", "pm")
        columns = {
            column.key: {name: data[name] for name in names if name in data}
            for column in other.columns
            if (data := column.payload())
        }
        if self.primary in columns:  # its values are in ``cols``
            del columns[self.primary]["v"]
        found = {"cols": columns, "said": list(other.said)}
        return found | ({"members": self._values(other.singles)} if self.members else {})

    def _values(self, singles: Mapping[str, float | None]) -> list[list[float | None]]:
        return [[_rounded(singles.get(run.id)) for run in group] for group in self.members]

    def _members(self) -> dict[str, Any]:
        """Ids, names and values of the runs of each group; ``exact``: null for names as shown."""
        names = next(column for column in self.columns if column.kind == "run").values
        exact = [None if a == b else a for a, b in zip(self.exact, names, strict=True)]
        return {
            "by": list(self.by),
            **({"exact": exact} if any(exact) else {}),
            "ids": [[run.id for run in group] for group in self.members],
            "names": [[run.name for run in group] for group in self.members],
            "v": self._values(self.singles),
            **(
                {"origins": [[run.origin for run in group] for group in self.members]}
                if any(run.origin for group in self.members for run in group)
                else {}
            ),
        }

    def _run_cell(self, column: Column, row: int) -> Cell:
        cell = Cell(column.text(row), "run", flag=row == self.baseline)
        if not self.members:
            return replace(cell, run=self.runs[row])
        primary = next(each for each in self.columns if each.key == self.primary)
        group = self.members[row]
        shown = tuple(
            Member(run, format_number(_rounded(self.singles.get(run.id)), primary.decimals))
            for run in group[:MOST_MEMBERS]
        )
        return replace(cell, members=shown, count=len(group), title=self.exact[row])

    def _cell(self, column: Column, row: int) -> Cell:
        if column.kind == "run":
            return self._run_cell(column, row)
        more: dict[str, Any] = {}
        if column.kind == "tags":
            more["tags"] = tuple(Tag(t, self.tag_paths.get(t, "")) for t in column.values[row])
        elif column.kind == "spark":
            more["spark"] = column.values[row]
        elif column.kind == "num":
            number = column.numbers[row]
            best = number is not None and number == column.best
            more = {"best": best, "share": column.share(row), "tone": column.tone(row)}
        return Cell(column.text(row), column.kind, spread=column.spread(row), **more)


def natural(text: str) -> tuple[tuple[int, float, str], ...]:
    """A sort key that reads numbers as numbers: '8' before '16', 'r8' before 'r16'."""
    parts = re.split(r"(\d+(?:\.\d+)?(?:e[-+]?\d+)?)", text, flags=re.IGNORECASE)
    return tuple(
        (0, float(part), "") if index % 2 else (1, 0.0, part.casefold())
        for index, part in enumerate(parts)
    )


def _rounded(value: Any) -> float | None:
    return None if value is None else short_number(value, DIGITS)


def _coded(value: Any, place: Mapping[str, int]) -> Any:
    if isinstance(value, tuple | list):
        return [place[tag] for tag in value]
    return None if value is None else place[value]
