"""The table of a leaderboard in the browser: order, filters, columns, choice, address."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from .conftest import Visit

BOARD = "leaderboards/line.html"
#: The same table without ranks and charts, which opens faster.
LIST = "experiments/line.html"


@pytest.fixture
def board(visit: Visit, disk: str) -> Any:
    """A table of 62 runs, opened from disk."""
    return visit(disk + LIST)


def settled(page: Any) -> Any:
    """The page, once the rows out of view and the counts beside the filters have followed."""
    page.wait_for_selector(".board:not([aria-busy])")
    return page


def column(page: Any, label: str) -> list[str]:
    """The texts of a column on the shown page of the table."""
    settled(page)
    texts: list[str] = page.evaluate(
        """label => {
          const text = (cell, parts) => (cell.querySelector(parts) || cell).textContent.trim();
          const table = document.querySelector("table.runs");
          const heads = [...table.tHead.rows[0].cells].map((cell) => text(cell, "bdi"));
          return [...table.tBodies[0].rows].map((row) =>
            text(row.cells[heads.indexOf(label)], ".value, bdi, .badge"));
        }""",
        label,
    )
    return texts


def numbers(page: Any, label: str) -> list[float]:
    return [float(text) for text in column(page, label) if text]


def count(page: Any) -> str:
    text: str = settled(page).locator(".board-count").inner_text()
    return text


def head(page: Any, label: str) -> Any:
    return page.get_by_role("columnheader", name=label, exact=False).get_by_role("button")


def facet(page: Any, name: str, value: str) -> Any:
    """The tick box of a value in a filter at the side."""
    summary = page.locator("summary", has_text=re.compile(f"^{name}"))
    group = settled(page).locator(".facet", has=summary)
    return group.locator("label", has_text=value).locator("input")


def facet_count(page: Any, name: str, value: str) -> int:
    summary = page.locator("summary", has_text=re.compile(f"^{name}"))
    group = settled(page).locator(".facet", has=summary)
    return int(group.locator("label", has_text=value).locator(".facet-count").inner_text())


def hash_of(page: Any) -> str:
    text: str = page.evaluate("decodeURIComponent(location.hash)")
    return text


def search(page: Any, text: str) -> None:
    page.locator(".search input").fill(text)
    page.wait_for_timeout(400)  # the pause that a typing reader makes


CELLS = """() => [...document.querySelectorAll("table.runs tbody tr")].map((row) =>
    [...row.cells].filter((cell) => !cell.matches(".col-pick")).map((cell) =>
      [cell.textContent.trim(), (cell.querySelector("a") || {}).href || "",
       (cell.querySelector("polyline") || { getAttribute: () => "" }).getAttribute("points"),
       cell.className]))"""


@pytest.mark.parametrize("page", [BOARD, LIST])
def test_no_cell_changes_when_the_script_takes_over(visit: Visit, disk: str, page: str) -> None:
    still = visit(disk + page, java_script_enabled=False).evaluate(CELLS)
    alive = visit(disk + page).evaluate(CELLS)

    assert len(still) == 50

    def comparable(rows: list[Any]) -> list[Any]:
        # The link of a tag pill becomes a button.
        return [[cell for cell in row if "col-tags" not in cell[3]] for row in rows]

    assert comparable(alive) == comparable(still)


def test_the_table_starts_in_rank_order(visit: Visit, disk: str) -> None:
    board = visit(disk + BOARD)
    values = numbers(board, "val/loss")

    assert values == sorted(values)
    assert column(board, "#") == [str(i + 1) for i in range(50)]
    assert board.locator("th[aria-sort]").get_attribute("aria-sort") == "ascending"
    assert board.locator(".best").first.inner_text().strip() == column(board, "val/loss")[0]


def test_a_click_sorts_and_the_next_turns_the_order(board: Any) -> None:
    head(board, "lr").click()
    rising = numbers(board, "lr")
    head(board, "lr").click()
    falling = numbers(board, "lr")

    assert rising == sorted(rising)
    assert falling == sorted(falling, reverse=True)
    assert "sort=-p:lr" in hash_of(board)


def test_the_first_click_shows_what_is_good_on_top(board: Any) -> None:
    head(board, "val/loss").click()

    values = numbers(board, "val/loss")
    assert values == sorted(values)


def test_shift_click_adds_a_second_key(board: Any) -> None:
    head(board, "schedule").click()
    head(board, "lr").click(modifiers=["Shift"])

    pairs = list(zip(column(board, "schedule"), numbers(board, "lr"), strict=True))
    assert pairs == sorted(pairs)
    assert head(board, "schedule").locator(".sort-number").inner_text() == "1"
    assert head(board, "lr").locator(".sort-number").inner_text() == "2"


def test_the_focus_stays_on_the_head_that_sorts(board: Any) -> None:
    head(board, "lr").focus()
    board.keyboard.press("Enter")
    board.keyboard.press("Shift+Enter")

    assert board.evaluate("document.activeElement.dataset.key") == "p:lr"


def test_runs_without_a_value_come_last_both_ways(visit: Visit, disk: str) -> None:
    page = visit(disk + "runs/index.html")
    total = 64
    head(page, "val/loss").click()
    page.get_by_role("button", name="Next").click()
    assert column(page, "val/loss")[-2:] == ["", ""]
    head(page, "val/loss").click()
    page.get_by_role("button", name="Next").click()
    assert column(page, "val/loss")[-2:] == ["", ""]
    assert count(page) == f"{total} runs"


def test_words_search_names_tags_and_ids(board: Any) -> None:
    search(board, "FIT-1 ")

    assert sorted(column(board, "Run")) == sorted(["fit-1", *(f"fit-{i}" for i in range(10, 20))])
    assert count(board) == "11 of 62 runs"
    assert "q=FIT-1" in hash_of(board)


def test_the_search_speaks_the_filter_language(board: Any) -> None:
    search(board, "lr<0.01 schedule:cosine -tag:paper")

    assert 0 < len(column(board, "lr")) < 30
    assert max(numbers(board, "lr")) < 0.01
    assert set(column(board, "schedule")) == {"cosine"}


def test_a_mistake_in_the_filter_is_explained_and_keeps_the_rows(board: Any) -> None:
    search(board, "fit-1")
    before = column(board, "Run")
    search(board, "lr<")

    assert "Column 4: a value is missing after <" in board.locator(".search-message").inner_text()
    assert board.locator(".search input").get_attribute("aria-invalid") == "true"
    assert column(board, "Run") == before


def test_a_name_that_nobody_has_is_told(board: Any) -> None:
    search(board, "momentum>0.5")

    assert "momentum" in board.locator(".search-message").inner_text()


def test_slash_goes_to_the_search_and_escape_empties_it(board: Any) -> None:
    board.keyboard.press("/")
    board.keyboard.type("zzzzzzzz")
    board.wait_for_timeout(400)
    assert count(board) == "0 of 62 runs"
    board.keyboard.press("Escape")
    assert count(board) == "62 runs"
    board.keyboard.press("Escape")
    assert board.evaluate("document.activeElement === document.body")


def test_nothing_found_offers_to_clear_and_returns_to_the_search(board: Any) -> None:
    search(board, "zzzzzzzz")
    board.get_by_role("button", name="Clear all filters").click()

    assert count(board) == "62 runs"
    assert board.evaluate("document.activeElement.type") == "search"


def test_values_of_one_filter_widen_and_filters_narrow(board: Any) -> None:
    cosine = facet_count(board, "schedule", "cosine")
    step = facet_count(board, "schedule", "step")
    facet(board, "schedule", "cosine").check()
    assert count(board) == f"{cosine} of 62 runs"
    facet(board, "schedule", "step").check()
    assert count(board) == f"{cosine + step} of 62 runs"
    paper = facet_count(board, "Tags", "paper")
    facet(board, "Tags", "paper").check()

    assert count(board) == f"{paper} of 62 runs"
    assert facet_count(board, "Tags", "paper") == paper
    assert "f.p:schedule=cosine,step" in hash_of(board)


def test_tags_narrow_each_other(board: Any) -> None:
    facet(board, "Tags", "paper").check()
    both = facet_count(board, "Tags", "baseline")
    facet(board, "Tags", "baseline").check()

    assert count(board).startswith(f"{both} of")


def test_counts_tell_what_a_click_would_show(board: Any) -> None:
    facet(board, "Status", "failed").check()
    finished = facet_count(board, "Status", "finished")
    facet(board, "Status", "failed").uncheck()
    facet(board, "Status", "finished").check()

    assert count(board) == f"{finished} of 62 runs"


def test_chips_name_the_filters_and_take_them_away(board: Any) -> None:
    facet(board, "schedule", "cosine").check()
    facet(board, "Tags", "paper").check()
    chips = board.locator(".chips .chip")
    assert [chip.inner_text().strip() for chip in chips.all()] == [
        "schedule: cosine",
        "Tags: paper",
    ]

    board.get_by_role("button", name="Remove the filter schedule: cosine").click()
    assert chips.count() == 1
    board.get_by_role("button", name="Clear all").click()
    assert chips.count() == 0
    assert count(board) == "62 runs"
    assert board.evaluate("location.hash") == ""


def test_a_tag_in_a_row_filters(board: Any) -> None:
    board.locator("tbody button.tag", has_text="paper").first.click()

    assert "f.tags=paper" in hash_of(board)
    assert facet(board, "Tags", "paper").is_checked()


def test_numbers_filter_by_range(board: Any) -> None:
    board.locator(".facet-add select").select_option(label="lr")
    box = board.get_by_label("lr, at most")
    box.fill("1e-2")
    box.press("Enter")

    assert max(numbers(board, "lr")) <= 0.01
    assert "r.p:lr=..0.01" in hash_of(board)
    box.fill("wide")
    box.press("Enter")
    assert box.get_attribute("aria-invalid") == "true"


def test_columns_can_be_shown_and_hidden(board: Any) -> None:
    board.get_by_role("button", name="Columns").click()
    panel = board.locator("#column-panel")
    panel.get_by_label("steps", exact=True).check()
    panel.get_by_label("Duration", exact=True).uncheck()

    heads = [cell.inner_text().strip() for cell in board.locator("table.runs thead th").all()]
    assert "steps" in heads
    assert "Duration" not in heads
    assert "cols=" in hash_of(board)
    panel.get_by_role("button", name="Reset").click()
    assert "cols=" not in hash_of(board)
    board.keyboard.press("Escape")
    assert not panel.is_visible()
    assert board.evaluate("document.activeElement.textContent") == "Columns"


def test_density_is_part_of_the_view(board: Any) -> None:
    tall = board.locator("table.runs tbody tr").first.bounding_box()["height"]
    board.get_by_role("button", name="Compact").click()

    assert board.locator("table.runs tbody tr").first.bounding_box()["height"] < tall
    assert hash_of(board) == "#compact=1"


def test_ticked_runs_survive_order_filter_and_page_and_can_be_compared(board: Any) -> None:
    boxes = board.locator("table.runs tbody .check")
    boxes.nth(0).check()
    boxes.nth(2).check()
    ids = board.evaluate("[0, 2].map((i) => document.querySelector('.board').board.model.ids[i])")
    head(board, "lr").click()
    search(board, "zzzzzzzz")
    search(board, "")
    board.get_by_role("button", name="Next").click()

    compare = board.get_by_role("link", name="Compare 2")
    assert compare.get_attribute("href") == f"../compare.html#runs={ids[0]},{ids[1]}"
    assert f"sel={ids[0]},{ids[1]}" in hash_of(board)
    board.get_by_role("button", name="Clear", exact=True).click()
    assert not board.locator(".tray").is_visible()


def test_shift_click_ticks_all_runs_between(board: Any) -> None:
    boxes = board.locator("table.runs tbody .check")
    boxes.nth(1).click()
    boxes.nth(4).click(modifiers=["Shift"])

    assert board.locator("tr.picked").count() == 4


def test_arrows_move_between_tick_boxes(board: Any) -> None:
    board.locator("table.runs tbody .check").nth(0).focus()
    board.keyboard.press("ArrowDown")
    board.keyboard.press("ArrowDown")
    board.keyboard.press("ArrowUp")
    board.keyboard.press("Space")

    assert board.locator("table.runs tbody .check").nth(1).is_checked()


def test_pages_turn_and_the_address_says_which(board: Any) -> None:
    assert board.locator(".pager").inner_text().startswith("1–50 of 62")
    board.get_by_role("button", name="Next").click()

    assert len(column(board, "Run")) == 12
    assert hash_of(board) == "#page=2"
    board.get_by_role("button", name="Previous").click()
    assert hash_of(board) == ""


def test_an_address_brings_the_whole_view_back(visit: Visit, base: str) -> None:
    state = "#q=fit&sort=-p:lr&f.p:schedule=cosine,step&r.p:lr=0.001..0.1&compact=1"
    page = visit(base + LIST + state)

    values = numbers(page, "lr")
    assert values == sorted(values, reverse=True)
    assert values[0] <= 0.1
    assert set(column(page, "schedule")) == {"cosine", "step"}
    assert page.locator(".search input").input_value() == "fit"
    assert page.locator(".board.compact").count() == 1
    assert hash_of(page) == state


def test_following_another_address_changes_the_view(board: Any) -> None:
    board.evaluate("location.hash = 'q=fit-1'")
    board.wait_for_function("document.querySelector('.board-count').textContent.startsWith('11')")
    board.go_back()
    board.wait_for_function("document.querySelector('.board-count').textContent === '62 runs'")


def test_a_broken_address_still_shows_the_table(visit: Visit, disk: str) -> None:
    page = visit(
        disk + BOARD + "#q=%E0%A4%A&sort=nothing&f.gone=1&r.p:lr=x..y&page=-3&sel=zz,%&=&cols="
    )

    assert page.locator("[data-state=ready]").count() == 1


def test_missing_data_leaves_the_table_and_says_what_to_do(
    visit: Visit, site: Path, tmp_path: Path
) -> None:
    half = tmp_path / "half"
    shutil.copytree(site, half, ignore=shutil.ignore_patterns("boards"))
    page = visit(half.as_uri() + "/" + LIST)
    page.wait_for_selector("[data-state=missing]")

    assert "extract the whole folder first" in page.locator(".board .notice").inner_text()
    assert page.locator("table.runs tbody tr").count() == 50
    visit.troubles.clear()  # type: ignore[attr-defined]  # the browser logs the missing file


def test_ten_thousand_rows_are_filtered_and_sorted_without_a_pause(board: Any) -> None:
    milliseconds = board.evaluate(
        """() => {
          const n = 10000;
          const rows = Array.from({ length: n }, (_, row) => row);
          const models = ["vit", "mlp", "cnn", "rnn"];
          const model = new rf.Model({
            n, ids: rows.map(String), primary: "m:acc", sort: [["m:acc", -1]],
            cols: [
              { k: "run", l: "Run", t: "run", v: rows.map((row) => "run-" + row), show: 1 },
              { k: "m:acc", l: "acc", t: "num", dir: 1, v: rows.map((row) => row / n) },
              { k: "p:model", l: "model", t: "cat", d: models, v: rows.map((row) => row % 4) },
              { k: "tags", l: "Tags", t: "tags", d: ["a", "b"], v: rows.map((row) => [row % 2]) },
            ],
          });
          const view = (turn) => model.view({
            q: "run acc<0.9", sort: [["run", turn % 2 ? 1 : -1], ["m:acc", 1]],
            facets: new Map([["p:model", new Set(["vit", "mlp"])]]), ranges: new Map(),
          });
          return [1, 2, 3, 4, 5].map((turn) => {
            const begin = performance.now();
            const { rows, counts } = view(turn);
            if (rows.length !== 4500 || counts().size !== 2) throw new Error("wrong rows");
            return performance.now() - begin;
          });
        }"""
    )

    assert min(milliseconds) < 100
