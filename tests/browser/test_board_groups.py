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

BOARD = """
[[leaderboard]]
name = "{name}"
experiment = "line"
metric = "val/loss"
direction = "min"
stat = "{stat}"
group_by = {groups}
baseline = "fit-0"
secondary = "train/loss"
"""
MORE = """
[[source]]
name = "lab-b"
where = "lab"
publish = "yes"
"""
BOARDS = {
    "schedules": ("best", '["schedule"]'),
    "schedules-max": ("max", '["schedule"]'),
    "fits": ("best", "[]"),
    "fits-max": ("max", "[]"),
}
CELLS = """(page) => {
  const read = page ? new DOMParser().parseFromString(page, "text/html") : document;
  const text = (node) => node.textContent.replace(/\\s+/g, " ").trim();
  const rows = [...read.querySelectorAll("table.runs tbody tr")].map((row) =>
    [...row.cells].filter((cell) => !cell.matches(".col-pick"))
      .map((cell) => [text(cell), cell.className]));
  return [rows, [...read.querySelectorAll(".board-versus p")].map(text)];
}"""
EXPORTS = """() => {
  const sheet = rf.exports.sheetOf(document.querySelector(".board").board);
  return ["csv", "md", "tex", "json"].map((kind) => rf.exports.text(kind, sheet));
}"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Overrides the tables' site: fewer runs, and a leaderboard by schedule."""
    folder = tmp_path_factory.mktemp("groups")
    log_project(folder, runs=24, names=["fit-0", "=SUM(1)", "a|b_c & 50%"], others=0)
    config = folder / "runfolio.toml"
    boards = [BOARD.format(name=n, stat=s, groups=g) for n, (s, g) in BOARDS.items()]
    config.write_text("".join([config.read_text("utf-8"), *boards, MORE]), "utf-8")
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
    address = disk + "leaderboards/schedules.html"
    still_page = visit(address, java_script_enabled=False)
    still = still_page.evaluate(CELLS)
    still_page.locator(".members summary").first.click()
    assert still_page.locator(".members[open] a").first.is_visible()
    page = visit(address)
    assert page.evaluate(CELLS) == still
    assert "differ from schedule=" in page.locator(".board-versus").inner_text()
    members = page.locator(".members").first
    members.locator("summary").click()
    count = int(members.locator("summary").inner_text().split()[0])
    members.get_by_role("link", name="Compare these runs").wait_for()
    assert members.locator("li").count() == count + 1
    page.locator("tbody .check").first.check()
    page.get_by_role("link", name=f"Compare {count}").wait_for()
    # Several groups are compared as groups, and what is compared says so in its address.
    page.locator("tbody .check").nth(1).check()
    names_of_two = page.locator("tr.picked .run-group").all_inner_texts()
    assert page.locator(".tray-run").all_inner_texts() == names_of_two
    page.get_by_role("link", name="Compare 2 groups").click()
    page.locator(".pills .pill").nth(1).wait_for()
    assert hash_of(page).endswith("&group=p:schedule")
    pills = page.locator(".pills .pill > .trunc").all_inner_texts()
    assert sorted(f"schedule={name}" for name in pills) == sorted(names_of_two)
    # By two params at once: each pair that there is, called as on leaderboards.
    page.evaluate("location.hash += ',p:batch'")
    page.locator(".pills .pill", has_text="schedule=").first.wait_for()
    pairs = page.locator(".pills .pill > .trunc").all_inner_texts()
    assert len(pairs) > 2 and all(", batch=" in pair for pair in pairs)
    assert page.get_by_label("Group by").input_value() == "p:schedule,p:batch"
    page.go_back()
    page.go_back()
    page.wait_for_selector("[data-rf=board][data-state]")
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
    page.locator("th[title='highest value of val/loss']").wait_for()
    worst = float(page.locator("tbody tr").nth(1).locator(".value").first.inner_text())
    page.locator(".search input").fill("/fit-1\\d$/ lr<1")
    page.locator(".board-count", has_text="10 of 24 runs").wait_for()
    assert names(page)[0] == first[2]
    address = page.evaluate("location.href")
    for part in ("cols=", "lock=p:schedule", "pin=", "stat=max", "q=/fit-1"):
        assert part in hash_of(page), part
    again = visit(address)
    again.locator("th[title='highest value of val/loss']").wait_for()
    assert (heads(again), names(again)) == (shown, names(page))
    assert worst > 0
    # The charts show the runs of the table.
    page.locator("figure[data-chart=progress] .card-note", has_text="10 runs").wait_for()


