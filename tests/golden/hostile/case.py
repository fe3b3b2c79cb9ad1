"""Every hostile string in every place of a run where it is allowed to stand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

STRINGS = Path(__file__).parents[2] / "data" / "hostile_strings.json"
#: Longer ones, and more tags (each has a page), would only make the golden files large.
LONGEST = 300


def strings(place: str) -> list[str]:
    """The strings that must pass through a place."""
    entries = json.loads(STRINGS.read_text("utf-8"))["entries"]
    found = []
    for entry in entries:
        text = "".join(entry["parts"]) if entry["value"] is None else entry["value"]
        text *= entry.get("repeat", 1)
        whole = text.encode("utf-8", "replace").decode()
        if place in entry["where"] and whole == text and "\0" not in text and len(text) <= LONGEST:
            found.append(text)
    return found


def make(store: Any) -> None:
    names, tags = strings("run_name"), [text for text in strings("tag") if text][:6]
    keys, values = strings("config_key"), strings("config_value")
    metrics, notes = strings("metric_name"), strings("note")
    store.run(
        "hostile-1",
        name=names[0],
        experiment=names[1],
        params=dict(zip(keys, values, strict=False)),
        metrics={name: [float(i), 1.0] for i, name in enumerate(metrics)},
        tags=dict.fromkeys(tags, "<b>"),
        note="\n\n".join(notes),
        end="failed",
        error={"type": names[0], "message": names[2], "traceback": "\n".join(names)},
        facts=[("output", "stdout", i, None, text) for i, text in enumerate(strings("log"))],
    )
    for index, name in enumerate(names[2:12], 2):
        store.run(f"hostile-{index}", name=name, experiment=names[1], metrics={metrics[0]: [index]})
