"""``runfolio lineage``: where a run comes from and what came of it."""

from __future__ import annotations

import click

from runfolio.cli.call import (
    Call,
    config_option,
    json_option,
    pass_call,
    run_argument,
    store_option,
)


@click.command()
@run_argument
@click.option(
    "--depth",
    type=click.IntRange(1, 100),
    default=8,
    show_default=True,
    metavar="N",
    help="How many runs to follow, each way.",
)
@json_option
@store_option
@config_option
@pass_call
def lineage(call: Call, run: str, depth: int, as_json: bool) -> None:
    """Show what a run was made from, and what came of it.

    \b
    runfolio lineage umber-otter-54
    runfolio lineage umber-otter-54 --depth 2 --json

    Data, models and files of other runs that it used, and the runs that used what it
    made; each with the run behind it, and so on.
    """
    from runfolio.cli.tracing import show_lineage

    show_lineage(call, run, depth, as_json=as_json)
