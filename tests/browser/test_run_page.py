"""The page of a run: its charts answer to the bar, the mouse and the keyboard, and read without."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from .conftest import Visit
from .curves import STRANGE, curves_site, ids_of


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Overrides the tables' site by one with curves."""
    return curves_site(tmp_path_factory)


@pytest.fixture(scope="session")
def ids(site: Path) -> dict[str, str]:
    return ids_of(site)


@pytest.fixture
def run_page(visit: Visit, disk: str, ids: dict[str, str]) -> Any:
    """Opens the page of a run, by name, from disk, and waits for its first chart."""

    def open_run(name: str, state: str = "", **options: Any) -> Any:
        page = visit(f"{disk}runs/{ids[name]}.html{state}", **options)
        page.wait_for_selector("figure[data-drawn]")
        return page

    return open_run


def chart(page: Any, title: str) -> Any:
    return page.locator(f"figure[data-title={quoted(title)}]")


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def lines(page: Any, title: str) -> list[str]:
    """The paths of a chart's lines, once it has been drawn."""
    chart(page, title).locator(".chart-plot svg").wait_for()
    found: list[str] = (
        chart(page, title)
        .locator(".mark-shape path[stroke]")
        .evaluate_all("paths => paths.map(path => path.getAttribute('d')).filter(Boolean)")
    )
    return found


def settled(page: Any, title: str, before: list[str]) -> list[str]:
    """The lines of a chart after they have changed."""
    for _ in range(60):
        now = lines(page, title)
        if now and now != before:
            return now
        page.wait_for_timeout(50)
    raise AssertionError(f"{title} was not drawn anew")


def middle(page: Any, title: str) -> tuple[float, float]:
    box = chart(page, title).locator(".chart-layer").bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_curves_are_drawn_from_disk_and_over_http(
    visit: Visit, base: str, ids: dict[str, str]
) -> None:
    page = visit(f"{base}runs/{ids['descent-5']}.html")
    for title in ("slope", "train/loss", "val/loss"):
        chart(page, title).scroll_into_view_if_needed()
        page.wait_for_selector(f"figure[data-title={quoted(title)}][data-drawn]")
        assert lines(page, title)
    assert page.locator("figure[data-drawn] .still").count() == 0


def test_the_bar_smooths_switches_the_axis_and_bends_it(run_page: Any) -> None:
    page = run_page("descent-5")
    raw = lines(page, "train/loss")
    assert len(raw) == 1
    page.locator("#smooth").fill("0.8")
    smooth = settled(page, "train/loss", raw)
    assert len(smooth) == 2 and smooth[0] == raw[0], "the logged values stay, faint, below"
    page.get_by_role("button", name="Time").click()
    timed = settled(page, "train/loss", smooth)
    assert chart(page, "train/loss").locator("text", has_text=re.compile(r"\d(s|m)$")).count() > 1
    page.get_by_label("Log scale").check()
    settled(page, "train/loss", timed)
    page.wait_for_timeout(300)
    assert {"x=time", "smooth=0.8", "log=1"} <= set(
        page.evaluate("location.hash.slice(1)").split("&")
    )


def test_the_address_brings_the_view_back(run_page: Any) -> None:
    page = run_page("descent-5", "#x=time&smooth=0.5&log=1")
    assert page.locator("#smooth").input_value() == "0.5"
    assert page.get_by_label("Log scale").is_checked()
    assert page.get_by_role("button", name="Time").get_attribute("aria-pressed") == "true"
    assert len(lines(page, "train/loss")) == 2
    page.evaluate("location.hash = 'smooth=nonsense&x=7'")
    page.wait_for_timeout(200)
    assert page.locator("#smooth").input_value() == "0"


