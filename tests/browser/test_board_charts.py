"""The charts of a leaderboard: dots that lead to runs, a choice of params, axes to brush."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .conftest import Visit
from .curves import curves_site


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Overrides the tables' site by one with curves."""
    return curves_site(tmp_path_factory)


@pytest.fixture
def board(visit: Visit, base: str) -> Any:
    page = visit(base + "leaderboards/descent.html")
    page.wait_for_selector("figure[data-chart=progress][data-drawn]")
    page.wait_for_selector("figure[data-chart=scatter][data-drawn]")
    return page


def test_keys_walk_over_the_dots_and_open_a_run(board: Any) -> None:
    layer = board.locator("figure[data-chart=progress] .chart-layer")
    layer.focus()
    board.keyboard.press("Home")
    board.locator("#live", has_text="descent-0: val/loss").wait_for(state="attached")
    board.keyboard.press("ArrowRight")
    board.locator("#live", has_text="descent-1: val/loss").wait_for(state="attached")
    board.keyboard.press("Enter")
    board.wait_for_url("**/runs/*.html")
    assert board.locator("h1").inner_text() == "descent-1"


def test_the_scatter_shows_the_chosen_param(board: Any) -> None:
    figure = board.locator("figure[data-chart=scatter]")
    select = figure.locator("select")
    options = select.locator("option").all_inner_texts()
    assert {"lr", "seed"} <= set(options)

    def ticks() -> list[str]:
        texts: list[str] = figure.locator(".chart-plot text").all_inner_texts()
        return texts

    before = ticks()
    select.select_option(next(name for name in ("seed", "lr") if name != select.input_value()))
    for _ in range(40):
        board.wait_for_timeout(50)
        if ticks() != before:
            break
    assert ticks() != before


def test_a_stretch_of_an_axis_keeps_the_runs_that_pass_it(board: Any) -> None:
    board.locator("details.parallel summary").click()
    figure = board.locator("figure[data-chart=parallel]")
    figure.locator(".chart-plot svg").wait_for()
    figure.scroll_into_view_if_needed()
    box = figure.locator(".chart-layer").bounding_box()
    left = box["x"] + 56  # the first axis: the margin of this kind (parallel.js)
    board.mouse.move(left, box["y"] + box["height"] / 2)
    board.mouse.down()
    board.mouse.move(left, box["y"] + box["height"] - 40, steps=5)
    board.mouse.up()
    remark = figure.locator(".chart-remarks")
    remark.wait_for(state="attached")
    kept = int(remark.text_content().split()[0])
    assert 0 < kept < 28
    board.mouse.click(left, box["y"] + box["height"] - 60)
    board.locator("#live", has_text="All runs").wait_for(state="attached")
