"""``runfolio build`` and ``runfolio serve``: the site."""

from __future__ import annotations

import dataclasses
from datetime import datetime

import click

from runfolio.cli.call import (
    Call,
    as_of_option,
    config_option,
    json_option,
    out_option,
    pass_call,
    store_option,
)
from runfolio.cli.times import TIME


@click.command()
@click.option("--strict", is_flag=True, help="Exit with 3 on damage, with 1 on mistakes in pages.")
@click.option("--explain", is_flag=True, help="Say of each file why it was written or removed.")
@click.option("--force", is_flag=True, help="Make every page anew, also the unchanged ones.")
@click.option("--since", type=TIME, help="Tell on the front page what has moved since this time.")
@as_of_option
@json_option
@store_option
@out_option
@config_option
@pass_call
def build(
    call: Call, strict: bool, explain: bool, force: bool, since: datetime | None, as_json: bool
) -> None:
    """Build the site from the runs.

    \b
    runfolio build
    runfolio build --store /data/runs --out public --strict

    The site is a folder that opens from disk and that any static host can serve.
    Only what changed is written. Nothing is removed that a build did not write.
    """
    from runfolio.cli.building import build_and_tell

    config = call.config
    if since is not None:
        told = since.isoformat(sep=" ", timespec="seconds")
        config = dataclasses.replace(config, site=dataclasses.replace(config.site, since=told))
    build_and_tell(
        config,
        strict=strict,
        explain=explain,
        force=force,
        as_of=call.as_of,
        as_json=as_json,
        origins=call.brought(),
    )


@click.command()
@click.option("--port", default=8642, show_default=True, help="Port; 0 takes a free one.")
@click.option("--open/--no-open", "show", default=False, help="Open it in a browser.")
@click.option(
    "--prefix",
    default="/",
    metavar="PATH",
    help="Serve below this path, as hosts of project pages do.",
)
@store_option
@out_option
@config_option
@pass_call
def serve(call: Call, port: int, show: bool, prefix: str) -> None:
    """Build and serve the site, and follow changes.

    \b
    runfolio serve --open
    runfolio serve --prefix /my-project/        (as GitHub Pages would)

    It answers to this machine only, and builds again when runs or the configuration
    change. Pages that are open in a browser follow, and stay where they are. End with Ctrl-C.
    """
    from runfolio.cli.serving import serve_site

    serve_site(call, port=port, show=show, prefix=prefix)
