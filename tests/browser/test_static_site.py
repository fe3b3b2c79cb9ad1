"""The site as files: every kind of page, unpacked anywhere, on any host, without scripts too."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .conftest import Shown, Visit
from .kinds import kind_of, kinds

KINDS = kinds()


@pytest.fixture(scope="module")
def site(all_kinds: Path) -> Path:
    """The site that ``served`` and ``visit`` show."""
    return all_kinds


def test_every_kind_of_page_is_walked(all_kinds: Path) -> None:
    pages = (path.relative_to(all_kinds).as_posix() for path in all_kinds.rglob("*.html"))
    found = {kind_of(path) for path in pages if not path.startswith("artifacts/")}
    assert found == {kind_of(path) for path in KINDS}


def test_a_page_is_quiet_wherever_it_was_unpacked(shown: Shown) -> None:
    page = shown.page
    assert page.locator("h1").count() >= 1
    if shown.path != "404.html":  # which is shown at any depth, and loads nothing beside it
        assert page.evaluate("document.styleSheets.length") == 1
        assert page.evaluate("typeof rf") == "function"
    page.evaluate("scrollTo(0, document.body.scrollHeight)")  # charts are drawn when they are seen
    page.wait_for_load_state("networkidle")
    assert page.locator("[role=alert]:visible").all_inner_texts() == []
    assert shown.troubles == []


@pytest.mark.parametrize("path", KINDS)
def test_a_page_is_quiet_below_a_path_of_a_host(visit: Visit, served: str, path: str) -> None:
    page = visit(served + path)
    page.wait_for_load_state("networkidle")
    assert page.locator("[role=alert]:visible").all_inner_texts() == []


@pytest.fixture(scope="module")
def plain(browser: Any, all_kinds: Path) -> Any:
    """A window without JavaScript."""
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("path", KINDS)
def test_a_page_reads_without_scripts(plain: Any, all_kinds: Path, path: str) -> None:
    plain.goto(f"{all_kinds.as_uri()}/{path}")
    text = plain.locator("main").inner_text()
    assert len(text.split()) > 12, text
    assert plain.locator("h1").count() >= 1
    assert plain.locator("button:visible, input:visible, select:visible").count() == 0
    assert plain.locator("[aria-busy=true]:visible").count() == 0
