"""Tables as lines of text that fit the terminal, from 20 columns to a pipe without an end.

Columns that do not fit are left out from the right and named; below 40 columns each row becomes
a small block of its own. Cells and headings are data and pass through ``safe``.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace

import click

from runfolio.cli.terminal import can_write, safe

GAP = 2
NARROW = 40
#: A text may shrink to this many columns before a whole column is left out.
SHORTEST = 12


@dataclass(frozen=True)
class Column:
    """One column: its heading, whether it holds numbers, and colours for some of its texts.

    Numbers and ``whole`` texts (such as ids) are never cut; other texts have a longest form.
    """

    title: str
    right: bool = False
    whole: bool = False
    colors: tuple[tuple[str, str], ...] = ()
    longest: int = 60


@dataclass(frozen=True)
class Table:
    """A table laid out; ``hidden`` are the titles of columns that did not fit."""

    text: str
    hidden: tuple[str, ...] = ()


def layout(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None) -> Table:
    """Lay out ``rows`` for ``width`` columns of a terminal; None means without a limit."""
    columns = [replace(column, title=safe(column.title)) for column in columns]
    clean = [[safe(cell) for cell in row] for row in rows]
    if width is not None and width < NARROW:
        return Table(_blocks(columns, clean, width))
    natural = _natural_widths(columns, clean, limited=width is not None)
    shown = _fitting(columns, natural, width)
    widths = _shrunk(columns, natural[: len(shown)], width)
    head = _line([column.title for column in shown], shown, widths, head=True)
    lines = [_line(row, shown, widths) for row in clean]
    hidden = tuple(column.title for column in columns[len(shown) :])
    return Table("\n".join([head, *lines]), hidden)


def cells(text: str) -> int:
    """How many columns of a terminal a text takes; letters of East Asia take two."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def cut(text: str, width: int) -> str:
    """``text`` in at most ``width`` columns, with an ellipsis where something is missing."""
    if cells(text) <= width:
        return text
    dots = "…" if can_write("…") else "~"
    if width <= 1:
        return dots[:width]
    while text and cells(text) > width - 1:
        text = text[: max(min(len(text) - 1, width - 1), 0)]
    return text + dots


def _natural_widths(
    columns: Sequence[Column], rows: Sequence[Sequence[str]], *, limited: bool
) -> list[int]:
    widths = [cells(column.title) for column in columns]
    for row in rows:
        for index, cell in enumerate(row):
            widths[index] = max(widths[index], cells(cell))
    if not limited:
        return widths
    return [
        width if _is_whole(column) else min(width, max(column.longest, cells(column.title)))
        for column, width in zip(columns, widths, strict=True)
    ]


def _least(column: Column, natural: int) -> int:
    return natural if _is_whole(column) else min(natural, max(SHORTEST, cells(column.title)))


def _is_whole(column: Column) -> bool:
    return column.right or column.whole


def _fitting(
    columns: Sequence[Column], natural: Sequence[int], width: int | None
) -> Sequence[Column]:
    """The columns from the left whose shortest forms fit; at least the first."""
    if width is None:
        return columns
    used = 0
    for index, (column, wanted) in enumerate(zip(columns, natural, strict=True)):
        used += _least(column, wanted) + (GAP if index else 0)
        if used > width and index:
            return columns[:index]
    return columns


def _shrunk(columns: Sequence[Column], natural: list[int], width: int | None) -> list[int]:
    """Widths that fit: the widest text gives way first."""
    widths = list(natural)
    if width is None:
        return widths
    over = sum(widths) + GAP * (len(widths) - 1) - width
    while over > 0:
        spare = [(widths[i] - _least(columns[i], natural[i]), i) for i in range(len(widths))]
        most, index = max(spare)
        if most <= 0:
            break
        widths[index] -= 1
        over -= 1
    return widths


def _line(
    row: Sequence[str], columns: Sequence[Column], widths: Sequence[int], *, head: bool = False
) -> str:
    parts = []
    for index, (column, width) in enumerate(zip(columns, widths, strict=True)):
        text = cut(row[index], width)
        space = " " * (width - cells(text))
        last = index == len(columns) - 1
        styled = _styled(text, column, head=head)
        parts.append(space + styled if column.right else styled + ("" if last else space))
    return (" " * GAP).join(parts).rstrip()


def _styled(text: str, column: Column, *, head: bool) -> str:
    if head:
        return click.style(text, bold=True)
    color = dict(column.colors).get(text)
    return click.style(text, fg=color) if color else text


def _blocks(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int) -> str:
    """Each row as lines of ``title: value``, for terminals too narrow for a table."""
    lines: list[str] = []
    for first, *rest in rows:
        lines += [click.style(part, bold=True) for part in folded(first, width)]
        for column, cell in zip(columns[1:], rest, strict=True):
            lines += _named(column.title.strip(), cell, width, indent=1) if cell else []
    return "\n".join(lines)


def _named(name: str, value: str, width: int, *, indent: int) -> list[str]:
    """``name: value`` on a line, or the value below its name where the line is too short."""
    space = " " * indent
    line = f"{space}{name}: {value}"
    if cells(line) <= width:
        return [line]
    below = [f"{space} {part}" for part in folded(value, width - indent - 1)]
    return [cut(f"{space}{name}:", width), *below]


def folded(text: str, width: int) -> list[str]:
    """``text`` in lines of at most ``width`` columns, broken at blanks where there are any."""
    if text.isascii():
        return textwrap.wrap(text, max(width, 1), break_on_hyphens=False) or [""]
    from rich.cells import chop_cells

    return list(chop_cells(text, max(width, 2)))


def pairs(rows: Sequence[tuple[str, str]], width: int | None, *, indent: int = 2) -> list[str]:
    """Lines of a name and a value, the values below each other; long values are cut.

    On a terminal too narrow for that nothing is cut, but folded.
    """
    clean = [(safe(name), safe(value)) for name, value in rows]
    if width is not None and width < NARROW:
        found = [_named(name.strip(), value, width, indent=indent) for name, value in clean]
        return [line for lines in found for line in lines]
    longest = min(max((cells(name) for name, _ in clean), default=0), 28)
    lines = []
    for name, value in clean:
        short = cut(name, longest)
        text = f"{' ' * indent}{short}{' ' * (longest - cells(short))}  {value}"
        lines.append((text if width is None else cut(text, width)).rstrip())
    return lines
