"""What stands above a page between two lines of ``---``: its title, date, authors, and ways.

title        the page's heading, in place of a first heading of the text
description  a sentence for search engines and previews, shown under the title
date         shown as it is written
authors      a name or a list of names
order        place in the navigation: small numbers first, pages without one behind them by name
nav          false keeps the page out of the navigation
toc          false takes the table of contents away, true shows even a short one
draft        true leaves the page out of the site
blocks       false leaves ```sql and its kin as code, and {{ … }} as it stands
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from runfolio.site.reports.settings import Mistake, Options, SettingsError, read_settings

_LONGEST = 200  # lines


@dataclass(frozen=True)
class Front:
    """The settings of a page; ``toc`` None means as its headings suggest."""

    title: str = ""
    description: str = ""
    date: str = ""
    authors: tuple[str, ...] = ()
    order: float | None = None
    nav: bool = True
    toc: bool | None = None
    draft: bool = False
    blocks: bool = True


@dataclass(frozen=True)
class Document:
    """A text without its front matter; ``first`` is the line of the file on which it begins."""

    front: Front
    text: str
    first: int = 1
    mistakes: tuple[Mistake, ...] = ()


def read_document(file: str, text: str) -> Document:
    """Front matter and text of a page; ``file`` is how its mistakes name it."""
    lines = text.splitlines(keepends=True)
    end = _end(lines)
    if not end:
        return Document(Front(), text)
    body, first = "".join(lines[end + 1 :]), end + 2
    mistakes: tuple[Mistake, ...] = ()
    front = Front()
    try:
        settings = read_settings("".join(lines[1:end]), 2)
        front = _front(Options(settings, 1))
    except SettingsError as error:
        mistakes = tuple(Mistake(file, line, words) for line, words in error.mistakes)
    return Document(front, body, first, mistakes)


def _end(lines: list[str]) -> int:
    """The line that closes the front matter; 0 where there is none."""
    if not lines or lines[0].rstrip() != "---" or len(lines) < 2 or ":" not in lines[1]:
        return 0
    for index, line in enumerate(lines[1:_LONGEST], 1):
        if line.rstrip() in ("---", "..."):
            return index
    return 0


def _front(options: Options) -> Front:
    front = Front(
        title=options.text("title"),
        description=options.text("description"),
        date=options.text("date"),
        authors=options.names("authors"),
        order=_order(options),
        nav=options.flag("nav", True),
        toc=options.maybe("toc"),
        draft=options.flag("draft", False),
        blocks=options.flag("blocks", True),
    )
    options.done()
    return replace(front, title=" ".join(front.title.split()))


def _order(options: Options) -> float | None:
    text = options.text("order")
    try:
        return float(text) if text else None
    except ValueError:
        options.wrong("order", "order: expected a number")
        return None
