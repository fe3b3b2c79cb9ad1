"""What a page says past the catalogue: found on a site whose catalogue marks every text.

Marks lie in each other (``[2 [runs]]``), so what is left outside of all of them is what the
interface says by itself, or what people wrote: those words are known from their store.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import runfolio
from runfolio.site.words import english

from ..browser.kinds import GUIDE, build_all
from . import rich

OPEN, CLOSE = "\u27e6", "\u27e7"
_MARKED = re.compile(f"{OPEN}[^{OPEN}{CLOSE}]*{CLOSE}")
_WORD = re.compile(r"[^\W\d_]{2,}")
_DIGEST = re.compile(r"\b[0-9a-f]{12,}\b")
#: Code, and what was written as Markdown, is the same in every language.
_OWN = ("code", "pre", "script", "style", "kbd", "math", "title")
_OWN_CLASSES = ("mono", "prose", "artifact-prose")
_EMPTY = frozenset({"br", "hr", "img", "input", "link", "meta", "source"})
_SAID = ("title", "aria-label", "placeholder", "alt")
#: Names and units, which are the same everywhere too.
NAMES = """
runfolio SQL CSV JSON LaTeX Markdown HTML UTC Parquet kB MB GB SHA SUMS llms txt Polars pandas Feed
Atom NaN inf std runs params summary metrics wide schema datasets environment DuckDB ms SVG PNG
Vega visualization
"""
#: What configurations, Markdown pages and kept tables of the store of all kinds say.
WRITTEN = """
All kinds CC BY Digits Methods by data Accuracy Every model sees the same digit What the methods
reach Tables Pictures What is wrong row
"""


def marked(folder: Path) -> tuple[Path, set[str]]:
    """A site of all kinds of pages in that catalogue, and all words that people wrote in it."""
    store = rich.make(folder / "runs")
    site = build_all(store, language="ar", words=str(write_marked(folder / "ar.json")))
    with runfolio.open(store.path) as asked:
        facts = asked.sql("SELECT key, text, writer, run_id FROM facts").fetchall()
    store.close()
    texts = [str(each) for row in facts for each in row]
    return site, words_of([*texts, GUIDE, NAMES, WRITTEN])


def write_marked(path: Path) -> Path:
    """A catalogue that marks every text of the interface."""
    words = {text: f"{OPEN}{text}{CLOSE}" for text in english()}
    path.write_text(json.dumps(words), "utf-8")
    return path


def words_of(texts: Iterable[str]) -> set[str]:
    """All words of some texts."""
    return {word for text in texts for word in _WORD.findall(text)}


def unsaid(text: str, known: set[str]) -> list[str]:
    """Lines of a text with words outside of all marks that nobody wrote."""
    left = ""
    while left != text:
        left, text = text, _MARKED.sub("", text)
    lines = (_DIGEST.sub("", line) for line in text.splitlines())
    return [line.strip() for line in lines if set(_WORD.findall(line)) - known]


def said_by(page: str) -> str:
    """What a page says: its text, and the attributes that are read out, a line each."""
    reader = _Reader()
    reader.feed(page)
    return "\n".join([*reader.attributes, "".join(reader.text)])


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.attributes: list[str] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.text.append("\n")
        classes = given.get("class", "").split()
        own = tag in _OWN or any(each in classes for each in _OWN_CLASSES)
        own = own or (bool(self._open) and self._open[-1][1])
        if not own:
            self.attributes += [" ".join(given[name].split()) for name in _SAID if given.get(name)]
        if tag not in _EMPTY:
            self._open.append((tag, own))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if not (self._open and self._open[-1][1]):
            self.text.append(data)


def pages_of(site: Path) -> Iterator[tuple[str, str]]:
    """Path and text of every page, but for what runs kept."""
    for file in sorted(site.rglob("*.html")):
        path = file.relative_to(site).as_posix()
        if not path.startswith("artifacts/"):
            yield path, file.read_text("utf-8")
