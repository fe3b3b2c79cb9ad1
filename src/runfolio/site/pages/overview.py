"""The front page and its cards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from runfolio.site.pages.base import Cell, Head, Link, Page, RunRef, Tile


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
class OverviewPage(Page):
    """The front page: a verdict in a sentence, value boxes, leaderboards, recent runs, health."""

    template: ClassVar[str] = "overview.html"

    verdict: str = ""
    intro_html: str = ""
    tiles: tuple[Tile, ...] = ()
    boards: tuple[BoardCard, ...] = ()
    experiments: tuple[ExperimentCard, ...] = ()
    recent_heads: tuple[Head, ...] = ()
    recent: tuple[tuple[Cell, ...], ...] = ()
    attention: tuple[tuple[RunRef, str], ...] = ()  # failed, killed, diverged: run and why
    reproducible: tuple[tuple[str, int, int], ...] = ()  # item, runs that have it, runs in all
    problems: tuple[str, ...] = ()  # damaged files that were skipped, in words
