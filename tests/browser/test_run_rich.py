"""The page of a run that has everything: its log, pictures, params, tables and sounds at work."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from ..site.rich import RUN, rich_site
from .conftest import Visit
from .published import made


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Overrides the tables' site by one of a run that has everything."""
    return rich_site(tmp_path_factory, made)


@pytest.fixture(scope="module")
def rich(disk: str) -> str:
    """The address of its page."""
    return f"{disk}runs/{RUN}.html"


def settled(page: Any, expression: str) -> None:
    """Wait until an expression is true; the page's policy forbids it to ask this itself."""
    for _ in range(200):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    raise AssertionError(expression)


def test_everything_on_the_page_answers(visit: Visit, rich: str) -> None:
    page = visit(rich)
    the_log_is_searched(page)
    params_are_filtered(page)
    pictures_slide(page)
    tables_are_sorted(page)
    contents_follow(page)
    sounds_may_play(page)


def the_log_is_searched(page: Any) -> None:
    log = page.locator("#output")
    assert log.locator("li").count() == 300
    box = log.get_by_label("Search output")
    box.fill("epoch 7 done in")
    log.get_by_text("1 of 1").wait_for()
    assert log.locator("li.now").get_attribute("id") == "L697"
    box.fill("step 69")
    log.get_by_text("1 of 8").wait_for()
    box.press("Shift+Enter")
    log.get_by_text("8 of 8").wait_for()
    log.get_by_label("Only matches").check()
    assert log.locator("li:visible").count() == 8
    log.get_by_role("button", name="Show the 400 earlier lines").click()
    settled(page, "document.querySelectorAll('#output li').length === 700")
    log.get_by_text("of 9").wait_for()
    box.fill("")
    log.get_by_label("Which lines").select_option(label="Warnings and errors")
    settled(page, "document.querySelectorAll('#output li:not([hidden])').length === 15")
    log.get_by_label("Which lines").select_option(label="All lines")


def params_are_filtered(page: Any) -> None:
    params = page.locator("#params")
    rows = params.locator("tbody tr:visible")
    assert rows.count() == 12
    params.get_by_label("Only differences").check()
    assert rows.count() == 2 and params.locator("details:visible").count() == 1
    params.get_by_label("Only differences").uncheck()
    params.get_by_label("Filter params").fill("encoder.heads")
    settled(page, "document.querySelectorAll('#params tbody tr:not([hidden])').length === 1")
    params.get_by_label("Filter params").fill("")


def pictures_slide(page: Any) -> None:
    series = page.locator("[data-rf=images]")
    slider = series.get_by_role("slider")
    assert series.locator("output").inner_text() == "step 400"
    assert not series.locator(".series-strip").is_visible()
    slider.fill("1")
    assert series.locator("output").inner_text() == "step 100"
    assert "face-step100" in series.locator(".series-picture").get_attribute("src")
    settled(page, "location.hash.includes('image=samples/face.png,100')")
    page.evaluate("location.hash = 'image=samples/face.png,300'")
    settled(page, "document.querySelector('.series-tools output').textContent === 'step 300'")
    series.get_by_role("button", name="All steps").click()
    assert series.locator(".series-strip").is_visible()


def tables_are_sorted(page: Any) -> None:
    table = page.locator(".artifact-table table")
    first = table.locator("tbody tr").first
    table.get_by_role("button", name="score").click()
    assert first.inner_text().split() == ["row", "17", "119"]
    assert table.locator("th").nth(1).get_attribute("aria-sort") == "descending"
    table.get_by_role("button", name="score").click()
    assert first.inner_text().split() == ["row", "0", "0"]
    table.get_by_role("button", name="name").click()
    assert table.locator("tbody tr").nth(1).inner_text().startswith("row 1\t"), "not row 10"


def contents_follow(page: Any) -> None:
    nav = page.get_by_label("On this page")
    nav.get_by_role("link", name="Git").click()
    settled(page, "document.querySelector('.run-contents [aria-current]').hash === '#git'")
    assert "image=" in page.evaluate("location.hash"), "the view stays in the address"
    assert nav.is_visible()


def sounds_may_play(page: Any) -> None:
    seconds = page.evaluate(
        """() => new Promise((resolve) => {
          const sound = document.querySelector("audio");
          sound.onloadedmetadata = () => resolve(sound.duration);
          sound.onerror = () => resolve(-1);
          sound.preload = "metadata";
          sound.load();
        })"""
    )
    assert seconds == pytest.approx(0.1)


def test_a_link_to_a_line_loads_what_it_needs(visit: Visit, rich: str) -> None:
    page = visit(f"{rich}#L42")
    page.wait_for_selector("#L42.target")
    assert page.locator("#L42").inner_text() == "step 42 loss 0.0238"
    assert page.locator("#output li").count() == 700


def test_it_reads_without_scripts_and_on_a_phone(visit: Visit, rich: str) -> None:
    page = visit(rich, java_script_enabled=False, viewport={"width": 320, "height": 800})
    assert page.locator("[data-step]").count() == 5
    assert page.locator(".series-strip").is_visible()
    assert page.locator("#L700").is_visible() and page.get_by_text("all of it as text").is_visible()
    assert page.locator("details.diff-file[open]").count() == 2
    assert page.locator(".lineage-graph svg").is_visible()
    width = page.locator("main").bounding_box()["width"]
    assert width <= 320
    assert re.search(r"\d", page.locator("#params").inner_text())
