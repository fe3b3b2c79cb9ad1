"""Whatever a user can name is documented, and the generated tables are those of today's code."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from .house import FLOORS, ROOT

PAGES = ROOT / "site" / "pages"


def load_generator() -> ModuleType:
    """site/generate.py as a module."""
    spec = importlib.util.spec_from_file_location("docs_generator", ROOT / "site" / "generate.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    sys.path.insert(0, str(ROOT / "site"))  # it has a module beside it
    spec.loader.exec_module(module)
    return module


GENERATOR = load_generator()


def page(name: str) -> str:
    return (PAGES / f"{name}.md").read_text(encoding="utf-8")


def blocks(path: Path) -> set[str]:
    """Names of the generated blocks of a page."""
    return set(GENERATOR.BLOCK.findall(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("path", sorted(PAGES.glob("*.md")), ids=lambda path: path.name)
def test_generated_tables_are_fresh(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert GENERATOR.refreshed(text) == text, "run `make docs`"


def test_every_generator_has_its_place() -> None:
    used = {name for path in PAGES.glob("*.md") for name in blocks(path)}
    assert used == set(GENERATOR.BLOCKS)


def test_every_error_has_a_section_with_cause_and_cure() -> None:
    text = page("messages")
    for error in GENERATOR.error_classes():
        section = text.partition(f"\n## {error.slug}\n")[2].partition("\n## ")[0]
        assert section, f"messages.md has no section {error.slug}"
        if error.slug != "error":
            assert "**Cause.**" in section and "**Cure.**" in section, error.slug


def test_every_room_is_on_the_map() -> None:
    text = page("how-it-works")
    for room in FLOORS:
        assert (room or "runfolio") in text, f"how-it-works.md does not draw {room!r}"


def test_links_between_pages_lead_somewhere() -> None:
    for path in PAGES.glob("*.md"):
        for target in re.findall(r"\](([\w-]+)\.md", path.read_text(encoding="utf-8")):
            known = (PAGES / f"{target}.md").exists() or target in {"index", "data", "compare"}
            assert known, f"{path.name} links to {target}.html"
