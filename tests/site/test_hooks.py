"""Hooks: what the user's Python file adds, and what is said where it is wrong."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runfolio.config import Config, SiteConfig
from runfolio.errors import BuildError
from runfolio.site import hooks
from runfolio.site.build import build
from runfolio.site.hooks import load_hooks

GOOD = '''
from helping import title
from runfolio.site import hooks

@hooks.column("Twice <b>", board="digits", better="max", unit="x")
def twice(store):
    """Two times the best."""
    print("not on standard output")
    return {run: 2 * best for run, best in store.sql("SELECT run_id, max FROM summary").fetchall()}

@hooks.column("Kind")
def kind(store):
    rows = store.sql("SELECT run_id, name FROM runs").fetchall()
    return {run: "<i>" + name for run, name in rows}

@hooks.page("methods", title=title)
def methods(store):
    return "How <script>alert(1)</script> we *did* it."

@hooks.page("more")
def more(store):
    return {"one": "# First\\n\\ntext", "two": "# Second"}

@hooks.chart
def curve(store, size=3):
    return {"mark": "line", "size": size}
'''


@pytest.fixture
def project(store: Any, tmp_path: Path) -> Callable[[str], Config]:
    """A store of two runs, and a function that gives its configuration with these hooks."""
    for index in range(2):
        store.run(f"run-{index}", name=f"R{index}", metrics={"val/accuracy": [0.5, 0.75 - index]})
    (tmp_path / "helping.py").write_text("title = 'Methods & more'\n", "utf-8")

    def make(text: str) -> Config:
        path = tmp_path / "hooks.py"
        path.write_text(text, "utf-8")
        site = SiteConfig(hooks=str(path), pages=tmp_path / "pages", theme=tmp_path / "no")
        return Config(store=store.path, out=tmp_path / "site", site=site)

    return make


def columns(site: Path, table: str) -> dict[str, Any]:
    text = next(site.glob(f"data/boards/{table}-*.js")).read_text("utf-8")
    payload = json.loads("[" + text[text.index("(") + 1 : text.rindex(")")] + "]")[2]
    return {each["k"]: each for each in payload["cols"]}


def test_hooks_add_columns_pages_and_charts(
    project: Callable[[str], Config],
    site_faults: Callable[[Path], list[str]],
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = project(GOOD)
    site = build(config).out

    board = columns(site, "digits")
    assert board["h:twice"] | {"title": ""} == {
        "k": "h:twice", "l": "Twice <b>", "t": "num", "g": "Hooks", "v": [1.5, 1], "dec": 1,
        "dir": 1, "show": 1, "unit": "x", "title": "",
    }  # fmt: skip
    assert board["h:twice"]["title"] == "Two times the best."
    assert sorted(columns(site, "runs")["h:kind"]["d"]) == ["<i>R0", "<i>R1"]
    assert "h:twice" not in columns(site, "runs")
    html = (site / "leaderboards/digits.html").read_text("utf-8")
    assert "Twice &lt;b&gt;" in html
    assert "&lt;i&gt;R0" in html
    methods = (site / "methods.html").read_text("utf-8")
    assert "<h1>Methods &amp; more</h1>" in methods
    assert "<em>did</em>" in methods
    assert "alert" not in methods
    assert (site / "more/two.html").is_file()
    assert load_hooks(config.site.hooks).charts["curve"].function(None, size=4)["size"] == 4
    assert site_faults(site) == []
    assert capsys.readouterr().out == ""


def test_a_site_is_made_anew_when_hooks_or_what_they_import_change(
    project: Callable[[str], Config], tmp_path: Path
) -> None:
    config = project(GOOD)
    assert build(config).written > 0
    assert build(config).written == 0
    (tmp_path / "helping.py").write_text("title = 'Ways'\n", "utf-8")
    assert build(config).written > 0
    assert "<h1>Ways</h1>" in (tmp_path / "site/methods.html").read_text("utf-8")
    project("")
    build(config)
    assert not (tmp_path / "site/methods.html").exists()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("import nothing_such", "hooks.py:1: the hooks file failed: ModuleNotFoundError"),
        ("\nx = (", "hooks.py:2: the hooks file failed: SyntaxError"),
        ("raise SystemExit('no')", "hooks.py:1: the hooks file failed: SystemExit: no"),
        (
            "@hooks.column('A', board='digit')\ndef a(store): return {}",
            "hooks.py:3: the column hook a is for the leaderboard 'digit'; there are: digits",
        ),
        (
            "@hooks.column('A')\ndef a(store):\n    return 1 / 0",
            "hooks.py:5: the column hook a failed: ZeroDivisionError: division by zero",
        ),
        ("@hooks.column('A')\ndef a(store): return [1]", "the column hook a gave list; expected"),
        (
            "@hooks.column('A')\ndef a(store): return {'x': 1}",
            "gave a value for 'x', which is the id of no run",
        ),
        (
            "@hooks.column('A')\ndef a(store): return {'run-0': {}}",
            "gave dict for run-0; expected a number or a text",
        ),
        (
            "@hooks.page('a')\ndef a(store): return None",
            "the page hook a gave NoneType; expected a text of Markdown",
        ),
        (
            "@hooks.page('../a')\ndef a(store): return ''",
            "hooks.py:3: the hooks file failed: ValueError: '../a' is no path of a page",
        ),
        (
            "@hooks.chart('b')\ndef a(store): ...\n@hooks.chart\ndef b(store): ...",
            "hooks.py:5: the chart hook b has the same name as the one in line 3",
        ),
        (
            "@hooks.page('a')\ndef a(store):\n    return store.sql('SELEC 1')",
            "hooks.py:5: the page hook a failed: QueryError",
        ),
    ],
)
def test_a_mistake_names_hook_file_and_line_and_leaves_the_site(
    project: Callable[[str], Config], tmp_path: Path, text: str, told: str
) -> None:
    build(project(""))
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "site").rglob("*")}
    config = project(
        f"from runfolio.site import hooks\n\n{text}\n".lstrip() if "@" in text else text
    )
    with pytest.raises(BuildError, match=re.escape(told)):
        build(config)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "site").rglob("*")} == before


def test_a_page_of_a_hook_does_not_replace_a_file(
    project: Callable[[str], Config], tmp_path: Path
) -> None:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages/methods.md").write_text("# Mine", "utf-8")
    with pytest.raises(BuildError, match=r"makes the page methods\.md, which is there"):
        build(project(GOOD))


def test_a_hooks_file_can_be_imported_elsewhere() -> None:
    @hooks.column("A")
    def a(store: object) -> dict[str, float]:
        return {}

    assert a(None) == {}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"hooks file nothing\.py cannot be read"):
        load_hooks(str(tmp_path / "nothing.py"))
