"""``runfolio artifact ls`` and ``get``: the files that runs kept."""

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


@click.group()
@store_option
@config_option
def artifact() -> None:
    """List and save the files that runs kept.

    \b
    runfolio artifact ls umber-otter-54
    runfolio artifact get umber-otter-54 models/net.pt
    """


@artifact.command("ls")
@run_argument
@click.argument("path", metavar="[PATH]", default="")
@click.option("--all", "every", is_flag=True, help="Also what was replaced under the same name.")
@json_option
@store_option
@config_option
@pass_call
def list_(call: Call, run: str, path: str, every: bool, as_json: bool) -> None:
    """List the files that a run kept, or those below PATH.

    \b
    runfolio artifact ls umber-otter-54 plots
    """
    from runfolio.cli.keeping import list_artifacts

    list_artifacts(call, run, path, every=every, as_json=as_json)


@artifact.command()
@run_argument
@click.argument("path", metavar="[PATH]", default="")
@click.option("-o", "--output", metavar="OUT", help="File or folder to write; - prints a file.")
@click.option("--step", type=int, metavar="N", help="The file of this step, not the latest.")
@click.option("--digest", metavar="HEX", help="The contents whose digest begins so.")
@click.option("--force", is_flag=True, help="Replace files that are there already.")
@click.option("--fetch", is_flag=True, help="Also get what lies elsewhere, from where it lies.")
@json_option
@store_option
@config_option
@pass_call
def get(
    call: Call,
    run: str,
    path: str,
    output: str | None,
    step: int | None,
    digest: str | None,
    force: bool,
    fetch: bool,
    as_json: bool,
) -> None:
    """Save a file that a run kept; or a folder of them; or all, without PATH.

    \b
    runfolio artifact get umber-otter-54 models/net.pt
    runfolio artifact get umber-otter-54 plots -o figures
    runfolio artifact get umber-otter-54 -o everything

    The contents are checked while they are copied: what is damaged is not written, and
    the exit code is 3.
    """
    from runfolio.cli.keeping import Ask, save_artifacts

    ask = Ask(output, force=force, fetch=fetch, as_json=as_json)
    save_artifacts(call, run, path, step, digest, ask)
