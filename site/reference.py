"""The command line and the Python interface as Markdown, read off the code itself."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

import click

import runfolio
from runfolio.cli.app import COMMANDS, app


def commands() -> str:
    """A section for each command: what it does, how it is called, its options."""
    context = click.Context(app, info_name="runfolio")
    found = [app.get_command(context, name) for name in COMMANDS]
    sections = [part for each in found if each is not None for part in _with_own(each)]
    return "\n\n".join([_command(app, title="Every command"), *sections])


def _with_own(command: click.Command) -> list[str]:
    """A command, and the commands of a group below it, in the order of their definition."""
    own = command.commands.values() if isinstance(command, click.Group) else ()
    return [_command(command), *(_command(each, group=f"{command.name} ") for each in own)]


def _command(command: click.Command, title: str = "", group: str = "") -> str:
    name = f"runfolio {group}{command.name}"
    call = [name if not title else "runfolio"]
    call += ["[OPTIONS]"] if _options(command) else []
    call += [each.metavar or each.name or "" for each in command.params if _is_argument(each)]
    call += ["COMMAND …"] if isinstance(command, click.Group) else []
    heading = "###" if group else "##"
    usage = f"```text\n{' '.join(call)}\n```"
    parts = [f"{heading} {title or name}", prose(command.help or ""), usage]
    rows = [f"| {' '.join(_spelled(each))} | {_help(each)} |" for each in _options(command)]
    if rows:
        parts.append("\n".join(["| Option | What it does |", "| --- | --- |", *rows]))
    return "\n\n".join(part for part in parts if part)


def _is_argument(param: click.Parameter) -> bool:
    return isinstance(param, click.Argument)


def _options(command: click.Command) -> list[click.Option]:
    return [each for each in command.params if isinstance(each, click.Option) and not each.hidden]


def _spelled(option: click.Option) -> Iterator[str]:
    """The option's names as code, with what follows them."""
    for spelling in [*option.opts, *option.secondary_opts]:
        follows = f" {_takes(option)}" if _takes(option) else ""
        yield f"`{spelling}{follows}`"


def _takes(option: click.Option) -> str:
    if option.is_flag or option.count:
        return ""
    if isinstance(option.type, click.Choice):
        return "/".join(map(str, option.type.choices))
    return option.metavar or option.type.name.upper()


def _help(option: click.Option) -> str:
    default = f" Default: `{option.default}`." if option.show_default else ""
    return " ".join((option.help or "").split()).replace("|", "\\|") + default


def prose(text: str) -> str:
    """A docstring as Markdown; paragraphs that are laid out in columns stay as they are."""
    paragraphs = inspect.cleandoc(text).replace("\b\n", "").split("\n\n")
    return "\n\n".join(_paragraph(each) for each in paragraphs)


def _paragraph(text: str) -> str:
    if re.search(r"\S {2,}\S", text) or text.startswith("    "):
        return "```text\n" + text.replace("``", "") + "\n```"
    return text.replace("``", "`")


def functions() -> str:
    """What stands at the top of the package: opening runs and stores."""
    return "\n\n".join(_function(f"runfolio.{name}", getattr(runfolio, name)) for name in tops())


def tops() -> list[str]:
    """Public functions that are not methods of a run as well."""
    public = [name for name in runfolio.__all__ if not name.startswith("_")]
    found = [name for name in public if not isinstance(getattr(runfolio, name), type)]
    return [name for name in found if not hasattr(runfolio.Run, name)]


def run_methods() -> str:
    """The public methods and properties of a run."""
    return _members("run", runfolio.Run)


def store_methods() -> str:
    """The public methods of a store."""
    shown = {"sql", "runs", "run_ids", "metrics", "run", "resolve", "close"}
    shown |= {"lineage", "models", "model", "model_history"}
    return _members("store", runfolio.Store, shown)


def editor_methods() -> str:
    """The public methods of an editor."""
    shown = {name for name, _ in _public(runfolio.Editor)} - {"open", "of"}
    return _members("editor", runfolio.Editor, shown)


def _members(owner: str, cls: type, shown: set[str] | None = None) -> str:
    parts = []
    for name, member in _public(cls):
        if shown is None or name in shown:
            if isinstance(member, property):
                parts.append(f"### {owner}.{name}\n\n{prose(member.__doc__ or '')}")
            else:
                parts.append(_function(f"{owner}.{name}", member))
    return "\n\n".join(parts)


def _public(cls: type) -> list[tuple[str, Any]]:
    """Public members in the order of their definition, base classes first."""
    found: dict[str, Any] = {}
    for each in (*cls.__mro__[1:-1], cls):
        found |= {name: value for name, value in vars(each).items() if not name.startswith("_")}
    wanted = (property, classmethod)
    return [(k, v) for k, v in found.items() if callable(v) or isinstance(v, wanted)]


def _function(title: str, function: Callable[..., Any]) -> str:
    """Heading, call without types, and docstring."""
    signature = inspect.signature(function)
    plain = [
        each.replace(annotation=inspect.Parameter.empty)
        for each in signature.parameters.values()
        if each.name != "self"
    ]
    call = str(signature.replace(parameters=plain, return_annotation=inspect.Signature.empty))
    name = title.rpartition(".")[2]
    lines = textwrap.fill(f"{name}{call}", 90, subsequent_indent=" " * (len(name) + 1))
    return f"### {title}\n\n```text\n{lines}\n```\n\n{prose(function.__doc__ or '')}"
