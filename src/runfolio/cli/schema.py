"""The public views as text: ``runfolio sql --schema``."""

from __future__ import annotations

import difflib
import textwrap
from typing import Any

import click

from runfolio.cli.tables import cells
from runfolio.errors import QueryError
from runfolio.query.views import ON_DEMAND, VIEWS, View


def schema_text(name: str = "", width: int | None = None) -> str:
    """The views with every column explained; with ``name`` only that one."""
    return "\n\n".join(_view_text(view, width or 100) for view in chosen(name))


def tables_text(width: int | None = None) -> str:
    """The names of the views, each with what a row of it is."""
    every = (*VIEWS, *ON_DEMAND)
    longest = max(cells(view.name) for view in every)
    return "\n".join(
        _beside(f"  {view.name:<{longest}}  ", view.help, width or 100) for view in every
    )


def schema_json(name: str = "") -> list[dict[str, Any]]:
    """The same for programs."""
    return [
        {
            "name": view.name,
            "help": view.help,
            "order": view.order,
            "columns": [
                {"name": column.name, "type": column.type, "help": column.help}
                for column in view.columns
            ],
        }
        for view in chosen(name)
    ]


def chosen(name: str) -> tuple[View, ...]:
    """All views, or the one of this name; QueryError names the nearest."""
    every = (*VIEWS, *ON_DEMAND)
    found = tuple(view for view in every if name in ("", view.name))
    if found:
        return found
    near = difflib.get_close_matches(name, [view.name for view in every], n=1)
    hint = f'Did you mean "{near[0]}"?' if near else "The views: runfolio sql --schema"
    raise QueryError(f'There is no view "{name}".', hint=hint)


def _view_text(view: View, width: int) -> str:
    longest = max(cells(column.name) for column in view.columns)
    types = max(cells(column.type) for column in view.columns)
    lines = [click.style(view.name, bold=True), *_wrapped(view.help, width, indent=2)]
    for column in view.columns:
        head = f"  {column.name:<{longest}}  {column.type:<{types}}  "
        lines.append(_beside(head, column.help, width))
    return "\n".join(lines)


def _beside(head: str, text: str, width: int) -> str:
    """A text behind its head, or below it where there is too little room."""
    if len(head) + 30 > width:
        return "\n".join([head.rstrip(), *_wrapped(text, width, indent=6)])
    first, *more = _wrapped(text, width, indent=len(head))
    return "\n".join([head + first.lstrip(), *more])


def _wrapped(text: str, width: int, *, indent: int) -> list[str]:
    space = " " * indent
    return textwrap.wrap(
        text, max(width, indent + 10), initial_indent=space, subsequent_indent=space
    ) or [space]
