"""The pages of a site as values: each names its template, its path, and its complete context.

A page is made whole by ``gather`` and never changed. Its fields are the documented context of its
template; a test compares both ways. Paths are relative to the site's root, with ``/``.
Texts are plain text (escaped by the template) unless a field's name ends in ``_html``: those were
made from Markdown and cleaned, or are drawings made of numbers alone.
"""

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


@dataclass(frozen=True)
class Cell:
    """One cell of a table rendered on the server.

    ``kind`` is the column's type (num, cat, str, tags, spark, time, dur, status, run); ``best``
    marks the best value of its column; ``share`` is 0..100 for the thin bar, or -1 for none;
    ``spark`` is the points attribute of a polyline in a 100x24 box, or ''.
    """

    text: str
    kind: str = "str"
    best: bool = False
    share: int = -1
    spark: str = ""
    tags: tuple[Tag, ...] = ()
    run: RunRef | None = None
    title: str = ""


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
class Site:
    """What every page knows: names, navigation, assets, and which state of the store it shows."""

    title: str
    description: str
    version: str
    digest: str  # of the store's state, short
    as_of: str  # time of the newest fact, e.g. 2026-11-21 07:52 UTC
    nav: tuple[Link, ...]
    assets: Mapping[str, str]  # logical name -> path, e.g. 'site.css' -> 'assets/site-1a2b3c.css'
    footer: str = ""
    footer_html: str = ""
    empty: bool = False


@dataclass(frozen=True)
class Page:
    """Base of all pages: where it lies and what it is called."""

    template: ClassVar[str] = ""

    path: str
    title: str
    site: Site
    description: str = ""


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
class ParamRow:
    """One param of a run; ``differs`` from the reference run's ``reference`` value."""

    key: str
    text: str
    reference: str = ""
    differs: bool = False


@dataclass(frozen=True)
class MetricRow:
    """One metric's summary, as texts."""

    key: str
    last: str
    best: str
    best_step: str
    minimum: str
    maximum: str
    mean: str
    points: str
    bad: str = ""


@dataclass(frozen=True)
class ArtifactView:
    """One artifact; ``path`` is the copy in the site ('' when it is not published).

    ``show`` is image, table, text or '' (download only).
    """

    name: str
    type: str
    size: str
    path: str = ""
    show: str = ""
    caption: str = ""
    step: str = ""
    text: str = ""
    heads: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Check:
    """One line of the reproducibility check; ``state`` is yes, no or unknown."""

    name: str
    state: str
    detail: str
    how: str = ""


@dataclass(frozen=True)
class MatrixView:
    """A confusion matrix: labels and rows of (text, shade 0..10)."""

    key: str
    step: str
    labels: tuple[str, ...]
    rows: tuple[tuple[tuple[str, int], ...], ...]


@dataclass(frozen=True)
class Later:
    """Something that a person added or corrected after the fact; ``undone``: and took back."""

    time: str
    author: str
    words: str
    undone: bool = False


@dataclass(frozen=True)
class RunPage(Page):
    """Everything about one run."""

    template: ClassVar[str] = "run.html"

    run: RunRef | None = None
    status: str = ""
    status_note: str = ""  # e.g. exit reason, 'as of' time
    banner: str = ""  # failed, killed, diverged: what happened, in one line
    traceback: str = ""
    crumbs: tuple[Link, ...] = ()
    rank: str = ""  # '#1'; '' far down, so that a new run does not change every page
    previous: Link | None = None
    next: Link | None = None
    reference: RunRef | None = None  # best or baseline run that this page compares with
    reference_word: str = "best"
    tags: tuple[Tag, ...] = ()
    tiles: tuple[Tile, ...] = ()
    chart_groups: tuple[tuple[str, tuple[Chart, ...]], ...] = ()  # prefix, curves
    system: tuple[Chart, ...] = ()
    histograms: tuple[Chart, ...] = ()
    matrices: tuple[MatrixView, ...] = ()
    data_path: str = ""
    notes: tuple[tuple[str, str], ...] = ()  # name, cleaned html (marked safe by the template)
    params: tuple[ParamRow, ...] = ()
    metrics: tuple[MetricRow, ...] = ()
    details: tuple[Fact, ...] = ()
    git: tuple[Fact, ...] = ()
    diff: str = ""
    source_name: str = ""
    source: str = ""
    packages: tuple[tuple[str, str], ...] = ()
    datasets: tuple[tuple[Fact, ...], ...] = ()
    models: tuple[tuple[Fact, ...], ...] = ()
    artifacts: tuple[ArtifactView, ...] = ()
    output: tuple[tuple[str, str], ...] = ()  # stream, line: the last lines
    output_total: int = 0
    checks: tuple[Check, ...] = ()
    commands: str = ""  # how to repeat the run
    children: tuple[RunRef, ...] = ()
    parent: RunRef | None = None
    siblings: tuple[RunRef, ...] = ()
    files: tuple[tuple[Link, str], ...] = ()  # downloads and their sizes
    later: tuple[Later, ...] = ()  # the newest first
    sql: str = ""


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
    sql: str = ""


@dataclass(frozen=True)
class IndexPage(Page):
    """A list of things with a page each: experiments or tags."""

    template: ClassVar[str] = "indexlist.html"

    word: str = ""
    heads: tuple[str, ...] = ()
    rows: tuple[tuple[Link, tuple[str, ...]], ...] = ()


@dataclass(frozen=True)
class ComparePage(Page):
    """Any runs beside each other; the address keeps the choice. Filled by script."""

    template: ClassVar[str] = "compare.html"

    index_path: str = ""
    limit: int = 24


@dataclass(frozen=True)
class DataPage(Page):
    """The site as a dataset: files, columns, snippets."""

    template: ClassVar[str] = "data.html"

    files: tuple[tuple[Link, str, str], ...] = ()  # file, size, what it is
    tables: tuple[
        tuple[str, str, tuple[tuple[str, str, str], ...]], ...
    ] = ()  # name, help, columns
    snippets: tuple[tuple[str, str], ...] = ()  # title, code


@dataclass(frozen=True)
class MarkdownPage(Page):
    """A page written by the user in Markdown."""

    template: ClassVar[str] = "markdown.html"

    body_html: str = ""
    toc: tuple[tuple[int, str, str], ...] = ()  # level, anchor, text


@dataclass(frozen=True)
class NotFoundPage(Page):
    """What a static host shows for a wrong address, at any depth.

    ``root`` is the path of the site on its host ('/repo/'), known from the configured address.
    """

    template: ClassVar[str] = "404.html"

    root: str = ""
