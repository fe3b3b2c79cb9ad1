"""A store without a run."""

from __future__ import annotations

from typing import Any


def make(store: Any) -> None:
    pass
