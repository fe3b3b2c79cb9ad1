"""Search, the palette and the menu in a real browser: from disk, without a server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .conftest import Visit

CASES = json.loads((Path(__file__).parents[1] / "data" / "search_cases.json").read_text("utf-8"))

TWINS = """({ cases, pairs }) => {
  const wrong = [];
  for (const one of cases) {
    const told = [rf.search.words(one.text, false), rf.search.words(one.text)];
    const known = [one.words, one.asked || one.words];
    if (JSON.stringify(told) !== JSON.stringify(known)) wrong.push([one.text, told]);
  }
  for (const one of pairs) {
    const told = rf.search.pair(one.key + "=" + one.value.trim());
    if (told !== one.pair) wrong.push([one.pair, told]);
  }
  return wrong;
}"""


def ask(page: Any, query: str) -> Any:
    """The answer of the index: titles of what is found, the best first."""
    return page.evaluate(
        """async (query) => {
          const answer = await rf.search.find(query);
          return (await rf.search.records(answer.hits.slice(0, 80))).map((one) => one.title);
        }""",
        query,
    )


def test_a_query_has_an_address_and_finds_by_words_fields_and_phrases(
    visit: Visit, base: str
) -> None:
    page = visit(base + "search.html#q=fit-2%20baseline")
    page.wait_for_selector("[data-rf=search][data-state=ready] .found")
    assert page.locator(".found-title").first.inner_text() == "fit-2"
    assert page.locator("mark").first.inner_text() == "fit"
    if base.startswith("http"):
        return
    assert page.evaluate(TWINS, CASES) == []
    assert "baseline" in ask(page, "baseline")
    failed = ask(page, "status:failed")
    assert sorted(failed) == ["fit-13", "fit-33", "fit-53"]
    assert ask(page, '"the data went away" kind') == []
    assert sorted(ask(page, '"data went away"')) == sorted(failed)
    assert sorted(ask(page, "error:RuntimeError")) == sorted(failed)
    assert sorted(ask(page, "error:RuntimeError -name:fit-13")) == ["fit-33", "fit-53"]
    assert ask(page, "param:depth=1") == ["silent-1"]
    assert ask(page, "metric:loss") and "fit-1" not in ask(page, "metric:loss")
    assert ask(page, "SILÉNT") == ["silent-1", "silent-0"], "the newest of equal ones first"
    box = page.get_by_role("searchbox")
    box.fill("nothing-is-called-so")
    page.get_by_text("Nothing found. Fewer").wait_for()
    assert page.url.endswith("#q=nothing-is-called-so")


def test_the_palette_finds_acts_and_leaves_typing_alone(visit: Visit, disk: str) -> None:
    page = visit(disk + "index.html")
    page.keyboard.press("/")
    box = page.get_by_role("combobox")
    box.wait_for()
    page.keyboard.type("fit-2 line")
    page.wait_for_selector("[role=option][aria-selected=true] mark")
    assert page.locator("[role=option]").count() > 1
    chosen = page.locator("[role=option][aria-selected=true]").get_attribute("id")
    page.keyboard.press("ArrowDown")
    assert page.locator("[role=option][aria-selected=true]").get_attribute("id") != chosen
    assert box.get_attribute("aria-activedescendant") != chosen
    page.keyboard.press("Escape")
    assert page.locator("dialog[open]").count() == 0
    page.keyboard.press("?")
    assert "Ctrl" in page.locator("dialog[open]").inner_text()
    page.keyboard.press("Escape")
    page.locator("[data-palette]").click()
    page.keyboard.type("silent-1")
    page.keyboard.press("Enter")
    page.wait_for_url("**/runs/*.html")
    assert page.locator("h1").inner_text() == "silent-1"
    page.keyboard.press("Control+k")
    assert "silent-1" in page.locator("[role=option]").first.inner_text(), "what was chosen before"


def test_a_table_keeps_its_own_search_and_the_menu_opens_without_scripts(
    visit: Visit, disk: str
) -> None:
    page = visit(disk + "runs/index.html")
    page.keyboard.press("/")
    page.keyboard.type("a/b?")
    assert page.locator("dialog[open]").count() == 0
    assert page.locator(".board-tools input[type=search]").first.input_value() == "a/b?"
    page = visit(disk + "search.html", java_script_enabled=False)
    assert page.get_by_text("Search needs scripts.").is_visible()
    assert page.locator("[data-palette]").is_hidden()
    page.get_by_text("Browse", exact=True).click()
    page.get_by_role("link", name="Everything", exact=True).click()
    assert page.locator("h1").inner_text() == "Everything"
