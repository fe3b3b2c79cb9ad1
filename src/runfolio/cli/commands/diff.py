"""``runfolio diff``: what differs between runs, stores and times."""

from __future__ import annotations

from datetime import datetime

import click

from runfolio.cli.call import (
    Call,
    complete_run,
    config_option,
    json_option,
    pass_call,
    store_option,
)
from runfolio.cli.times import TIME

FORMATS = ("text", "md", "json")


@click.command()
@click.argument("runs", nargs=-1, metavar="[RUN [RUN]]", shell_complete=complete_run)
@click.option("--with", "other", metavar="STORE", help="Compare --store with this store.")
@click.option(
    "--from", "since", type=TIME, help="Compare the store as it was at this time with now."
)
@click.option(
    "--base", metavar="REV", help="Compare the store in this git branch or commit with now."
)
@click.option("--to", "until", type=TIME, help="The later time, with --from [default: now].")
@click.option("--only", metavar="A,B", help="Only these sections, such as params,metrics.")
@click.option("--all", "every", is_flag=True, help="Also what is equal, and all rows.")
@click.option(
    "--stat",
    type=click.Choice(["best", "last", "min", "max", "mean"]),
    help="The value of a metric that counts between runs [default: best, if known which is].",
)
@click.option(
    "--format", type=click.Choice(FORMATS), help="How to write the answer [default: text]."
)
@click.option("--exit-code", is_flag=True, help="Exit with 1 if anything differs, as git diff.")
@json_option
@store_option
@config_option
@pass_call
def diff(
    call: Call,
    runs: tuple[str, ...],
    other: str | None,
    since: datetime | None,
    base: str | None,
    until: datetime | None,
    stat: str | None,
    only: str | None,
    every: bool,
    format: str | None,
    exit_code: bool,
    as_json: bool,
) -> None:
    """Say what differs between two runs, two stores, or two times.

    \b
    runfolio diff umber-otter-54 lilac-fox-3 --only params,metrics
    runfolio diff umber-otter-54                      (with the run before it)
    runfolio diff --store main/runs --with runs --format md
    runfolio diff --from "2026-11-01 12:00"
    runfolio diff --base origin/main --format md

    The words are always runs; another store is named by --with. Duration is told, but
    does not count as a difference.
    """
    from runfolio.cli import diffing

    chosen = diffing.chosen_format(format, as_json=as_json)
    sides = diffing.Sides(other, since, until, base)
    found = diffing.compare(call, runs, sides, stat=stat)
    names = diffing.sections(found, only)
    diffing.tell(found, names, chosen, every=every)
    if exit_code and found.differs(names):
        click.get_current_context().exit(1)
