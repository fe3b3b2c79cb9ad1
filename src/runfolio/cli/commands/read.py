"""``runfolio ls``, ``show`` and ``verify``: look at runs."""

from __future__ import annotations

import click

from runfolio.cli.call import (
    Call,
    as_of_option,
    config_option,
    json_option,
    pass_call,
    run_argument,
    store_option,
)
from runfolio.cli.filtering import FilterCommand


@click.command(cls=FilterCommand)
@click.argument("filter", nargs=-1, metavar="[FILTER]...")
@click.option(
    "--sort", metavar="KEY", help="Sort by a column, param or metric; -KEY: largest first."
)
@click.option("--limit", metavar="N", type=click.IntRange(1), help="At most N runs.")
@click.option("--columns", metavar="A,B", help="Show these columns, params and metrics.")
@click.option("--all", "every", is_flag=True, help="All runs, also on a terminal.")
@click.option("--trashed", is_flag=True, help="The runs in the trash, which are hidden elsewhere.")
@click.option("--duplicates", is_flag=True, help="Runs of the same code, data and params.")
@as_of_option
@json_option
@store_option
@config_option
@pass_call
def ls(
    call: Call,
    filter: tuple[str, ...],
    sort: str | None,
    limit: int | None,
    columns: str | None,
    every: bool,
    trashed: bool,
    duplicates: bool,
    as_json: bool,
) -> None:
    """List runs, the newest first.

    \b
    runfolio ls tag:baseline "lr<1e-3"        (quote < and > for the shell)
    runfolio ls status:failed --columns name,error
    runfolio ls --sort=-val/accuracy --limit 5
    """
    from runfolio.cli import looking, repeating

    if trashed:
        return looking.list_trash(call, as_json=as_json)
    if duplicates:
        return repeating.list_duplicates(call, " ".join(filter), as_json=as_json)
    looking.list_runs(
        call,
        " ".join(filter),
        sort=sort,
        limit=limit,
        columns=columns,
        every=every,
        as_json=as_json,
    )


@click.command()
@run_argument
@click.option(
    "--commands", "piece", flag_value="commands", help="Only the commands that repeat it."
)
@click.option(
    "--diff", "piece", flag_value="diff", help="Only its uncommitted changes, for git apply."
)
@click.option("--source", "piece", flag_value="source", help="Only the script or notebook.")
@click.option("--output", "piece", flag_value="output", help="Only what it printed.")
@click.option(
    "--traceback", "piece", flag_value="traceback", help="Only the traceback it failed with."
)
@as_of_option
@json_option
@store_option
@config_option
@pass_call
def show(call: Call, run: str, piece: str | None, as_json: bool) -> None:
    """Show one run: params, metrics, and how to repeat it.

    \b
    runfolio show umber-otter-54
    runfolio show umber-otter-54 --diff | git apply

    Also its environment, related runs, and what is missing for repeating it.
    RUN is an id, the beginning of one, or a name.
    """
    from runfolio.cli.looking import show_run

    show_run(call, run, piece, as_json=as_json)


@click.command()
@click.option("--repair", is_flag=True, help="Mend what can be mended without losing a fact.")
@json_option
@store_option
@config_option
@pass_call
def verify(call: Call, repair: bool, as_json: bool) -> None:
    """Check every file of the store.

    \b
    runfolio verify
    runfolio verify --repair

    The exit code is 3 if something is damaged.
    """
    from runfolio.cli.checking import verify_store

    verify_store(call, repair=repair, as_json=as_json)
