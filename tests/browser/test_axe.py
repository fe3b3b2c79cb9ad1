"""axe-core finds no violation on any kind of page, in light and dark."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from .conftest import Shown

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN = """async ([rules, only]) => {
  const options = only ? { runOnly: only } : { runOnly: rules };
  const more = { resultTypes: ["violations"], preload: false }; // it would fetch style sheets
  const found = await axe.run(document, { ...options, ...more });
  return found.violations.map((each) => [
    each.id, each.help, each.nodes.slice(0, 5).map((node) => node.html.slice(0, 300)),
  ]);
}"""


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, from the package that ships it."""
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None or found.origin is None:
        pytest.skip("axe-core is missing: pip install axe-playwright-python")
    return (Path(found.origin).parent / "axe.min.js").read_text("utf-8")


def violations(page: Any, only: str = "") -> list[Any]:
    found: list[Any] = page.evaluate(RUN, [RULES, [only] if only else None])
    return found


def test_a_page_has_no_barrier(shown: Shown, axe: str) -> None:
    page = shown.page
    page.evaluate(f"() => {{ {axe} }}")
    assert violations(page) == []
    # Only colours depend on the theme.
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    dark = violations(page, "color-contrast")
    page.evaluate("document.documentElement.dataset.theme = 'auto'")
    assert dark == []
