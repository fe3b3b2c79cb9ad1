"""What templates and hooks are given, as Markdown, read off the page models and their comments."""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Iterator

from runfolio.site import hooks, pages
from runfolio.site.pages import Page
from runfolio.site.render import templates_folder
from runfolio.site.theme import Theme

_FIELD = re.compile(r"^ {4}(?P<name>\w+): [^#\n]*(?:  # (?P<about>.*))?$")


def contexts() -> str:
    """Every page with its template and fields, then the parts that fields are made of."""
    found = [each for each in vars(pages).values() if dataclasses.is_dataclass(each)]
    kinds = [each for each in found if isinstance(each, type)]
    shown = sorted(
        (each for each in kinds if issubclass(each, Page) and each is not Page),
        key=lambda each: each.template,
    )
    parts = sorted((each for each in kinds if not issubclass(each, Page)), key=_name)
    sections = ["Fields of every page:\n\n" + "\n".join(_fields(Page))]
    sections += [_section(each, f"`{each.template}`: {each.__name__}") for each in shown]
    sections += ["### Parts", *(_section(each, each.__name__, "####") for each in parts)]
    return "\n\n".join(sections)


def templates() -> str:
    """Every template and what it is."""
    rows = (
        f"| `{each.name}` | {_inline(each.about)} |"
        for each in Theme(templates_folder()).overview()
    )
    return "\n".join(["| Template | What it is |", "| --- | --- |", *rows])


def tokens() -> str:
    """The custom properties of tokens.css with their values in light and dark."""
    text = (templates_folder() / "static" / "css" / "tokens.css").read_text("utf-8")
    rows = ["| Property | Light | Dark |", "| --- | --- | --- |"]
    for name, value in re.findall(r"^ {2}(--[\w-]+): (.+);$", text, re.MULTILINE):
        pair = re.fullmatch(r"light-dark\(((?:[^,()]|\([^)]*\))*), (.*)\)", value)
        light, dark = pair.groups() if pair else (value, "")
        rows.append(f"| `{name}` | `{light}` | {f'`{dark}`' if dark else ''} |")
    return "\n".join(rows)


def hook_functions() -> str:
    """The decorators of a hooks file with what they take."""
    sections = []
    for function in (hooks.column, hooks.page, hooks.chart):
        signature = inspect.signature(function).replace(return_annotation=inspect.Signature.empty)
        if function is hooks.chart:
            head = "@hooks.chart\n@hooks.chart(name)"
        else:
            head = f"@hooks.{function.__name__}{signature}".replace("'", "")
        told = inspect.cleandoc(function.__doc__ or "").replace("``", "`")
        sections.append(f"### hooks.{function.__name__}\n\n```python\n{head}\n```\n\n{told}")
    return "\n\n".join(sections)


def _section(kind: type, title: str, level: str = "###") -> str:
    told = inspect.cleandoc(kind.__doc__ or "").replace("``", "`")
    return f"{level} {title}\n\n{told}\n\n" + "\n".join(_fields(kind))


def _fields(kind: type) -> Iterator[str]:
    """A line for each field that the class itself declares."""
    for line in inspect.getsource(kind).splitlines():
        found = _FIELD.match(line)
        type = kind.__annotations__.get(found["name"], "ClassVar") if found else "ClassVar"
        if found and "ClassVar" not in type:
            about = f": {_inline(found['about'])}" if found["about"] else ""
            yield f"- `{found['name']}` (`{type}`){about}"


def _inline(text: str) -> str:
    return text.replace("``", "`").replace("<", "&lt;").replace("|", "\\|")


def _name(kind: type) -> str:
    return kind.__name__
