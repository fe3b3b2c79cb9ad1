"""A difference on the terminal, from 20 columns to a pipe without an end."""

from __future__ import annotations

from collections.abc import Sequence

import click

from runfolio.cli.diff_blocks import Block
from runfolio.cli.tables import NARROW, cut, folded, layout, pairs
from runfolio.cli.terminal import safe, safe_lines
from runfolio.query.diff import Item, Patch

#: Below this width rows are told in words: a table would lose the side that one looks for.
TABLE_FROM = 60
_COLORS = {"+": "green", "-": "red", "@": "cyan"}


def text(headline: str, blocks: Sequence[Block], width: int | None) -> str:
    """The headline and the blocks below it."""
    room = 1000 if width is None else width
    head = "\n".join(click.style(line, bold=True) for line in folded(safe(headline), room))
    return "\n\n".join([head, *(_block(block, width) for block in blocks)])


def _block(block: Block, width: int | None) -> str:
    lines = [click.style(cut(safe(block.title), width or 1000), bold=True)] if block.title else []
    lines += _rows(block, width)
    for item in block.long:
        lines += _long(item, width)
    if block.note:
        room = 1000 if width is None else width - 2
        lines += [click.style(f"  {part}", dim=True) for part in folded(block.note, room)]
    for patch in block.patches:
        lines += _patch(patch, width)
    return "\n".join(lines)


def _rows(block: Block, width: int | None) -> list[str]:
    if not block.rows:
        return []
    if width is not None and width < TABLE_FROM:
        return pairs(block.short, min(width, NARROW - 1))  # folds instead of cutting
    table = layout(block.columns, block.rows, width and width - 2)
    lines = [f"  {line}" for line in table.text.split("\n")]
    if table.hidden:
        hidden = f"  (columns that do not fit: {', '.join(table.hidden)})"
        lines.append(click.style(cut(hidden, width or 1000), dim=True))
    return lines


def _long(item: Item, width: int | None) -> list[str]:
    """Both texts one below the other, each with its sign, folded where the terminal ends."""
    lines = [f"  {cut(safe(item.key), (width or 1000) - 2)}"]
    for sign, value in (("-", item.before), ("+", item.after)):
        for line in safe_lines(value or "").split("\n") if value is not None else ():
            lines += [
                click.style(f"  {sign} {part}", fg=_COLORS[sign])
                for part in (folded(line, width - 4) if width else [line])
            ]
    return lines


def _patch(patch: Patch, width: int | None) -> list[str]:
    lines = [f"  {cut(safe(patch.title), (width or 1000) - 2)}"]
    if patch.note:
        lines += [f"    {part}" for part in folded(safe(patch.note), (width or 1000) - 4)]
    for line in patch.lines:
        shown = cut(safe_lines(line).replace("\t", "    "), (width or 100_000) - 4)
        lines.append("    " + click.style(shown, fg=_COLORS.get(line[:1])))
    return lines
