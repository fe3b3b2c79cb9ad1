"""The interface's words: one catalogue, English where it has none, in either direction."""

from __future__ import annotations

import importlib.util
import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runfolio.config import Config, SiteConfig, load
from runfolio.errors import BuildError, ConfigError
from runfolio.query.sentence import Sentence
from runfolio.site.build import BuildReport, build
from runfolio.site.words import (
    Catalogue,
    _,
    english,
    filled,
    read_catalogue,
    refreshed,
    spoken,
    told,
)

from .unsaid import marked, pages_of, said_by, unsaid

Make = Callable[..., BuildReport]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def translated(store: Any, tmp_path: Path) -> Make:
    """A store of one run, and a function that builds its site in a language with these words."""
    note = "Skip to the content"
    store.run("run-0", name="Runs", metrics={"val/accuracy": [0.5, 0.75]}, note=note)

    def make(language: str, words: dict[str, str]) -> BuildReport:
        path = tmp_path / "words.json"
        path.write_text(json.dumps(words), "utf-8")
        site = SiteConfig(
            title="Own", pages=tmp_path / "no", language=language, words=str(path) if words else ""
        )
        return build(Config(store=store.path, out=tmp_path / "site", site=site))

    return make


def test_a_site_speaks_the_language_of_its_catalogue(
    translated: Make, site_faults: Callable[[Path], list[str]]
) -> None:
    words = {"Skip to the content": "تجاوز <b>", "Copied": "تم النسخ", "Data": ""}
    report = translated("ar", words)
    site = report.out
    front, run = ((site / name).read_text("utf-8") for name in ("index.html", "runs/run-0.html"))
    script = next(site.glob("assets/words-*.js")).read_text("utf-8")

    assert '<html lang="ar" dir="rtl"' in front
    assert 'href="#main">تجاوز &lt;b&gt;</a>' in front
    assert "assets/words-" in front
    assert json.loads(script[len('rf("words","ar",') : -3]) == {
        "Skip to the content": "تجاوز <b>",
        "Copied": "تم النسخ",
    }
    assert "Skip to the content</p>" in run, "what people wrote stays as it is"
    assert 'lang="ar"' in (site / "404.html").read_text("utf-8")
    assert site_faults(site) == []


def test_a_site_in_english_needs_no_catalogue(translated: Make) -> None:
    site = translated("en", {}).out
    front = (site / "index.html").read_text("utf-8")
    assert '<html lang="en" data-theme' in front
    assert not list(site.glob("assets/words-*.js"))


def test_every_page_is_made_anew_when_words_change(translated: Make) -> None:
    translated("de", {"Copied": "Kopiert"})
    assert translated("de", {"Copied": "Kopiert"}).written == 0
    report = translated("de", {"Copied": "{wo}", "Skip to the content": "Zum Inhalt"})
    assert report.problems == ("words.json: 'Copied' and its words differ in {wo}",)
    assert "Zum Inhalt" in (report.out / "runs/run-0.html").read_text("utf-8")


def test_words_are_filled_with_values_and_never_fail() -> None:
    with spoken(Catalogue("de", {"{n} runs": "{n} Läufe {m}", "Data": "Daten"})):
        assert _("{n} runs", n=3) == "3 Läufe {m}"
        assert _("Data") == "Daten"
        assert _("Runs") == "Runs"
    assert _("Data") == "Data"
    assert filled("{a} {b.c} {", {"a": "{b}"}) == "{b} {b.c} {"


@pytest.mark.parametrize(
    ("language", "direction"),
    [("en", "ltr"), ("de-CH", "ltr"), ("ar", "rtl"), ("HE-il", "rtl"), ("ar-Latn", "ltr")],
)
def test_the_direction_follows_from_the_language(language: str, direction: str) -> None:
    assert Catalogue(language).direction == direction


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"a": "b",\n}', r"^de\.json:2: this is no JSON"),
        ("[]", r"^de\.json: expected"),
        ('{"a": 1}', r"^de\.json: expected"),
    ],
)
def test_a_wrong_catalogue_is_named(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "de.json").write_text(text, "utf-8")
    with pytest.raises(BuildError, match=told):
        read_catalogue("de", str(tmp_path / "de.json"))
    with pytest.raises(BuildError, match=r"catalogue no\.json cannot be read"):
        read_catalogue("de", str(tmp_path / "no.json"))


