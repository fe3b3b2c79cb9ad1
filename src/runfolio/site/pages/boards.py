"""A leaderboard as a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from runfolio.site.pages.base import Cell, Chart, Facet, Head, Page, Tile


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
    facets: tuple[Facet, ...] = ()
    heads: tuple[Head, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()  # the first 50 in rank order
    total: int = 0
    data_path: str = ""
    sql: str = ""  # the query that makes this table
