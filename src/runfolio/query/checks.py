"""What must hold of the runs: SQL files that find violations, and comparisons in words.

    checks/no-divergence.sql    a SELECT; each row that it gives is a violation
    [[check]] expect            best val/accuracy >= baseline - 0.3 pt

A comparison takes, of each run, the best value of the metric, and of these the best, the worst or
the mean. ``pt`` are points of a share: 0.3 pt are 0.003, and 0.3 of a metric whose unit is %. ``%``
is a part of the baseline's value. Runs of the baseline are not among those that are judged.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from runfolio.config.checking import CheckConfig
from runfolio.errors import AmbiguousRunError, QueryError, RunfolioError, RunNotFoundError
from runfolio.query.boards import direction_of

if TYPE_CHECKING:
    from runfolio.query.sandbox import Sandbox
    from runfolio.query.store import Store

#: Violations that a verdict shows.
MOST_ROWS = 20

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_EXPECT = re.compile(
    r"\s*(?:(?P<runs>runs)|(?P<how>best|worst|mean)\s+(?P<metric>\S.*?))"
    r"\s*(?P<op>>=|<=|==|>|<|≥|≤|=)\s*"
    rf"(?:(?P<number>{_NUMBER})|baseline(?:\s*(?P<sign>[+\-−])\s*(?P<more>{_NUMBER})"
    r"\s*(?P<unit>pt|%)?)?)\s*"
)
_SIGNS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "≥": operator.ge,
    "<=": operator.le,
    "≤": operator.le,
    ">": operator.gt,
    "<": operator.lt,
    "==": operator.eq,
    "=": operator.eq,
}


@dataclass(frozen=True)
class Verdict:
    """What came of one check.

    ``told``: one sentence. ``columns``, ``rows``: the violations that a statement found, at most
    ``MOST_ROWS``. ``broken``: it could not be judged, which is no pass. ``source``: where it
    stands.
    """

    name: str
    passed: bool
    told: str
    source: str
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    broken: bool = False


@dataclass(frozen=True)
class Statement:
    """A check as a SQL file: its title is the first comment line, else the file's name."""

    path: Path
    sql: str

    @property
    def name(self) -> str:
        """What must hold."""
        first = self.sql.lstrip().split("\n", 1)[0]
        title = first.lstrip("- ").strip() if first.startswith("--") else ""
        return title or self.path.stem.replace("-", " ").replace("_", " ")


def statements(folder: Path) -> list[Statement]:
    """The SQL files of a folder, by name; none if it is not there."""
    return [Statement(path, path.read_text("utf-8")) for path in sorted(folder.glob("*.sql"))]


def judge(
    store: Store, sandbox: Sandbox, files: Sequence[Statement], wanted: Sequence[CheckConfig]
) -> Iterator[Verdict]:
    """The verdicts, those of the configuration first. Statements run in the sandbox."""
    for check in wanted:
        yield _judged(check.name, check.expect, partial(_compare, store, check))
    for file in files:
        place = f"{file.path.parent.name}/{file.path.name}"
        yield _judged(file.name, place, partial(_violations, sandbox, file))


def _judged(name: str, source: str, ask: Callable[[], Verdict]) -> Verdict:
    try:
        return ask()
    except RunfolioError as error:
        told = f"{error} {error.hint}".strip()
        return Verdict(name, False, told, source, broken=True)


def _violations(sandbox: Sandbox, file: Statement) -> Verdict:
    table = sandbox.answer(file.sql.strip().rstrip(";"))
    columns = tuple(map(str, table.column_names))
    rows = tuple(tuple(row.values()) for row in table.slice(0, MOST_ROWS).to_pylist())
    found = table.num_rows
    told = f"{found:,} row{'' if found == 1 else 's'} where none should be" if found else "no row"
    source = f"{file.path.parent.name}/{file.path.name}"
    return Verdict(file.name, not found, told, source, columns, rows)


def _compare(store: Store, check: CheckConfig) -> Verdict:
    match = _EXPECT.fullmatch(check.expect)
    if match is None:
        raise QueryError(
            f"{check.expect!r} is no comparison.",
            hint="For instance: best val/accuracy >= baseline - 0.3 pt",
        )
    if not match["number"] and not check.baseline:
        raise QueryError(
            f"{check.expect!r} names a baseline, and the check says none.",
            hint='baseline = "tag:main"',
        )
    ids = store.run_ids(check.filter)
    base_ids = _baseline_ids(store, check.baseline)
    ids = [run_id for run_id in ids if run_id not in base_ids]
    if match["runs"]:
        value, shown = float(len(ids)), f"{len(ids):,} runs"
        limit, against = _limit(store, match, float(len(base_ids)))
    else:
        value = _value(store, match, ids, "run")
        base = None if match["number"] else _value(store, match, list(base_ids), "baseline run")
        limit, against = _limit(store, match, base)
        shown = f"{match['how']} {match['metric']} is {value:g}"
    passed = _SIGNS[match["op"]](value, limit)
    return Verdict(check.name, passed, f"{shown}; expected {match['op']} {against}", check.expect)


def _baseline_ids(store: Store, text: str) -> frozenset[str]:
    if not text:
        return frozenset()
    try:
        return frozenset({store.resolve(text)})
    except (RunNotFoundError, AmbiguousRunError):
        return frozenset(store.run_ids(text))


def _value(store: Store, match: re.Match[str], ids: Sequence[str], word: str) -> float:
    """Best, worst or mean of the best values of these runs."""
    metric = match["metric"]
    direction, _ = direction_of(store.config, metric)
    wanted = set(ids)
    best = [
        each.best(direction)[0]
        for run_id, found in store.summary_by_run().items()
        if run_id in wanted
        for each in found
        if each.key == metric
    ]
    values = [value for value in best if value is not None]
    if not values:
        raise QueryError(f"No {word} has a value of {metric}.")
    if match["how"] == "mean":
        return fmean(values)
    largest = (match["how"] == "best") == (direction == "max")
    return max(values) if largest else min(values)


def _limit(store: Store, match: re.Match[str], base: float | None) -> tuple[float, str]:
    """What the value is compared with, and how to say it."""
    if match["number"]:
        return float(match["number"]), match["number"]
    assert base is not None
    if not match["more"]:
        return base, f"the baseline's {base:g}"
    more = float(match["more"])
    if match["unit"] == "%":
        more *= abs(base) / 100
    elif match["unit"] == "pt":
        known = store.config.metrics.get(match["metric"] or "")
        more /= 1 if known and known.unit == "%" else 100
    limit = base + more if match["sign"] == "+" else base - more
    sign = "+" if match["sign"] == "+" else "-"
    unit = {"pt": " pt", "%": "%"}.get(match["unit"] or "", "")
    return limit, f"{limit:g} (the baseline's {base:g} {sign} {match['more']}{unit})"
