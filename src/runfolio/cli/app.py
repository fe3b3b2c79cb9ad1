"""The command ``runfolio``: its subcommands by name, loaded when they are asked for."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from runfolio.cli.call import config_option, store_option
from runfolio.cli.failures import EXIT_CODES, exit_code_of
from runfolio.cli.terminal import prepare, say
from runfolio.environment.version import VERSION

#: Where each command is defined, in the order in which a newcomer meets them.
COMMANDS: dict[str, str] = {
    "demo": "runfolio.cli.commands.start",
    "init": "runfolio.cli.commands.start",
    "ls": "runfolio.cli.commands.read",
    "show": "runfolio.cli.commands.read",
    "diff": "runfolio.cli.commands.diff",
    "sql": "runfolio.cli.commands.sql",
    "check": "runfolio.cli.commands.check",
    "build": "runfolio.cli.commands.site",
    "serve": "runfolio.cli.commands.site",
    "theme": "runfolio.cli.commands.theme",
    "publish": "runfolio.cli.commands.publish",
    "size": "runfolio.cli.commands.size",
    "snapshot": "runfolio.cli.commands.snapshot",
    "cite": "runfolio.cli.commands.snapshot",
    "tag": "runfolio.cli.commands.change",
    "note": "runfolio.cli.commands.change",
    "metric": "runfolio.cli.commands.correct",
    "rename": "runfolio.cli.commands.correct",
    "drop": "runfolio.cli.commands.correct",
    "undo": "runfolio.cli.commands.correct",
    "log": "runfolio.cli.commands.history",
    "artifact": "runfolio.cli.commands.artifact",
    "model": "runfolio.cli.commands.model",
    "lineage": "runfolio.cli.commands.lineage",
    "trash": "runfolio.cli.commands.change",
    "restore": "runfolio.cli.commands.change",
    "purge": "runfolio.cli.commands.correct",
    "verify": "runfolio.cli.commands.read",
    "compact": "runfolio.cli.commands.tidy",
    "index": "runfolio.cli.commands.index",
    "merge": "runfolio.cli.commands.share",
    "push": "runfolio.cli.commands.share",
    "pull": "runfolio.cli.commands.share",
    "version": "runfolio.cli.commands.about",
    "completion": "runfolio.cli.commands.about",
}


class Application(click.Group):
    """A group whose commands are imported one by one, and whose failures read as sentences.

    ``asked``: the name of the command that was asked for, once it is known.
    """

    asked = ""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands, in the order of ``COMMANDS``."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, or None."""
        if cmd_name not in COMMANDS:
            return None
        command = getattr(importlib.import_module(COMMANDS[cmd_name]), cmd_name)
        assert isinstance(command, click.Command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first word means; for an unknown one, the nearest is named."""
        self.asked = name = args[0]
        if name in COMMANDS or name.startswith("-"):
            return super().resolve_command(ctx, args)
        import difflib

        near = difflib.get_close_matches(name, COMMANDS, n=1, cutoff=0.5)
        meant = f'; did you mean "runfolio {near[0]}"?' if near else "."
        raise click.UsageError(f'There is no command "{name}"{meant}', ctx)

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> NoReturn:
        """Run a command line and exit with its code."""
        prepare()
        try:
            code = super().main(args, prog_name, complete_var, standalone_mode=False, **extra)
            sys.stdout.flush()
        except SystemExit as exit:
            # No command of ours exits by itself; click does, with 1, when the reader of a pipe
            # has gone (`| head`), and that is no failure.
            code = 0 if exit.code == 1 else exit.code
        except BaseException as error:
            code = exit_code_of(error)
        sys.exit(code if isinstance(code, int) else 0)


def _epilog() -> str:
    lines = [f"  {code:>3}  {meaning}" for code, meaning in EXIT_CODES.items()]
    return "\b\nExit codes:\n" + "\n".join(lines)


def _print_version(context: click.Context, parameter: click.Parameter, wanted: bool) -> None:
    if wanted:
        say(f"runfolio {VERSION}")
        context.exit()


@click.group(
    cls=Application,
    name="runfolio",
    epilog=_epilog(),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the version and exit.",
)
@store_option
@config_option
def app() -> None:
    """Experiment tracking without a server: runs as files, questions in SQL, a static site.

    New here? Run `runfolio demo` and open what it makes. A training script logs with
    `runfolio.init()`; `runfolio ls` lists the runs, `runfolio build` makes the site.
    """
