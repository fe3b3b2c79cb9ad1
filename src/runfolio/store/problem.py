"""What is wrong with a store, said so that a person knows what it costs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong.

    ``code``: a slug. ``path``: the file, relative to the store, with /. ``cost``: what is lost.
    """

    code: str
    path: str
    run_id: str | None
    message: str
    cost: str
