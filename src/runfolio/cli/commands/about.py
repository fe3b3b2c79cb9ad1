"""``runfolio version`` and ``runfolio completion``."""

from __future__ import annotations

import click

from runfolio.cli.call import json_option
from runfolio.cli.terminal import say, say_json


@click.command()
@json_option
def version(as_json: bool) -> None:
    """Print the versions that a report should name.

    \b
    runfolio version --json
    """
    from runfolio.cli.about import describe

    rows = describe()
    if as_json:
        return say_json(rows)
    for name, text in rows.items():
        say(f"{name:<18} {text}")


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print a script that completes words in your shell.

    It completes commands, options and run ids.

    \b
    bash:  runfolio completion bash > ~/.local/share/bash-completion/completions/runfolio
    zsh:   runfolio completion zsh > ~/.zfunc/_runfolio     (with fpath+=~/.zfunc in ~/.zshrc)
    fish:  runfolio completion fish > ~/.config/fish/completions/runfolio.fish
    """
    from click.shell_completion import get_completion_class

    from runfolio.cli.app import app

    found = get_completion_class(shell)
    assert found is not None  # Choice allows only shells that click knows
    say(found(app, {}, "runfolio", "_RUNFOLIO_COMPLETE").source())
