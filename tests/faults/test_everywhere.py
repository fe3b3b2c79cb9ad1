"""SIGKILL over logging, sealing, compaction, merge, index and build: every view is the model's."""

from __future__ import annotations

import importlib
import importlib.util
import json
import os
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runfolio.config import Config
from runfolio.query.store import Store
from runfolio.site.build import build
from runfolio.store.folder import Folder
from runfolio.store.plan import snapshot
from runfolio.store.verify import verify

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")

KEYS = ("loss", "val/accuracy", "lr")
TAG_EVERY = 7
BATCH = 27
#: Of each run, how many steps and how many tags it has.
Model = dict[str, tuple[int, int]]


def _kills(start: Callable[..., subprocess.Popen[str]], place: Path, seed: int) -> list[Any]:
    """Kill a batch of children; one record for each."""
    nursery = start("everywhere.py", place, 0, BATCH, seed)
    out, errors = nursery.communicate(timeout=120)
    assert nursery.returncode == 0, errors
    records = [json.loads(line) for line in out.splitlines()]
    assert [each for each in records if each["failed"]] == [], errors
    return records


def _model(folder: Folder, records: list[Any]) -> tuple[Model, Counter[str]]:
    """What each run has, and what is wrong with it against what was promised."""
    promised = {f"run-{each['trial']:04}": each for each in records if "log" in each["kind"]}
    promised |= {f"run-{each['trial']:04}": each for each in records if "seal" in each["kind"]}
    steps: dict[str, list[tuple[str, int, float]]] = {run_id: [] for run_id in promised}
    tags: dict[str, list[str]] = {run_id: [] for run_id in promised}
    for row in snapshot(folder).facts().to_pylist():
        if row["kind"] == "metric":
            steps[row["run_id"]].append((row["key"], row["step"], row["value"]))
        elif row["kind"] == "tag":
            tags[row["run_id"]].append(row["key"])
    found: Counter[str] = Counter()
    model: Model = {}
    for run_id, rows in steps.items():
        count = len(rows) // len(KEYS)
        expected = [(key, s, s + n / 16) for s in range(count) for n, key in enumerate(KEYS)]
        found["lost"] += max(0, promised[run_id]["promised"] - count)
        found["extra"] += max(0, count - promised[run_id]["promised"])
        found["wrong"] += rows != expected
        said = [f"t{step}" for step in range(0, count, TAG_EVERY)]
        if count > promised[run_id]["promised"]:  # killed between the points and the tag, perhaps
            said = said[: len(tags[run_id])] if said[:-1] == tags[run_id] else said
        found["wrong"] += tags[run_id] != said
        model[run_id] = count, len(said)
    return model, found


def _views(path: Path) -> dict[str, list[Any]]:
    """What the public views say."""
    questions = {
        "runs": "SELECT run_id, name, experiment, status, points FROM runs ORDER BY 1",
        "metrics": "SELECT run_id, key, count(*), sum(value), max(step) FROM metrics "
        "GROUP BY 1, 2 ORDER BY 1, 2",
        "summary": "SELECT run_id, key, points, last, first, min, max FROM summary ORDER BY 1, 2",
        "tags": "SELECT run_id, tag FROM tags ORDER BY 1, 2",
    }
    with Store.open(path) as store:
        assert store.problems == ()
        return {name: store.sql(question).fetchall() for name, question in questions.items()}


def _expected(model: Model, began: set[str]) -> dict[str, list[Any]]:
    """The same from the model; a run that died before its first call is not there."""
    runs = {run_id: count for run_id, (count, _) in sorted(model.items()) if run_id in began}
    series = [(r, k, c, n) for r, c in runs.items() if c for n, k in enumerate(KEYS)]
    series.sort(key=lambda each: each[:2])
    return {
        "runs": [(r, f"name-{r}", "kills", "killed", c * len(KEYS)) for r, c in runs.items()],
        "metrics": [(r, k, c, c * (c - 1) / 2 + c * n / 16, c - 1) for r, k, c, n in series],
        "summary": [
            (r, k, c, c - 1 + n / 16, n / 16, n / 16, c - 1 + n / 16) for r, k, c, n in series
        ],
        "tags": sorted((r, f"t{n * TAG_EVERY}") for r in runs for n in range(model[r][1])),
    }


def _began(folder: Folder) -> set[str]:
    facts = snapshot(folder).facts()
    return set(facts.column("run_id").to_pylist())


def _later_lives(place: Path) -> list[Path]:
    """The store after each of the operations ran to its end: all have to say the same."""
    folder, lives = Folder.open(place / "store"), []
    if importlib.util.find_spec("runfolio.store.merge"):
        merging = importlib.import_module("runfolio.store.merge")
        merging.merge(Folder.create(place / "other"), folder)
        lives.append(place / "other")
    verify(folder, repair=True)
    if importlib.util.find_spec("runfolio.store.compact"):
        importlib.import_module("runfolio.store.compact").compact(folder, grace=0)
    return [*lives, place / "store"]


def test_kills_at_random_moments_of_everything_leave_every_view_equal_to_the_model(
    tmp_path: Path, start: Callable[..., subprocess.Popen[str]], times: int, figure: Any
) -> None:
    total: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    for seed in range(times):
        place = tmp_path / str(seed)
        folder = Folder.create(place / "store")
        records = _kills(start, place, seed)
        model, found = _model(folder, records)
        total += found
        kinds.update(each["kind"].partition(" ")[0] for each in records)
        assert (found["lost"], found["wrong"]) == (0, 0), seed
        expected = _expected(model, _began(folder))
        assert _views(place / "store") == expected, seed
        for life in _later_lives(place):
            assert verify(Folder.open(life)).ok, (seed, life)
            assert _views(life) == expected, (seed, life)
        assert not build(Config(store=place / "store", out=place / "site")).problems, seed
        total["calls"] += sum(count for count, _ in model.values())
    figure(
        "SIGKILLs over " + ", ".join(sorted(kinds)),
        f"{sum(kinds.values()):,} kills, {total['calls']:,} calls kept, {total['lost']} lost, "
        f"{total['wrong']} wrong or doubled; {total['extra']} kept beyond what was acknowledged",
    )
