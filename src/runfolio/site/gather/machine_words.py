"""Markdown for people and for language models: what others wrote stands in it as plain text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

#: What means something anywhere, and what does at the beginning of a line.
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
