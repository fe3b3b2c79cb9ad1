"""Scripts and styles of the site keep its promises: no foreign code, no foreign address."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from runfolio.site.render import templates_folder

STATIC = templates_folder() / "static"
SCRIPTS = sorted((STATIC / "js").glob("*.js"))
STYLES = sorted((STATIC / "css").glob("*.css"))
#: Ways to turn a text into code or markup, and ways that a page on disk does not have.
FORBIDDEN = (
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment",
    r"\beval\(|new Function|setAttribute\(\s*[\"']style",
    r"\bfetch\(|XMLHttpRequest|\bimport\s*\(|^\s*(?:import|export)\s|new Worker|WebSocket",
)
ADDRESS = re.compile(r"https?://[^\s\"'`)]+")
KNOWN_ADDRESSES = {"http://www.w3.org/2000/svg"}


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_makes_no_code_or_markup_of_texts(path: Path) -> None:
    code = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text("utf-8"), flags=re.DOTALL)

    for pattern in FORBIDDEN:
        assert not re.search(pattern, code, re.MULTILINE), pattern


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_keeps_its_names_to_itself(path: Path) -> None:
    code = re.sub(r"\A\s*/\*.*?\*/\s*", "", path.read_text("utf-8"), flags=re.DOTALL)

    assert code.startswith("(function () {")
    assert code.rstrip().endswith("})();")
    assert '"use strict";' in code


@pytest.mark.parametrize("path", [*SCRIPTS, *STYLES], ids=lambda path: path.name)
def test_nothing_comes_from_elsewhere(path: Path) -> None:
    text = path.read_text("utf-8")

    assert set(ADDRESS.findall(text)) <= KNOWN_ADDRESSES
    assert "@import" not in text
    assert len(text.splitlines()) < 500


@pytest.mark.parametrize("path", STYLES, ids=lambda path: path.name)
def test_every_custom_property_that_is_used_is_defined(path: Path) -> None:
    everything = "".join(each.read_text("utf-8") for each in STYLES)
    defined = set(re.findall(r"(--[\w-]+)\s*:", everything))

    assert set(re.findall(r"var\((--[\w-]+)", path.read_text("utf-8"))) <= defined


def test_every_icon_that_is_asked_for_is_drawn() -> None:
    drawn = set(re.findall(r"\.i-([\w-]+)\s*\{", "".join(p.read_text("utf-8") for p in STYLES)))
    asked = set()
    for path in templates_folder().rglob("*.html"):
        asked |= set(re.findall(r"""\bicon\(["']([\w-]+)["']""", path.read_text("utf-8")))
        asked |= set(re.findall(r"\bi i-([\w-]+)", path.read_text("utf-8")))
    for path in SCRIPTS:
        asked |= set(re.findall(r"""rf\.icon\(["']([\w-]+)["']""", path.read_text("utf-8")))

    assert asked <= drawn
