"""The page of paper tables: the configured ones, else one that fits the runs, else none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from runfolio.config import Config, PaperConfig
from runfolio.query.store import Store
from runfolio.site.gather.context import Context
from runfolio.site.material import Material
from runfolio.site.pages import Link, PaperPage
from runfolio.site.reports.paper import default_paper, paper_table
from runfolio.site.words import _

PATH = "paper.html"
OWN = "paper.md"


def papers(config: Config, material: Material) -> tuple[PaperConfig, ...]:
    """The tables of the page."""
    if config.papers:
        return config.papers
    found = default_paper(material)
    return (found,) if found else ()


def paper_links(
    config: Config, material: Material, texts: Mapping[str, object]
) -> tuple[Link, ...]:
    """The link to the page, where there is one: a text paper.md of the user's takes its place."""
    there = OWN not in texts and papers(config, material)
    return (Link(PATH, _("Paper table")),) if there else ()


def paper_pages(context: Context, store: Store, texts: Mapping[str, object]) -> Iterator[PaperPage]:
    """The page of all tables."""
    config, material = context.config, context.material
    if OWN in texts:
        return
    tables = tuple(
        table
        for paper in papers(config, material)
        if (table := paper_table(context, store, paper)).rows
    )
    if not tables and not config.papers:
        return
    hint = (
        "" if config.papers else _("Found by itself. Add a [[paper]] to runfolio.toml for yours.")
    )
    yield PaperPage(
        path=PATH,
        title=_("Paper tables") if len(tables) > 1 else _("Paper table"),
        site=context.site,
        description=_("Methods by datasets, ready to be copied."),
        tables=tables,
        hint=hint,
    )
