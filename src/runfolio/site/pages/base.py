"""What all pages are made of: links, cells, charts, the site, and the page itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar


@dataclass(frozen=True)
class Link:
    """A link inside the site: ``path`` from the root, ``text`` shown, ``note`` small beside it."""

    path: str
    text: str
    note: str = ""


@dataclass(frozen=True)
class Tile:
    """One value box: a label, a value, a small line under it, and where it leads."""

    label: str
    value: str
    note: str = ""
    path: str = ""
    tone: str = ""  # good, bad, warn or ''


@dataclass(frozen=True)
class Tag:
    """A tag as shown: ``text`` is 'name' or 'name=value'; ``path`` is its page."""

    text: str
    path: str


@dataclass(frozen=True)
class RunRef:
    """A run as every table names it; ``status`` is one of the five statuses."""

    id: str
    name: str
    path: str
    status: str
    experiment: str = ""
    color: int = 0
    origin: str = ""  # the source that it comes from; '' for runs of the store itself


@dataclass(frozen=True)
class Member:
    """A run of a group, with its own value as text."""

    run: RunRef
    value: str


@dataclass(frozen=True)
class Cell:
    """One cell of a table rendered on the server.

    ``kind`` is the column's type (num, cat, str, tags, spark, time, dur, status, run); ``best``
    marks the best value of its column; ``share`` is 0..100 for the thin bar, or -1 for none;
    ``spark`` is the points attribute of a polyline in a 100x24 box, or ''. ``spread`` stands behind
    a mean ('± 0.01'); ``tone`` is good, bad or ''; ``flag`` marks the baseline. The run cell of a
    group has ``members``, the first of them, and ``count``, how many there are.
    """

    text: str
    kind: str = "str"
    best: bool = False
    share: int = -1
    spark: str = ""
    tags: tuple[Tag, ...] = ()
    run: RunRef | None = None
    title: str = ""
    spread: str = ""
    tone: str = ""
    flag: bool = False
    members: tuple[Member, ...] = ()
    count: int = 0


@dataclass(frozen=True)
class Head:
    """One column's head.

    ``direction`` is 1 (larger is better), -1 or 0; ``sort`` is asc, desc or ''.
    """

    key: str
    label: str
    kind: str
    direction: int = 0
    sort: str = ""
    unit: str = ""
    title: str = ""


@dataclass(frozen=True)
class Facet:
    """One filter at the side: a column and its values with counts (server order)."""

    key: str
    label: str
    values: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class Chart:
    """A chart on a page.

    ``kind`` names a template of ``charts``; ``data`` is its small inline payload for static
    charts (JSON-safe; empty where the page's data file holds it); ``svg_html`` is the still
    picture for readers without scripts; ``summary`` says in words what is seen (its aria-label).
    """

    id: str
    kind: str
    title: str
    note: str = ""
    value: str = ""
    svg_html: str = ""
    summary: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Fact:
    """A name and its value; ``mono`` for ids and code.

    ``href`` stands as it is: a full address, or a link from the page that shows it.
    """

    label: str
    value: str
    mono: bool = False
    href: str = ""
    title: str = ""


@dataclass(frozen=True)
class FrozenView:
    """The snapshot that a frozen site is of: ``live`` and ``all`` lead out of it."""

    name: str
    date: str
    digest: str
    live: str  # path of the front page of the living site, as seen from this one's root
    all: str  # and of the list of snapshots
    doi: str = ""
    verify: str = ""  # a command that checks it


@dataclass(frozen=True)
class Site:
    """What every page knows: names, navigation, assets, and which state of the store it shows."""

    title: str
    description: str
    version: str
    digest: str  # of the store's state, short
    as_of: str  # time of the newest fact, e.g. 2026-11-21 07:52 UTC
    nav: tuple[Link, ...]
    assets: Mapping[str, str]  # logical name -> path, e.g. 'site.css' -> 'assets/site-1a2b3c.css'
    more: tuple[Link, ...] = ()  # the menu of everything that has no place in ``nav``
    footer: str = ""
    footer_html: str = ""
    empty: bool = False
    url: str = ""  # where it is published, ending in '/'; '' where that is not known
    cards: tuple[str, ...] = ()  # folders of pages that have a picture for previews
    feeds: tuple[Link, ...] = ()  # the note is the media type
    frozen: FrozenView | None = None  # the snapshot that this site is of


@dataclass(frozen=True)
class Page:
    """Base of all pages: where it lies and what it is called."""

    template: ClassVar[str] = ""

    path: str
    title: str
    site: Site
    description: str = ""
