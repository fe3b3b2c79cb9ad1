"""A difference as Markdown, for a comment on a pull request or a note.

Names and texts are those of strangers: nothing in them becomes a link, a picture, a mention or
the end of a table.
"""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from runfolio.cli.diff_blocks import Block
from runfolio.cli.formats import markdown_text
from runfolio.cli.terminal import safe, safe_lines
from runfolio.query.diff import Item, Patch

#: So many lines of a patch stand in a comment; hosts refuse very long ones.
PATCH_LINES = 200


def markdown(headline: str, blocks: Sequence[Block]) -> str:
    """The headline and the blocks below it, as GitHub and most other hosts read them."""
    return "\n\n".join([f"**{plain(headline)}**", *(_block(block) for block in blocks)])


def plain(text: str) -> str:
    """A text that Markdown shows as it is; ``@name`` calls nobody."""
    return _quiet(markdown_text(safe(text)))


def _quiet(text: str) -> str:
    """A word joiner behind some signs: hosts look for @name, #1 and addresses in the result."""
    return re.sub(r"(@|#|://|www\.)(?=\S)", "\\1\u2060", text)


def _block(block: Block) -> str:
    parts = [f"### {plain(block.title)}"] if block.title else []
    if block.rows:
        parts.append(_table(block))
    parts += [_long(item) for item in block.long]
    if block.note:
        parts.append(f"_{plain(block.note)}_")
    parts += [_patch(patch) for patch in block.patches]
    return "\n\n".join(parts)


def _table(block: Block) -> str:
    marks = ["---:" if column.right else "---" for column in block.columns]
    lines = [
        [plain(column.title) for column in block.columns],
        marks,
        *([plain(cell) for cell in row] for row in block.rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _long(item: Item) -> str:
    lines = []
    for sign, value in (("-", item.before), ("+", item.after)):
        lines += (
            [f"{sign} {line}" for line in (value or "").split("\n")] if value is not None else []
        )
    return f"{plain(item.key)}:\n\n{_fenced(lines)}"


def _patch(patch: Patch) -> str:
    if patch.note:
        return f"{plain(patch.title)}: {plain(patch.note)}"
    lines = list(patch.lines[:PATCH_LINES])
    if len(patch.lines) > PATCH_LINES:
        lines.append(f"… {len(patch.lines) - PATCH_LINES:,} more lines")
    summary = _quiet(html.escape(safe(patch.title)))
    return f"<details><summary>{summary}</summary>\n\n{_fenced(lines)}\n\n</details>"


def _fenced(lines: Sequence[str]) -> str:
    """A block of code that no line of it can end."""
    shown = [safe_lines(line) for line in lines]
    runs = [len(found) for line in shown for found in re.findall(r"`+", line)]
    fence = "`" * max(3, max(runs, default=0) + 1)
    return "\n".join([f"{fence}diff", *shown, fence])
