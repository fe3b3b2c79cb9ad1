"""What ``runfolio theme`` does: the site's templates, and the project's own in their place."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

from runfolio.cli.building import shown_path, tell_problems
from runfolio.cli.tables import Column, layout
from runfolio.cli.terminal import safe, safe_lines, say, say_json, width
from runfolio.site.render import templates_folder
from runfolio.site.theme import Theme
from runfolio.site.words import refreshed

if TYPE_CHECKING:
    from runfolio.cli.call import Call


def list_templates(call: Call, *, as_json: bool) -> None:
    """Print every template with what it is and whether the theme has one in its place."""
    theme = _theme(call)
    templates = theme.overview()
    if as_json:
        return say_json([dataclasses.asdict(each) for each in templates])
    rows = [[each.name, each.state, each.about] for each in templates]
    say(layout([Column("template"), Column("state"), Column("about")], rows, width()).text)
    tell_problems(theme.problems())


def eject_template(call: Call, name: str, folder: Path | None) -> None:
    """Copy a packaged template and say where to."""
    written = _theme(call).eject(name, folder)
    say(f"{safe(shown_path(written))} is yours now; the next build uses it")


def diff_template(call: Call, name: str) -> None:
    """Print how the theme's template differs from the packaged one."""
    theme = _theme(call)
    text = theme.diff(name)
    say(safe_lines(text) if text else f"theme/{theme.meant(name)} is as it is packaged")


def write_words(path: Path) -> None:
    """Write or refresh a catalogue, and say how much of it is left to translate."""
    text, count, left = refreshed(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8", newline="\n")
    say(f"{safe(shown_path(path))}: {count:,} texts, {left:,} of them without words yet")


def _theme(call: Call) -> Theme:
    return Theme(templates_folder(), Path(call.asked.site.theme))
