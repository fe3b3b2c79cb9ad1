"""Real processes that are really killed. RUNFOLIO_FAULTS=long multiplies the trials by twenty."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from runfolio.store import folder as folder_module
from runfolio.store.folder import Folder

HERE = Path(__file__).parent


@pytest.fixture
def times() -> int:
    """By how much the number of trials is multiplied."""
    return 20 if os.environ.get("RUNFOLIO_FAULTS") == "long" else 1


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """An empty store."""
    return Folder.create(tmp_path / "store")


@pytest.fixture
def start() -> Callable[..., subprocess.Popen[str]]:
    """Starts a script of this folder as a process of its own; its output can be read."""

    def begin(script: str, *arguments: object) -> subprocess.Popen[str]:
        environment = {**os.environ, "PYTHONPATH": str(Path(folder_module.__file__).parents[2])}
        return subprocess.Popen(
            [sys.executable, str(HERE / script), *map(str, arguments)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return begin


@pytest.fixture
def finish(start: Callable[..., subprocess.Popen[str]]) -> Callable[..., str]:
    """Runs a script to its end within ``timeout`` seconds and returns what it printed."""

    def whole(script: str, *arguments: object, timeout: float = 60, code: int = 0) -> str:
        process = start(script, *arguments)
        try:
            out, errors = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            out, errors = process.communicate()
            pytest.fail(f"{script} hung: {out}\n{errors}")
        assert process.returncode == code, f"{out}\n{errors}"
        return out

    return whole
