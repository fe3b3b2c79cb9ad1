"""Long curves: as quick to open as short ones, and true to every point when one looks closely."""

from __future__ import annotations

import math
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import runfolio
from runfolio.config import load
from runfolio.site import full

from .conftest import Visit
from .published import made
from .test_run_page import chart, lines, settled

POINTS = 12_000
#: One point far above all others, among neighbours that a reduced curve leaves out.
SPIKE = 7_203
CONFIG = 'store = "runs"\n[[leaderboard]]\nname = "long"\nmetric = "loss"\ndirection = "min"\n'


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One long run, in stretches of 2,000 points that take no time to make."""
    folder = tmp_path_factory.mktemp("zoom")
    (folder / "runfolio.toml").write_text(CONFIG, "utf-8")
    for name in ("long", "short"):
        with runfolio.init("long", name=name, store=folder / "runs", capture=False) as run:
            for step in range(POINTS if name == "long" else 200):
                loss = 9.0 if step == SPIKE else 2 + math.sin(step * 1.7)
                run.log({"loss": loss, "lr": step / POINTS}, step=step)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(full, "STRETCH", 2_000)
        patch.setattr(full, "MIDDLE", 2_400)
        yield made(load(folder / "runfolio.toml", env={}), folder / "_site")


def run_path(site: Path, name: str = "long") -> str:
    found = [path for path in (site / "runs").glob("*.html") if f"<h1><bdi>{name}" in text_of(path)]
    return f"runs/{found[0].name}"


def text_of(path: Path) -> str:
    return path.read_text("utf-8")


def tier(page: Any, words: str) -> None:
    """Wait until the chart says that it shows these points."""
    chart(page, "loss").locator(".chart-tier", has_text=re.compile(f"^{words}$")).wait_for()


def asked(page: Any) -> list[str]:
    """The files of finer points that the page has loaded."""
    sources = page.locator("script[src*='data/full/']").evaluate_all("all => all.map(s => s.src)")
    return sorted(re.sub(r".*/(\w+(-\d+)?)-\w{10}\.js", r"\1", source) for source in sources)


def test_a_zoom_loads_the_points_of_its_window_and_no_others(
    visit: Visit, base: str, site: Path
) -> None:
    page = visit(base + run_path(site))
    page.wait_for_selector("figure[data-title=loss][data-drawn]")
    tier(page, r"(99\d|1,000) of 12,000 points")
    assert asked(page) == []
    assert chart(page, "loss").locator(".mark-shape path[fill]:not([fill=none])").count(), "a band"
    whole = lines(page, "loss")

    page.evaluate("location.hash = 'zoom=step:1000..11000'")
    tier(page, r"2,\d+ of 12,000 points")
    assert {"m0"} <= set(asked(page)) <= {"m0", "m1"}, "the middle picture"

    page.evaluate(f"location.hash = 'zoom=step:{SPIKE - 20}..{SPIKE + 20}'")
    tier(page, "every point")
    assert {"a0-3", "m0-3"} <= set(asked(page)) <= {"a0-3", "m0-3", "m1-3", "m0", "m1"}
    chart(page, "loss").locator(".chart-layer").focus()
    for key, said in (("Home", SPIKE - 20), ("ArrowRight", SPIKE - 19)):
        page.keyboard.press(key)
        page.locator("#live", has_text=f"step {said:,}:").wait_for(state="attached")
    area = chart(page, "loss").locator(".chart-layer").bounding_box()
    left, right = 50, 14  # the plot's margins (charts.js)
    x = area["x"] + left + (area["width"] - left - right) / 2
    page.mouse.move(x, area["y"] + 80)
    tip = chart(page, "loss").locator(".tip", has_text="9")
    tip.wait_for()
    assert f"step {SPIKE:,}" in tip.inner_text()
    close = lines(page, "loss")
    assert max(text.count("L") for text in close) == 40 + 2, "each point, and one beyond each end"
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    assert settled(page, "loss", close) == whole


def test_smoothing_looks_the_same_from_near(visit: Visit, disk: str, site: Path) -> None:
    page = visit(f"{disk}{run_path(site)}#smooth=0.9&zoom=step:5000..5400")
    tier(page, "every point")
    heights = "path => path.getAttribute('d').split(/[ML]/).slice(1).map(p => +p.split(',')[1])"
    smooth = chart(page, "loss").locator(".mark-shape path[stroke]").last.evaluate(heights)
    assert max(smooth) - min(smooth) < 25, "a mean over some 200 points, not over the next few"


def test_without_the_files_a_zoom_says_so_and_draws_what_there_is(
    browser: Any, site: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "without"
    shutil.copytree(site, copy, ignore=shutil.ignore_patterns("full"))
    page = browser.new_context().new_page()
    page.goto(f"{copy.as_uri()}/{run_path(site)}#zoom=step:5000..5400")
    tier(page, "finer points could not be read")
    assert lines(page, "loss")
    page.context.close()
