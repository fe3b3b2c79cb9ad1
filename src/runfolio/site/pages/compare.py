"""Any runs beside each other as a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from runfolio.site.pages.base import Page


@dataclass(frozen=True)
class ComparePage(Page):
    """Any runs or groups of runs beside each other; the address keeps the choice.

    Filled by script from the index of all runs; ``limit`` is how many lines a chart has at most.
    """

    template: ClassVar[str] = "compare.html"

    index_path: str = ""
    limit: int = 24