def test_words_that_nothing_says_or_that_lose_a_value_are_told(tmp_path: Path) -> None:
    (tmp_path / "de.json").write_text('{"{n} runs": "{m} Läufe", "Rnus": "x"}', "utf-8")
    known = {"{n} runs": []}
    assert read_catalogue("de", str(tmp_path / "de.json"), known).problems == (
        "de.json: '{n} runs' and its words differ in {m}, {n}",
        "de.json: no text of the interface is 'Rnus'; runfolio theme words drops it",
    )


def test_a_catalogue_is_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "de.json"
    path.write_text('{"Copied": "Kopiert", "No longer said": "x"}', "utf-8")
    text, count, left = refreshed(path)
    words = json.loads(text)
    assert words["Copied"] == "Kopiert"
    assert list(words) == list(english())
    assert (count, left) == (len(words), len(words) - 1)


def test_a_language_has_the_form_that_html_asks_for(tmp_path: Path) -> None:
    (tmp_path / "runfolio.toml").write_text('[site]\nlanguage = "German <b>"\n', "utf-8")
    with pytest.raises(ConfigError, match="expected the tag of a language"):
        load(tmp_path / "runfolio.toml", env={})


# --- the list of all texts ------------------------------------------------------------------------


def test_every_text_is_listed_with_its_places(catalogue: Any) -> None:
    assert catalogue.LISTED.read_text("utf-8") == catalogue.as_json(), "run `make docs`"


def test_templates_and_scripts_say_nothing_past_the_catalogue(catalogue: Any) -> None:
    assert catalogue.unheard() == []


@pytest.mark.parametrize(
    ("html", "told"),
    [
        ("<p>{{ _('a') }} plain words</p>", ["… plain words"]),
        ('<p aria-label="Read out">{# not this #}</p>', ["Read out"]),
        ('<p class="some words" title="{{ _("Said") }}"><code>in code</code> 1 · 2</p>', []),
        ("{% if a < b %}SQL{% endif %}", []),
    ],
)
def test_plain_words_of_a_template_are_found(
    catalogue: Any, tmp_path: Path, html: str, told: list[str]
) -> None:
    (tmp_path / "x.html").write_text(html, "utf-8")
    assert [text for _line, text in catalogue._plain(tmp_path / "x.html")] == told


def test_texts_of_scripts_are_found(catalogue: Any) -> None:
    code = """
    rf.t("one"); rf.t("a {n}" + " b", { n: "not this" }); // rf.t("no")
    rf.t(x?.y ? "two" : "three"); rf.t(x ? "four?" : y ? "one of:" : "six");
    const T = /* said: */ { key: "Said here", other: ["k", "And here"] };
    """
    found = set(catalogue._of_script(code))
    assert found == {"one", "a {n} b", "two", "three", "four?", "one of:", "six"} | {
        "Said here",
        "And here",
    }


@pytest.fixture(scope="module")
def catalogue() -> Any:
    """The module that lists the texts."""
    spec = importlib.util.spec_from_file_location("catalogue", ROOT / "site" / "catalogue.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_a_sentence_of_a_query_is_said_in_the_language_of_the_site() -> None:
    inner = Sentence("Commit {short}, unchanged", short="abc{x}")
    whole = Sentence("{detail}.", detail=inner)
    with spoken(Catalogue("de", {"Commit {short}, unchanged": "Commit {short} wie er ist"})):
        assert told(whole) == "Commit abc{x} wie er ist."
    assert told(whole) == whole == "Commit abc{x}, unchanged."
    assert told(pickle.loads(pickle.dumps(whole))) == whole
    assert told("as it is") == "as it is"


def test_no_page_says_anything_past_the_catalogue(tmp_path: Path) -> None:
    site, known = marked(tmp_path)
    found = {line: path for path, page in pages_of(site) for line in unsaid(said_by(page), known)}
    assert found == {}
