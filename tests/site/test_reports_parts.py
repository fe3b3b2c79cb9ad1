"""The pieces of reports by themselves: settings, front matter, blocks, specs, exports."""

from __future__ import annotations

from typing import Any

import pytest

from runfolio.site.pages import PaperCell, PaperTable
from runfolio.site.reports.blocks import take_blocks
from runfolio.site.reports.charts import chart_spec
from runfolio.site.reports.curves import run_colors
from runfolio.site.reports.exports import csv_text, html_text, latex, latex_text, markdown
from runfolio.site.reports.front import read_document
from runfolio.site.reports.settings import Options, SettingsError, read_settings
from runfolio.site.reports.stills import still_svg


def test_words_of_settings_stay_words() -> None:
    text = "a: no\nb: 2026-11-21\ny: 1e-3\nd: true\ne: '5'\nf: [x, 2]\ng: {h: null}\n12: on"
    found = read_settings(text, 10)

    assert found.values == {
        "a": "no", "b": "2026-11-21", "y": 0.001, "d": True, "e": "5", "f": ["x", 2],
        "g": {"h": None}, "12": "on",
    }  # fmt: skip
    assert found.lines["d"] == 13
    assert read_settings('{"a": [1, 2]}', 1).values == {"a": [1, 2]}


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: 1\nb: [", 12),
        ("a: 1\na: 2", 12),
        ("just words", 11),
        ("a: &x [1]\nb: *x", 11),
        ("a: " + "[" * 80 + "]" * 80, 11),
        ('{"a": }', 11),
    ],
)
def test_settings_that_cannot_be_read_name_the_line(text: str, line: int) -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings(text, 11)
    assert caught.value.mistakes[0][0] == line


def test_objects_of_yaml_are_plain_texts() -> None:
    assert read_settings("a: !!python/object/apply:os.system [ls]", 1).values == {"a": ["ls"]}


def test_options_tell_all_mistakes_at_once() -> None:
    options = Options(read_settings("rows: many\ncolour: red\nkind: z\nnames: {a: 1}", 5), 4)
    options.number("rows", 3)
    options.choice("kind", ("x", "y"), "x")
    options.names("names")
    options.text("key", needed=True)
    with pytest.raises(SettingsError) as caught:
        options.done()
    assert [line for line, _ in caught.value.mistakes] == [4, 5, 6, 7, 8]


@pytest.mark.parametrize("text", ["---\n\nA line\n---\n", "text\n---\na: 1\n---\n", "---\na: 1\n"])
def test_a_rule_at_the_top_is_no_front_matter(text: str) -> None:
    assert read_document("a.md", text).text == text


def test_front_matter_is_read_and_taken_away() -> None:
    found = read_document("a.md", "---\ntitle: A  b\nauthors: One\norder: 2\n---\n# Text\n")

    assert (found.front.title, found.front.authors, found.front.order) == ("A b", ("One",), 2.0)
    assert (found.text, found.first, found.mistakes) == ("# Text\n", 6, ())


def test_only_fences_at_the_margin_in_our_languages_are_blocks() -> None:
    text = (
        "````markdown\n```sql\nSELECT 1\n```\n````\n\n    ```sql\n    x\n    ```\n\n"
        "``` {.sql}\nSELECT 2\n```\n\n~~~ sql\n-- title: A\n-- rows: 2\n\nSELECT 3 -- x: 1\n~~~\n"
    )
    taken = take_blocks(text, 1)

    assert [block.sql() for block in taken.blocks.values()] == ["SELECT 3 -- x: 1"]
    block = next(iter(taken.blocks.values()))
    assert (block.line, block.settings().values) == (15, {"title": "A", "rows": 2})
    assert "SELECT 1" in taken.text and "SELECT 2" in taken.text


def test_a_block_inside_of_an_attribute_is_left_out() -> None:
    taken = take_blocks(
        '<a title="\n\n```sql\nSELECT 1\n```\n\n">x</a>\n\n```sql\nSELECT 2\n```\n', 1
    )
    one, two = taken.blocks
    found = taken.split(f'<p><a title="\n{one}\n">x</a></p>\n<p>{two}</p>')

    assert found == ['<p><a title="\n\n">x</a></p>\n', taken.blocks[two]]


