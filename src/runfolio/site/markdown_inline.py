"""What stands for something else inside a line of Markdown: formulas, and values of a report.

Markdown must not read the insides of ``$a_1 * b_1$`` or ``{{ sql: SELECT a * b }}``, and cleaning
must not take MathML for a stranger's markup. So each is kept aside under a word that nobody can
guess, and is put back, at places of text only, once the HTML is clean.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from markdown.inlinepatterns import InlineProcessor

from runfolio.site.mathml import to_mathml

#: Answers an expression between {{ and }} with clean HTML; None leaves it as it stands.
ValueRule = Callable[[str], "str | None"]

_MOST = 1000
_VALUE = r"(?<![\\{])\{\{((?:(?!\{\{|\}\}).)+)\}\}"
_BLOCK_MATH = r"(?<![\\$])\$\$((?:\\.|[^$\\])+)\$\$"
_LINE_MATH = r"(?<![\\$\w])\$(?![\s$])((?:\\.|[^$\\\n])+)(?<!\s)\$(?![\w$])"
#: A tag as nh3 writes it: values are quoted, and may hold anything but quotes.
TAG = re.compile(r'</?[a-zA-Z](?:[^"<>]|"[^"]*")*>')


def no_values(expression: str) -> str | None:
    """The rule of texts that are no reports."""
    return None


@dataclass
class Kept:
    """What was taken out of one text, by the word that stands for it."""

    seed: str = ""
    values: ValueRule = no_values
    found: dict[str, str] = field(default_factory=dict)

    def begin(self, text: str, values: ValueRule) -> None:
        """Forget the last text; the word depends on all of this one, so it cannot hold it."""
        self.seed = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        self.values = values
        self.found = {}

    def keep(self, markup: str) -> str | None:
        """The word for a piece of clean HTML; None where there are too many."""
        if len(self.found) >= _MOST:
            return None
        word = f"rfk{self.seed}n{len(self.found)}k"
        self.found[word] = markup
        return word

    def put_back(self, clean: str) -> str:
        """Clean HTML with all pieces in their places; in attributes only their number is left."""
        if not self.found:
            return clean
        word = re.compile(rf"rfk{self.seed}n(\d+)k")
        pieces, end = [], 0
        for tag in TAG.finditer(clean):
            pieces.append(self._filled(word, clean[end : tag.start()]))
            pieces.append(word.sub(r"v\1", tag.group()))
            end = tag.end()
        pieces.append(self._filled(word, clean[end:]))
        return "".join(pieces)

    def named(self, text: str) -> str:
        """A plain text such as a heading's, with the pieces as text."""
        word = re.compile(rf"rfk{self.seed}n\d+k")
        return word.sub(lambda m: _plain(self.found.get(m.group(), "")), text)

    def anchor(self, text: str) -> str:
        """An anchor as ``put_back`` leaves it."""
        return re.sub(rf"rfk{self.seed}n(\d+)k", r"v\1", text)

    def _filled(self, word: re.Pattern[str], text: str) -> str:
        return word.sub(lambda match: self.found.get(match.group(), ""), text)


def register(markdown: Any, kept: Kept) -> None:
    """Let a Markdown object keep formulas and values aside, after code and before all else."""
    patterns = markdown.inlinePatterns
    patterns.register(_Value(_VALUE, markdown, kept), "rf-value", 187)
    patterns.register(_Math(_BLOCK_MATH, markdown, kept, block=True), "rf-block-math", 186)
    patterns.register(_Math(_LINE_MATH, markdown, kept, block=False), "rf-math", 185)


class _Value(InlineProcessor):  # type: ignore[misc]  # markdown has no types
    def __init__(self, pattern: str, markdown: Any, kept: Kept) -> None:
        super().__init__(pattern, markdown)
        self.kept = kept

    def handleMatch(
        self, match: re.Match[str], data: str
    ) -> tuple[str | None, int | None, int | None]:
        markup = self.kept.values(match[1])
        word = None if markup is None else self.kept.keep(markup)
        return (word, match.start(), match.end()) if word else (None, None, None)


class _Math(InlineProcessor):  # type: ignore[misc]
    def __init__(self, pattern: str, markdown: Any, kept: Kept, *, block: bool) -> None:
        super().__init__(pattern, markdown)
        self.kept = kept
        self.block = block

    def handleMatch(
        self, match: re.Match[str], data: str
    ) -> tuple[str | None, int | None, int | None]:
        markup = to_mathml(match[1].strip(), block=self.block)
        word = self.kept.keep(markup) if markup else None
        return (word, match.start(), match.end()) if word else (None, None, None)


def _plain(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", markup))
