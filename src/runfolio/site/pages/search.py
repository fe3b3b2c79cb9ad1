"""The search page, and the page that lists what the site holds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from runfolio.site.pages.base import Page


@dataclass(frozen=True)
class SearchPage(Page):
    """Where a query has its address: ``search.html#q=…``. Filled by script."""

    template: ClassVar[str] = "search.html"

    searched: tuple[str, ...] = ()  # what the index holds of runs: names, params, …
