"""The examples train from any folder, log what they promise, and give the same figures again."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from runfolio.query.store import Store

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = sorted(path.stem for path in (ROOT / "examples").glob("*.py"))

pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True)
class Promise:
    """What a fast run of an example leaves in the store."""

    experiment: str
    runs: int
    metrics: tuple[str, ...]
    failed: int = 0
    matrices: bool = False
    artifacts: tuple[str, ...] = ()
    histograms: bool = False


PROMISES = {
    "diabetes": Promise(
        experiment="diabetes",
        runs=5,
        metrics=("test/mae", "test/r2", "test/rmse"),
        artifacts=("models/regressor.joblib", "predictions.parquet", "predictions.png"),
    ),
    "digits_mlp": Promise(
        experiment="digits-mlp",
        runs=7,
        metrics=("grad/norm", "train/loss", "train/lr", "val/accuracy", "val/loss"),
        failed=1,
        matrices=True,
        artifacts=("hidden units.png",),
        histograms=True,
    ),
    "digits_sweep": Promise(
        experiment="digits",
        runs=36,
        metrics=("fit/seconds", "test/accuracy", "test/log_loss", "val/f1"),
        matrices=True,
    ),
    "ngram": Promise(experiment="ngram", runs=18, metrics=("val/bits", "val/perplexity")),
}


def train(name: str, store: Path, cwd: Path) -> None:
    """Run an example as a user would, from another folder."""
    done = subprocess.run(
        [sys.executable, ROOT / "examples" / f"{name}.py", "--fast", "--store", store],
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stderr


LONG = bool(os.environ.get("RUNFOLIO_LONG"))
#: Where the tests of the browser run for sure, their demo trains all, and looks at the promises.
TRAINED = ["diabetes"] if os.environ.get("RUNFOLIO_REQUIRE_BROWSER") and not LONG else EXAMPLES
#: Trained a second time: the others take long and are repeated in the long mode.
REPEATED = EXAMPLES if LONG else ["diabetes"]


@pytest.mark.parametrize("example", TRAINED)
def test_an_example_keeps_its_promises_and_gives_the_same_figures_again(
    example: str, tmp_path: Path
) -> None:
    pytest.importorskip("sklearn" if example != "ngram" else "math")
    train(example, tmp_path / "runs", tmp_path)
    with Store.open(tmp_path / "runs") as store:
        keeps_its_promise(store, example)
        every_run_has_a_name_and_params(store)
        if example == "diabetes":
            starts_from_the_best_model_of_those_before(store)
    if example in REPEATED:
        train(example, tmp_path / "again", tmp_path)
        assert figures(tmp_path / "runs") == figures(tmp_path / "again")


def keeps_its_promise(store: Store, example: str) -> None:
    promise, runs = PROMISES[example], "(SELECT run_id FROM runs WHERE experiment = ?)"
    experiment = [promise.experiment]

    def found(question: str) -> list[Any]:
        rows = store.sql(f"{question} WHERE run_id IN {runs}", experiment).fetchall()
        return [value for (value,) in rows]

    statuses = found("SELECT status FROM runs")
    assert len(statuses) == promise.runs
    assert statuses.count("failed") == promise.failed
    assert statuses.count("finished") == promise.runs - promise.failed
    assert set(promise.metrics) <= set(found("SELECT key FROM summary"))
    assert set(promise.artifacts) <= set(found("SELECT path FROM artifacts"))
    assert bool(found("SELECT run_id FROM matrices")) == promise.matrices
    assert bool(found("SELECT run_id FROM histograms")) == promise.histograms
    assert store.problems == ()


def every_run_has_a_name_and_params(store: Store) -> None:
    bare = "SELECT name FROM runs WHERE run_id NOT IN (SELECT run_id FROM params)"
    assert store.sql(bare).fetchall() == []
    names = [name for (name,) in store.sql("SELECT name FROM runs").fetchall()]
    assert len(set(names)) == len(names)


def starts_from_the_best_model_of_those_before(store: Store) -> None:
    found = store.lineage("best and trees").sources
    (model,) = [source for source in found if source.edge.kind == "model"]
    assert model.made_by is not None
    assert model.edge.version == store.model("diabetes", "best").version
    assert {source.edge.kind for source in model.made_by.sources} == {"dataset"}


def figures(path: Path) -> list[tuple[str, str, float]]:
    """The last value of every metric of every run, but for the times."""
    question = """
        SELECT name, key, last FROM runs JOIN summary USING (run_id)
        WHERE key <> 'fit/seconds' ORDER BY name, key
    """
    with Store.open(path) as store:
        return store.sql(question).fetchall()


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_short(name: str) -> None:
    lines = (ROOT / "examples" / f"{name}.py").read_text(encoding="utf-8").splitlines()
    assert len(lines) <= 80


def test_every_example_makes_a_promise() -> None:
    assert set(PROMISES) == set(EXAMPLES)
