"""``runfolio theme``: which templates the site has, and one's own in their place."""

from __future__ import annotations

from pathlib import Path

import click

from runfolio.cli.call import Call, config_option, json_option, pass_call

name_argument = click.argument("name", metavar="TEMPLATE")


@click.group()
@config_option
def theme() -> None:
    """List, copy and compare the templates of the site.

    \b
    runfolio theme list
    runfolio theme eject footer

    A file in the folder `theme` takes the place of the packaged template of the same name; style
    sheets there are added to the site's. All else comes from the package and upgrades with it.
    """


@theme.command("list")
@json_option
@config_option
@pass_call
def list_(call: Call, as_json: bool) -> None:
    """List all templates, and which of them the theme overrides.

    \b
    runfolio theme list --json
    """
    from runfolio.cli.theming import list_templates

    list_templates(call, as_json=as_json)


@theme.command()
@name_argument
@click.option(
    "--dir", "folder", metavar="DIR", type=click.Path(path_type=Path), help="Another folder."
)
@config_option
@pass_call
def eject(call: Call, name: str, folder: Path | None) -> None:
    """Copy a template into the theme, to change it there.

    \b
    runfolio theme eject footer
    runfolio theme eject partials/header.html --dir brand

    The copy says what it was made from. When a later runfolio has changed the original, a build
    tells so. To change one block of a page, extend it in place of copying all of it:
    {% extends "runfolio/run.html" %}
    """
    from runfolio.cli.theming import eject_template

    eject_template(call, name, folder)


@theme.command()
@name_argument
@config_option
@pass_call
def diff(call: Call, name: str) -> None:
    """Show how the theme's template differs from the packaged one.

    \b
    runfolio theme diff footer
    """
    from runfolio.cli.theming import diff_template

    diff_template(call, name)


@theme.command()
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
def words(file: Path) -> None:
    """Write a catalogue of the site's texts, to be translated, or bring one up to date.

    \b
    runfolio theme words words/de.json

    It is JSON: {"English text": "its words"}. What is translated already stays; a text without
    words is shown in English. The configuration names it: [site] language = "de" and
    words = "words/de.json".
    """
    from runfolio.cli.theming import write_words

    write_words(file)
