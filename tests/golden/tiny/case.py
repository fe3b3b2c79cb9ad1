"""Two runs with all that a run can hold, and one leaderboard of the configuration."""

from __future__ import annotations

import json
import struct
import zlib
from typing import Any

from runfolio.config import LeaderboardConfig, MetricConfig
from runfolio.store.blobs import put_bytes

DIFF = "--- a/train.py\n+++ b/train.py\n@@ -1 +1 @@\n-lr = 0.1\n+lr = 0.2\n"


def chunk(kind: bytes, data: bytes) -> bytes:
    crc = struct.pack(">I", zlib.crc32(kind + data))
    return struct.pack(">I", len(data)) + kind + data + crc


def png() -> bytes:
    """A grey point."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0\x80")) + chunk(b"IEND", b"")
    )


def sections(store: Any) -> dict[str, Any]:
    diff = put_bytes(store.folder, DIFF.encode()).digest
    source = put_bytes(store.folder, b"import runfolio\n\nprint('<hello>')\n").digest
    return {
        "host": {"user": "ada", "host": "node-1", "os": "Linux", "cpu": "Zen", "cpu_count": 8,
                 "memory_bytes": 16_000_000_000, "gpus": ["A100", "A100"]},
        "command": {"argv": ["train.py", "--lr", "0.2"], "script": "train.py", "entry": "script"},
        "python": {"version": "3.11.7", "implementation": "CPython"},
        "packages": {"numpy": "2.4.0", "torch": "2.9.1"},
        "git": {"commit": "abc3912" + "0" * 33, "branch": "main", "dirty": True,
                "remote": "git@github.com:someone/digits.git", "untracked": ["notes.txt"],
                "diff_digest": diff},
        "source": {"path": "train.py", "digest": source, "kind": "script"},
        "seed": {"value": 7, "where": "seed_everything", "libraries": ["random", "numpy"]},
    }  # fmt: skip


def make(store: Any) -> dict[str, Any]:
    store.run(
        "20261115-140000-first1",
        name="keen-tundra",
        params={"lr": 0.1, "model": "resnet18", "data.batch": 32, "augment": False},
        metrics={"train/loss": [2.31, 1.2, 0.9, 0.71], "val/accuracy": [0.31, 0.55, 0.62, 0.61]},
        tags=["baseline"],
    )
    histogram = json.dumps({"edges": [0, 0.5, 1.0, 1.5], "counts": [3, 5, 1]})
    matrix = json.dumps({"labels": ["cat", "dog"], "rows": [[8, 2], [1, 9]]})
    dataset = json.dumps(
        {"role": "train", "digest": "5" * 64, "rows": 1797, "columns": 64, "source": "digits.csv"}
    )
    table = b"digit,count\n0,178\n1,182\n"
    store.run(
        "20261115-141000-second",
        name="umber-otter",
        params={"lr": 0.2, "model": "resnet18", "data.batch": 64, "augment": True},
        metrics={"train/loss": [2.2, 1.0, 0.7, 0.5], "val/accuracy": [0.4, 0.66, 0.71, 0.74]},
        tags={"paper": "", "seed": "7"},
        note="# Why\n\nA *rate*: see [the table](counts.csv) and ![a point](plots/point.png).",
        identity={"group": "rates"},
        sections=sections(store),
        facts=[
            store.artifact("counts.csv", table, "table", media_type="text/csv"),
            store.artifact("plots/point.png", png(), "image", caption="One grey point"),
            store.artifact("report.html", b"<h1>hello</h1>", "html"),
            ("artifact", "weights", None, None, json.dumps({"digest": None, "type": "model",
             "uri": "s3://bucket/weights.pt"})),
            ("histogram", "weights/conv1", 3, None, histogram),
            ("matrix", "confusion", 3, None, matrix),
            ("dataset", "digits", None, 115_000.0, dataset),
            ("model", "digits-net", None, None,
             json.dumps({"artifact": "weights", "digest": "6" * 64, "alias": "best"})),
            ("system", "cpu.percent", None, 12.5, None),
            ("system", "cpu.percent", None, 71.0, None),
            ("output", "stdout", 0, None, "epoch 1 done"),
            ("output", "stderr", 1, None, "a warning"),
        ],
    )  # fmt: skip
    board = LeaderboardConfig(
        name="Digits",
        metric="val/accuracy",
        baseline="keen-tundra",
        description="Every model sees the same **1,797** digits.",
    )
    metrics = {"val/accuracy": MetricConfig(title="Accuracy", digits=3)}
    return {"leaderboards": (board,), "metrics": metrics}
