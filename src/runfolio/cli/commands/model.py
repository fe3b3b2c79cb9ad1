"""``runfolio model``: registered models, their versions, aliases, notes and files."""

from __future__ import annotations

import click

from runfolio.cli.call import (
    Call,
    complete_model,
    config_option,
    json_option,
    pass_call,
    store_option,
)
from runfolio.cli.filtering import FilterCommand

name_argument = click.argument("name", metavar="NAME", shell_complete=complete_model)
version_argument = click.argument("version", metavar="[VERSION]", required=False)


@click.group()
@store_option
@config_option
def model() -> None:
    """List registered models, name them, note on them, save them.

    \b
    runfolio model ls
    runfolio model alias digits champion 3

    A run registers a version with `run.register_model("digits", alias="champion")`. VERSION is
    its number or an alias; the newest version if left out.
    """


@model.command("ls")
@json_option
@store_option
@config_option
@pass_call
def list_(call: Call, as_json: bool) -> None:
    """List the registered models.

    \b
    runfolio model ls --json
    """
    from runfolio.cli.registering import list_models

    list_models(call, as_json=as_json)


@model.command()
@name_argument
@json_option
@store_option
@config_option
@pass_call
def show(call: Call, name: str, as_json: bool) -> None:
    """Show a model: its versions, and who changed which alias when.

    \b
    runfolio model show digits
    """
    from runfolio.cli.registering import show_model

    show_model(call, name, as_json=as_json)


@model.command()
@name_argument
@click.argument("alias", metavar="ALIAS")
@version_argument
@click.option("--remove", is_flag=True, help="Take the alias away.")
@store_option
@config_option
@pass_call
def alias(call: Call, name: str, alias: str, version: str | None, remove: bool) -> None:
    """Give a version an alias, such as champion; it moves there from any other version.

    \b
    runfolio model alias digits champion 3
    runfolio model alias digits staging --remove
    """
    from runfolio.cli.registering import change_alias

    change_alias(call, name, alias, version, remove=remove)


@model.command(cls=FilterCommand)
@name_argument
@click.argument("text", metavar="[TEXT|-]", required=False)
@click.option("--version", "version", metavar="VERSION", help="A note on this version alone.")
@store_option
@config_option
@pass_call
def note(call: Call, name: str, text: str | None, version: str | None) -> None:
    """Write a note on a model or on one of its versions, in Markdown.

    \b
    runfolio model note digits --version 3 "Trained on *all* data."

    Without TEXT it opens $EDITOR, or prints the note where nobody can edit; - reads standard input.
    """
    from runfolio.cli.registering import change_model_note

    change_model_note(call, name, text, version)


@model.command()
@name_argument
@version_argument
@click.option("-o", "--output", metavar="OUT", help="File or folder to write; - prints a file.")
@click.option("--force", is_flag=True, help="Replace files that are there already.")
@json_option
@store_option
@config_option
@pass_call
def get(
    call: Call, name: str, version: str | None, output: str | None, force: bool, as_json: bool
) -> None:
    """Save the file, or the folder of files, of a model version.

    \b
    runfolio model get digits
    runfolio model get digits champion -o serving/

    The contents are checked while they are copied.
    """
    from runfolio.cli.registering import save_model

    save_model(call, name, version, output, force=force, as_json=as_json)
