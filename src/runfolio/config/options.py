"""Every option of runfolio, declared once.

A field of these frozen dataclasses is an option. Its annotation says which values are allowed, and
``about()`` says the rest: what it is for, an example, bounds. The reader of ``runfolio.toml``, the
environment variables, the flags' help, the table in the documentation and the commented file that
``runfolio init`` writes are all made from here.
"""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

from runfolio.config.about import about
from runfolio.config.checking import CheckConfig
from runfolio.config.citing import CitationConfig
from runfolio.config.publishing import PublishConfig
from runfolio.config.sources import SourceConfig
from runfolio.config.workflows import CiConfig

#: The format of ``runfolio.toml``; a file that says more was made by a newer version.
FORMAT = 1

#: How a leaderboard's slug (its page's file name) may look.
SLUG = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")

Direction = Literal["max", "min"]
Stat = Literal["best", "last", "min", "max", "mean"]
Cards = Literal["boards", "all", "none"]
Searched = Literal["names", "params", "tags", "notes", "output"]


@dataclass(frozen=True, kw_only=True)
class SiteConfig:
    """What the site is called and what else stands on it."""

    title: str = field(
        default="", metadata=about("Name of the site; without it, the project folder's name.")
    )
    description: str = field(
        default="", metadata=about("Markdown shown at the top of the front page.")
    )
    url: str = field(
        default="",
        metadata=about(
            "Address where the site will be published, for links in feeds and previews.",
            example='"https://example.org/results"',
            check="url",
        ),
    )
    pages: Path = field(
        default=Path("pages"),
        metadata=about("Folder of Markdown pages that become pages of the site."),
    )
    nav: tuple[str, ...] = field(
        default=(),
        metadata=about(
            "Markdown pages in the navigation, in this order; empty means all of them by name.",
            example='["method", "data"]',
        ),
    )
    since: str = field(
        default="",
        metadata=about(
            "The front page tells what has moved since this time (UTC where it names no zone).",
            example='"2026-11-01"',
            check="time",
        ),
    )
    license: str = field(
        default="",
        metadata=about(
            "Under which terms others may use the data, as the data page says it.",
            example='"CC BY 4.0"',
        ),
    )
    citation: str = field(
        default="",
        metadata=about(
            "How to cite these results, as the data page says it; BibTeX, for example.",
            example='"Lovelace, A. (2026). Digits."',
        ),
    )
    cards: Cards = field(
        default="boards",
        metadata=about(
            "Which pages get a picture for previews in chats; only where `url` is known."
        ),
    )
    logo: str = field(
        default="",
        metadata=about(
            "Picture beside the title (SVG or PNG).", example='"logo.svg"', check="file"
        ),
    )
    footer: str = field(default="", metadata=about("Markdown at the foot of every page."))
    full_points: int = field(
        default=2_000_000,
        metadata=about(
            "Points of one run published whole, for zooming into long series, beside the reduced "
            "curves: some 12 bytes each; 0 publishes none.",
            minimum=0,
        ),
    )
    compare_runs: int = field(
        default=24,
        metadata=about(
            "Runs (or groups) that the compare page draws at once.", minimum=2, maximum=50
        ),
    )
    search: tuple[Searched, ...] = field(
        default=typing.get_args(Searched),
        metadata=about(
            "What the search index holds of runs; output is what they printed, with tracebacks.",
            example='["names", "params", "tags"]',
        ),
    )
    theme: Path = field(
        default=Path("theme"),
        metadata=about("Folder whose templates and style sheets override or add to the site's."),
    )
    hooks: str = field(
        default="",
        metadata=about(
            "Python file that adds columns, pages and charts.", example='"hooks.py"', check="file"
        ),
    )
    language: str = field(
        default="en",
        metadata=about(
            "Language of the interface, as HTML names it; it decides the direction of text too.",
            example='"de"',
            check="language",
        ),
    )
    words: str = field(
        default="",
        metadata=about(
            "Catalogue (JSON) of the interface's texts in that language.",
            example='"words/de.json"',
            check="file",
        ),
    )


@dataclass(frozen=True, kw_only=True)
class CaptureConfig:
    """What a run notes about itself when it starts."""

    git: bool = field(
        default=True, metadata=about("Commit, branch, remote and whether files were changed.")
    )
    diff: bool = field(
        default=True, metadata=about("The uncommitted changes, so that the run can be repeated.")
    )
    packages: bool = field(
        default=True, metadata=about("Names and versions of the installed packages.")
    )
    source: bool = field(default=True, metadata=about("A copy of the script or notebook."))
    output: bool = field(default=True, metadata=about("What the script prints, line by line."))
    system: bool = field(
        default=True, metadata=about("Use of CPU, memory, disk and GPU while the run goes on.")
    )
    system_seconds: float = field(
        default=10.0,
        metadata=about("Seconds between two samples of the machine.", minimum=0.1, maximum=86400),
    )
    command: bool = field(default=True, metadata=about("The command line, with secrets masked."))
    host: bool = field(default=True, metadata=about("Name of the machine and of the user."))


