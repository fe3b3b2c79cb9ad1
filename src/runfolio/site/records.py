"""What the manifest of a site remembers of each run, so that a build can leave it as it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from runfolio.query.reproduce import ITEMS
from runfolio.site.kept import LeftOut
from runfolio.site.words import _


@dataclass(frozen=True)
class RunRecord:
    """What the manifest says of a run: its key, its files (page, data file, …), its checks.

    ``checks`` has a letter for each item of the reproducibility check: y, n or u; ``left`` is how
    much of the run the site has not.
    """

    key: str
    files: tuple[str, ...]
    checks: str
    left: LeftOut = field(default_factory=LeftOut)

    @classmethod
    def of(cls, value: Any) -> RunRecord | None:
        """The record from the manifest; None if there is none."""
        if not value:
            return None
        return cls(value[0], tuple(value[1]), value[2], LeftOut(*(value[3] if value[3:] else ())))

    def as_list(self) -> list[Any]:
        """The record for the manifest."""
        left = [list(self.left.counts())] if self.left else []
        return [self.key, list(self.files), self.checks, *left]

    @property
    def data_path(self) -> str:
        """The run's data file for the browser."""
        return self.files[1]


def reproducible(checks: Iterable[str]) -> tuple[tuple[str, int, int], ...]:
    """(item, runs that have it, runs in all) over the letters of all runs."""
    known = [letters for letters in checks if len(letters) == len(ITEMS)]
    return tuple(
        (_(name), sum(letters[at] == "y" for letters in known), len(known))
        for at, name in enumerate(ITEMS)
        if known
    )
