"""Results can be cited: every form holds what was said, and formats their makers accept."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from runfolio.config import Config, SiteConfig
from runfolio.config.citing import CitationConfig
from runfolio.config.people import Author, author_of, doi_of
from runfolio.site.citing.croissant import CONFORMS_TO
from runfolio.site.citing.forms import apa, bibtex, cff, csl, license_url, spdx
from runfolio.site.citing.work import Work, read_cff, without_people, work_of

from .outward import URL, Built

ROOT = Path(__file__).parents[1]
STRINGS = json.loads((ROOT / "data/hostile_strings.json").read_text("utf-8"))
HOSTILE = [each if isinstance(each, str) else str(each) for each in STRINGS][:400]
ADA = Author("Lovelace", "Ada Augusta", "0000-0002-1825-0097")


def official(text: str) -> dict[str, Any]:
    """A CITATION.cff that the official schema accepts, read."""
    room = files("check_jsonschema") / "builtin_schemas/vendor/citation-file-format.json"
    found = yaml.load(text, Loader=yaml.BaseLoader)  # everything as the text that it is
    jsonschema.validate(found, json.loads(room.read_text("utf-8")))
    return dict(found)


@pytest.mark.parametrize(
    ("text", "author"),
    [
        ("Ada Augusta Lovelace (https://orcid.org/0000-0002-1825-0097)", ADA),
        ("Jo van der Berg", Author("van der Berg", "Jo")),
        ("van Rossum, Guido", Author("van Rossum", "Guido")),
        ("Plato", Author("Plato")),
        ("{The Team}", Author("The Team", group=True)),
    ],
)
def test_names_are_read_as_people_write_them(text: str, author: Author) -> None:
    assert author_of(text) == author


@pytest.mark.parametrize(
    "text", ["", "()", "Ada (0000-0002-1825-0098)", "Ada (ada)", ", Ada", "{}"]
)
def test_a_name_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        author_of(text)


def test_a_doi_is_read_in_all_its_clothes() -> None:
    assert {doi_of(f"{each}10.5281/zenodo.1") for each in ("", "doi:", "https://doi.org/")} == {
        "10.5281/zenodo.1"
    }
    for bad in ("10.5281", "https://example.org/10.1/x", '10.1234/"><script>', "10.1234/a b"):
        with pytest.raises(ValueError):
            doi_of(bad)


def test_every_form_of_a_work_says_it() -> None:
    work = Work(
        "Digits & 100% more_or_less",
        (ADA, Author("Ångström", "Jean-Luc"), Author("The Team", group=True)),
        doi="10.1234/x",
        license="CC BY 4.0",
        date="2026-11-21",
        version="v1.0",
        digest="ab" * 32,
        references=("10.1/y",),
        software=("Trainer", "10.1234/code", "https://example.org/code"),
    )
    told = official(cff(work))
    assert told["license"] == "CC-BY-4.0" and told["date-released"] == "2026-11-21"
    assert told["references"][0]["doi"] == "10.1234/code" and "&" not in cff(work).split("title")[0]
    assert apa(work) == (
        "Lovelace, A. A., Ångström, J.-L., & The Team. (2026). Digits & 100% more_or_less "
        "(Version v1.0) [Data set]. https://doi.org/10.1234/x"
    )
    entry = bibtex(work)
    assert r"{{Digits \& 100\% more\_or\_less}}" in entry and "month = nov" in entry
    assert "author = {Lovelace, Ada Augusta and Ångström, Jean-Luc and {The Team}}" in entry
    (item,) = csl(work)
    assert item["issued"] == {"date-parts": [[2026, 11, 21]]} and item["DOI"] == "10.1234/x"
    assert spdx("apache-2.0") == "Apache-2.0" and not spdx("All mine")
    assert license_url("CC BY-NC-SA 4.0").endswith("/by-nc-sa/4.0/")


def test_hostile_words_stay_words_in_every_form() -> None:
    for at, text in enumerate(HOSTILE):
        people = (Author(text or "x", text),)
        work = Work(text, people, abstract=text, version=text, keywords=(text,))
        entry = bibtex(work)
        assert entry.count("{") - entry.count(r"\{") == entry.count("}") - entry.count(r"\}"), text
        assert "\n" not in apa(work) and json.dumps(csl(work))
        told = yaml.safe_load(cff(work).encode("utf-8", "replace"))
        assert told["authors"] and isinstance(told["title"], str)
        if at % 40 == 0 and text.strip():
            official(cff(work).encode("utf-8", "replace").decode())


def test_what_a_cff_of_the_code_says_is_not_said_of_the_results(tmp_path: Path) -> None:
    file = tmp_path / "CITATION.cff"
    file.write_text(
        "cff-version: 1.2.0\nmessage: m\ntitle: Trainer\ndoi: 10.1234/code\nversion: 3\n"
        "license: MIT\nrepository-code: https://example.org/code\n"
        "authors:\n- family-names: Berg\n  name-particle: van\n  given-names: Jo\n"
        "  orcid: https://orcid.org/0000-0002-1825-0097\n- name: Team\n- odd\n"
    )
    config = Config(citation=CitationConfig(file=file), site=SiteConfig(license="CC0-1.0"))
    work = work_of(config, "Results")
    assert [each.name for each in work.authors] == ["Jo van Berg", "Team"]
    assert (work.title, work.doi, work.version, work.license) == ("Results", "", "", "CC0-1.0")
    assert work.software == ("Trainer", "10.1234/code", "https://example.org/code")
    official(cff(work))
    file.write_text(file.read_text() + "type: dataset\ndate-released: 2026-01-02\n")
    work = work_of(config, "Results")
    assert (work.title, work.doi, work.date) == ("Trainer", "10.1234/code", "2026-01-02")
    anonymous = work_of(without_people(config), "Results")
    assert not anonymous.known and not anonymous.software[0]


@pytest.mark.parametrize("text", ["a: [", "- x", "title: x", "\x00", "!!python/object:os.system x"])
def test_a_cff_that_is_none_is_named_and_left(tmp_path: Path, text: str) -> None:
    file = tmp_path / "CITATION.cff"
    file.write_text(text)
    found, wrong = read_cff(file)
    assert not found and wrong.startswith("CITATION.cff")


class _Blocks(HTMLParser):
    """The JSON-LD of a page, as a browser finds it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.inside = False
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.inside = ("type", "application/ld+json") in attrs

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.texts.append(data)

    def handle_endtag(self, tag: str) -> None:
        self.inside = False


