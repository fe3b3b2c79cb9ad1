"""The sections of a run's page that it has, in order, for its table of contents."""

from __future__ import annotations

from dataclasses import replace

from runfolio.site.pages import Link, RunPage
from runfolio.site.words import _


def with_contents(page: RunPage) -> RunPage:
    """The page with the list of its sections and how much is in each."""
    charts = sum(len(each) for _prefix, each in page.chart_groups)
    linked = len(page.inputs) + len(page.products)
    related = page.siblings or page.children or page.parent
    found = (
        ("#charts", _("Curves"), charts),
        ("#system", _("System"), len(page.system)),
        ("#notes", _("Notes"), len(page.notes) > 0),
        ("#results", _("Distributions"), len(page.matrices) + len(page.histograms)),
        ("#metrics", _("Metrics"), len(page.metrics)),
        ("#params", _("Params"), page.params.count if page.params else 0),
        ("#artifacts", _("Artifacts"), len(page.series) + len(page.artifacts)),
        ("#output", _("Output"), page.output_total),
        ("#lineage", _("Lineage"), linked),
        ("#related", _("Related runs"), bool(related)),
        ("#git", _("Git"), bool(page.git or page.diff)),
        ("#source", _("Source"), page.source is not None),
        ("#environment", _("Environment"), bool(page.environment or page.packages)),
        ("#reproduce", _("Reproduce"), bool(page.checks or page.commands)),
        ("#later", _("Changed later"), len(page.later)),
        ("#files", _("Files"), len(page.files)),
    )
    links = [
        Link(path, text, "" if count is True else f"{count:,}")
        for path, text, count in found
        if count
    ]
    return replace(page, contents=tuple(links))
