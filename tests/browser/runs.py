"""A store of small real trainings: gradient descent fits a line, so every number is true."""

from __future__ import annotations

import contextlib
import math
import random
from collections.abc import Sequence
from pathlib import Path

import runfolio
from runfolio.store.folder import Folder

CONFIG = """
store = "runs"

[site]
title = "Fitting lines"
description = "How fast plain gradient descent fits a noisy line."

[[leaderboard]]
name = "line"
experiment = "line"
title = "Fit of a line"
metric = "val/loss"
direction = "min"
description = "Ranked by the **error** on points that were held out."
"""
STEPS = 12
TAGS = ("baseline", "lr-search", "paper")


def log_project(
    folder: Path, *, runs: int = 62, names: Sequence[str] = (), others: int = 2
) -> None:
    """A project in ``folder``: a runfolio.toml and a store with ``runs`` fits and ``others``.

    The first runs take ``names``. Every 20th fails half-way, and every 7th has no tag.
    """
    (folder / "runfolio.toml").write_text(CONFIG, "utf-8")
    store = folder / "runs"
    for index in range(runs):
        name = names[index] if index < len(names) else f"fit-{index}"
        _fit(store, index, name)
    Folder.create(store)
    for index in range(others):
        with runfolio.init("other", name=f"silent-{index}", store=store, capture=False) as run:
            run.log_params({"depth": index})


def _fit(store: Path, index: int, name: str) -> None:
    """One training: y = 2 x + 1 with noise, mean squared error."""
    chance = random.Random(index)
    params = {
        "lr": round(10 ** chance.uniform(-3, -0.6), 6),
        "schedule": chance.choice(["constant", "cosine", "step"]),
        "batch": chance.choice([8, 16, 32]),
        "seed": index,
        "steps": STEPS,
    }
    tags = [tag for at, tag in enumerate(TAGS) if index % 7 and (index + at) % (at + 2) == 0]
    with (
        contextlib.suppress(RuntimeError),
        runfolio.init(
            "line", name=name, params=params, tags=tags, store=store, capture=False
        ) as run,
    ):
        _train(run, params, chance, fails=index % 20 == 13)


def _train(
    run: runfolio.Run, params: dict[str, object], chance: random.Random, *, fails: bool
) -> None:
    points = [(x / 8, 2 * x / 8 + 1 + chance.gauss(0, 0.1)) for x in range(-16, 17)]
    train, held = points[::2], points[1::2]
    slope = offset = 0.0
    for step in range(STEPS):
        if fails and step == STEPS // 2:
            raise RuntimeError("the data went away")
        rate = float(str(params["lr"])) * _factor(str(params["schedule"]), step / STEPS)
        errors = [(slope * x + offset - y, x) for x, y in train]
        slope -= rate * 2 * sum(e * x for e, x in errors) / len(train)
        offset -= rate * 2 * sum(e for e, _ in errors) / len(train)
        run.log(
            {
                "train/loss": sum(e * e for e, _ in errors) / len(train),
                "val/loss": sum((slope * x + offset - y) ** 2 for x, y in held) / len(held),
                "slope": slope,
            },
            step=step,
        )


def _factor(schedule: str, done: float) -> float:
    if schedule == "cosine":
        return 0.5 + 0.5 * math.cos(math.pi * done)
    return 0.5 if schedule == "step" and done > 0.5 else 1.0
