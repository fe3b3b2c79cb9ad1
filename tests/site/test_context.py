"""A template's context is its page: every field is used, and nothing else is asked for."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

import pytest
from jinja2 import Environment, meta, nodes

from runfolio.site import pages
from runfolio.site.pages import Page
from runfolio.site.render import Renderer

PAGES = sorted(
    (each for each in vars(pages).values() if isinstance(each, type) and issubclass(each, Page)),
    key=lambda each: each.__name__,
)
PARTS = [
    each
    for each in vars(pages).values()
    if isinstance(each, type) and is_dataclass(each) and not issubclass(each, Page)
]
ENVIRONMENT: Environment = Renderer()._environment  # the templates' own settings
#: Used by the renderer itself (asset, preview), not by a template.
SITE_ONLY = {"Site.assets", "Site.cards"}
#: What templates ask of plain values: loops, namespaces, lists and texts.
PLAIN = {"append", "format", "get", "index", "index0", "items", "length", "lines", "split"}
PLAIN |= {"charts", "first", "last", "open", "partition", "splitlines", "startswith"}


def parsed(template: str) -> nodes.Template:
    source, _, _ = ENVIRONMENT.loader.get_source(ENVIRONMENT, template)  # type: ignore[union-attr]
    return ENVIRONMENT.parse(source)


def family(template: str, *kinds: type[nodes.Node]) -> set[str]:
    """A template with all that it refers to by nodes of these kinds."""
    found: set[str] = set()
    waiting = [template]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            for node in parsed(name).find_all(kinds):
                waiting.append(node.template.value)  # type: ignore[attr-defined]
    return found


def declared(tree: nodes.Template) -> set[str]:
    """The names that a template makes itself: imports, assignments, loops, macros."""
    found = {node.name for node in tree.find_all(nodes.Name) if node.ctx in ("store", "param")}
    found |= {node.name for node in tree.find_all(nodes.Macro)}
    for node in tree.find_all(nodes.FromImport):
        found |= {each if isinstance(each, str) else each[1] for each in node.names}
    return found


def taken(templates: set[str]) -> set[str]:
    """The names that templates take from outside."""
    found = {name for each in templates for name in meta.find_undeclared_variables(parsed(each))}
    return found - set(ENVIRONMENT.globals)


def attributes() -> set[str]:
    """All attributes that templates read of anything."""
    found: set[str] = set()
    for name in ENVIRONMENT.list_templates(extensions=["html"]):
        tree = parsed(name)
        found |= {node.attr for node in tree.find_all(nodes.Getattr)}
        for node in tree.find_all(nodes.Filter):
            words = [*node.args, *(keyword.value for keyword in node.kwargs)]
            found |= {
                w.value for w in words if isinstance(w, nodes.Const) and isinstance(w.value, str)
            }
    return found


@pytest.mark.parametrize(
    "page", [each for each in PAGES if each.template], ids=lambda p: p.__name__
)
def test_a_template_asks_for_the_fields_of_its_page(page: Any) -> None:
    own = {field.name for field in fields(page)}
    page_parts = family(page.template, nodes.Extends, nodes.Include)
    made = {name for each in page_parts for name in declared(parsed(each))}
    asked = taken(page_parts) - made
    assert asked <= own, f"{page.template} asks for {sorted(asked - own)}"
    everything = family(page.template, nodes.Extends, nodes.Include, nodes.FromImport)
    unused = own - taken(everything) - {"path", "description"}
    assert not unused, f"{page.template} never uses {sorted(unused)}"


def test_every_field_of_every_part_is_shown_somewhere() -> None:
    read = attributes()
    missing = {
        f"{part.__name__}.{field.name}"
        for part in PARTS
        for field in fields(part)
        if field.name not in read
    }
    assert missing <= SITE_ONLY, sorted(missing - SITE_ONLY)


def test_templates_read_no_attribute_that_does_not_exist() -> None:
    known = {field.name for part in [*PARTS, *PAGES] for field in fields(part)}
    unknown = attributes() - known - PLAIN
    read = {
        node.attr
        for name in ENVIRONMENT.list_templates(extensions=["html"])
        for node in parsed(name).find_all(nodes.Getattr)
    }
    assert not unknown & read, sorted(unknown & read)
