"""``runfolio demo`` and ``runfolio init``: the first minutes."""

from __future__ import annotations

from pathlib import Path

import click

from runfolio.cli.call import Call, config_option, pass_call, store_option
from runfolio.cli.terminal import safe, say
from runfolio.errors import UsageError


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
@click.argument("words", metavar="[DIR] | ci HOST", nargs=-1)
@click.option("--title", metavar="TEXT", default="", help="Title of the site.")
@click.option("--force", is_flag=True, help="With ci: write files anew that were changed.")
@store_option
@config_option
@pass_call
def init(call: Call, words: tuple[str, ...], title: str, force: bool) -> None:
    """Write a runfolio.toml with all options, or workflows.

    \b
    runfolio init --title "Digits"
    runfolio init ci github           (or gitlab, cloudflare, huggingface)

    The file goes into DIR, or here; nothing that exists is overwritten. The workflows build,
    check and publish the site, and show what a pull request moves.
    """
    from runfolio.cli.beginning import write_ci, write_config

    if words[:1] == ("ci",):
        return write_ci(call, words[1:], force=force)
    if len(words) > 1:
        raise UsageError("Name one folder.", hint="runfolio init [DIR], runfolio init ci HOST")
    folder = Path(words[0] if words else ".")
    path = write_config(folder, title=title, store=str(call.overrides.get("store", "")))
    say(f"wrote {safe(path)}: every option with its default, ready to be changed")
    say("next: log runs from your scripts (runfolio demo shows how), then: runfolio build")
