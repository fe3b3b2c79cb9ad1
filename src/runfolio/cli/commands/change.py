"""``runfolio tag``, ``note``, ``trash`` and ``restore``: say more about runs, later."""

from __future__ import annotations

import click

from runfolio.cli.call import (
    Call,
    complete_run,
    config_option,
    json_option,
    pass_call,
    run_argument,
    store_option,
)
from runfolio.cli.filtering import FilterCommand


@click.command(cls=FilterCommand)
@run_argument
@click.argument("changes", nargs=-1, metavar="[+NAME|-NAME|NAME=VALUE]...")
@json_option
@store_option
@config_option
@pass_call
def tag(call: Call, run: str, changes: tuple[str, ...], as_json: bool) -> None:
    """Add or take away tags of a run, or print them.

    \b
    runfolio tag umber-otter-54 +paper figure=2
    runfolio tag umber-otter-54 -draft
    """
    from runfolio.cli.changing import change_tags

    change_tags(call, run, changes, as_json=as_json)


@click.command()
@run_argument
@click.argument("text", metavar="[TEXT|-]", required=False)
@click.option("--name", "key", default="", metavar="NAME", help="Another note than the main one.")
@json_option
@store_option
@config_option
@pass_call
def note(call: Call, run: str, text: str | None, key: str, as_json: bool) -> None:
    """Write a note on a run, in Markdown.

    \b
    runfolio note umber-otter-54 "Learning rate was too **high**."
    runfolio note umber-otter-54 - < findings.md

    Without TEXT it opens $EDITOR, or prints the note where nobody can edit; - reads standard input.
    """
    from runfolio.cli.changing import change_note

    change_note(call, run, text, key, as_json=as_json)


@click.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN...", shell_complete=complete_run)
@click.option("--reason", default="", metavar="TEXT", help="Why; it is kept with the run.")
@click.option("--yes", is_flag=True, help="Do not ask, where a filter chooses the runs.")
@store_option
@config_option
@pass_call
def trash(call: Call, runs: tuple[str, ...], reason: str, yes: bool) -> None:
    """Hide runs everywhere; nothing is deleted.

    \b
    runfolio trash umber-otter-54 lilac-kite-12
    runfolio trash "status:failed started<2026-11-01"         (a filter asks first)

    runfolio restore brings them back, runfolio ls --trashed lists them.
    """
    from runfolio.cli.changing import put_in_trash

    put_in_trash(call, runs, reason, yes=yes)


@click.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@store_option
@config_option
@pass_call
def restore(call: Call, runs: tuple[str, ...]) -> None:
    """Bring runs back from the trash.

    \b
    runfolio restore umber-otter-54

    runfolio ls --trashed lists what is there.
    """
    from runfolio.cli.changing import take_from_trash

    take_from_trash(call, runs)
