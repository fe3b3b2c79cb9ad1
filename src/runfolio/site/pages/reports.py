"""Pages of the user's own Markdown, with the parts that their blocks became."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from runfolio.site.pages.base import Cell, Chart, Head, Link, Page, RunRef, Tile


@dataclass(frozen=True)
class ReportPart:
    """One part of a page, in its order: a text, or what a block shows.

    ``kind`` is text, table, chart, curves, boxes, paper or error. ``number`` counts figures and
    tables from 1 and makes their anchor. ``svg_html`` is a chart's still picture, drawn by Vega and
    cleaned; ``data_path`` its data file for the browser. ``code`` is what made the part
    (``language`` sql or yaml), and for an error the block itself.
    """

    kind: str
    body_html: str = ""
    number: int = 0
    title: str = ""
    caption_html: str = ""
    note: str = ""
    link: Link | None = None
    heads: tuple[Head, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    ranks: tuple[str, ...] = ()
    id: str = ""
    svg_html: str = ""
    summary: str = ""
    data_path: str = ""
    charts: tuple[Chart, ...] = ()
    runs: tuple[tuple[RunRef, str], ...] = ()  # with the data file of each
    tiles: tuple[Tile, ...] = ()
    paper: PaperTable | None = None
    code: str = ""
    language: str = "sql"
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class PaperCell:
    """One cell of a paper table: a mean with its deviation, the number of runs, and its mark.

    ``place`` is 1 for the best of its column, 2 for the second, else 0; ``shown`` says whether
    the number of runs stands beside it, where not all cells have as many; ``title`` names them.
    """

    text: str
    spread: str = ""
    runs: int = 0
    shown: bool = False
    place: int = 0
    title: str = ""
    path: str = ""


@dataclass(frozen=True)
class PaperTable:
    """Methods by datasets: heads in one or two lines, rows of cells, and the same as text.

    ``groups`` are the upper heads with how many columns each spans; ``heads`` are (text, direction)
    of each column; ``exports`` are (name, text) of the table in other formats.
    """

    slug: str
    title: str
    corner: str
    groups: tuple[tuple[str, int], ...]
    heads: tuple[tuple[str, int], ...]
    rows: tuple[tuple[str, tuple[PaperCell, ...]], ...]
    note: str
    description_html: str
    exports: tuple[tuple[str, str], ...]
    sql: str
    baseline: str = ""


@dataclass(frozen=True)
class MarkdownPage(Page):
    """A page written by the user in Markdown; ``wide_toc`` shows even a short table of contents."""

    template: ClassVar[str] = "markdown.html"

    parts: tuple[ReportPart, ...] = ()
    toc: tuple[tuple[int, str, str], ...] = ()  # level, anchor, text
    date: str = ""
    authors: tuple[str, ...] = ()
    wide_toc: bool = False


@dataclass(frozen=True)
class PaperPage(Page):
    """The tables of a paper: methods by datasets, ready to be copied."""

    template: ClassVar[str] = "paper.html"

    tables: tuple[PaperTable, ...] = ()
    hint: str = ""
