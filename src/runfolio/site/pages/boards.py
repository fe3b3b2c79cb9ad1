"""A leaderboard as a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from runfolio.site.pages.base import Cell, Chart, Facet, Head, Page, RunRef, Tile
from runfolio.site.pages.extras import BadgeView


@dataclass(frozen=True)
class Changed:
    """A param that differs from the record before; '–' where a run lacks it."""

    key: str
    before: str
    after: str


@dataclass(frozen=True)
class RecordRow:
    """A run that moved the best: when, to what, by how much, and what was different about it.

    ``code`` is 'old → new' commit, ``lines`` '+12 −3' of the code that the runs kept; both may be
    ''. ``pair`` are the ids of the run before and of this one, for a comparison ('' for the first).
    """

    run: RunRef
    date: str
    value: str
    gain: str = ""
    changes: tuple[Changed, ...] = ()
    more: int = 0  # params that changed beside those
    code: str = ""
    lines: str = ""
    pair: str = ""


@dataclass(frozen=True)
class FrontRow:
    """A run that no other beats in both metrics, with its two values."""

    run: RunRef
    values: tuple[str, str]


@dataclass(frozen=True)
class LeaderboardPage(Page):
    """Runs ranked by one metric."""

    template: ClassVar[str] = "leaderboard.html"

    slug: str = ""
    metric: str = ""
    direction: str = "max"
    why: str = ""  # how metric and direction were chosen, and how to override
    description_html: str = ""
    tiles: tuple[Tile, ...] = ()
    progress: Chart | None = None
    scatter: Chart | None = None
    parallel: Chart | None = None
    pareto: Chart | None = None
    front_heads: tuple[str, ...] = ()
    front: tuple[FrontRow, ...] = ()  # what the Pareto picture marks
    records: tuple[RecordRow, ...] = ()  # the newest first
    older: int = 0  # records before those
    facets: tuple[Facet, ...] = ()
    heads: tuple[Head, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()  # the first 50 in rank order
    ranks: tuple[str, ...] = ()  # of these rows
    total: int = 0
    versus: str = ""  # what the comparison with the baseline says
    versus_how: str = ""  # how it was tested
    uneven: str = ""  # a warning where groups are of different sizes
    constants: tuple[tuple[str, str], ...] = ()  # params that are the same in all runs
    data_path: str = ""
    stats_path: str = ""  # data file of last, min and max values
    sql: str = ""  # the query that makes this table
    badge: BadgeView | None = None  # for READMEs
