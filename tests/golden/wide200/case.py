"""Two hundred metrics and as many params."""

from __future__ import annotations

from typing import Any


def make(store: Any) -> None:
    for run in range(2):
        store.run(
            f"wide-{run}",
            params={f"block{i // 20}.param{i}": i * (run + 1) for i in range(200)},
            metrics={f"group{i // 25}/metric{i:03d}": [i, i + run] for i in range(200)},
        )
