"""Pages to HTML: complete, safe whatever the names are, and linked so that they work anywhere."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runfolio.errors import BuildError
from runfolio.site.pages import Page
from runfolio.site.render import (
    CONTENT_POLICY,
    Renderer,
    counted,
    relative_url,
)
from runfolio.site.theme import Theme

from . import samples

HOSTILE = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(1)</script>",
    "\"' onmouseover=alert(1) x='",
    "javascript:alert(1)",
    "]]><!--",
    "{{ 7*7 }}{% raw %}",
    "abc\u202egnp.exe",
    "__proto__",
    "A" * 300,
    "&lt;b&gt;",
    "\x00\x07\ufffe",
)


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer()


class Seen(HTMLParser):
    """The tags and attributes of a page, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self._in_script = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._in_script = tag == "script"

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.scripts.append(data)

    def shape(self) -> list[tuple[str, tuple[str, ...]]]:
        """Tags with the names of their attributes."""
        return [(tag, tuple(sorted(attrs))) for tag, attrs in self.tags]


@pytest.mark.parametrize("page", samples.all_pages("digits"), ids=lambda page: page.template)
def test_every_page_is_a_whole_document_with_one_title(renderer: Renderer, page: Page) -> None:
    html = renderer.render(page)

    assert html.startswith("<!doctype html>")
    assert html.rstrip().endswith("</html>")
    assert len(re.findall(r"<h1\b", html)) == 1
    assert len(re.findall(r"<main\b", html)) == 1
    assert "None" not in html


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_changes_nothing_but_text(renderer: Renderer, text: str) -> None:
    for plain, hostile in zip(samples.all_pages("digits"), samples.all_pages(text), strict=True):
        expected = Seen(renderer.render(plain)).shape()
        found = Seen(renderer.render(hostile)).shape()

        assert found == expected, hostile.template


@given(st.text(max_size=40).filter(str.strip))
@settings(max_examples=25, deadline=None)
def test_no_text_breaks_out_of_its_place(text: str) -> None:
    renderer = Renderer()
    expected = Seen(renderer.render(samples.leaderboard("digits"))).shape()

    assert Seen(renderer.render(samples.leaderboard(text))).shape() == expected


@pytest.mark.parametrize("page", samples.all_pages("digits"), ids=lambda page: page.template)
def test_nothing_is_inline_and_nothing_comes_from_elsewhere(renderer: Renderer, page: Page) -> None:
    html = renderer.render(page)
    seen = Seen(html)

    assert (
        "meta",
        {"http-equiv": "Content-Security-Policy", "content": CONTENT_POLICY},
    ) in seen.tags
    for tag, attrs in seen.tags:
        assert tag not in {"style", "iframe", "object", "base", "form"}
        assert "style" not in attrs
        assert not [name for name in attrs if name.startswith("on")]
        if tag == "script" and "src" not in attrs:
            assert attrs["type"] == "application/json"
        for name in ("href", "src"):
            address = attrs.get(name) or ""
            assert not address.startswith("/")
            assert ":" not in address.split("/")[0] or address.startswith("data:image/svg+xml,")


def test_data_of_charts_survives_in_the_page(renderer: Renderer) -> None:
    text = "</script><!-- & 'x' \u2028 ü"

    scripts = Seen(renderer.render(samples.leaderboard(text))).scripts

    assert [json.loads(data) for data in scripts if data.strip()] == [{"metric": text}] * 4


def test_links_between_folders_are_relative_and_name_their_file(renderer: Renderer) -> None:
    html = renderer.render(samples.leaderboard())

    assert 'href="../index.html"' in html
    assert 'href="../runs/20261101-100000-aaaaa0.html"' in html
    assert 'href="../assets/site.css"' in html
    assert 'data-src="../data/boards/digits.js"' in html
    assert 'data-root="../"' in html