def test_the_pointer_reads_the_same_step_in_all_charts(run_page: Any) -> None:
    page = run_page("descent-5")
    page.wait_for_selector(f"figure[data-title={quoted('slope')}][data-drawn]")
    lines(page, "train/loss")
    last = chart(page, "slope").locator(".chart-value").inner_text()
    page.mouse.move(*middle(page, "train/loss"))
    tip = chart(page, "train/loss").locator(".tip")
    tip.wait_for()
    step = int(re.search(r"step (\d+)", tip.inner_text()).group(1))  # type: ignore[union-attr]
    assert 120 < step < 180
    assert chart(page, "slope").locator(".cross-svg.on").count() == 1
    assert chart(page, "slope").locator(".chart-value.live").inner_text() != last
    page.mouse.move(5, 5)
    page.wait_for_timeout(100)
    assert chart(page, "slope").locator(".chart-value").inner_text() == last


def test_dragging_zooms_every_chart_and_a_double_click_shows_all(run_page: Any) -> None:
    page = run_page("descent-5")
    before = lines(page, "train/loss")
    x, y = middle(page, "train/loss")
    page.mouse.move(x - 40, y)
    page.mouse.down()
    page.mouse.move(x + 60, y, steps=4)
    page.mouse.up()
    zoomed = settled(page, "train/loss", before)
    page.wait_for_timeout(300)
    assert re.search(r"zoom=step:\d", page.evaluate("location.hash"))
    reset = page.get_by_role("button", name="Reset zoom")
    assert reset.is_visible()
    page.mouse.dblclick(x, y)
    assert settled(page, "train/loss", zoomed) == before
    assert not reset.is_visible()


def test_keys_walk_over_the_points_and_speak_them(run_page: Any) -> None:
    page = run_page("descent-5")
    lines(page, "train/loss")
    chart(page, "train/loss").locator(".chart-layer").focus()
    for key, said in (("Home", "step 0:"), ("ArrowRight", "step 1:"), ("End", "step 299:")):
        page.keyboard.press(key)
        page.locator("#live", has_text=said).wait_for(state="attached")
    page.keyboard.press("Shift+PageDown")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Reset zoom").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Reset zoom").wait_for(state="hidden")


def test_smoothing_starts_at_the_first_value_and_skips_what_is_missing(run_page: Any) -> None:
    page = run_page("descent-1")
    smooth = "([xs, ys, weight]) => rf.curves.smooth(xs, ys, weight)"
    assert page.evaluate(smooth, [[0, 1, 2], [4, 4, 4], 0.9]) == pytest.approx([4, 4, 4])
    got = page.evaluate(smooth, [[0, 1, 2, 3], [1, None, 3, 5], 0.5])
    assert got[1] is None
    assert got[0] == 1
    assert got[2] == pytest.approx((1 * 0.5 * 0.25 + 3 * 0.75) / (0.5 * 0.25 + 0.75)), (
        "a gap of two steps decays twice, and what comes after it counts for both"
    )
    even = page.evaluate(smooth, [[0, 1, 2, 3], [1, 2, 3, 4], 0.5])
    assert even[3] == pytest.approx((1 / 8 + 2 / 4 + 3 / 2 + 4) / (1 / 8 + 1 / 4 + 1 / 2 + 1))


def test_thinning_keeps_every_spike(run_page: Any) -> None:
    page = run_page("descent-1")
    kept = page.evaluate(
        """() => {
          const ys = Array.from({length: 5000}, (_, at) => at % 3);
          [ys[3217], ys[41]] = [99, -7];
          return rf.curves.thin(ys, 0, ys.length, 200);
        }"""
    )
    assert len(kept) <= 200 and kept[0] == 0 and kept[-1] == 4999
    assert {3217, 41} <= set(kept)
    assert kept == sorted(kept)


def test_a_change_of_theme_recolours_charts(run_page: Any) -> None:
    page = run_page("descent-5")
    lines(page, "slope")
    color = "path => getComputedStyle(path).stroke"
    path = chart(page, "slope").locator(".mark-shape path[stroke]").first
    light = path.evaluate(color)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert path.evaluate(color) != light
    assert light.startswith("rgb")


def test_strange_names_are_drawn_like_others(run_page: Any) -> None:
    page = run_page("strange <b>")
    for name in STRANGE:
        chart(page, name).scroll_into_view_if_needed()
        assert lines(page, name), name


