"""``runfolio size``: how large the site will be, before it is built."""

from __future__ import annotations

import click

from runfolio.cli.call import Call, config_option, json_option, pass_call, store_option


@click.command()
@click.option(
    "--host",
    type=click.Choice(["github", "gitlab", "cloudflare", "huggingface"]),
    help="Judge it by what this host takes [default: host in [publish]].",
)
@click.option("--local", is_flag=True, help="The site of runfolio build, not the one for others.")
@json_option
@store_option
@config_option
@pass_call
def size(call: Call, host: str | None, local: bool, as_json: bool) -> None:
    """Say how large the site will be, and what makes it smaller.

    \b
    runfolio size
    runfolio size --host cloudflare
    runfolio size --local

    It makes as many runs' pages as it takes to be sure, and writes none. The settings of
    [publish] count; each line at the end is a setting, and what it would save.
    """
    from runfolio.cli.sizing import size_and_tell

    size_and_tell(call, host=host or "", local=local, as_json=as_json)
