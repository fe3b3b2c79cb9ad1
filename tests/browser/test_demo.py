"""The demo as a newcomer sees it: real models are trained, and the site opens by double-click."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from runfolio.config import load
from runfolio.config.publishing import PublishConfig
from runfolio.query.store import Store

from ..test_examples import PROMISES, keeps_its_promise
from .conftest import Visit
from .published import PUBLISHED, made

pytestmark = pytest.mark.timeout(400)

ONE_OF_EACH = ("leaderboards/*.html", "experiments/*.html", "runs/*.html", "tags/*.html")


@pytest.fixture(scope="module")
def demo(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site that ``runfolio demo --fast`` makes; asks for the browser before it trains.

    Where sites are published, the one that a newcomer has who changes no setting.
    """
    pytest.importorskip("sklearn")
    folder = tmp_path_factory.mktemp("newcomer")
    done = subprocess.run(
        [sys.executable, "-m", "runfolio", "demo", "--fast", "--out", "demo", "--no-open"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=380,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    if not PUBLISHED:
        return folder / "demo" / "_site"
    config = load(folder / "demo" / "runfolio.toml", env={})
    return made(config, folder / "published", PublishConfig())


# One test, so that the training is done once however the tests are spread over processes.
def test_the_demo_opens_from_disk_without_errors_or_outside_requests(
    visit: Visit, demo: Path
) -> None:
    pages = [*demo.glob("*.html"), *(page for kind in ONE_OF_EACH for page in demo.glob(kind))]
    kept = {page.parent: page for page in sorted(pages) if page.parent != demo}
    if not PUBLISHED:
        with Store.open(demo.parent / "runs") as store:
            for example in PROMISES:
                keeps_its_promise(store, example)
    boards = sorted(demo.glob("leaderboards/*.html"))
    assert len(boards) == 4

    for page in sorted({*demo.glob("*.html"), *kept.values(), *boards}):
        if PUBLISHED and page.name == "404.html":
            continue  # it belongs to the site's address, and not to the disk
        shown = visit(page.as_uri())
        if page.name != "404.html":
            assert shown.locator("main h1").count() == 1, page.name
            assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.name
        shown.context.close()

    board = visit((demo / "leaderboards" / "digits.html").as_uri())
    board.wait_for_function("document.querySelectorAll('.board-table tbody tr').length === 36")
    board.wait_for_selector("figure.chart svg.marks, figure.chart .vega-embed svg")
