"""Whether the index says what the store says: every view compared with a reader without index."""

from __future__ import annotations

from dataclasses import dataclass

from runfolio.query.store import Store
from runfolio.query.views import VIEWS
from runfolio.store.folder import Folder


@dataclass(frozen=True)
class Check:
    """``views``: how many were compared; ``differing``: names of those that differ, if any."""

    views: int
    differing: tuple[str, ...]


def check_index(folder: Folder) -> Check:
    """Compare all rows of all views with the index and without it.

    A store that is being written to may change in between; what differs then is compared again.
    """
    differing: list[str] = []
    for _ in range(3):
        with (
            Store.open(folder.path, index=True) as kept,
            Store.open(folder.path, index=False) as read,
        ):
            differing = [
                view.name for view in VIEWS if _rows(kept, view.name) != _rows(read, view.name)
            ]
            if (kept.digest, kept.problems) != (read.digest, read.problems):
                differing.append("problems")
        if not differing:
            break
    return Check(len(VIEWS), tuple(differing))


def _rows(store: Store, view: str) -> tuple[object, ...]:
    """How many rows a view has, and a number that every one of them changes."""
    return store.rows(f"SELECT count(*), sum(hash(v)::HUGEINT) FROM {view} v")[0]
