"""The page of one run and its parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from runfolio.site.pages.base import Chart, Fact, Link, Page, RunRef, Tag, Tile


@dataclass(frozen=True)
class ParamRow:
    """One param of a run, what its reference run has, and what the experiment's others have.

    ``differs`` from the ``reference`` value; ``unusual`` where most other runs have another value
    or where no value is the usual one; ``others`` says what they have, '' where all have the same.
    """

    key: str
    text: str
    reference: str = ""
    differs: bool = False
    others: str = ""
    unusual: bool = False


@dataclass(frozen=True)
class ParamGroup:
    """Params under one prefix; the outermost group has no name.

    ``count`` and ``marked`` are the params in it and below, all and those that differ.
    """

    name: str
    rows: tuple[ParamRow, ...]
    groups: tuple[ParamGroup, ...] = ()
    count: int = 0
    marked: int = 0
    opened: bool = True


@dataclass(frozen=True)
class MetricRow:
    """One metric's summary, as texts."""

    key: str
    path: str
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

    ``show`` is image, table, text, prose (``html`` is cleaned Markdown), audio, video or ''
    (download only). ``heads`` are (name, 'num' or ''); ``lines`` counts those of a text.
    """

    name: str
    type: str
    size: str
    path: str = ""
    show: str = ""
    caption: str = ""
    step: str = ""
    text: str = ""
    html: str = ""
    heads: tuple[tuple[str, str], ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    lines: int = 0
    note: str = ""
    digest: str = ""


@dataclass(frozen=True)
class ImageSeries:
    """Pictures under one name over the steps of a run, in order; ``id`` is its anchor."""

    id: str
    name: str
    frames: tuple[ArtifactView, ...]
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
class LogLine:
    """One printed line: its number, and pieces of text with the classes of their colours.

    ``look`` is '' or some of err (the stream), error, warn, debug (the level).
    """

    number: int
    pieces: tuple[tuple[str, str], ...]
    look: str = ""


@dataclass(frozen=True)
class DiffFile:
    """What changed in one file: (class, line) of its hunks, and how many lines came and went.

    ``word`` is new, deleted, renamed, binary or ''; ``was`` is its old name.
    """

    name: str
    word: str
    was: str
    added: int
    cut: int
    lines: tuple[tuple[str, str], ...]
    opened: bool = True


@dataclass(frozen=True)
class CellOutput:
    """What a cell of a notebook gave: text in coloured pieces, or a picture at ``path``."""

    pieces: tuple[tuple[str, str], ...] = ()
    path: str = ""
    bad: bool = False
    note: str = ""


@dataclass(frozen=True)
class NotebookCell:
    """One cell; ``html`` is cleaned Markdown (prose) or highlighted code."""

    prose: bool
    html: str
    number: str = ""
    outputs: tuple[CellOutput, ...] = ()


@dataclass(frozen=True)
class SourceView:
    """The program: highlighted ``html``, or the ``cells`` of a notebook and it as a script.

    ``path`` is the whole file where the page shows only its beginning.
    """

    name: str
    word: str
    html: str = ""
    cells: tuple[NotebookCell, ...] = ()
    path: str = ""
    note: str = ""


@dataclass(frozen=True)
class LineageItem:
    """Something that went into a run or came out of it, and the runs at its other end.

    ``gone`` is the id of a run that made it and is not in this store.
    """

    kind: str
    name: str
    path: str = ""
    facts: tuple[Fact, ...] = ()
    runs: tuple[RunRef, ...] = ()
    gone: str = ""


@dataclass(frozen=True)
class GraphNode:
    """A box of the lineage graph; ``kind`` is run, here, dataset, model or artifact."""

    x: int
    y: int
    label: str
    title: str
    kind: str
    path: str = ""


@dataclass(frozen=True)
class LineageGraph:
    """The boxes, and the paths of the lines between them, in pixels."""

    width: int
    height: int
    nodes: tuple[GraphNode, ...]
    edges: tuple[str, ...]


@dataclass(frozen=True)
class SiblingRow:
    """A run of the same group: its value, and (text, differs) of its params."""

    run: RunRef
    value: str
    cells: tuple[tuple[str, bool], ...]
    here: bool = False
    best: bool = False


@dataclass(frozen=True)
class Siblings:
    """The runs of the same group that stand nearest; ``path`` is the page with all of them."""

    title: str
    path: str
    metric: str
    params: tuple[str, ...]
    rows: tuple[SiblingRow, ...]
    more: bool = False


@dataclass(frozen=True)
class RunFile:
    """A file to take: its link, its size and its digest."""

    path: str
    text: str
    size: str
    digest: str


@dataclass(frozen=True)
class OriginView:
    """Where a run comes from that is not of this store.

    ``where``: the address or folder; ``href``: its page there ('' where none is known);
    ``taken``: when the copy was made; ``old``: why it is not newer; ``lacks``: what is only there.
    """

    name: str
    where: str
    href: str
    taken: str
    old: str = ""
    lacks: str = ""


@dataclass(frozen=True)
class RunPage(Page):
    """Everything about one run."""

    template: ClassVar[str] = "run.html"

    run: RunRef | None = None
    status: str = ""
    status_note: str = ""  # e.g. exit reason, 'as of' time
    banner: str = ""  # failed, killed, diverged: what happened, in one line
    banner_tone: str = "bad"
    origin: OriginView | None = None  # of a run from elsewhere
    traceback_html: str = ""  # highlighted
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
    params: ParamGroup | None = None
    metrics: tuple[MetricRow, ...] = ()
    details: tuple[Fact, ...] = ()
    environment: tuple[Fact, ...] = ()
    git: tuple[Fact, ...] = ()
    diff: tuple[DiffFile, ...] = ()
    diff_path: str = ""  # the whole diff as a file
    diff_note: str = ""
    source: SourceView | None = None
    packages: tuple[tuple[str, str], ...] = ()
    inputs: tuple[LineageItem, ...] = ()
    products: tuple[LineageItem, ...] = ()
    graph: LineageGraph | None = None
    series: tuple[ImageSeries, ...] = ()
    artifacts: tuple[ArtifactView, ...] = ()
    artifacts_left: int = 0  # how many more the store has
    output: tuple[LogLine, ...] = ()  # the last lines
    output_total: int = 0
    output_path: str = ""  # all lines as a text file, where the page has not all
    output_data: str = ""  # and for the script of the page
    checks: tuple[Check, ...] = ()
    commands: str = ""  # how to repeat the run
    left_out: tuple[str, ...] = ()  # what the store has of the run and this site has not
    children: tuple[RunRef, ...] = ()
    parent: RunRef | None = None
    siblings: Siblings | None = None
    files: tuple[RunFile, ...] = ()
    later: tuple[Later, ...] = ()  # the newest first
    contents: tuple[Link, ...] = ()  # the sections of this page
    sql: str = ""
