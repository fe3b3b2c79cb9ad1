"""The pages beside runs and tables: data, wrong addresses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from runfolio.site.pages.base import Link, Page
from runfolio.site.pages.snapshots import CiteView


@dataclass(frozen=True)
class BadgeView:
    """A badge: the picture, what it says, the Markdown to paste, and its JSON for shields.io."""

    path: str
    alt: str
    markdown: str
    json_path: str = ""


@dataclass(frozen=True)
class SourceRow:
    """A source of runs from elsewhere: where, which copy of it is shown, and what is not.

    ``href`` is its own site ('' where none is known), ``old`` says why the copy is not newer.
    """

    name: str
    where: str
    href: str
    runs: str
    taken: str
    digest: str
    old: str = ""
    left: tuple[str, ...] = ()


@dataclass(frozen=True)
class DataPage(Page):
    """The site as a dataset: files, columns, snippets, terms; feeds and badges."""

    template: ClassVar[str] = "data.html"

    files: tuple[tuple[str, str, tuple[Link, ...]], ...] = ()  # name, what it is, its forms (size)
    left_out: tuple[str, ...] = ()  # what the store has and this site has not, of how many runs
    sums: str = ""  # the list of checksums of the files
    digest: str = ""  # SHA-256 of that list
    verify: str = ""  # a command that checks the files
    sources: tuple[SourceRow, ...] = ()  # of runs from elsewhere
    license: str = ""
    citation: str = ""
    cite: CiteView | None = None
    linked_html: str = ""  # JSON-LD, in which nothing can end its element
    croissant: str = ""  # path of the description for machine-learning tools
    badges: tuple[BadgeView, ...] = ()
    tables: tuple[
        tuple[str, str, tuple[tuple[str, str, str], ...]], ...
    ] = ()  # name, help, columns
    snippets: tuple[tuple[str, str], ...] = ()  # title, code


@dataclass(frozen=True)
class NotFoundPage(Page):
    """What a static host shows for a wrong address, at any depth.

    It loads nothing: ``style`` is in the page, and ``policy`` names it by its digest. ``root`` is
    the path of the site on its host ('/repo/'), known from the configured address.
    """

    template: ClassVar[str] = "404.html"

    root: str = ""
    style: str = ""
    policy: str = ""
