"""The examples train from any folder, log what they promise, and give the same figures again."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from runfolio.query.store import Store

ROOT = Path(__file__).resolve().parents[1]
EXAMPLES = sorted(path.stem for path in (ROOT / "examples").glob("*.py"))

pytestmark = pytest.mark.timeout(300)


@dataclass(frozen=True)
class Promise:
    """What a fast run of an example leaves in the store."""

    runs: int
    metrics: tuple[str, ...]
    failed: int = 0
    matrices: bool = False
    artifacts: tuple[str, ...] = ()
    histograms: bool = False


PROMISES = {
    "diabetes": Promise(
        runs=5,
        metrics=("test/mae", "test/r2", "test/rmse"),
        artifacts=("models/regressor.joblib", "predictions.parquet", "predictions.png"),
    ),
    "digits_mlp": Promise(
        runs=7,
        metrics=("grad/norm", "train/loss", "train/lr", "val/accuracy", "val/loss"),
        failed=1,
        matrices=True,
        artifacts=("hidden units.png",),
        histograms=True,
    ),
    "digits_sweep": Promise(
        runs=36,
        metrics=("fit/seconds", "test/accuracy", "test/log_loss", "val/f1"),
        matrices=True,
    ),
    "ngram": Promise(runs=18, metrics=("val/bits", "val/perplexity")),
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


Trained = Callable[[str], Path]

#: All tests of an example run in one process, so that its training is done once.
EXAMPLE = pytest.mark.parametrize(
    "example", [pytest.param(name, marks=pytest.mark.xdist_group(name)) for name in EXAMPLES]
)
#: Trained a second time: the others take long and are repeated in the long mode.
REPEATED = EXAMPLES if os.environ.get("RUNFOLIO_LONG") else ["diabetes", "digits_mlp"]


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """``trained(name)``: the store of an example, which is trained when it is first asked for."""
    stores: dict[str, Path] = {}

    def store_of(name: str) -> Path:
        pytest.importorskip("sklearn" if name != "ngram" else "math")
        if name not in stores:
            folder = tmp_path_factory.mktemp(name)
            train(name, folder / "runs", folder)
            stores[name] = folder / "runs"
        return stores[name]

    return store_of


@EXAMPLE
def test_an_example_logs_what_it_promises(example: str, trained: Trained) -> None:
    promise = PROMISES[example]
    with Store.open(trained(example)) as store:
        statuses = [status for (status,) in store.sql("SELECT status FROM runs").fetchall()]
        assert len(statuses) == promise.runs
        assert statuses.count("failed") == promise.failed
        assert statuses.count("finished") == promise.runs - promise.failed
        keys = {key for (key,) in store.sql("SELECT DISTINCT key FROM summary").fetchall()}
        assert set(promise.metrics) <= keys
        paths = {path for (path,) in store.sql("SELECT DISTINCT path FROM artifacts").fetchall()}
        assert set(promise.artifacts) <= paths
        assert bool(store.sql("FROM matrices").fetchall()) == promise.matrices
        assert bool(store.sql("FROM histograms").fetchall()) == promise.histograms
        assert store.problems == ()


@pytest.mark.xdist_group("diabetes")
def test_a_run_starts_from_the_best_model_of_those_before(trained: Trained) -> None:
    with Store.open(trained("diabetes")) as store:
        found = store.lineage("best and trees").sources
        (model,) = [source for source in found if source.edge.kind == "model"]
        assert model.made_by is not None
        assert model.edge.version == store.model("diabetes", "best").version
        assert {source.edge.kind for source in model.made_by.sources} == {"dataset"}


@EXAMPLE
def test_every_run_of_an_example_has_a_name_and_params(example: str, trained: Trained) -> None:
    with Store.open(trained(example)) as store:
        bare = "SELECT name FROM runs WHERE run_id NOT IN (SELECT run_id FROM params)"
        assert store.sql(bare).fetchall() == []
        names = [name for (name,) in store.sql("SELECT name FROM runs").fetchall()]
        assert len(set(names)) == len(names)


@EXAMPLE
def test_an_example_gives_the_same_figures_again(
    example: str, trained: Trained, tmp_path: Path
) -> None:
    if example not in REPEATED:
        pytest.skip("it takes long: RUNFOLIO_LONG=1 repeats it, too")
    train(example, tmp_path / "runs", tmp_path)
    assert figures(trained(example)) == figures(tmp_path / "runs")


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
