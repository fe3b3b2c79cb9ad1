"""The pages beside runs and tables: data, Markdown, wrong addresses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from runfolio.site.pages.base import Link, Page


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
