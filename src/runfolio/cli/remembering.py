"""What ``runfolio log`` does: the history of a store, or of one run, as a table or JSON."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from typing import TYPE_CHECKING

import click

from runfolio.cli.tables import Column, layout
from runfolio.cli.terminal import is_terminal, say, say_json, width
from runfolio.query.history import history
from runfolio.run.editing.undoing import SHORT

if TYPE_CHECKING:
    from runfolio.cli.call import Call
    from runfolio.query.history import Event

#: On a terminal the newest words are what one looks for; in a pipe all of them are.
ON_A_SCREEN = 40
_COLORS = (("taken back", "yellow"),)


def print_history(
    call: Call,
    run: str | None,
    *,
    since: datetime | None,
    author: str | None,
    reverse: bool,
    limit: int | None,
    as_json: bool,
) -> None:
    """Print who said what and when, the newest first."""
    events = history(call.store, run, since=since, author=author, reverse=reverse)
    most = limit or (None if as_json or not is_terminal() else ON_A_SCREEN)
    shown = events[:most]
    if as_json:
        return say_json([dataclasses.asdict(event) for event in shown])
    if not events:
        return say("Nothing was said" + (" since then." if since else "."))
    say(table_of(shown, with_run=run is None))
    if len(events) > len(shown):
        more = "" if limit else "; all: runfolio log | less"
        say(click.style(f"({len(shown)} of {len(events):,}{more})", dim=True))


def table_of(events: list[Event], *, with_run: bool) -> str:
    """The events as a table: when, who, which run, what; corrections with their names."""
    corrections = any(event.change for event in events)
    columns = [
        Column("when (UTC)", whole=True),
        Column("who", longest=16),
        *([Column("run", longest=24)] if with_run else []),
        *([Column("change", whole=True, colors=_COLORS)] if corrections else []),
        Column("what", longest=200),
    ]
    rows = []
    for event in events:
        change = event.change[:SHORT]
        mark = "taken back" if event.undone else change
        rows.append(
            [
                f"{event.time:%Y-%m-%d %H:%M:%S}",
                event.author,
                *([event.name] if with_run else []),
                *([mark] if corrections else []),
                event.words,
            ]
        )
    return layout(columns, rows, width()).text
