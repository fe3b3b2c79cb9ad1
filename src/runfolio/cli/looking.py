"""What ``runfolio ls`` and ``runfolio show`` do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from runfolio.cli.terminal import is_terminal, say, say_json, width
from runfolio.errors import UsageError

if TYPE_CHECKING:
    from runfolio.cli.call import Call
    from runfolio.cli.listing import Field
    from runfolio.query.store import Store

#: On a terminal the newest runs are what one looks for; in a pipe all of them are.
ON_A_SCREEN = 30


def list_runs(
    call: Call,
    filter: str,
    *,
    sort: str | None,
    limit: int | None,
    columns: str | None,
    every: bool,
    as_json: bool,
) -> None:
    """Print the runs that match ``filter`` as a table or as JSON."""
    from runfolio.cli import listing

    if every and limit:
        raise UsageError("--all and --limit contradict each other.")
    store = call.store
    ids = store.run_ids(filter)
    if sort:
        (field,) = listing.fields(store, [sort.removeprefix("-")])
        ids = listing.sorted_ids(ids, field, descending=sort.startswith("-"))
    most = limit or (None if every or as_json or not is_terminal() else ON_A_SCREEN)
    chosen = _chosen(store, columns)
    if as_json:
        return say_json(_records(store, chosen, ids[:most]))
    if not ids:
        return say(_nothing(store, filter))
    fields = chosen or listing.default_fields(store, ids[:most])
    say(listing.text_of(fields, ids[:most], width()))
    if most and len(ids) > most:
        more = "" if limit else "; all: runfolio ls --all"
        say(click.style(f"({most} of {len(ids):,} runs{more})", dim=True))


def _chosen(store: Store, columns: str | None) -> list[Field]:
    from runfolio.cli.listing import fields

    keys = [each.strip() for each in (columns or "").split(",") if each.strip()]
    return fields(store, keys)


def _records(store: Store, chosen: list[Field], ids: list[str]) -> list[dict[str, Any]]:
    from runfolio.cli import listing

    return listing.records(chosen, ids) if chosen else listing.full_records(store, ids)


def _nothing(store: Store, filter: str) -> str:
    total = len(store.run_ids())
    if filter and total:
        return f"No run of {total:,} matches: {filter}"
    return "No runs yet. Log one with runfolio.init(), or run: runfolio demo"


def list_trash(call: Call, *, as_json: bool) -> None:
    """Print the runs in the trash."""
    from runfolio.cli.asking import table_text

    relation = call.store.sql(
        "SELECT run_id, name, time AS trashed, author, reason FROM trashed ORDER BY time, run_id"
    )
    names = relation.columns
    rows = [dict(zip(names, row, strict=True)) for row in relation.fetchall()]
    if as_json:
        say_json(rows)
    elif rows:
        say(table_text(relation, width()))
        say("bring one back: runfolio restore RUN")
    else:
        say("The trash is empty.")


def show_run(call: Call, run: str, *, as_json: bool) -> None:
    """Print everything about one run."""
    from runfolio.cli import details

    view = call.store.run(run)
    curves = call.store.curves([view.id], 200)
    if as_json:
        say_json(details.record(view))
    else:
        say(details.text(view, curves, width()))
