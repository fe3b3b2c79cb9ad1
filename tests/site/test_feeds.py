"""Feeds: valid Atom and JSON Feed of new runs and records, that stay as they are."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from runfolio.site.markdown import plain_text

from .outward import HOSTILE, URL, Built

pytestmark = pytest.mark.xdist_group("outward")
ATOM = "{http://www.w3.org/2005/Atom}"
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
#: What RFC 4287 asks of a feed and of an entry: exactly one of each.
ONCE = {"feed": ("id", "title", "updated", "author"), "entry": ("id", "title", "updated")}


def atom_of(text: str) -> ElementTree.Element:
    """The feed, after a look at what its specification asks for."""
    root = ElementTree.fromstring(text)
    assert root.tag == f"{ATOM}feed"
    entries = root.findall(f"{ATOM}entry")
    for node, kind in [(root, "feed"), *((entry, "entry") for entry in entries)]:
        for name in ONCE[kind]:
            assert len(node.findall(f"{ATOM}{name}")) == 1, (kind, name)
        assert TIME.fullmatch(node.findtext(f"{ATOM}updated", ""))
        assert len(node.findall(f"{ATOM}link[@rel='alternate']")) == 1
        assert node.findtext(f"{ATOM}id", "").startswith(("urn:uuid:", "https://"))
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(ids) == len(set(ids))
    times = [entry.findtext(f"{ATOM}updated", "") for entry in entries]
    assert root.findtext(f"{ATOM}updated") == max(times, default="1970-01-01T00:00:00Z")
    return root


@pytest.mark.parametrize("name", ["feed", "records"])
def test_both_forms_are_valid_and_say_the_same(name: str, outward: Built) -> None:
    root = atom_of(outward.text(f"{name}.xml"))
    feed = json.loads(outward.text(f"{name}.json"))
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["feed_url"] == f"{URL}{name}.json"
    assert feed["home_page_url"].startswith(URL)
    entries = root.findall(f"{ATOM}entry")
    assert [item["id"] for item in feed["items"]] == [e.findtext(f"{ATOM}id") for e in entries]
    for item, entry in zip(feed["items"], entries, strict=True):
        assert item["url"] == entry.find(f"{ATOM}link").get("href")  # type: ignore[union-attr]
        assert (outward.site / item["url"].removeprefix(URL)).is_file()
        assert datetime.fromisoformat(item["date_modified"]).tzinfo is not None
        html = entry.findtext(f"{ATOM}content", "")
        assert "onclick=" not in re.sub(r"&lt;.*?&gt;", "", html) and "<b" not in html
        assert plain_text(html)
    assert root.findtext(f"{ATOM}rights") == "CC BY 4.0 <x>"


def test_a_new_run_is_one_entry_with_its_result(outward: Built) -> None:
    root = atom_of(outward.text("feed.xml"))
    titles = [entry.findtext(f"{ATOM}title", "") for entry in root.findall(f"{ATOM}entry")]
    assert titles[0].startswith("other · loss 1")
    assert titles[1] == "broken · val/accuracy 0.1 · failed"
    assert titles[2].startswith(HOSTILE.replace("\x07", "\ufffd"))
    newest = root.find(f"{ATOM}entry")
    assert newest is not None and newest.findtext(f"{ATOM}published") == "2026-11-15T14:30:00Z"


def test_records_say_what_they_beat_and_what_changed(outward: Built) -> None:
    items = json.loads(outward.text("records.json"))["items"]
    assert len(items) == 3
    by_url = {item["url"].removeprefix(URL): item for item in items}
    won, first = by_url["runs/b.html"], by_url["runs/a.html"]
    assert won["title"].startswith("digits: val/accuracy 0.9 by ")
    assert "before, first led with 0.8" in won["summary"] and "lr 0.1 → 0.2" in won["content_html"]
    assert first["summary"] == "first is the first on digits, with 0.8."


def test_ids_stay_and_links_are_relative_without_an_address(
    outward: Built, store: Any, build_site: Callable[..., Path]
) -> None:
    store.run("a", name="renamed", metrics={"val/accuracy": [0.5, 0.8]})
    site = build_site(store)
    (entry,) = atom_of((site / "feed.xml").read_text()).findall(f"{ATOM}entry")
    same = json.loads(outward.text("feed.json"))["items"][-1]
    assert entry.findtext(f"{ATOM}id") == same["id"]
    link = entry.find(f"{ATOM}link")
    assert link is not None and link.get("href") == "runs/a.html"
    assert "feed_url" not in json.loads((site / "feed.json").read_text())
    for path in ("index.html", "runs/a.html", "data.html"):
        assert 'type="application/atom+xml"' in (site / path).read_text()
    assert not (site / "sitemap.xml").exists() and not (site / "cards").exists()
    assert "canonical" not in (site / "index.html").read_text()


def test_an_empty_store_has_empty_feeds(store: Any, build_site: Callable[..., Path]) -> None:
    site = build_site(store)
    assert atom_of((site / "records.xml").read_text()).findall(f"{ATOM}entry") == []
    assert json.loads((site / "feed.json").read_text())["items"] == []
    assert json.loads((site / "badges/runs.json").read_text())["message"] == "0"
    assert "Newest records" not in (site / "index.html").read_text()
