"""What differs: between two runs, and between two stores or two moments of one.

``Store.diff_runs`` gives a ``RunDiff``, ``Store.diff_stores`` a ``StoreDiff``. Everything in them
says what was *before* (the first that was named) and *after*; ``headline`` says in one or two
sentences what moved. All texts are as the runs logged them: escape them where they are shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from runfolio.config import Config
from runfolio.query.boards import Board
from runfolio.query.curves import Curve
from runfolio.query.rows import Run, RunView
from runfolio.store.folder import Folder

Change = Literal["added", "removed", "changed", "same"]
Verdict = Literal["better", "worse", "same", ""]

#: The sections of a RunDiff in the order in which people ask for them.
RUN_SECTIONS = (
    "params", "metrics", "run", "tags", "notes", "data", "files", "code", "packages", "environment",
)  # fmt: skip
#: The sections of a StoreDiff.
STORE_SECTIONS = ("leaderboards", "added", "changed", "gone")


class Compared(Protocol):
    """What a diff needs of a store."""

    config: Config
    folder: Folder
    path: Path
    as_of: datetime | None

    def rows(self, sql: str, given: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a SELECT."""

    def run(self, text: str) -> RunView:
        """Everything about one run."""

    def runs_table(self) -> list[Run]:
        """All runs."""

    def boards(self) -> tuple[Board, ...]:
        """The leaderboards."""

    def curves(self, run_ids: Sequence[str] | None = None, points: int = 1000) -> list[Curve]:
        """The series of the runs."""

    def states(self) -> dict[str, str]:
        """Run id to a text that changes whenever something is said about the run."""


@dataclass(frozen=True)
class Item:
    """One thing that both sides could have: its text before and after, None where it is not."""

    key: str
    before: str | None
    after: str | None
    same: bool = False

    @property
    def change(self) -> Change:
        """added, removed, changed or same."""
        if self.same:
            return "same"
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"


@dataclass(frozen=True)
class MetricItem:
    """One metric on both sides.

    ``stat`` says which value is compared: "max" or "min" where the direction of the metric is
    known (its best value), else "last"; or what the caller asked for. ``delta`` is after minus
    before, ``percent`` its share of before. ``verdict`` is better, worse or same; '' where nobody
    can tell. A curve has at most some sixty values, NaN where a point was not finite.
    """

    key: str
    stat: str
    direction: str
    before: float | None
    after: float | None
    delta: float | None
    percent: float | None
    verdict: Verdict
    points: tuple[int, int]
    curves: tuple[tuple[float, ...], tuple[float, ...]] = ((), ())

    @property
    def change(self) -> Change:
        """added, removed, changed or same, by whether the side has points at all."""
        if not self.points[0]:
            return "added"
        if not self.points[1]:
            return "removed"
        return "same" if self.before == self.after else "changed"


@dataclass(frozen=True)
class Patch:
    """How a text differs: lines of a unified diff, or a note that says why there are none."""

    title: str
    lines: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class RunDiff:
    """What differs between two runs; of each section first what differs, then what is equal."""

    before: Run
    after: Run
    labels: tuple[str, str]
    headline: str
    metrics: tuple[MetricItem, ...]
    params: tuple[Item, ...]
    run: tuple[Item, ...]
    tags: tuple[Item, ...]
    notes: tuple[Item, ...]
    data: tuple[Item, ...]
    files: tuple[Item, ...]
    code: tuple[Item, ...]
    packages: tuple[Item, ...]
    environment: tuple[Item, ...]
    patches: tuple[Patch, ...]

    def section(self, name: str) -> tuple[Item, ...]:
        """The items of a section of ``RUN_SECTIONS`` but metrics."""
        found = {
            "params": self.params, "run": self.run, "tags": self.tags, "notes": self.notes,
            "data": self.data, "files": self.files, "code": self.code,
            "packages": self.packages, "environment": self.environment,
        }  # fmt: skip
        return found[name]

    def differs(self, only: tuple[str, ...] = RUN_SECTIONS) -> bool:
        """Whether anything in these sections differs; how long the runs took does not count."""
        if "metrics" in only and any(each.change != "same" for each in self.metrics):
            return True
        if "code" in only and self.patches:
            return True
        return any(
            not item.same and (name, item.key) != ("run", "seconds")
            for name in only
            if name != "metrics"
            for item in self.section(name)
        )


@dataclass(frozen=True)
class Side:
    """One side of a StoreDiff: the store, the moment it is seen at (None: now), its runs."""

    path: Path
    as_of: datetime | None
    runs: int


@dataclass(frozen=True)
class Added:
    """A run that is there only after; ``restored`` if it came back from the trash."""

    run: Run
    restored: bool = False


@dataclass(frozen=True)
class Gone:
    """A run that is there only before; ``why`` is trash, purged, or '' where nobody said."""

    run: Run
    why: str = ""
    author: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Changed:
    """A run of both sides of which something was said since; items are called SECTION NAME."""

    before: Run
    after: Run
    items: tuple[Item, ...]
    metrics: tuple[MetricItem, ...]


@dataclass(frozen=True)
class Move:
    """One row of a leaderboard on both sides; a rank or value is None where it has none.

    ``run_id`` and ``name`` are those of after, or of before where the row is gone. ``here`` says
    on which sides the row stands at all.
    """

    run_id: str
    name: str
    ranks: tuple[int | None, int | None]
    values: tuple[float | None, float | None]
    here: tuple[bool, bool]
    verdict: Verdict

    @property
    def moved(self) -> bool:
        """Whether its rank or its value is another."""
        return self.ranks[0] != self.ranks[1] or self.values[0] != self.values[1]

    @property
    def word(self) -> str:
        """new, gone, up 2, down 1, or '' for one that kept its rank."""
        before, after = self.ranks
        if not self.here[0]:
            return "new"
        if not self.here[1]:
            return "gone"
        if before is None or after is None or before == after:
            return {(True, False): "ranked", (False, True): "no rank"}.get(
                (before is None and after is not None, before is not None and after is None), ""
            )
        return f"up {before - after}" if before > after else f"down {after - before}"


@dataclass(frozen=True)
class BoardDiff:
    """A leaderboard on both sides, ranked alike: by the metric that it has after.

    ``moves`` hold all its rows in the order of the new ranks, those that are gone at the end.
    ``here`` says on which sides the leaderboard exists.
    """

    name: str
    title: str
    metric: str
    stat: str
    direction: str
    known: bool
    here: tuple[bool, bool]
    moves: tuple[Move, ...]

    def leader(self, side: int) -> Move | None:
        """The row with rank 1 before (0) or after (1)."""
        return next((move for move in self.moves if move.ranks[side] == 1), None)

    @property
    def moved(self) -> tuple[Move, ...]:
        """The rows that are new, gone, or have another rank or value."""
        return tuple(move for move in self.moves if move.moved or move.here != (True, True))


@dataclass(frozen=True)
class StoreDiff:
    """What differs between two stores, or between two moments of one."""

    before: Side
    after: Side
    headline: str
    boards: tuple[BoardDiff, ...]
    added: tuple[Added, ...]
    changed: tuple[Changed, ...]
    gone: tuple[Gone, ...]

    def differs(self, only: tuple[str, ...] = STORE_SECTIONS) -> bool:
        """Whether anything in these sections differs."""
        found = {
            "leaderboards": any(board.moved for board in self.boards),
            "added": bool(self.added),
            "changed": bool(self.changed),
            "gone": bool(self.gone),
        }
        return any(found[name] for name in only)
