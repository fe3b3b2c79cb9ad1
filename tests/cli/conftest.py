"""Small real stores, and a way to call the command line in this process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from runfolio.cli.app import app

Cli = Callable[..., Result]


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable, config or terminal of the person who runs the tests."""
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "RUNFOLIO_STORE", "RUNFOLIO_OUT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def cli() -> Cli:
    """``cli("ls", "--json")`` runs a command line; the result has stdout, stderr, exit_code."""

    def call(*args: str, input: str | bytes | None = None) -> Result:
        return CliRunner().invoke(
            app, [str(arg) for arg in args], input=input, prog_name="runfolio"
        )

    return call
