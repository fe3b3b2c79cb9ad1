"""Pages of a built site as people use them: without scripts, on a phone, in any theme."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import Visit, build_site
from .published import PUBLISHED

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "A" * 300,
    "abc\u202egnp.exe",
    "__proto__",
    "\"' onmouseover=alert(1) x='",
    "fit %2C,&=#?",
)


def fits(page: Any) -> bool:
    """Whether nothing makes the page wider than the window."""
    wide: bool = page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    return wide


def test_a_leaderboard_reads_without_scripts(visit: Visit, disk: str) -> None:
    page = visit(disk + "leaderboards/line.html", java_script_enabled=False)
    text = page.locator("main").inner_text()

    assert page.locator("table.runs tbody tr").count() == 50
    assert "first 50 of 62 runs" in text
    assert "Ranked by the error" in text
    assert re.search(r"failed\s+3\s+finished\s+59", text, re.DOTALL)
    assert page.locator("input:visible, button:visible").count() == 0
    assert page.locator("figure svg").count() >= 2


def test_the_front_page_tells_the_state_in_words(visit: Visit, disk: str) -> None:
    page = visit(disk + "index.html", java_script_enabled=False)

    assert "leads Fit of a line" in page.locator(".verdict").inner_text()
    page.locator("main").get_by_role("link", name="Fit of a line").first.click()
    assert page.locator("h1").inner_text() == "Fit of a line"


def test_a_reader_may_have_dates_and_numbers_in_the_form_of_the_own_language(
    visit: Visit, disk: str
) -> None:
    page = visit(disk + "leaderboards/line.html", locale="de-DE", timezone_id="Asia/Tokyo")
    cells = page.locator("table.runs tbody td.num .value")
    last = page.locator(".tile", has_text="Last run").locator("dd").first
    written, moment = cells.first.inner_text(), last.inner_text()
    assert re.fullmatch(r"\d+\.\d+", written)
    year, month, day, hour = re.findall(r"\d+", moment)[:4]
    theirs = f"{day}.{month}.{year}, {hour}:"

    page.get_by_role("button", name="Dates and numbers my way").click()
    assert cells.first.inner_text() == written.replace(".", ",")
    assert theirs in last.inner_text()
    # A name that looks like a moment stays a name.
    add = "(name) => document.querySelector('main').append(rf.el('p', { class: 'tag' }, name))"
    page.evaluate(add, moment)
    assert page.locator("p.tag").inner_text() == moment
    page.locator("table.runs thead th.num button").last.click()
    page.locator("table.runs td.num .value", has_text=",").nth(9).wait_for()
    page.goto(disk + "experiments/index.html")
    page.locator("td", has_text=theirs).first.wait_for()
    page.get_by_role("button", name="Dates and numbers as written").click()
    assert moment in page.locator("main").inner_text()
    assert theirs not in page.locator("main").inner_text()


def test_on_a_phone_the_filters_open_by_a_button(visit: Visit, disk: str) -> None:
    page = visit(disk + "experiments/line.html", viewport={"width": 390, "height": 800})
    box = page.locator(".facets-list")

    assert not box.is_visible()
    page.get_by_role("button", name="Filters").click()
    assert box.is_visible()


def test_the_run_column_stays_while_the_table_scrolls(visit: Visit, disk: str) -> None:
    page = visit(disk + "experiments/line.html", viewport={"width": 390, "height": 800})
    scroll = page.locator(".board-table .scroll")
    scroll.evaluate("(box) => { box.scrollLeft = 400; }")

    name = page.locator("tbody .col-run").first.bounding_box()
    assert name["x"] == pytest.approx(scroll.bounding_box()["x"], abs=2)


def test_the_theme_turns_and_is_remembered(visit: Visit, disk: str) -> None:
    page = visit(disk + "index.html", color_scheme="light")
    back = "getComputedStyle(document.documentElement).backgroundColor"
    light = page.evaluate(back)
    button = page.locator("[data-theme-button]")
    assert button.get_attribute("aria-label") == "Theme: automatic"
    button.click()
    assert page.evaluate(back) == light
    button.click()
    dark = page.evaluate(back)
    assert dark != light
    page.goto(disk + "tags/index.html")

    assert page.evaluate(back) == dark
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_the_theme_follows_the_system_at_first(visit: Visit, disk: str) -> None:
    back = "getComputedStyle(document.documentElement).backgroundColor"
    dark = visit(disk + "index.html", color_scheme="dark").evaluate(back)

    assert dark == "rgb(14, 17, 22)"


def test_the_skip_link_moves_the_focus_and_keeps_the_view(visit: Visit, disk: str) -> None:
    page = visit(disk + "experiments/line.html#q=fit-1")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "main"
    assert page.evaluate("location.hash") == "#q=fit-1"


def test_hostile_names_are_only_names(
    visit: Visit, tmp_path: Path, address_of: Callable[[Path], str]
) -> None:
    site = address_of(build_site(tmp_path, runs=12, names=HOSTILE))
    page = visit(site + "leaderboards/line.html")
    links = page.locator(".board-table tbody .run-link")
    shown = set(links.all_inner_texts())

    assert set(HOSTILE) - {"A" * 300} <= shown | {"A" * 300}
    assert all(box["width"] < 400 for box in (link.bounding_box() for link in links.all()))
    for index in range(links.count()):
        page.locator(".board-table tbody .check").nth(index).check()
    page.locator(".board .search input").fill("__proto__")
    page.wait_for_timeout(400)
    assert page.locator(".board-count").inner_text() == "1 of 12 runs"
    assert fits(page)
    page.goto(site + "index.html")
    assert fits(page)


@pytest.mark.skipif(PUBLISHED, reason="where there is no run, nothing is published")
def test_an_empty_store_says_how_to_begin(visit: Visit, tmp_path: Path) -> None:
    site = build_site(tmp_path, runs=0, others=0)
    page = visit(site.as_uri() + "/index.html")

    assert "runfolio.init(" in page.locator("main").inner_text()
    page.get_by_role("button", name="Copy").click()
    page.wait_for_selector(".copy .i-check")
