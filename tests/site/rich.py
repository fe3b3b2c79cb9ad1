"""A store with a run that has everything a run's page can show, and the runs around it."""

from __future__ import annotations

import base64
import io
import json
import struct
import wave
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runfolio.config import Config
from runfolio.site.build import build
from runfolio.store.blobs import put_bytes

from ..conftest import StoreMaker, made_once

Making = Callable[[Config, Path], Path]
RUN = "20261115-150000-everyt"
REMOTE = "https://ada:ghp_0123456789abcdefghijABCDEFGHIJ012345@github.com/lab/digits.git"

SCRIPT = '''"""Trains a small network on digits."""
import runfolio


def train(lr: float = 0.1) -> None:
    # the <b>loop</b>
    with runfolio.init("digits", params={"lr": lr}) as run:
        for step in range(10):
            run.log({"loss": 1 / (step + 1)}, step=step)


if __name__ == "__main__":
    train()
'''

DIFF = """diff --git a/train.py b/train.py
index 1111111..2222222 100644
--- a/train.py
+++ b/train.py
@@ -3,4 +3,5 @@ import runfolio
 def train(lr):
-    steps = 10
+    steps = 20
+    # a line with <b>markup</b>
     with runfolio.init("digits") as run:
--- not a header, a line that went
+++ nor this one
diff --git a/old.py b/new.py
similarity index 90%
rename from old.py
rename to new.py
--- a/old.py
+++ b/new.py
@@ -1 +1 @@
-token = "ghp_0123456789abcdefghijABCDEFGHIJ012345"
+token = ""
diff --git a/logo.png b/logo.png
new file mode 100644
Binary files /dev/null and b/logo.png differ
"""

CARD = """---
license: mit
---
# Digits net

A *small* network; see [the metrics](../tables/scores.csv).

<script>alert(1)</script>
"""

CIRCLE = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="3"/></svg>'
)

TRACEBACK = """Traceback (most recent call last):
  File "train.py", line 9, in <module>
    train()
  File "train.py", line 7, in train
    raise ValueError("no more <b>digits</b>")
ValueError: no more <b>digits</b>
"""


def png(shade: int, size: int = 24) -> bytes:
    """A square that darkens to one corner."""
    rows = b"".join(
        b"\0" + bytes((shade + 7 * (x + y)) % 256 for x in range(size)) for y in range(size)
    )

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + crc

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", size, size, 8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    )


