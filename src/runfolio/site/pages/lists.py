"""Tables of runs, and lists of things that have a page each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from runfolio.site.pages.base import Cell, Facet, Head, Link, Page, Tile


@dataclass(frozen=True)
class RunListPage(Page):
    """A table of runs: all of them, those of an experiment, or those with a tag."""

    template: ClassVar[str] = "runlist.html"

    crumbs: tuple[Link, ...] = ()
    word: str = "runs"  # what the list is: runs, experiment, tag
    description_html: str = ""
    tiles: tuple[Tile, ...] = ()
    links: tuple[Link, ...] = ()  # related leaderboards
    facets: tuple[Facet, ...] = ()
    heads: tuple[Head, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    total: int = 0
    slug: str = ""
    data_path: str = ""
    counted_by: str = ""  # which values of the table's metrics these are
    sql: str = ""


@dataclass(frozen=True)
class IndexPage(Page):
    """A list of things with a page each; a long one goes on at ``others``."""

    template: ClassVar[str] = "indexlist.html"

    word: str = ""  # one of them: experiment, tag, metric …
    lead: str = ""
    how: str = ""  # where there is none: how to have one
    heads: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()  # of the columns after the first: num, mono or ''
    rows: tuple[tuple[Link, tuple[str, ...]], ...] = ()
    others: tuple[Link, ...] = ()  # the pages of a long list; the note says what each begins with
