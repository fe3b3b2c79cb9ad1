"""A run that is still going on, beside one that was killed and one that diverged."""

from __future__ import annotations

import math
from typing import Any


def make(store: Any) -> None:
    store.run("killed", metrics={"loss": [3.0, 2.0]}, end="killed")
    store.run("diverged", metrics={"loss": [3.0, 2.5, math.inf, math.nan]})
    store.run("running", metrics={"loss": [3.0, 2.0, 1.0]}, end=None, stay=True)
