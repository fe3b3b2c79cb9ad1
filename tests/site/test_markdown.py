"""Markdown of strangers becomes HTML that can only be read."""

from __future__ import annotations

import re
import time

import pytest

from runfolio.site.markdown import LONGEST, MarkdownRenderer, plain_text, too_tangled


@pytest.fixture(scope="module")
def markdown() -> MarkdownRenderer:
    return MarkdownRenderer()


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<style>body{display:none}</style>",
        "<iframe src='http://e.com'></iframe>",
        "<svg/onload=alert(1)>",
        "<a href='javascript:alert(1)'>x</a>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert(1))",
        "[x](data:text/html,<script>alert(1)</script>)",
        "[x](vbscript:x)",
        "[x](//e.com/x)",
        "# x {: onmouseover=alert(1) style=color:red }",
        "<form action='http://e.com'><input name=a></form>",
        "<base href='http://e.com/'>",
        "<meta http-equiv=refresh content=0>",
        "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
        "![x](http://e.com/x.png)",
        "<img src='http://e.com/x.png'>",
        "<p style='position:fixed'>x</p>",
        "<details open ontoggle=alert(1)>x</details>",
    ],
)
def test_nothing_runs_and_nothing_is_fetched(markdown: MarkdownRenderer, text: str) -> None:
    html = markdown.render(text).html
    assert not re.search(
        r"<(script|style|iframe|form|input|base|meta|svg|object|embed)\b|\son\w+=|\sstyle=|"
        r"javascript:|vbscript:|data:text|src=\"(https?:)?//|href=\"//",
        html,
        re.IGNORECASE,
    ), html


def test_a_remote_picture_becomes_a_link(markdown: MarkdownRenderer) -> None:
    html = markdown.render("![the plot](https://example.org/p.png)").html
    assert '<a href="https://example.org/p.png"' in html and ">the plot</a>" in html


def test_relative_links_are_asked_about(markdown: MarkdownRenderer) -> None:
    asked: list[str] = []

    def rule(url: str) -> str | None:
        asked.append(url)
        return f"../{url}" if url != "missing.md" else None

    html = markdown.render("[a](a.md) ![b](b.png) [c](missing.md)", link=rule).html
    assert asked == ["a.md", "b.png", "missing.md"]
    assert 'href="../a.md"' in html and 'src="../b.png"' in html
    assert re.search(r'<a rel="[^"]*">c</a>', html)


def test_anchors_are_prefixed_and_those_that_lead_nowhere_are_dropped(
    markdown: MarkdownRenderer,
) -> None:
    text = "## Part one\n\n[here](#part-one) [nowhere](#part-two)\n\nA note[^1].\n\n[^1]: Said."
    html = markdown.render(text, prefix="note-1-").html
    assert '<h2 id="note-1-part-one">' in html
    assert '<a href="#note-1-part-one"' in html and "#note-1-part-two" not in html
    anchors = set(re.findall(r' id="([^"]*)"', html))
    assert set(re.findall(r' href="#([^"]*)"', html)) <= anchors


def test_code_is_coloured_by_class_and_can_be_scrolled_by_keyboard(
    markdown: MarkdownRenderer,
) -> None:
    html = markdown.render("```python\nx = 1\n```\n").html
    assert '<div class="codehilite"><pre tabindex="0">' in html
    assert '<span class="mi">1</span>' in html


def test_wide_tables_scroll_by_themselves(markdown: MarkdownRenderer) -> None:
    html = markdown.render("|a|b|\n|-|-|\n|1|2|\n").html
    assert html.count('<div class="table-scroll"') == 1 and html.count("</table></div>") == 1


def test_only_known_classes_stay(markdown: MarkdownRenderer) -> None:
    html = markdown.render('<div class="codehilite btn-primary tiles">x</div>').html
    assert 'class="codehilite"' in html and "btn-primary" not in html