def wav() -> bytes:
    """A tenth of a second of a square wave."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(bytes(80 + 90 * (i // 9 % 2) for i in range(800)))
    return buffer.getvalue()


def notebook() -> bytes:
    """Three cells: words, a picture with coloured text, an error."""
    picture = base64.b64encode(png(40)).decode()
    cells = [
        {
            "cell_type": "markdown",
            "source": ["# A look\n", "at <script>alert(1)</script> *digits*"],
        },
        {
            "cell_type": "code",
            "execution_count": 1,
            "source": "import runfolio\nplot()",
            "outputs": [
                {"output_type": "stream", "name": "stdout", "text": ["\x1b[32mgood\x1b[0m news\n"]},
                {
                    "output_type": "display_data",
                    "data": {"image/png": picture, "text/plain": "<Fig>"},
                },
                {
                    "output_type": "display_data",
                    "data": {"text/html": "<script>alert(1)</script>"},
                },
            ],
        },
        {
            "cell_type": "code",
            "execution_count": 2,
            "source": ["1 / 0"],
            "outputs": [
                {
                    "output_type": "error",
                    "ename": "ZeroDivisionError",
                    "evalue": "division by zero",
                    "traceback": ["\x1b[31mZeroDivisionError\x1b[0m: division by zero"],
                }
            ],
        },
    ]
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4}).encode()


def lines(count: int) -> list[tuple[str, str, int | None, float | None, str | None]]:
    """What the run printed: ordinary lines, with warnings, errors and colours among them."""
    facts = []
    for at in range(1, count + 1):
        stream, text = "stdout", f"step {at} loss {1 / at:.4f}"
        if at % 50 == 0:
            stream, text = "stderr", f"UserWarning: the rate is high at step {at}"
        if at == count - 3:
            text = "\x1b[1;32mepoch 7 done\x1b[0m in 3.1s"
        if at == count - 1:
            stream, text = "stderr", "ERROR: the <b>disk</b> is nearly full"
        facts.append(("output", stream, at, None, text))
    return facts


def sections(store: StoreMaker, source: bytes, name: str, kind: str) -> dict[str, Any]:
    """The environment of a run with all that can be known of one."""
    packages = {f"package-{at:02d}": f"{at}.{at + 1}" for at in range(40)}
    return {
        "host": {"user": "ada", "host": "node-1", "os": "Linux 6.8", "cpu": "Zen 4",
                 "cpu_count": 32, "memory_bytes": 128_000_000_000, "gpus": ["H100", "H100"]},
        "command": {"argv": [name, "--lr", "0.2"], "script": name, "entry": kind},
        "python": {"version": "3.11.7", "implementation": "CPython"},
        "packages": {"numpy": "2.4.0", "torch": "2.9.1", **packages},
        "git": {"commit": "abc3912" + "0" * 33, "branch": "rates", "dirty": True,
                "remote": REMOTE, "untracked": ["notes.txt"],
                "diff_digest": put_bytes(store.folder, DIFF.encode()).digest},
        "source": {"path": name, "digest": put_bytes(store.folder, source).digest, "kind": kind},
        "seed": {"value": 7, "where": "seed_everything", "libraries": ["random"]},
    }  # fmt: skip


def params(lr: float, seed: int) -> dict[str, Any]:
    """Nested params; ``optimizer.lr`` and ``seed`` differ from run to run."""
    names = ("width", "depth", "heads", "dropout")
    return {
        "seed": seed,
        "optimizer.name": "adam",
        "optimizer.lr": lr,
        "optimizer.schedule.warmup": 100,
        "optimizer.schedule.kind": "cosine",
        **{f"model.encoder.{name}": at for at, name in enumerate(names)},
        "model/decoder/width": 64,
        "model/decoder/depth": 2,
        "batch": 32,
    }


def artifacts(store: StoreMaker) -> list[Any]:
    """Files of every kind that a page treats in its own way."""
    table = "name,score\n" + "".join(f"row {at},{at * 7 % 120}\n" for at in range(120))
    return [
        *(store.artifact("samples/face.png", png(40 * at), "image", at * 100, caption=f"epoch {at}")
          for at in range(5)),
        store.artifact("plots/roc.png", png(9), "figure", caption="The curve"),
        store.artifact("plots/roc.plotly.json", b'{"data": []}', "figure"),
        store.artifact("plots/safe.svg", CIRCLE, "figure"),
        store.artifact("tables/scores.csv", table.encode(), "table"),
        store.artifact("model/README.md", CARD.encode(), "text"),
        store.artifact("sounds/beep.wav", wav(), "audio"),
        store.artifact("films/walk.mp4", b"\0\0\0\x18ftypmp42" + b"\0" * 40, "file"),
        store.artifact("films/fake.mp4", b"<html>", "file"),
        store.artifact("report.html", b"<script>alert(1)</script>", "html"),
        store.artifact("weights.bin", b"\0" * 1000, "model"),
        ("artifact", "far", None, None, json.dumps({"digest": None, "uri": "s3://bucket/w.pt"})),
    ]  # fmt: skip


def rich_site(factory: pytest.TempPathFactory, made: Making | None = None) -> Path:
    """The site of the rich store, made once for all modules of a test run; built, if not ``made``.

    ``made`` is given the configuration and the folder for the site.
    """

    def fill(folder: Path) -> Path:
        make(folder / "runs").close()
        config = Config(store=folder / "runs", out=folder / "site")
        return made(config, config.out) if made else build(config).out

    return made_once(factory, "rich", fill)


def make(path: Path) -> StoreMaker:
    """The store: an ancestor, the run that has everything, trials of its sweep, a descendant."""
    store = StoreMaker(path)
    data = put_bytes(store.folder, b"digits").digest
    made = json.dumps({"role": "output", "digest": data, "rows": 1797, "columns": 64})
    store.run("prepare", experiment="data", facts=[("dataset", "digits", None, 6.0, made)])
    used = json.dumps({"role": "train", "digest": data, "rows": 1797, "columns": 64,
                       "source": "https://ada:secret@example.org/digits.csv"})  # fmt: skip
    for trial in range(12):
        store.run(
            f"trial-{trial:02d}",
            params=params(0.01 * (trial + 1), trial),
            metrics={"train/loss": [2.0, 1.0], "val/accuracy": [0.3, 0.5 + trial / 100]},
            identity={"group": "rates"},
        )
    register = json.dumps({"action": "register", "artifact": "weights.bin",
                           "digest": put_bytes(store.folder, b"\0" * 1000).digest,
                           "alias": "champion"})  # fmt: skip
    store.run(
        RUN,
        name="everything",
        params=params(0.2, 99),
        metrics={"train/loss": [2.0, 1.0, 0.5], "val/accuracy": [0.3, 0.5, 0.555]},
        tags=["paper"],
        note="What was tried: $x^2$, `code`.\n\n```python\nprint(1)\n```",
        end="failed",
        error={"type": "ValueError", "message": "no more <b>digits</b>", "traceback": TRACEBACK},
        identity={"group": "rates", "parent": "prepare"},
        sections=sections(store, SCRIPT.encode(), "train.py", "script"),
        facts=[
            *artifacts(store),
            *lines(700),
            ("dataset", "digits", None, 6.0, used),
            ("model", "digits-net", None, None, register),
            ("system", "cpu.percent", None, 12.5, None),
            ("system", "cpu.percent", None, 71.0, None),
        ],
    )
    taken = json.dumps({"type": "model", "run": RUN, "path": "weights.bin",
                        "digest": put_bytes(store.folder, b"\0" * 1000).digest})  # fmt: skip
    store.run(
        "notebook",
        experiment="looks",
        metrics={"score": [float("nan")]},
        sections=sections(store, notebook(), "look.ipynb", "notebook"),
        facts=[("use", "digits-net", None, 1000.0, taken), *lines(12)],
    )
    return store
