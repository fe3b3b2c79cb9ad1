"""The front page and its cards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from runfolio.site.pages.base import Cell, Head, Link, Page, RunRef, Tile
from runfolio.site.pages.snapshots import CiteView


@dataclass(frozen=True)
class BoardCard:
    """A leaderboard in short, for the overview."""

    link: Link
    metric: str
    direction: str
    best: str
    best_run: RunRef | None
    runs: int
    sentence: str
    baseline_note: str = ""
    spark: str = ""
    tied: str = ""  # who has the same value as the best run: 'and 2 others tie'


@dataclass(frozen=True)
class ExperimentCard:
    """An experiment in short."""

    link: Link
    runs: int
    finished: int
    failed: int
    running: int
    last: str
    note: str = ""


@dataclass(frozen=True)
class RecordCard:
    """A leaderboard's best that moved: to which value and run, from which; '' for the first."""

    board: Link
    metric: str
    run: RunRef
    value: str
    before: str = ""
    before_run: RunRef | None = None
    gain: str = ""
    time: str = ""
    by: str = ""  # the user who ran it, where that is known
    change: str = ""  # what it was told otherwise than the run before


@dataclass(frozen=True)
class RankMove:
    """A row of a leaderboard with another rank than before; '' where it has or had none."""

    board: Link
    run: RunRef
    name: str
    before: str
    after: str
    value: str
    up: bool


@dataclass(frozen=True)
class Moved:
    """What is other than at the moment ``since``; lists are cut, ``more_…`` says by how much."""

    since: str
    sentence: str
    records: tuple[RecordCard, ...] = ()
    ranks: tuple[RankMove, ...] = ()
    more_ranks: int = 0
    added: tuple[RunRef, ...] = ()
    more_added: int = 0


@dataclass(frozen=True)
class OverviewPage(Page):
    """The front page: a verdict in a sentence, value boxes, leaderboards, recent runs, health."""

    template: ClassVar[str] = "overview.html"

    verdict: tuple[tuple[str, str], ...] = ()  # its text cut at the values: piece, which value
    moved: Moved | None = None  # since the moment that the configuration names
    intro_html: str = ""
    tiles: tuple[Tile, ...] = ()
    boards: tuple[BoardCard, ...] = ()
    records: tuple[RecordCard, ...] = ()  # the newest first
    experiments: tuple[ExperimentCard, ...] = ()
    recent_heads: tuple[Head, ...] = ()
    recent: tuple[tuple[Cell, ...], ...] = ()
    attention: tuple[tuple[RunRef, str], ...] = ()  # failed, killed, diverged: run and why
    reproducible: tuple[tuple[str, int, int], ...] = ()  # item, runs that have it, runs in all
    queries: tuple[tuple[str, str], ...] = ()  # what is shown, and the SQL that gives it
    problems: tuple[str, ...] = ()  # damaged files that were skipped, in words
    cite: CiteView | None = None
    snapshots: tuple[Link, ...] = ()  # the newest first; the note is the day
