"""Real processes that are really killed, calls that really fail, files that are really damaged.

RUNFOLIO_LONG=1 is the long mode (`make faults`): twenty times the trials, or as many times as
RUNFOLIO_FAULTS_TIMES says; RUNFOLIO_FAULTS_STEPS is the length of a sequence of commands. Each test
prints its figures; the long mode ends with a table of them.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runfolio.store import folder as folder_module
from runfolio.store.folder import Folder

HERE = Path(__file__).parent


LONG = os.environ.get("RUNFOLIO_LONG", "") not in ("", "0")
_FIGURES: list[tuple[str, str]] = []


@pytest.fixture
def long() -> bool:
    """Whether this is the long mode."""
    return LONG


@pytest.fixture
def times() -> int:
    """By how much the number of trials is multiplied."""
    return int(os.environ.get("RUNFOLIO_FAULTS_TIMES") or (20 if LONG else 1))


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[[str, object], None]:
    """Prints a figure, and keeps it for the table at the end."""

    def told(name: str, value: object) -> None:
        print(f"{name}: {value}")
        record_property(f"figure {name}", str(value))

    return told


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call":
        for name, value in report.user_properties:
            if name.startswith("figure "):
                _FIGURES.append((name.removeprefix("figure "), str(value)))
        for line in report.capstdout.splitlines():
            if match := re.fullmatch(r"(T\d[^:]*): (.*)", line):
                _FIGURES.append((match[1], match[2]))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if _FIGURES and LONG:
        terminalreporter.section("figures")
        width = max(len(name) for name, _ in _FIGURES)
        for name, value in sorted(_FIGURES):
            terminalreporter.write_line(f"{name:{width}}  {value}")


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """An empty store."""
    return Folder.create(tmp_path / "store")


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a script of this folder as a process of its own; its output can be read."""
    started: list[subprocess.Popen[str]] = []

    def begin(script: str, *arguments: object) -> subprocess.Popen[str]:
        environment = {**os.environ, "PYTHONPATH": str(Path(folder_module.__file__).parents[2])}
        process = subprocess.Popen(
            [sys.executable, str(HERE / script), *map(str, arguments)],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


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