@pytest.mark.parametrize("board", ["schedules", "fits"])
def test_other_values_bring_their_own_ranks_differences_tests_and_files(
    visit: Visit, disk: str, site: Path, board: str
) -> None:
    page = visit(f"{disk}leaderboards/{board}.html")
    as_ranked, files = page.evaluate(CELLS), page.evaluate(EXPORTS)
    # All cells, members, ranks and the sentence are those of a leaderboard that ranks so.
    page.get_by_label("Which value of the metrics is shown").select_option("max")
    note = page.locator(".board-values", has_text="The highest value of each metric is shown")
    note.wait_for()
    assert "ranks by the best value" in note.inner_text()
    ranks_so = (site / f"leaderboards/{board}-max.html").read_text("utf-8")
    rows, said = page.evaluate(CELLS)
    own, own_said = page.evaluate(CELLS, ranks_so)
    assert said == own_said and len(rows) > 2
    heads_of_all = page.locator("table.runs thead th:not(.col-pick)").all_inner_texts()
    metrics = [at for at, head in enumerate(heads_of_all) if head in ("train/loss", "slope")]
    # Beside it the leaderboard shows last values of the other metrics.
    kept = [at for at in range(len(heads_of_all)) if at not in metrics]
    assert [[row[at] for at in kept] for row in rows] == [[row[at] for at in kept] for row in own]
    assert rows != as_ranked[0]
    others = page.evaluate(EXPORTS)
    page.get_by_label("Which value of the metrics is shown").select_option("min")
    page.wait_for_function("document.querySelector('.board').board.model.stat === 'min'")
    assert page.evaluate(CELLS)[1] == as_ranked[1]
    page.get_by_label("Which value of the metrics is shown").select_option("")
    assert page.evaluate(CELLS) == as_ranked and page.evaluate(EXPORTS) == files
    assert not note.is_visible()
    if board == "schedules":
        check_files_of_groups(page, files, "best")
        check_files_of_groups(page, others, "max")


def check_files_of_groups(page: Any, files: list[str], stat: str) -> None:
    """The texts of the four exports say what they hold, with all that a mean needs beside it."""
    csv, markdown, latex, plain = files
    heads = csv.splitlines()[0]
    assert heads.startswith(
        f'#,Group,val/loss (mean of {stat}),std of val/loss,n,"95% CI of the mean, low",'
        '"95% CI of the mean, high",Δ vs schedule='
    )
    for word in ("Welch, corrected by Holm", "Mean duration (s)", "Last run started (UTC)"):
        assert word in heads, word
    assert f"| val/loss (mean ± std of {stat}) | n | 95% CI of the mean |" in markdown
    assert "std of val/loss" not in markdown and f"(mean $\\pm$ std of {stat})" in latex
    rows = json.loads(plain)
    assert [row["#"] for row in rows] == list(range(1, len(rows) + 1))
    for row in rows:
        low, high = (row[f"95% CI of the mean, {end}"] for end in ("low", "high"))
        assert low < row[f"val/loss (mean of {stat})"] < high and row["std of val/loss"] > 0
        assert isinstance(row["n"], int) and isinstance(row["Mean duration (s)"], float)


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
    csv, markdown, latex, plain = page.evaluate(EXPORTS)
    assert csv.startswith("#,Run,val/loss (best),lr,run_id\r\n")
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