def test_the_data_page_describes_itself_to_search_engines(outward: Built) -> None:
    (text,) = _Blocks(outward.text("data.html")).texts
    assert "<" not in text and ">" not in text
    said = json.loads(text)
    assert said["@type"] == "Dataset" and len(said["description"]) >= 50
    assert said["temporalCoverage"] == "2026-11-15/2026-11-15"
    assert {each["name"] for each in said["variableMeasured"]} == {"val/accuracy", "bad", "loss"}
    files_said = {each["contentUrl"]: each["sha256"] for each in said["distribution"]}
    for line in outward.text("data/SHA256SUMS").splitlines():
        digest, name = line.split("  ")
        assert files_said[f"{URL}data/{name}"] == digest
    assert "creator" not in said  # nobody said who it was


def test_croissant_names_every_column_of_every_table(outward: Built) -> None:
    said = json.loads(outward.text("croissant.json"))
    assert said["conformsTo"] == CONFORMS_TO and not said["@context"].get("@base")
    names = {"sc:Text": pa.types.is_string, "sc:Float": pa.types.is_float64}
    names |= {"sc:Integer": pa.types.is_integer, "sc:Boolean": pa.types.is_boolean}
    names |= {"sc:DateTime": pa.types.is_timestamp}
    there = {each["@id"]: each for each in said["distribution"]}
    assert {each["name"] for each in said["recordSet"]} == {"runs", "params", "summary", "metrics"}
    ids = {field["@id"] for each in said["recordSet"] for field in each["field"]}
    for records in said["recordSet"]:
        path = f"data/{records['name']}.parquet"
        assert there[path]["contentUrl"] == URL + path
        schema = pq.read_schema(outward.site / path)
        assert [field["name"] for field in records["field"]] == schema.names
        for field in records["field"]:
            column = schema.field(field["source"]["extract"]["column"]).type
            inner = column.value_type if field.get("repeated") else column
            assert names[field["dataType"]](inner), field
            assert field["source"]["fileObject"]["@id"] in there
            assert field.get("references", {"field": {"@id": field["@id"]}})["field"]["@id"] in ids
