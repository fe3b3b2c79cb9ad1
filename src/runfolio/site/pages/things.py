"""Pages of things: experiments, sweeps, groups, metrics, datasets, models; and what there is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from runfolio.site.pages.base import Cell, Chart, Facet, Fact, Head, Link, Page, RunRef, Tile


@dataclass(frozen=True)
class Entry:
    """One cell of a small table: a text, where it leads, and how it is shown.

    ``kind`` is num, mono or ''; ``run`` stands in place of the text; ``strong`` marks the best of
    its column; ``share`` is 0..100 for a thin bar, or -1 for none.
    """

    text: str = ""
    path: str = ""
    kind: str = ""
    note: str = ""
    run: RunRef | None = None
    strong: bool = False
    share: int = -1


@dataclass(frozen=True)
class Sheet:
    """A small table of a thing's page; ``kinds`` are those of its columns."""

    id: str
    title: str
    heads: tuple[str, ...]
    kinds: tuple[str, ...]
    rows: tuple[tuple[Entry, ...], ...]
    note: str = ""
    more: Link | None = None


@dataclass(frozen=True)
class ThingPage(Page):
    """Everything about one thing; with a table of its runs where they are few of all."""

    template: ClassVar[str] = "thing.html"

    word: str = ""  # what it is: experiment, sweep, group, metric, dataset, model
    crumbs: tuple[Link, ...] = ()
    lead: str = ""
    text_html: str = ""  # what people said about it
    tiles: tuple[Tile, ...] = ()
    links: tuple[Link, ...] = ()
    facts: tuple[Fact, ...] = ()
    pictures: tuple[Chart, ...] = ()
    parallel: Chart | None = None
    sheets: tuple[Sheet, ...] = ()
    facets: tuple[Facet, ...] = ()
    heads: tuple[Head, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    total: int = 0
    slug: str = ""
    data_path: str = ""
    counted_by: str = ""  # which values of the table's metrics these are
    sql: str = ""


@dataclass(frozen=True)
class BrowsePage(Page):
    """Every kind of thing that the site has pages of, with how many there are."""

    template: ClassVar[str] = "browse.html"

    kinds: tuple[tuple[Link, int, str], ...] = ()  # index, how many, what they are
    pages: tuple[Link, ...] = ()  # the user's own
