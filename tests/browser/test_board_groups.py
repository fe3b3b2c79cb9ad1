"""What readers do with a leaderboard of groups, and with columns, pins, values and exports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import runfolio
from runfolio.config import load

from .conftest import Visit
from .published import made
from .runs import log_project

MORE = """
[[leaderboard]]
name = "schedules"
experiment = "line"
metric = "val/loss"
direction = "min"
group_by = ["schedule"]
baseline = "fit-0"
secondary = "train/loss"

[[source]]
name = "lab-b"
where = "lab"
publish = "yes"
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Overrides the tables' site: fewer runs, and a leaderboard by schedule."""
    folder = tmp_path_factory.mktemp("groups")
    log_project(folder, runs=24, names=["fit-0", "=SUM(1)", "a|b_c & 50%"], others=0)
    config = folder / "runfolio.toml"
    config.write_text(config.read_text("utf-8") + MORE, "utf-8")
    for store, rates in (("runs", (0.1, 0.3, 0.5)), ("lab", (0.2, 0.4))):
        for rate in rates:
            params = {"lr": rate}
            with runfolio.init(
                "shared", name=f"{store}-{rate}", params=params, store=folder / store, capture=False
            ) as run:
                run.log({"val/loss": 1 - rate}, step=0)
    return made(load(config, env={}), folder / "_site")


def names(page: Any) -> list[str]:
    found: list[str] = page.locator("table.runs tbody th.col-run > :first-child").all_inner_texts()
    return found


def heads(page: Any) -> list[str]:
    found: list[str] = page.locator("table.runs thead bdi").all_inner_texts()
    return found


def hash_of(page: Any) -> str:
    text: str = page.evaluate("decodeURIComponent(location.hash)")
    return text


def test_groups_open_are_chosen_whole_and_look_alike_without_scripts(
    visit: Visit, disk: str
) -> None:
    cells = """() => [...document.querySelectorAll("table.runs tbody tr")].map((row) =>
      [...row.cells].filter((cell) => !cell.matches(".col-pick"))
        .map((cell) => [cell.textContent.replace(/\\s+/g, " ").trim(), cell.className]))"""
    address = disk + "leaderboards/schedules.html"
    still_page = visit(address, java_script_enabled=False)
    still = still_page.evaluate(cells)
    still_page.locator(".members summary").first.click()
    assert still_page.locator(".members[open] a").first.is_visible()
    page = visit(address)
    assert page.evaluate(cells) == still
    assert "differ from schedule=" in page.locator(".board-note").last.inner_text()
    members = page.locator(".members").first
    members.locator("summary").click()
    count = int(members.locator("summary").inner_text().split()[0])
    members.get_by_role("link", name="Compare these runs").wait_for()
    assert members.locator("li").count() == count + 1
    page.locator("tbody .check").first.check()
    page.get_by_role("link", name=f"Compare {count}").wait_for()
    # The front of two metrics follows its choice, and the address says so.
    page.get_by_label("Metric to the right").select_option("m:slope")
    assert "x=m:slope" in hash_of(page)
    page.locator(".front-table th", has_text="slope").wait_for()


def test_columns_runs_and_values_are_arranged_and_the_address_keeps_it(
    visit: Visit, disk: str
) -> None:
    page = visit(disk + "leaderboards/line.html")
    first = names(page)
    page.get_by_role("button", name="Columns").click()
    page.locator(".order-part summary").click()
    page.get_by_role("button", name="Move lr left").click()
    page.get_by_role("button", name="Keep schedule at the left").press("Enter")
    page.keyboard.press("Escape")
    shown = heads(page)
    assert shown[1] == "schedule"
    left = page.locator("th.locked").evaluate("(cell) => cell.style.left")
    assert left.endswith("px") and left != "0px"
    page.locator("tbody .pin").nth(2).click()
    assert names(page) == [first[2], *first[:2], *first[3:]]
    page.get_by_label("Which value of the metrics is shown").select_option("max")
    page.locator("th[title='highest value: val/loss']").wait_for()
    worst = float(page.locator("tbody tr").nth(1).locator(".value").first.inner_text())
    page.locator(".search input").fill("/fit-1\\d$/ lr<1")
    page.locator(".board-count", has_text="10 of 24 runs").wait_for()
    assert names(page)[0] == first[2]
    address = page.evaluate("location.href")
    for part in ("cols=", "lock=p:schedule", "pin=", "stat=max", "q=/fit-1"):
        assert part in hash_of(page), part
    again = visit(address)
    again.locator("th[title='highest value: val/loss']").wait_for()
    assert (heads(again), names(again)) == (shown, names(page))
    assert worst > 0
    # The charts show the runs of the table.
    page.locator("figure[data-chart=progress] .card-note", has_text="10 runs").wait_for()


def test_runs_from_elsewhere_wear_their_badge_wherever_their_row_goes(
    visit: Visit, disk: str
) -> None:
    worn = """(parts) => [...document.querySelectorAll(parts)].map((one) => [
      one.querySelector("a").textContent, [...one.querySelectorAll(".origin")]
        .map((badge) => `${badge.textContent}: ${badge.title}`).join()])"""
    rows = "table.runs tbody th.col-run"

    def badge(name: str) -> list[str]:
        return [name, "lab-b: From lab-b" if name.startswith("lab") else ""]

    page = visit(disk + "experiments/shared.html", java_script_enabled=False)
    found = page.evaluate(worn, rows)
    assert found == [badge(name) for name, _ in found] and len(found) == 5
    page = visit(disk + "experiments/shared.html")
    orders = []
    for _turn in range(3):
        found = page.evaluate(worn, rows)
        assert found == [badge(name) for name, _ in found] and len(found) == 5
        orders.append([name for name, _ in found])
        page.get_by_role("columnheader", name="lr").get_by_role("button").click()
        page.wait_for_selector(".board:not([aria-busy])")
    assert orders[1] == orders[2][::-1] == sorted(orders[1], key=lambda name: name[-3:])
    for check in page.locator("tbody .check").all():
        check.check()
    page.get_by_role("link", name="Compare 5").click()
    page.wait_for_selector(".pills .origin")
    found = page.evaluate(worn, ".pills .pill")
    assert sorted(found) == sorted(badge(name) for name in orders[0])


def test_what_is_shown_can_be_taken_along_without_harm(visit: Visit, disk: str) -> None:
    page = visit(disk + "leaderboards/line.html#q=-fit&cols=m:val/loss,p:lr")
    texts = json.loads(
        page.evaluate(
            """() => {
              const sheet = rf.exports.sheetOf(document.querySelector(".board").board);
              const kinds = ["csv", "md", "tex", "json"];
              return JSON.stringify(kinds.map((kind) => rf.exports.text(kind, sheet)));
            }"""
        )
    )
    csv, markdown, latex, plain = texts
    assert csv.startswith("#,Run,val/loss,lr,run_id\r\n")
    assert "'=SUM(1)" in csv and "\r\n" in csv
    assert "a\\|b\\_c & 50%" in markdown and "| ---: |" in markdown
    assert "a\\textbar{}b\\_c \\& 50\\%" in latex and "\\toprule" in latex
    rows = json.loads(plain)
    assert {row["Run"] for row in rows} == {"=SUM(1)", "a|b_c & 50%"}
    assert all(isinstance(row["lr"], float) for row in rows)
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as CSV").click()
    assert download.value.suggested_filename == "line.csv"
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.textContent") == "Export"
    page.get_by_role("button", name="How to search and filter").click()
    page.locator(".sample", has_text="/-s").click()
    assert page.locator(".search input").input_value().startswith("/-s")
