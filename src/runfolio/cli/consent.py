"""Questions before something that a person may regret."""

from __future__ import annotations

import sys

import click

from runfolio.cli.terminal import is_terminal, say
from runfolio.errors import UnsafeError


def require_consent(question: str, *, yes: bool) -> None:
    """Go on only if a person agrees, or ``--yes`` did; UnsafeError where nobody can be asked."""
    if yes:
        return
    if not is_watched():
        raise UnsafeError(
            f'Nobody is here to answer "{question}", so nothing was done.', hint="Agree with --yes."
        )
    if not click.confirm(question, err=True):
        say("Nothing was done.", err=True)
        raise click.exceptions.Exit(1)


def is_watched() -> bool:
    """Whether a person sits at both ends, so that a question makes sense."""
    return sys.stdin.isatty() and is_terminal()