def test_a_page_keeps_one_title_whatever_its_texts_begin_with(markdown: MarkdownRenderer) -> None:
    note = markdown.render("# A\n\n## B\n\n###### C\n\n`<h1>`")
    assert [level for level, _, _ in note.toc] == [2, 3]
    assert note.html.count("<h2 ") == note.html.count("<h3 ") == note.html.count("<h6 ") == 1
    assert "<h1" not in note.html
    assert "&lt;h1&gt;" in note.html
    assert "<h2" in markdown.render("## B").html


def test_the_first_heading_is_the_title(markdown: MarkdownRenderer) -> None:
    found = markdown.render("# A *fine* & good title\n\n## One\n\n### Two\n", title=True)
    assert found.title == "A fine & good title"
    assert "<h1" not in found.html
    assert found.toc == ((2, "one", "One"), (3, "two", "Two"))


def test_a_long_note_is_cut_and_says_so(markdown: MarkdownRenderer) -> None:
    html = markdown.render("word " * LONGEST).html
    assert "longer than 256 KiB" in html
    assert len(html) < LONGEST + 1000


@pytest.mark.parametrize(
    "text",
    [
        "[" * 20_000,
        "![" * 10_000,
        "[a](" * 20_000,
        "<a " * 20_000,
        "[" * 3000 + "]" * 3000,
        "[^a]" * 5000 + "\n\n[^a]: x",
        "\\" * 100_000,
        "".join("    " * i + "- a\n" for i in range(200)),
    ],
    ids=["brackets", "images", "links", "tags", "nested", "footnotes", "backslashes", "lists"],
)
def test_a_hostile_note_takes_little_time(markdown: MarkdownRenderer, text: str) -> None:
    began = time.process_time()
    html = markdown.render(text).html
    assert time.process_time() - began < 3
    assert html


def test_long_honest_texts_are_rendered(markdown: MarkdownRenderer) -> None:
    text = "\n\n".join(f"See [link {i}](x{i}.md) (and more) if a < b." for i in range(2000))
    assert not too_tangled(text)
    assert "<p>" in markdown.render(text).html


def test_plain_text_is_one_line() -> None:
    assert plain_text("<p>a <b>b</b>\n c &amp; d</p>") == "a b c & d"


def test_code_that_shows_tags_is_left_as_it_is(markdown: MarkdownRenderer) -> None:
    shown = markdown.render('`<a href="#no" id="x">` [y](#x) [z](#no)').html
    assert '&lt;a href="#no" id="x"&gt;' in shown
    assert '<a rel="noopener noreferrer">y</a>' in shown  # what only looks like an anchor is none


def test_a_picture_that_leads_nowhere_is_taken_out_whole(markdown: MarkdownRenderer) -> None:
    assert "<img" not in markdown.render('![> <b> src="x" ](nowhere.png) <img alt=">">').html


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("$\\frac{a}{b}$", "<mfrac><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></mfrac>"),
        ("$a_1 * b_1 * c_1$", "<mo>*</mo>"),
        ("$$\nx^2\n$$", '<math display="block">'),
        ("$\\begin{aligned} a &= b \\end{aligned}$", "<mtable"),
        (
            "$\\text{<img src=x onerror=alert(1)>}$",
            "<mtext>&lt;img\xa0src=x",
        ),
        ("$\\href{javascript:alert(1)}{x}$", "<mi>x</mi>"),
        ("$\\style{color:red}{x}$", "<mi>x</mi>"),
    ],
)
def test_formulas_become_mathml(text: str, shown: str) -> None:
    found = MarkdownRenderer().render(text).html

    assert shown in found
    assert "<math" in found and "href" not in found and " style=" not in found


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5 or $6.",
        "`$x$`",
        "\\$x\\$",
        "$\\undefined{x}$",
        "$" + "{" * 900 + "}" * 900 + "$",
    ],
)
def test_what_is_no_formula_stays_text(text: str) -> None:
    assert "<math" not in MarkdownRenderer().render(text).html


def test_a_formula_in_an_attribute_leaves_no_markup() -> None:
    found = (
        MarkdownRenderer()
        .render('[a](https://example.org "$x$") ![$y$](https://example.org/p.png)')
        .html
    )

    assert "<math" not in found.split(">")[1]
    assert found.count("<a ") == 2
