"""Whatever a user can name is documented, and the generated tables are those of today's code."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import click
import pytest
from markdown.extensions.toc import slugify

import runfolio
from runfolio.cli.app import COMMANDS, app
from runfolio.config.options import SECTIONS, options_of
from runfolio.query.views import ON_DEMAND, VIEWS

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


def test_files_that_are_made_as_a_whole_are_fresh() -> None:
    for path, text in GENERATOR.others():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: run `make docs`"


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


def test_every_public_name_is_explained() -> None:
    text = page("logging") + page("messages")
    names = [name for name in runfolio.__all__ if not name.startswith("_")]
    assert [name for name in names if name not in text] == []


def test_every_command_and_option_is_listed() -> None:
    text = page("cli")
    context = click.Context(app)
    for name in COMMANDS:
        assert f"## runfolio {name}\n" in text
        command = app.get_command(context, name)
        assert command is not None
        section = text.partition(f"## runfolio {name}\n")[2].partition("\n## ")[0]
        for option in command.params:
            if isinstance(option, click.Option):
                assert f"`{option.opts[-1]}" in section, f"{name} {option.opts}"


def test_every_configuration_key_is_listed() -> None:
    text = page("configuration")
    for section in SECTIONS:
        assert [key for key in options_of(section) if f"`{key}`" not in text] == []


def test_every_view_and_column_is_listed() -> None:
    text = page("sql")
    for view in (*VIEWS, *ON_DEMAND):
        section = text.partition(f"### {view.name}\n")[2].partition("\n### ")[0]
        assert [c.name for c in view.columns if f"`{c.name}`" not in section] == [], view.name


def anchors(path: Path) -> set[str]:
    """The places in a page that a link can name: its headings, as the site makes them."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {slugify(heading, "-") for heading in headings}


def test_links_between_pages_lead_somewhere() -> None:
    for path in PAGES.glob("*.md"):
        text = path.read_text(encoding="utf-8")
        for target, anchor in re.findall(r"\]\(([\w-]+)\.md(?:#([\w-]+))?\)", text):
            there = PAGES / f"{target}.md"
            assert there.exists(), f"{path.name} links to {target}.md"
            assert not anchor or anchor in anchors(there), f"{path.name}: {target}.md#{anchor}"


def test_commands_in_the_text_exist() -> None:
    for path in [*PAGES.glob("*.md"), ROOT / "README.md"]:
        for name in re.findall(r"\brunfolio ([a-z]+)", "\n".join(consoles(path))):
            assert name in COMMANDS, f"{path.name} calls runfolio {name}"


def consoles(path: Path) -> list[str]:
    """The blocks that show a terminal."""
    text = path.read_text(encoding="utf-8")
    return re.findall(r"^```console\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
