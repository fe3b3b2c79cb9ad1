"""Markdown for people and for language models: what others wrote stands in it as plain text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

#: What means something anywhere, and what does at the beginning of a line.
#: A link of a note that may stay a link, and what a renderer that trusts its text would act on.
_WEB_LINK = re.compile(r"(?<!!)\[[^\[\]]*\]\(https?://[^\s()<>]+\)")
_ACTIVE = re.compile(r"<[^\s\d=]|&[#\w]|\]\s*[(\[:]|!\[|[\x00-\x08\x0b-\x1f]")
_SPECIAL = re.compile(r"([\\`*_\[\]<>|&]|^[#+~=-]|(?<=^\d)[.)](?=\s))")


def plain(text: object) -> str:
    """Text of others on one line, in which Markdown finds nothing to do."""
    return _SPECIAL.sub(r"\\\1", " ".join(str(text).split()))


def code(text: object) -> str:
    """Text of others as code on one line, whatever backticks are in it; '' stays empty."""
    line = " ".join(str(text).split())
    if not line:
        return ""
    ticks = "`" * (1 + max(map(len, re.findall("`+", line)), default=0))
    space = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{ticks}{space}{line}{space}{ticks}".replace("|", "\\|")


def block(text: str, language: str = "") -> str:
    """Text of others as a block of code that nothing in it can end."""
    fence = "`" * max(3, 1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}{language}\n{text.rstrip()}\n{fence}"


def written(text: str) -> str:
    """Markdown of others as it is where it is words, code and links to the web.

    Else as a block of code: many renderers let tags, pictures and odd schemes pass.
    """
    if _ACTIVE.search(_WEB_LINK.sub("", text)) or text.count("```") % 2:
        return block(text, "markdown")
    return text.strip()


def link(text: object, target: str) -> str:
    """A link; ``target`` is a quoted address."""
    return f"[{plain(text)}]({target})"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of cells that are Markdown already."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def joined(parts: Iterable[str]) -> str:
    """Paragraphs with an empty line between them; empty ones are left out."""
    return "\n\n".join(part for part in parts if part) + "\n"
