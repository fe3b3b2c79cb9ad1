"""``runfolio merge``, ``push`` and ``pull``: one store from many places."""

from __future__ import annotations

import click

from runfolio.cli.call import Call, config_option, json_option, pass_call, store_option
from runfolio.cli.sharing import Wish, chosen_options


@click.command()
@click.argument("sources", nargs=-1, required=True, metavar="STORE...")
@click.option(
    "--into",
    metavar="DIR",
    help="The store to copy into; made if it is not there [default: --store].",
)
@chosen_options
@json_option
@store_option
@config_option
@pass_call
def merge(call: Call, sources: tuple[str, ...], into: str | None, wish: Wish) -> None:
    """Copy into this store what it lacks of others.

    Only adds, and checks what it copies. The order does not matter, and a second call changes
    nothing. A file that both have with other contents is kept beside ours and named (exit code 1).

    \b
    runfolio merge ../colleague/runs
    runfolio merge a/runs b/runs --into all/runs
    """
    from runfolio.cli.sharing import merge_stores

    merge_stores(call, sources, into, wish)


@click.command()
@click.argument("place", required=False, default="", metavar="[PLACE]")
@chosen_options
@json_option
@store_option
@config_option
@pass_call
def push(call: Call, place: str, wish: Wish) -> None:
    """Copy this store to a folder or bucket.

    PLACE is a folder, or an address with s3://, gs:// or hf://. It gets what it lacks.
    Without PLACE, and with an address as --store: send what was logged there and is not sent yet.

    \b
    runfolio push s3://bucket/runs
    runfolio push ../share/runs --filter tag:paper
    """
    from runfolio.cli.sharing import push_store

    push_store(call, place, wish)


@click.command()
@click.argument("place", required=False, default="", metavar="[PLACE]")
@chosen_options
@json_option
@store_option
@config_option
@pass_call
def pull(call: Call, place: str, wish: Wish) -> None:
    """Copy into this store, made if need be, what another has.

    \b
    runfolio pull s3://bucket/runs
    runfolio pull ../colleague/runs

    PLACE is a folder, or an address with s3://, gs://, hf:// or https://.
    Without PLACE, and with an address as --store: bring its copy on this machine up to date.
    """
    from runfolio.cli.sharing import pull_store

    pull_store(call, place, wish)
