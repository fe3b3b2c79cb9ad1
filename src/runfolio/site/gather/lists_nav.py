"""The navigation: a few entries in the header, the rest in its menu."""

from __future__ import annotations

from collections.abc import Sequence

from runfolio.site.material import Material
from runfolio.site.pages import Link
from runfolio.site.words import _

#: Entries of the header; more would not be calm.
MOST = 6


def navigation(
    material: Material, pages: Sequence[Link], more: Sequence[Link] = ()
) -> tuple[tuple[Link, ...], tuple[Link, ...]]:
    """(entries of the header, entries of its menu); ``pages`` are the user's own.

    ``more`` stand at the end of the menu.

    Nothing in them changes from run to run: they stand on every page.
    """
    first = [Link("index.html", _("Overview"))]
    if material.boards:
        word = _("Leaderboard") if len(material.boards) == 1 else _("Leaderboards")
        first.append(Link(material.boards[0].path, word))
    if material.runs:
        first += [Link("runs/index.html", _("Runs")), Link("compare.html", _("Compare"))]
    kinds, data = _kinds(material), Link("data.html", _("Data"))
    rest = [*pages, *kinds, data]
    several = [link for link in kinds if link.path.startswith("experiments/")]
    wanted = [*pages, data, *several][: MOST - len(first)]
    shown = [link for link in rest if link in wanted]
    menu = [link for link in rest if link not in wanted]
    return (*first, *shown), (*menu, *more, Link("browse.html", _("Everything")))


def _kinds(material: Material) -> list[Link]:
    """The indexes of things that there are."""
    things = material.things
    found = (
        ("experiments", _("Experiments"), len(material.experiments) > 1),
        ("sweeps", _("Sweeps"), material.sweeps),
        ("groups", _("Groups"), material.groups),
        ("tags", _("Tags"), material.tag_names),
        ("metrics", _("Metrics"), material.metric_names),
        ("datasets", _("Datasets"), things.data),
        ("models", _("Models"), things.models),
    )
    return [Link(f"{folder}/index.html", word) for folder, word, any_of in found if any_of]
