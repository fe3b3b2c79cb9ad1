"""Themes: single templates, blocks and styles of the user's own; the rest is the package's."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runfolio.config import Config, SiteConfig, load
from runfolio.errors import BuildError, UsageError
from runfolio.site.build import BuildReport, build
from runfolio.site.render import Renderer, templates_folder
from runfolio.site.theme import Theme

from . import samples

Make = Callable[[dict[str, str]], BuildReport]


@pytest.fixture
def themed(store: Any, tmp_path: Path) -> Make:
    """A store of one run, and a function that builds its site with a theme of these files."""
    store.run("run-0", name="R0", metrics={"val/accuracy": [0.5, 0.75]})

    def make(files: dict[str, str]) -> BuildReport:
        for name, text in files.items():
            path = tmp_path / "theme" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        site = SiteConfig(title="Own", pages=tmp_path / "pages", theme=tmp_path / "theme")
        return build(Config(store=store.path, out=tmp_path / "site", site=site))

    return make


def test_a_theme_overrides_partials_blocks_and_adds_styles(
    themed: Make, site_faults: Callable[[Path], list[str]]
) -> None:
    report = themed(
        {
            "partials/footer.html": "<footer>ours: {{ site.title }} {% include 'note.html' %}",
            "note.html": "<img alt='' src=\"{{ asset('static/mark.svg') }}\"></footer>",
            "run.html": '{% extends "runfolio/run.html" %}\n'
            "{% block main %}<p>before {{ title }}</p>{{ super() }}{% endblock %}",
            "brand.css": ":root { --accent: #060; }\n.brand { background: url(static/mark.svg) }",
            "static/mark.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
        }
    )
    site = report.out
    front, run = ((site / name).read_text("utf-8") for name in ("index.html", "runs/run-0.html"))
    css = next(site.glob("assets/site-*.css")).read_text("utf-8")
    mark = next(site.glob("assets/mark-*.svg")).name

    assert "<footer>ours: Own" in front
    assert f'src="assets/{mark}"' in front
    assert f'src="../assets/{mark}"' in run
    assert "<p>before R0</p>" in run
    assert run.count("<h1") == 1
    assert css.rstrip().endswith(f'.brand {{ background: url("{mark}") }}')
    assert "--accent: light-dark" in css
    assert report.problems == ()
    assert site_faults(site) == []


def test_a_site_is_made_anew_when_its_theme_changes(themed: Make) -> None:
    themed({})
    assert themed({}).written == 0
    assert themed({"a.css": "p { color: red }"}).written > 0
    assert themed({"partials/footer.html": "<footer>x</footer>"}).written > 0
    assert themed({}).written == 0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a\n{{ site.titel }}", r"theme/partials/footer\.html:2: .* has no attribute 'titel'"),
        ("{{ titel }}", r"theme/partials/footer\.html:1: 'titel' is undefined; did you mean title"),
        ("\n\n{% if %}", r"theme/partials/footer\.html:3: Expected an expression"),
        ("{{ 1 + title }}", r"theme/partials/footer\.html:1: TypeError"),
        ("\n{% include 'no.html' %}", r"theme/partials/footer\.html:2: no\.html"),
    ],
)
def test_a_mistake_in_a_template_names_file_and_line(themed: Make, text: str, told: str) -> None:
    with pytest.raises(BuildError, match=told):
        themed({"partials/footer.html": text})


def test_texts_in_a_theme_are_escaped_like_all_others(tmp_path: Path) -> None:
    (tmp_path / "overview.html").write_text("{{ title }}", "utf-8")
    page = samples.overview()
    object.__setattr__(page, "title", "<script>")
    assert Renderer(Theme(templates_folder(), tmp_path)).render(page) == "&lt;script&gt;"


def test_an_ejected_template_is_the_packaged_one_until_that_changes(tmp_path: Path) -> None:
    package, own = tmp_path / "package", tmp_path / "theme"
    (package / "partials").mkdir(parents=True)
    (package / "base.html").write_text(
        "{# The frame. More. #}\n<main>{{ title }}</main>\n", "utf-8"
    )
    (package / "partials/footer.html").write_text("<footer>\n", "utf-8")
    assert Theme(package, own).eject("footer") == own / "partials/footer.html"
    Theme(package, own).eject("base.html")

    theme = Theme(package, own)
    assert [(t.name, t.state, t.about) for t in theme.overview()] == [
        ("base.html", "ejected", "The frame"),
        ("partials/footer.html", "ejected", ""),
    ]
    assert theme.problems() == ()
    assert theme.diff("footer") == ""
    with pytest.raises(UsageError, match="is there already"):
        theme.eject("base")

    (package / "partials/footer.html").write_text("<footer class='new'>\n", "utf-8")
    theme = Theme(package, own)
    assert theme.overview()[1].state == "out of date"
    (told,) = theme.problems()
    assert re.match(r"theme/partials/footer\.html was ejected from runfolio \S+, and the", told)
    assert told.endswith("runfolio theme diff partials/footer.html")
    assert "\n-<footer class='new'>\n+<footer>" in theme.diff("footer")


def test_what_overrides_nothing_or_asks_elsewhere_is_told(themed: Make) -> None:
    report = themed(
        {
            "partials/foter.html": "x",
            "a.css": "@import 'https://example.org/x.css';",
            ".hidden.css": "p {",
        }
    )
    assert report.problems == (
        "theme/partials/foter.html takes the place of no template; "
        "did you mean partials/footer.html?",
        "theme/a.css asks for @import 'https://example.org/x.css…; "
        "the site's policy lets nothing in from elsewhere",
    )


def test_a_wrong_name_gets_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"There is no template 'hedder'; did you mean"):
        Theme(templates_folder(), tmp_path).eject("hedder")


def test_a_theme_that_was_asked_for_must_be_there(store: Any, tmp_path: Path) -> None:
    (tmp_path / "runfolio.toml").write_text('[site]\ntheme = "brand"\n', "utf-8")
    config = load(tmp_path / "runfolio.toml", env={})
    with pytest.raises(BuildError, match="theme brand is no folder"):
        build(config)


def test_every_template_says_what_it_is() -> None:
    silent = [each.name for each in Theme(templates_folder()).overview() if not each.about]
    assert silent == []
