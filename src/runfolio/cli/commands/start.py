"""``runfolio demo`` and ``runfolio init``: the first minutes."""

from __future__ import annotations

from pathlib import Path

import click

from runfolio.cli.call import Call, pass_call, store_option
from runfolio.cli.terminal import safe, say


@click.command()
@click.option(
    "--out",
    metavar="DIR",
    default="runfolio-demo",
    show_default=True,
    help="Folder for the runs and the site.",
)
@click.option(
    "--open/--no-open", "show", default=False, help="Open the site in a browser at the end."
)
@click.option("--fast", is_flag=True, help="Train on less data and fewer settings.")
def demo(out: str, show: bool, fast: bool) -> None:
    """Train small real models, and build the site of their runs.

    \b
    runfolio demo --open
    runfolio demo --fast --out demo

    It takes about a minute. The examples are plain scripts that need no network. Those
    that train on scikit-learn's data sets need two packages more: `pip install
    scikit-learn matplotlib`. A second call reuses the runs.
    """
    from runfolio.cli.demo import run_demo

    run_demo(Path(out), fast=fast, show=show)


@click.command()
@click.argument("folder", metavar="[DIR]", default=".")
@click.option("--title", metavar="TEXT", default="", help="Title of the site.")
@store_option
@pass_call
def init(call: Call, folder: str, title: str) -> None:
    """Write a runfolio.toml that explains every option.

    \b
    runfolio init --title "Digits"

    Into DIR, or here. Nothing that exists is overwritten.
    """
    from runfolio.cli.beginning import write_config

    path = write_config(Path(folder), title=title, store=str(call.overrides.get("store", "")))
    say(f"wrote {safe(path)}: every option with its default, ready to be changed")
    say("next: log runs from your scripts (runfolio demo shows how), then: runfolio build")
