"""What ``runfolio ls`` and ``runfolio show`` do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from runfolio.cli.terminal import is_terminal, safe, safe_lines, say, say_json, width
from runfolio.errors import QueryError, RunfolioError, UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from runfolio.cli.call import Call
    from runfolio.cli.listing import Field
    from runfolio.query.rows import RunView
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
        return say(_nothing(store, filter, call.as_of))
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


def _nothing(store: Store, filter: str, as_of: datetime | None) -> str:
    total = len(store.run_ids())
    if filter and total:
        return "\n".join([f"No run of {total:,} matches: {filter}", *_unknown_keys(store, filter)])
    if as_of is not None:
        return f"No run was there yet on {as_of:%Y-%m-%d at %H:%M} UTC."
    return "No runs yet. Log one with runfolio.init(), or run: runfolio demo"


def _unknown_keys(store: Store, filter: str) -> list[str]:
    """A line for each key of a filter that no run has: most often it is mistyped."""
    from runfolio.cli import listing
    from runfolio.query.filter import Compare, parse

    lines = []
    for term in parse(filter).terms:
        if isinstance(term, Compare) and term.scope == "any":
            try:
                listing.fields(store, [term.key])
            except QueryError as error:
                lines.append(safe(f"{error.message} {error.hint}"))
    return lines


def list_trash(call: Call, *, as_json: bool) -> None:
    """Print the runs in the trash."""
    from runfolio.cli.asking import table_text

    relation = call.store.sql(
        "SELECT run_id, name, date_trunc('second', time) AS trashed, author, reason "
        "FROM trashed WHERE state = 'trashed' ORDER BY time, run_id"
    )
    names = relation.columns
    rows = [dict(zip(names, row, strict=True)) for row in relation.fetchall()]
    if as_json:
        say_json(rows)
    elif rows:
        say(table_text(relation, width()))
        say("bring one back: runfolio restore RUN; remove it for good: runfolio purge RUN")
    else:
        say("The trash is empty.")


def show_run(call: Call, run: str, piece: str | None, *, as_json: bool) -> None:
    """Print everything about one run, or only one piece of it, as it is."""
    from runfolio.cli import details
    from runfolio.cli.extras import extras_of
    from runfolio.query.reproduce import reproduction

    if piece and as_json:
        raise UsageError(f"--json and --{piece} contradict each other.")
    view = call.store.run(run)
    check = reproduction(view, str(call.config.store))
    if piece == "commands":
        say(check.commands)
    elif piece:
        _print_piece(call, view, piece)
    elif as_json:
        say_json(details.record(view, check, extras_of(call.store, view)))
    else:
        curves = call.store.curves([view.id], 200)
        say(details.text(view, curves, check, width(), extras_of(call.store, view)))


def _print_piece(call: Call, view: RunView, piece: str) -> None:
    """A piece of a run as it is, byte for byte where no terminal reads it."""
    if piece == "output":
        content = _output(call.store, view)
    elif piece == "traceback":
        content = _traceback(call.store, view)
    else:
        content = _kept(call, view, piece)
    if is_terminal():
        say(safe_lines(content.decode("utf-8", "replace")), nl=False)
    else:
        click.echo(content, nl=False)


def _output(store: Store, view: RunView) -> bytes:
    """What the run printed; where that is nothing, a person is told so."""
    rows = store.sql(
        "SELECT text FROM output WHERE run_id = ? ORDER BY time, stream, line", [view.id]
    ).fetchall()
    if not rows:
        captured = view.environment.get("run", {}).get("capture")
        off = isinstance(captured, dict) and captured.get("output") is False
        why = "capture.output was off" if off else "it printed nothing"
        say(f'The run "{safe(view.name)}" keeps no output: {why}.', err=True)
    return "".join(f"{text}\n" for (text,) in rows).encode("utf-8", "replace")


def _traceback(store: Store, view: RunView) -> bytes:
    from runfolio.cli.extras import extras_of

    text = extras_of(store, view).traceback
    if not text:
        raise RunfolioError(
            f'The run "{safe(view.name)}" keeps no traceback.',
            hint=f"It ended as {view.status}"
            + (f": {safe(view.run.error)}" if view.run.error else ", not by an exception."),
        )
    return f"{text.rstrip()}\n".encode("utf-8", "replace")


def _kept(call: Call, view: RunView, piece: str) -> bytes:
    from runfolio.store.blobs import open_blob

    section, key = ("git", "diff_digest") if piece == "diff" else ("source", "digest")
    digest = view.environment.get(section, {}).get(key)
    if not isinstance(digest, str):
        raise RunfolioError(
            f'The run "{safe(view.name)}" keeps no {piece}.',
            hint=f"The next run keeps it if capture.{piece} is on"
            + (" and files differ from the commit." if piece == "diff" else "."),
        )
    with open_blob(call.folder, digest) as file:
        return file.read()