SPEC = {"mark": "bar", "encoding": {"x": {"field": "a", "type": "quantitative"}}}


@pytest.mark.parametrize(
    "more",
    [
        {"data": {"url": "x.csv"}},
        {"transform": [{"lookup": "a", "from": {"data": {"url": "x"}, "key": "a"}}]},
        {"mark": "image"},
        {"mark": {"type": "image", "width": 5}},
        {"encoding": {"href": {"field": "a"}}},
        {"mark": {"type": "bar", "href": "https://example.org"}},
        {"params": [{"name": "p", "bind": {"input": "text", "element": "body"}}]},
        {"transform": [{"calculate": "now() - 1", "as": "b"}]},
        {"transform": [{"sample": 10}]},
        {"config": {"mark": {"href": "javascript:alert(1)"}}},
        {"layer": [{"mark": {"type": "image"}}]},
    ],
)
def test_a_chart_asks_for_nothing_and_is_the_same_each_time(more: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"not|another chart"):
        chart_spec({**SPEC, **more}, None)


def test_the_authors_settings_win_over_the_sites() -> None:
    rows = [{"a": 1, "url": "a row may say what it likes", "href": "now()"}]
    found = chart_spec({**SPEC, "config": {"axis": {"labelColor": "red"}}, "height": 200}, rows)

    axis = found.spec["config"]["axis"]
    assert (axis["labelColor"], axis["titleColor"]) == ("red", "var(--muted)")
    assert (found.height, found.spec["width"]) == (200, "container")
    assert found.spec["datasets"] == {"table": rows}


def test_a_still_picture_is_made_of_shapes_and_words_alone() -> None:
    rows = [{"a": 1, "n": "</text><script>alert(1)</script>"}, {"a": 2, "n": '"><image href=x>'}]
    spec = {**SPEC, "encoding": {**SPEC["encoding"], "y": {"field": "n", "type": "nominal"}}}
    svg = still_svg(chart_spec(spec, rows), "p")

    assert svg.startswith('<svg class="report-still" aria-hidden="true"')
    assert "&lt;script&gt;" in svg and "<script" not in svg and "<image" not in svg
    assert "style=" not in svg and "font-family" not in svg and "var(--accent)" in svg


def table(**more: Any) -> PaperTable:
    cells = (PaperCell("1,234.5", "0.1", 3, place=1), PaperCell("2", place=2), PaperCell(""))
    given: dict[str, Any] = {
        "slug": "t", "title": "A & B_c", "corner": "model", "groups": (("m%", 3),),
        "heads": (("d$1", 1), ("{x}", -1), ("|y|", 0)), "rows": (("=cmd()", cells),),
        "note": "", "description_html": "", "exports": (), "sql": "", **more,
    }  # fmt: skip
    return PaperTable(**given)


def test_a_table_in_latex_is_escaped() -> None:
    text = latex(table())

    assert r"\caption{A \& B\_c}" in text and r"\multicolumn{3}{c}{m\%}" in text
    assert r"d\$1 $\uparrow$ & \{x\} $\downarrow$ & \textbar{}y\textbar{}" in text
    assert r"=cmd() & $\mathbf{1{,}234.5} \pm 0.1$ & $\underline{2}$ & -- \\" in text
    assert latex_text("\\input{/etc/passwd}\n\u202e%") == r"\textbackslash{}input\{/etc/passwd\}\%"


def test_a_table_in_other_formats() -> None:
    assert "| \\|y\\| |" in markdown(table()) and "| **1,234.5** ± 0.1 | 2 | – |" in markdown(
        table()
    )
    lines = csv_text(table()).splitlines()
    assert lines[0].startswith("model,d$1,d$1 std,d$1 n")
    assert lines[1] == "'=cmd(),1234.5,0.1,3,2,,,,,"
    assert "<td><b>1,234.5</b> ± 0.1</td><td><u>2</u></td><td>–</td>" in html_text(table())
    assert "<caption>A &amp; B_c</caption>" in html_text(table())


def test_runs_keep_their_own_colours_where_they_are_free() -> None:
    ids = [f"run-{n}" for n in range(16)]
    colors = run_colors(ids)

    assert sorted(colors[each] for each in ids[:8]) == list(range(8))
    assert sorted(colors[each] for each in ids[8:]) == list(range(8))
