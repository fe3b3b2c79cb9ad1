"""``runfolio log``: who said what, and when."""

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


@click.command()
@click.argument("run", required=False, metavar="[RUN]", shell_complete=complete_run)
@click.option("--since", type=TIME, metavar="TIME", help="From then on: 2026-11-01, 2h, 3d.")
@click.option("--author", metavar="NAME", help="Only what this user said.")
@click.option("--reverse", is_flag=True, help="The oldest first.")
@click.option("--limit", metavar="N", type=click.IntRange(1), help="At most N lines.")
@json_option
@store_option
@config_option
@pass_call
def log(
    call: Call,
    run: str | None,
    since: datetime | None,
    author: str | None,
    reverse: bool,
    limit: int | None,
    as_json: bool,
) -> None:
    """Show who said what and when, of a run or of all.

    \b
    runfolio log umber-otter-54
    runfolio log --since 7d --author ada

    Starts, ends, tags, notes, corrections, late metrics, the trash, and runs that were purged.
    What a process logged is summed up. The newest comes first.
    """
    from runfolio.cli.remembering import print_history

    print_history(
        call, run, since=since, author=author, reverse=reverse, limit=limit, as_json=as_json
    )