def test_what_was_logged_once_is_a_value_and_no_chart(
    visit: Visit, disk: str, ids: dict[str, str]
) -> None:
    page = visit(f"{disk}runs/{ids['once']}.html")
    assert page.locator("figure.chart, .chart-bar, .empty").count() == 0
    key, value, step = page.locator("#metrics tbody tr").inner_text().split()
    assert (key, float(value), step) == ("val/loss", 0.5, "7")


def test_one_point_is_a_dot_beside_curves(visit: Visit, disk: str, ids: dict[str, str]) -> None:
    page = visit(f"{disk}compare.html#runs={ids['once']},{ids['descent-1']}")
    assert len(lines(page, "val/loss")) == 1
    assert chart(page, "val/loss").locator(".mark-symbol path").count() == 1


def test_values_that_are_not_finite_are_marked(run_page: Any) -> None:
    page = run_page("lost")
    assert "not finite" in chart(page, "slope").locator("figcaption").inner_text()
    lines(page, "slope")
    assert chart(page, "slope").locator(".mark-symbol path").count() > 3


def test_a_closed_group_is_drawn_when_it_opens(run_page: Any) -> None:
    page = run_page("watched")
    group = page.locator(".chart-group", has=page.locator("summary", has_text="System"))
    assert group.locator("figure[data-drawn]").count() == 0
    group.locator("summary").click()
    group.locator("figure[data-drawn]").first.wait_for()


def test_many_charts_are_found_by_name(run_page: Any) -> None:
    page = run_page("watched")
    page.get_by_label("Filter charts by name").fill("layer1 norm3")
    page.locator("#live", has_text="1 chart").wait_for(state="attached")
    assert page.locator(".chart-grid > .chart:visible").count() == 1


def test_a_chart_can_be_a_table_larger_and_a_file(run_page: Any) -> None:
    page = run_page("descent-5")
    figure = chart(page, "val/loss")
    figure.scroll_into_view_if_needed()
    lines(page, "val/loss")
    figure.hover()
    figure.get_by_role("button", name="as a table").click()
    rows = figure.locator(".chart-table tbody tr")
    assert 10 < rows.count() <= 20
    assert rows.last.locator("th").inner_text() == "299"
    before = figure.bounding_box()["width"]
    figure.get_by_role("button", name="Enlarge").click()
    assert figure.bounding_box()["width"] > before * 1.5
    figure.locator(".chart-save summary").click()
    with page.expect_download() as download:
        figure.get_by_role("button", name="as SVG").click()
    text = Path(download.value.path()).read_text("utf-8")
    assert text.startswith("<svg") and "var(--" not in text


def test_histograms_show_each_step(run_page: Any) -> None:
    page = run_page("watched")
    figure = chart(page, "weights")
    figure.scroll_into_view_if_needed()
    figure.locator(".chart-plot svg").wait_for()
    slider = figure.get_by_role("slider")
    assert figure.locator("output").inner_text() == "step 2"
    slider.fill("0")
    assert figure.locator("output").inner_text() == "step 1"
    assert page.locator(".matrix td").count() > 4


def test_params_and_output_are_filtered(run_page: Any) -> None:
    page = run_page("descent-5")
    rows = page.locator("table.params tbody tr:visible")
    everything = rows.count()
    page.get_by_label("Only differences").check()
    assert 0 < rows.count() < everything
    page.get_by_label("Only differences").uncheck()
    page.get_by_label("Filter params").fill("option3")
    page.locator("#live", has_text="1 param").wait_for(state="attached")
    assert rows.count() == 1


def test_a_run_reads_without_scripts(visit: Visit, disk: str, ids: dict[str, str]) -> None:
    page = visit(f"{disk}runs/{ids['descent-5']}.html", java_script_enabled=False)
    assert page.locator("h1").inner_text() == "descent-5"
    assert page.locator(".still").count() == 3
    assert page.locator("table.metrics tbody tr").count() == 3
    assert page.locator("table.params tbody tr").count() > 5
    assert not page.locator(".chart-bar").is_visible()


@pytest.mark.parametrize("name", ["descent-5", "strange <b>", "watched"])
def test_nothing_is_wider_than_a_phone(run_page: Any, name: str) -> None:
    page = run_page(name, viewport={"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
