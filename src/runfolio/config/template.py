"""The options as documentation: rows for a table, and a commented ``runfolio.toml``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runfolio.config.options import SECTIONS, Option, options_of
from runfolio.config.values import shown

_WORDS = {
    "flag": "true or false",
    "text": "text",
    "whole": "whole number",
    "number": "number",
    "path": "path",
    "list": "list of texts",
}

_HEADS = {
    "": "",
    "site": "[site]",
    "capture": "[capture]",
    "publish": "[publish]",
    "ci": "[ci]",
    "citation": "[citation]",
    "leaderboard": "[[leaderboard]]",
    "paper": "[[paper]]",
    "check": "[[check]]",
    "source": "[[source]]",
    "metrics": '[metrics."val/accuracy"]',
}


@dataclass(frozen=True)
class OptionRow:
    """One option as the documentation shows it; all fields are texts."""

    section: str
    key: str
    allowed: str
    default: str
    env: str
    help: str


def rows() -> tuple[OptionRow, ...]:
    """All options in the order of their declaration."""
    return tuple(
        OptionRow(section, each.key, _allowed(each), _default(each), each.env, each.help)
        for section in SECTIONS
        for each in options_of(section).values()
    )


def markdown_table() -> str:
    """The options as Markdown: a heading and a table for each section of the file."""
    parts = []
    for section, (_, help) in SECTIONS.items():
        title = f"`{_HEADS[section]}`" if section else "Top of the file"
        head = "| Key | Values | Default | Environment | What it is |\n|---|---|---|---|---|"
        lines = [_markdown_row(each) for each in options_of(section).values()]
        parts.append("\n".join([f"### {title}\n\n{help}\n", head, *lines]))
    return "\n\n".join(parts) + "\n"


def _markdown_row(option: Option) -> str:
    default = f"`{_default(option)}`" if option.default not in ("", None, ()) else ""
    env = f"`{option.env}`" if option.env else ""
    allowed = _allowed(option).replace("|", "\\|")
    return f"| `{option.name}` | {allowed} | {default} | {env} | {option.help} |"


def commented_file(title: str = "", store: str = "", out: str = "") -> str:
    """The text of a ``runfolio.toml`` that explains every option; all but the given are commented.

    Every commented ``# key = value`` line is valid when its ``# `` is taken away.
    """
    given = {"site.title": title, "store": store, "out": out}
    parts = [
        "# runfolio: where the runs lie and what the site looks like.\n"
        "# Every line that begins with '# ' and holds a '=' shows an option and an example or its\n"
        "# default; take the '# ' away to set it. Paths are relative to this file."
    ]
    for section in SECTIONS:
        parts.append(_section_text(section, given))
    return "\n\n".join(parts) + "\n"


def _section_text(section: str, given: dict[str, str]) -> str:
    lines = []
    if section:
        mark = "" if any(key.startswith(f"{section}.") and given[key] for key in given) else "# "
        lines = [f"## {SECTIONS[section][1]}", f"{mark}{_HEADS[section]}"]
    for option in options_of(section).values():
        if option.name == "format":
            continue
        lines.append(f"## {option.help}" + _choices(option))
        value = given.get(option.key)
        if value:
            lines.append(f"{option.name} = {shown(value)}")
        else:
            lines.append(f"# {option.name} = {_example(option)}")
    return "\n".join(lines)


def _choices(option: Option) -> str:
    return f" ({', '.join(option.allowed)})" if option.allowed else ""


def _allowed(option: Option) -> str:
    if option.allowed:
        listed = "list of " if option.shape == "list" else ""
        return listed + " or ".join(f'"{each}"' for each in option.allowed)
    return _WORDS[option.shape]


def _default(option: Option) -> str:
    return "" if option.default is None else _toml(option.default)


def _example(option: Option) -> str:
    """A value that is valid in the file: the example, else the default, else the first allowed."""
    if option.example:
        return option.example
    if option.default is not None:
        return _toml(option.default)
    return _toml(option.allowed[0] if option.allowed else "")


def _toml(value: Any) -> str:
    if isinstance(value, Path):
        value = value.as_posix()
    return shown(list(value) if isinstance(value, tuple) else value)
