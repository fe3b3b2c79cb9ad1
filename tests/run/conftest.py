"""Real runs in a temporary store, read back through the store's own reader."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runfolio.run.run import Run
from runfolio.run.start import init
from runfolio.store.folder import Folder
from runfolio.store.plan import snapshot

SOURCE = Path(__file__).resolve().parents[2] / "src"
Facts = Callable[..., list[dict[str, Any]]]


@pytest.fixture(autouse=True)
def quiet_surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of the machine's own, and a folder of the test's own."""
    for name in list(os.environ):
        if name.startswith(("RUNFOLIO_", "SLURM_")) or name in ("RANK", "LOCAL_RANK"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("RUNFOLIO_INDEX", "0")  # each store is read once: nothing is worth keeping
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "runs"


@pytest.fixture
def run(store: Path) -> Iterator[Run]:
    """An open run that notes nothing unasked."""
    opened = init("tests", store=store, capture=False)
    yield opened
    opened.finish()


@pytest.fixture
def facts(store: Path) -> Facts:
    """Facts of the store: ``facts(kind, key=…, run=…)``, in the store's order."""

    def read(kind: str | None = None, key: str | None = None, run: str | None = None) -> Any:
        rows = snapshot(Folder.open(store)).facts().to_pylist()
        return [
            row
            for row in rows
            if (kind is None or row["kind"] == kind)
            and (key is None or row["key"] == key)
            and (run is None or row["run_id"] == run)
        ]

    return read


@pytest.fixture
def info(facts: Facts) -> Callable[..., Any]:
    """The JSON of the last fact of a kind and key."""
    return lambda kind, key=None, run=None: json.loads(facts(kind, key, run)[-1]["text"])


@pytest.fixture
def script(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs a program in a process of its own, as a person would, in the test's folder."""

    def start(text: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        path = tmp_path / "train.py"
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        paths = os.pathsep.join([str(SOURCE), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
        options = environment.pop("options", "").split()
        return subprocess.run(
            [sys.executable, *options, path.name, *arguments],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": paths, **environment},
            capture_output=True,
            text=True,
            timeout=60,
        )

    return start