@pytest.mark.parametrize(
    ("target", "start", "link"),
    [
        ("index.html", "index.html", "index.html"),
        ("index.html", "runs/a.html", "../index.html"),
        ("runs/b.html", "runs/a.html", "b.html"),
        ("runs/b.html#notes", "index.html", "runs/b.html#notes"),
        ("artifacts/x/a b.png", "index.html", "artifacts/x/a%20b.png"),
        ("a:b.html", "index.html", "a%3Ab.html"),
        ("été.html", "index.html", "%C3%A9t%C3%A9.html"),
        ("#notes", "runs/a.html", "#notes"),
        ("", "runs/a.html", ""),
        ("https://example.org/x?y", "runs/a.html", "https://example.org/x?y"),
        ("mailto:a@example.org", "index.html", "mailto:a@example.org"),
        ("javascript:alert(1)", "index.html", "javascript%3Aalert%281%29"),
    ],
)
def test_relative_url(target: str, start: str, link: str) -> None:
    assert relative_url(target, start) == link


def test_navigation_marks_the_page_and_its_section(renderer: Renderer) -> None:
    def marked(page: Page) -> list[tuple[str | None, str | None]]:
        tags = Seen(renderer.render(page)).tags
        return [
            (attrs["href"], attrs["aria-current"])
            for tag, attrs in tags
            if tag == "a" and "aria-current" in attrs
        ]

    assert marked(samples.overview()) == [("index.html", "page")]
    assert marked(samples.leaderboard()) == [("digits.html", "page")]
    assert marked(samples.run_list()) == []


def test_a_run_without_a_value_has_no_rank(renderer: Renderer) -> None:
    html = renderer.render(samples.leaderboard())

    ranks = re.findall(r'<td class="col-rank num">(.+?)</td>', html)
    assert ranks == ["1", "2", "3", "4", "–"]


def test_a_name_that_shows_nothing_gives_way_to_the_id(renderer: Renderer) -> None:
    html = renderer.render(samples.leaderboard("   "))

    assert "<bdi>20261101-100000-aaaaa0</bdi>" in html


def test_an_empty_store_says_how_to_log_the_first_run(renderer: Renderer) -> None:
    assert "runfolio.init(" in renderer.render(samples.overview(empty=True))
    assert "runfolio.init(" in renderer.render(samples.leaderboard(runs=0))


def test_a_missing_asset_is_named(renderer: Renderer) -> None:
    page = samples.overview()
    page.site.assets.pop("rf.js")  # type: ignore[attr-defined]

    with pytest.raises(BuildError, match=r"'rf\.js'"):
        renderer.render(page)


def test_a_template_cannot_name_what_its_page_has_not(tmp_path: Path) -> None:
    (tmp_path / "overview.html").write_text("{{ verdict }}\n{{ verdit }}", "utf-8")

    told = r"^runfolio/overview\.html:2: 'verdit' is undefined; did you mean verdict\?"
    with pytest.raises(BuildError, match=told) as caught:
        Renderer(Theme(tmp_path)).render(samples.overview())
    assert "path" in caught.value.hint


def test_digest_changes_with_any_template(tmp_path: Path) -> None:
    (tmp_path / "partials").mkdir()
    (tmp_path / "base.html").write_text("a", "utf-8")
    (tmp_path / "partials" / "x.html").write_text("b", "utf-8")
    first = Renderer(Theme(tmp_path)).digest()

    assert Renderer(Theme(tmp_path)).digest() == first
    (tmp_path / "partials" / "x.html").write_text("c", "utf-8")
    assert Renderer(Theme(tmp_path)).digest() != first


def test_rendering_twice_gives_the_same_text(renderer: Renderer) -> None:
    page = samples.leaderboard()

    assert renderer.render(page) == Renderer().render(page)


def test_counted() -> None:
    assert counted(1, "run") == "1 run"
    assert counted(0, "run") == "0 runs"
    assert counted(1204, "run") == "1,204 runs"
    assert counted(2, "box", "boxes") == "2 boxes"
