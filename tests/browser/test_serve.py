"""`runfolio serve` while a training runs: what is open in a browser follows, and stays in place."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import Visit
from .published import PUBLISHED
from .runs import log_project

pytestmark = pytest.mark.skipif(PUBLISHED, reason="a published site follows no training")

#: Logs a loss whenever it is told to; the run goes on until its input ends.
TRAINING = """
import sys
import runfolio

run = runfolio.init("line", name="watched", store="runs", capture=False)
loss = 1.0
for step, line in enumerate(sys.stdin):
    loss *= 0.9
    run.log({"val/loss": loss}, step=step)
    print(step, flush=True)
run.finish()
"""


@pytest.fixture
def project(browser: object, tmp_path: Path) -> Path:
    """A project of 12 runs; asks for the browser before it logs."""
    log_project(tmp_path, runs=12)
    return tmp_path


@pytest.fixture
def training(project: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that trains in the project."""
    pipe = subprocess.PIPE
    words = [sys.executable, "-c", TRAINING]
    with subprocess.Popen(words, cwd=project, stdin=pipe, stdout=pipe, text=True) as process:
        yield process
        process.communicate(timeout=60)


@pytest.fixture
def address(project: Path) -> Iterator[str]:
    """Where `runfolio serve` shows the project."""
    words = [sys.executable, "-m", "runfolio", "serve", "--port", "0", "--prefix", "/lab/"]
    with subprocess.Popen(words, cwd=project, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = next(line for line in process.stdout if " at http" in line)
        yield line.split(" at ")[1].split()[0]
        process.terminate()


def log(training: subprocess.Popen[str], times: int) -> None:
    assert training.stdin is not None
    assert training.stdout is not None
    for _ in range(times):
        training.stdin.write("go\n")
        training.stdin.flush()
        training.stdout.readline()


def test_an_open_page_follows_a_training_and_keeps_its_place(
    training: subprocess.Popen[str], address: str, visit: Visit, project: Path
) -> None:
    log(training, 1)
    page = visit(f"{address}leaderboards/line.html#q=fit", viewport={"width": 700, "height": 500})
    runs = (project / "_site/runs").glob("2*.html")
    silent = next(path for path in runs if "<title>silent-0" in path.read_text("utf-8"))
    other = visit(f"{address}runs/{silent.name}")
    for each in (page, other):
        each.evaluate("window.stillHere = true")
    page.locator(".board-table .scroll").evaluate("(box) => { box.scrollLeft = 80; }")
    page.evaluate("scrollTo(0, 700)")

    with page.expect_event("load", timeout=60_000):
        log(training, 3)
    page.wait_for_selector("[data-rf=board][data-state]")
    page.wait_for_timeout(500)  # the place is found again as tables and charts are drawn
    assert page.evaluate("scrollY") == 700
    assert page.locator(".board-table .scroll").evaluate("(box) => box.scrollLeft") == 80
    assert page.evaluate("location.hash") == "#q=fit"
    assert page.locator(".search input").input_value() == "fit"
    assert other.evaluate("window.stillHere"), "its own file is as it was"

    (project / "runfolio.toml").write_text("[site\n", "utf-8")
    page.wait_for_selector(".live-error", timeout=60_000)
    assert "runfolio.toml:1:6" in page.locator(".live-error").inner_text()