@dataclass(frozen=True, kw_only=True)
class LeaderboardConfig:
    """A leaderboard: runs ranked by one metric. ``slug`` and ``title`` follow from ``name``."""

    name: str = field(
        default="",
        metadata=about(
            "What the leaderboard is called in SQL: leaderboard('name').", example='"digits"'
        ),
    )
    title: str = field(default="", metadata=about("Heading of its page; without it, the name."))
    slug: str = field(
        default="",
        metadata=about("File name of its page; without it, made from the name.", check="slug"),
    )
    experiment: str | None = field(
        default=None, metadata=about("Only runs of this experiment.", example='"digits-sweep"')
    )
    metric: str = field(
        default="", metadata=about("The metric that ranks the runs.", example='"val/accuracy"')
    )
    direction: Direction | None = field(
        default=None,
        metadata=about("Whether more or less is better; without it, told from the metric's name."),
    )
    stat: Stat = field(
        default="best", metadata=about("Which of a run's values of the metric counts.")
    )
    filter: str = field(
        default="",
        metadata=about(
            "Only runs that match, in the filter language.",
            example='"lr < 0.1 tag:paper"',
            check="filter",
        ),
    )
    group_by: tuple[str, ...] = field(
        default=(),
        metadata=about(
            "Params that make a group, ranked by the mean of its runs.", example='["model"]'
        ),
    )
    columns: tuple[str, ...] = field(
        default=(),
        metadata=about("Params and metrics shown beside the rank.", example='["lr", "val/loss"]'),
    )
    baseline: str | None = field(
        default=None,
        metadata=about(
            "Run (id or name) or group (`lr=0.1`) that the others are compared with.",
        ),
    )
    secondary: str = field(
        default="",
        metadata=about(
            "A second metric, for the picture of the trade-off between the two (Pareto front).",
            example='"latency_ms"',
        ),
    )
    description: str = field(default="", metadata=about("Markdown under the heading."))

    def __post_init__(self) -> None:
        """Complete what follows from the name."""
        if not self.title:
            object.__setattr__(self, "title", self.name)
        if not self.slug:
            object.__setattr__(self, "slug", slug_of(self.name))


@dataclass(frozen=True, kw_only=True)
class PaperConfig:
    """A table of a paper: methods by datasets. ``title`` and ``slug`` follow from ``name``."""

    name: str = field(
        default="",
        metadata=about("What a report calls the table in a paper block.", example='"main"'),
    )
    title: str = field(default="", metadata=about("Caption of the table; without it, the name."))
    rows: str = field(
        default="",
        metadata=about(
            "What makes the rows: a param, a column of runs, tag:name or dataset.",
            example='"model"',
        ),
    )
    columns: str = field(
        default="",
        metadata=about(
            "What makes the columns, likewise; without it, the metrics do.", example='"dataset"'
        ),
    )
    metrics: tuple[str, ...] = field(
        default=(), metadata=about("The metrics in the cells.", example='["test/accuracy"]')
    )
    stat: Stat = field(
        default="best", metadata=about("Which of a run's values of a metric counts.")
    )
    experiment: str | None = field(
        default=None, metadata=about("Only runs of this experiment.", example='"digits-sweep"')
    )
    filter: str = field(
        default="",
        metadata=about(
            "Only runs that match, in the filter language.",
            example='"status:finished"',
            check="filter",
        ),
    )
    digits: int | None = field(
        default=None,
        metadata=about(
            "Digits after the decimal point; without it, as many as needed.",
            example="1",
            minimum=0,
            maximum=15,
        ),
    )
    factor: float = field(
        default=1.0,
        metadata=about("What numbers are multiplied by: 100 shows shares as percentages."),
    )
    spread: bool = field(
        default=True, metadata=about("Whether the standard deviation over runs stands behind ±.")
    )
    second: bool = field(
        default=True, metadata=about("Whether the second best of a column is underlined.")
    )
    baseline: str = field(
        default="", metadata=about("Row that stands first, under a line of its own.")
    )
    description: str = field(default="", metadata=about("Markdown under the table."))

    def __post_init__(self) -> None:
        """Complete what follows from the name."""
        if not self.title:
            object.__setattr__(self, "title", self.name)

    @property
    def slug(self) -> str:
        """The anchor of the table on its page."""
        return slug_of(self.name)


@dataclass(frozen=True, kw_only=True)
class MetricConfig:
    """How one metric is read and shown."""

    direction: Direction | None = field(
        default=None,
        metadata=about("Whether more or less is better; without it, told from the metric's name."),
    )
    unit: str = field(default="", metadata=about("Unit shown behind its numbers.", example='"%"'))
    title: str = field(default="", metadata=about("Name shown in place of the metric's own."))
    digits: int | None = field(
        default=None,
        metadata=about(
            "Digits after the decimal point; without it, as many as needed.",
            example="3",
            minimum=0,
            maximum=15,
        ),
    )


