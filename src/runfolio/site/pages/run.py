"""The page of one run and its parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from runfolio.site.pages.base import Chart, Fact, Link, Page, RunRef, Tag, Tile


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
