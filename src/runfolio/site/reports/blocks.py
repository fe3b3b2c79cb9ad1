"""The blocks of a report: fenced code in one of the languages that ask the store.

A block stands at the left margin. It is taken out of the text before Markdown reads it; a word
that nobody can guess stands in its place until the page is put together. A fence in another
language, or ``{.sql}`` in braces, is code as ever.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from runfolio.site.markdown_inline import TAG
from runfolio.site.reports.settings import Settings, read_settings

KINDS = ("sql", "chart", "leaderboard", "runs", "compare", "metric", "paper")

_FENCE = re.compile(
    r"^(?P<fence>`{3,}|~{3,})[ ]*(?P<info>[^\n`]*)\n(?P<code>.*?)(?<=\n)(?P=fence)[ ]*$",
    re.MULTILINE | re.DOTALL,
)
_OPTION = re.compile(r"--\s*([A-Za-z_]+):(.*)")
MOST = 200


@dataclass(frozen=True)
class Block:
    """One block: its kind, what stands in it, and the line of the file on which it begins."""

    kind: str
    code: str
    line: int

    def settings(self) -> Settings:
        """The options: lines of YAML, or for SQL the comments at its top."""
        if self.kind == "sql":
            return self._comments()
        return read_settings(self.code, self.line + 1)

    def sql(self) -> str:
        """The statement of an sql block, without its options."""
        lines = self.code.splitlines()
        while lines and (not lines[0].strip() or _OPTION.match(lines[0])):
            lines.pop(0)
        return "\n".join(lines).strip()

    def _comments(self) -> Settings:
        """``-- title: Best of each family`` above the statement."""
        found = []
        for line in self.code.splitlines():
            option = _OPTION.match(line)
            if not option and line.strip():
                break
            found.append(f"{option[1]}:{option[2]}" if option else "")
        return read_settings("\n".join(found), self.line + 1)


@dataclass(frozen=True)
class Taken:
    """A text without its blocks, and the blocks by the word in their place."""

    text: str
    blocks: dict[str, Block]

    def split(self, html: str) -> list[str | Block]:
        """The HTML of the text cut at its blocks."""
        if not self.blocks:
            return [html]
        words = "|".join(self.blocks)
        # A block in the value of an attribute, such as a title over several lines, is left out.
        html = TAG.sub(lambda tag: re.sub(words, "", tag.group()), html)
        pieces = re.split(rf"<p>({words})</p>|({words})", html)
        found: list[str | Block] = []
        for piece in pieces:
            if piece in self.blocks:
                found.append(self.blocks[piece])
            elif piece and piece.strip():
                found.append(piece)
        return found


def take_blocks(text: str, first: int) -> Taken:
    """Take the blocks out of a text that begins on line ``first`` of its file."""
    seed = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    blocks: dict[str, Block] = {}

    def take(match: re.Match[str]) -> str:
        kind = match["info"].strip().lower()
        if kind not in KINDS or len(blocks) >= MOST:
            return match.group()
        word = f"rfb{seed}n{len(blocks)}b"
        line = first + text.count("\n", 0, match.start())
        blocks[word] = Block(kind, match["code"], line)
        return f"\n{word}\n"

    text = text.replace("\r\n", "\n")
    return Taken(_FENCE.sub(take, text), blocks)
