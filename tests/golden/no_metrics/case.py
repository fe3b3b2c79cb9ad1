"""Runs that logged params alone."""

from __future__ import annotations

from typing import Any


def make(store: Any) -> None:
    store.run("first", params={"lr": 0.1, "layers": [64, 32]}, note="Nothing measured yet.")
    store.run("second", params={"lr": 0.2, "layers": [64]})
