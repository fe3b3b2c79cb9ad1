"""A site with curves worth looking at: real descents, long, short, lost, and strangely named."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import pytest

import runfolio
from runfolio.config import load
from runfolio.query.store import Store

from ..conftest import made_once
from .published import made

CONFIG = """
store = "runs"
[site]
title = "Descents"
[[leaderboard]]
name = "descent"
experiment = "descent"
metric = "val/loss"
direction = "min"
"""
STEPS = 300
RUNS = 25
#: Each of these broke something somewhere: Vega's expressions, HTML, a script, an object's keys.
STRANGE = (
    "val/acc[top-1]",
    "a.b.c",
    "datum['x']",
    "</script><img src=x onerror=alert(1)>",
    "__proto__",
    "constructor",
    'quoted "loss" \\n',
    "größe/µ ✓",
    "x" * 120,
)


def curves_site(factory: pytest.TempPathFactory) -> Path:
    """The built site, made once for all modules of a test run."""
    return made_once(factory, "curves", _logged_and_built)


def _logged_and_built(folder: Path) -> Path:
    log_curves(folder)
    return made(load(folder / "runfolio.toml", env={}), folder / "_site")


def log_curves(folder: Path) -> None:
    """The project: 25 descents and the odd ones."""
    (folder / "runfolio.toml").write_text(CONFIG, "utf-8")
    store = folder / "runs"
    for index in range(RUNS):
        rate = round(0.002 * 1.2**index, 5)
        with _run(
            store, f"descent-{index}", rate, index, tags=["first"] if index < 3 else []
        ) as run:
            _descend(run, rate, index, STEPS if index % 4 else STEPS // 2)
    with _run(store, "lost", 1e9, 90) as run:
        _descend(run, 1e9, 90, 80)
    with _run(store, "once", 0.1, 91) as run:
        run.log({"val/loss": 0.5}, step=7)
    with _run(store, "once more", 0.1, 94) as run:
        run.log({"val/loss": 0.25}, step=9)
    with _run(store, "strange <b>", 0.1, 92) as run:
        _descend(run, 0.1, 92, 40, names=STRANGE)
    watched = {"system": True, "system_seconds": 0.1}
    with _run(store, "watched", 0.1, 93, capture=watched) as run:
        _descend(run, 0.1, 93, 60, names=[f"layer{at // 8}/norm{at % 8}" for at in range(24)])
        run.note("What was **tried** here.")
        run.log_histogram([chance / 50 for chance in range(50)], "weights", step=1)
        run.log_histogram([chance / 25 for chance in range(50)], "weights", step=2)
        run.log_confusion_matrix(["a", "b", "b", "a"], ["a", "b", "a", "a"])
        _wait_for_samples(store, 3)


def _wait_for_samples(store: Path, number: int) -> None:
    """Wait until a run that is still open has noted so many samples of its machine."""
    for _ in range(150):
        with Store.open(store) as now:
            found = now.sql("SELECT count(DISTINCT time) FROM system").fetchall()
        if found[0][0] >= number:
            return
        time.sleep(0.2)
    raise AssertionError("The machine was not sampled within half a minute.")


def ids_of(site: Path) -> dict[str, str]:
    """The id of each run by its name."""
    with Store.open(site.parent / "runs") as store:
        return dict(store.sql("SELECT name, run_id FROM runs ORDER BY name").fetchall())


def _run(store: Path, name: str, rate: float, seed: int, **options: Any) -> runfolio.Run:
    params = {"lr": rate, "seed": seed, "steps": STEPS, "noise": 0.1, "style": "plain"}
    params |= {f"option{at}": at for at in range(8)}
    options.setdefault("capture", False)
    return runfolio.init("descent", name=name, store=store, params=params, **options)


def _descend(run: runfolio.Run, rate: float, seed: int, steps: int, names: Any = ()) -> None:
    """Stochastic descent on y = 2 x + 1: one noisy point a step, held-out error each tenth."""
    chance = random.Random(seed)
    held = [(x / 4, x / 2 + 1) for x in range(-8, 9)]
    slope = offset = 0.0
    for step in range(steps):
        x = chance.uniform(-2, 2)
        error = slope * x + offset - (2 * x + 1 + chance.gauss(0, 0.1))
        slope -= rate * 2 * error * x
        offset -= rate * 2 * error
        run.log(
            {"train/loss": error * error, "slope": slope} | dict.fromkeys(names, slope), step=step
        )
        if step % 10 == 9:
            loss = sum((slope * x + offset - y) * (slope * x + offset - y) for x, y in held)
            run.log({"val/loss": loss / len(held)}, step=step)