@dataclass(frozen=True, kw_only=True)
class Config:
    """All options of one call, complete; ``origin`` says where each value came from.

    ``source`` is the file that was read, or None. Keys of ``origin`` are dotted (``site.title``,
    ``leaderboard[0].metric``); its values are ``default``, ``file runfolio.toml:3``,
    ``env RUNFOLIO_STORE`` or ``flag``.
    """

    format: int = field(default=FORMAT, metadata=about("Version of this file's format."))
    store: Path = field(
        default=Path("runs"),
        metadata=about("Folder that holds the runs, or an address such as s3://bucket/runs."),
    )
    out: Path = field(default=Path("_site"), metadata=about("Folder that the site is written to."))
    index: bool = field(
        default=True,
        metadata=about("Keep what was computed of the runs in the store's .runfolio/ folder."),
    )
    site: SiteConfig = field(default_factory=SiteConfig)
    capture: CaptureConfig = field(default_factory=CaptureConfig)
    publish: PublishConfig = field(default_factory=PublishConfig)
    ci: CiConfig = field(default_factory=CiConfig)
    citation: CitationConfig = field(default_factory=CitationConfig)
    leaderboards: tuple[LeaderboardConfig, ...] = ()
    papers: tuple[PaperConfig, ...] = ()
    checks: tuple[CheckConfig, ...] = ()
    sources: tuple[SourceConfig, ...] = ()
    metrics: Mapping[str, MetricConfig] = field(default_factory=dict)
    source: Path | None = None
    origin: Mapping[str, str] = field(default_factory=dict)


#: The tables of the file: its name there, the dataclass of its options, and what it is for.
SECTIONS: dict[str, tuple[type, str]] = {
    "": (Config, "Where the runs lie and where the site goes."),
    "site": (SiteConfig, "What the site is called and what else stands on it."),
    "capture": (CaptureConfig, "What a run notes about itself when it starts."),
    "publish": (PublishConfig, "What others may see of the runs, and where the site goes."),
    "ci": (CiConfig, "What the workflows of `runfolio init ci` say."),
    "citation": (CitationConfig, "How others cite the results."),
    "leaderboard": (LeaderboardConfig, "One [[leaderboard]] for each page of ranked runs."),
    "paper": (PaperConfig, "One [[paper]] for each table of a paper: methods by datasets."),
    "check": (CheckConfig, "One [[check]] for each thing that must hold, for runfolio check."),
    "source": (SourceConfig, "One [[source]] for each store or published site to show runs of."),
    "metrics": (MetricConfig, "How a metric is read and shown; its name stands in quotes."),
}

#: Sections that occur once and have a fixed name, so that each option has a variable and a flag.
SINGLE = ("", "site", "capture", "publish", "ci", "citation")


@dataclass(frozen=True)
class Option:
    """One option as the readers need it; ``shape`` is text, flag, whole, number, path or list."""

    section: str
    name: str
    shape: str
    default: Any
    help: str
    example: str
    check: str
    minimum: float | None
    maximum: float | None
    allowed: tuple[str, ...]

    @property
    def key(self) -> str:
        """Dotted name, such as ``capture.git``."""
        return f"{self.section}.{self.name}" if self.section else self.name

    @property
    def env(self) -> str:
        """The variable that sets it, such as ``RUNFOLIO_CAPTURE_GIT``; '' if there is none."""
        if self.section not in SINGLE or self.name == "format":
            return ""
        return "RUNFOLIO_" + self.key.replace(".", "_").upper()


_SHAPES: dict[Any, str] = {bool: "flag", int: "whole", float: "number", str: "text", Path: "path"}


@cache
def options_of(section: str) -> Mapping[str, Option]:
    """The options of a section by name, in the order of their declaration."""
    cls = SECTIONS[section][0]
    hints = typing.get_type_hints(cls)
    found = [
        _option(section, declared, hints[declared.name])
        for declared in dataclasses.fields(cls)
        if "help" in declared.metadata
    ]
    return {each.name: each for each in found}


def _option(section: str, declared: dataclasses.Field[Any], hint: Any) -> Option:
    shape, allowed = _shape(hint)
    return Option(
        section=section,
        name=declared.name,
        shape=shape,
        default=declared.default,
        allowed=allowed,
        **declared.metadata,
    )


def _shape(hint: Any) -> tuple[str, tuple[str, ...]]:
    """Shape and allowed values of an annotation such as ``Literal['max', 'min'] | None``."""
    origin = typing.get_origin(hint)
    if origin in (types.UnionType, typing.Union):
        inner = [each for each in typing.get_args(hint) if each is not type(None)]
        return _shape(inner[0])
    if origin is Literal:
        return "text", typing.get_args(hint)
    if origin is tuple:
        return "list", typing.get_args(next(iter(typing.get_args(hint)), None))
    return _SHAPES[hint], ()


def slug_of(name: str) -> str:
    """File name made from a free name: ASCII letters, digits and dashes, at most 64 of them."""
    import hashlib
    import unicodedata

    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:64].rstrip("-")
    if slug or not name:
        return slug
    return "board-" + hashlib.blake2b(name.encode("utf-8", "replace"), digest_size=4).hexdigest()
