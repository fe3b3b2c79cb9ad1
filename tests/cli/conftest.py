"""Small real stores, and a way to call the command line in this process."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import runfolio.cli.app
from runfolio.cli.app import app
from runfolio.run.start import init

Cli = Callable[..., Result]
SRC = Path(runfolio.cli.app.__file__).parents[2]
HOSTILE = 'x\x1b[31m"><script>alert(1)</script>|\u202e'


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable, config or terminal of the person who runs the tests."""
    for name in list(os.environ):
        if name.startswith("RUNFOLIO_") or name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def cli() -> Cli:
    """``cli("ls", "--json")`` runs a command line; the result has stdout, stderr, exit_code."""

    def call(*args: object, input: str | bytes | None = None) -> Result:
        words = [str(arg) for arg in args]
        return CliRunner().invoke(app, words, input=input, prog_name="runfolio")

    return call


@pytest.fixture(scope="session")
def _built_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four runs: three settings (the last one failed), and one of strange names."""
    path = tmp_path_factory.mktemp("built") / "runs"
    for index, rate in enumerate((0.1, 0.01, 1.0)):
        run = init(
            "digits",
            name=f"svm-{index}",
            params={"lr": rate, "kernel": "rbf", "opt": {"name": "sgd" if index else None}},
            tags=["baseline"] if index == 0 else {"paper": "yes"},
            store=path,
            id=f"2026-{index}",
            capture=False,
        )
        for step in range(30):
            run.log({"val/accuracy": 1 - math.exp(-step * rate), "loss": 1 / (step + 1)}, step=step)
        if index == 0:
            run.note("The *first* one.")
        if index == 2:
            run.log({"loss": math.nan}, step=30)
            run.finish("failed", exit_code=1, exception=ValueError("diverged"))
        run.finish()
    strange = init(
        "strange", name=HOSTILE, params={HOSTILE: HOSTILE}, store=path, id="3", capture=False
    )
    strange.log({HOSTILE: 1.0})
    strange.finish()
    return path


@pytest.fixture
def store(_built_store: Path, tmp_path: Path) -> Path:
    """A copy of the built store at ./runs, where the command line looks by default."""
    return Path(shutil.copytree(_built_store, tmp_path / "runs"))


@pytest.fixture
def empty_store(tmp_path: Path) -> Path:
    """A store without runs at ./runs."""
    from runfolio.store.folder import Folder

    return Folder.create(tmp_path / "runs").path


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line believes that a person with 80 columns reads it."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    for module in ("terminal", "looking", "asking", "building", "changing", "demo"):
        monkeypatch.setattr(f"runfolio.cli.{module}.is_terminal", lambda *stream: True)
