"""Who a run is: ids, names, parents, and what an earlier process of it already said."""

from __future__ import annotations

import os
from dataclasses import dataclass

from runfolio.environment import host
from runfolio.environment.version import VERSION


@dataclass(frozen=True)
class Identity:
    """What makes a run this one; ``first_step`` is the automatic step of its first ``log``."""

    id: str
    name: str
    experiment: str
    group: str | None = None
    parent: str | None = None
    resumed: bool = False
    first_step: int = 0

    def facts(self, capture: dict[str, object]) -> dict[str, object]:
        """The ``run`` section of the start: this, the rank, the tool and what is captured."""
        return {
            "name": self.name,
            "experiment": self.experiment,
            "group": self.group,
            "parent": self.parent,
            "resumed": self.resumed,
            "rank": host.rank(),
            "tool": VERSION,
            "capture": capture,
        }


def shared_run_id() -> str | None:
    """The id that a launcher gave to all ranks of one training (RUNFOLIO_RUN_ID), or None."""
    return os.environ.get("RUNFOLIO_RUN_ID") or None
