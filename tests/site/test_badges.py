"""Badges and pictures for previews: what they say, that they are whole, and made only when new."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from runfolio.config import Config, SiteConfig
from runfolio.site.gather.badges import COLORS
from runfolio.site.gather.badges_text import fitted, text_width, wrapped
from runfolio.site.gather.cards import FONT, card_folders, png

from .outward import URL, Built

pytestmark = pytest.mark.xdist_group("outward")
SVG = "{http://www.w3.org/2000/svg}"


def test_each_badge_is_a_picture_with_a_name_and_no_script(outward: Built) -> None:
    found = sorted((outward.site / "badges").rglob("*.svg"))
    names = [path.relative_to(outward.site / "badges").as_posix() for path in found]
    assert names == [
        "leaderboards/digits.svg",
        "leaderboards/hostile.svg",
        "runs.svg",
        "status.svg",
    ]
    for path in found:
        root = ElementTree.fromstring(path.read_text("utf-8"))
        shapes = {node.tag.removeprefix(SVG) for node in root.iter()}
        assert shapes <= {"svg", "title", "path", "g", "text"}
        assert root.get("role") == "img" and root.get("aria-label") == root.findtext(f"{SVG}title")
        width = int(root.get("width", "0"))
        ends = [int(t.get("x", 0)) + int(t.get("textLength", 0)) for t in root.iter(f"{SVG}text")]
        assert max(ends) < width <= 450
        data = json.loads(path.with_suffix(".json").read_text())
        assert data.keys() == {"schemaVersion", "label", "message", "color"}
        assert root.get("aria-label") == f"{data['label']}: {data['message']}"


def test_badges_say_the_best_and_how_the_runs_are(outward: Built) -> None:
    best = json.loads(outward.text("badges/leaderboards/digits.json"))
    assert best["label"] == "digits" and best["message"].startswith("val/accuracy 0.9 (")
    assert json.loads(outward.text("badges/runs.json"))["message"] == "4"
    status = json.loads(outward.text("badges/status.json"))
    assert status["message"] == "1 of 4 did not finish" and f"#{status['color']}" == COLORS["warn"]
    page = outward.text("data.html")
    assert (
        f"[![digits]({URL}badges/leaderboards/digits.svg)]({URL}leaderboards/digits.html)" in page
    )


def test_white_text_can_be_read_on_every_badge() -> None:
    for color in [*COLORS.values(), "#3a4150"]:
        parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        light = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        luminance = 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]
        assert 1.05 / (luminance + 0.05) >= 4.5, color  # WCAG 2.2, contrast ratio


def test_texts_are_cut_to_their_room() -> None:
    assert text_width("iiii", 10) < text_width("MMMM", 10) < text_width("表表表表", 10)
    assert text_width("é", 10) == text_width("e", 10) and text_width("e\u0301", 10) == 5.56
    assert fitted("short", 10, 100) == "short" and fitted("a\nb\x07c", 10, 100) == "a b c"
    cut = fitted("long " * 50, 10, 100)
    assert cut.endswith("…") and text_width(cut, 10) <= 100
    assert wrapped("one two three", 10, 40, 2) == ["one two", "three"]
    assert len(wrapped("x" * 500, 10, 100, 2)) == 1


def test_pictures_are_png_of_the_size_that_previews_want(outward: Built) -> None:
    found = {
        path.relative_to(outward.site).as_posix() for path in outward.site.rglob("cards/**/*.png")
    }
    assert found == {
        "cards/index.png", "cards/leaderboards/digits.png", "cards/leaderboards/hostile.png",
        *(f"cards/runs/{name}.png" for name in "abcd"),
    }  # fmt: skip
    for path in found:
        data = (outward.site / path).read_bytes()
        assert data[:8] == b"\x89PNG\r\n\x1a\n" and struct.unpack(">II", data[16:24]) == (1200, 630)
        assert 8_000 < len(data) < 200_000  # text and all: not a white field


@pytest.mark.parametrize(
    ("page", "picture"),
    [
        ("index.html", "cards/index.png"),
        ("runs/index.html", "cards/index.png"),
        ("runs/b.html", "cards/runs/b.png"),
        ("leaderboards/digits.html", "cards/leaderboards/digits.png"),
    ],
)
def test_pages_name_their_address_and_picture(page: str, picture: str, outward: Built) -> None:
    text = outward.text(page)
    assert f'<link rel="canonical" href="{URL}{page}">' in text
    assert re.findall(r'property="og:image" content="([^"]*)"', text) == [URL + picture]
    assert 'content="summary_large_image"' in text


def test_the_font_of_pictures_comes_with_the_package() -> None:
    shape = (
        '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20">'
        '<text y="15" font-family="{}">{}</text></svg>'
    )
    assert png(shape.format(FONT, "Hamburg")) != png(shape.format(FONT, ""))


def test_what_did_not_change_is_not_made_again(outward: Built, tmp_path: Path) -> None:
    copy = outward.copied(tmp_path)
    copy.store.run("later", experiment="else", metrics={"else": [1.0]})
    copy.store.close()
    done = {path for path, _why in copy.again().explain}
    assert {path for path in done if path.startswith(("runs/", "cards/"))} == {
        *(f"runs/later.{form}" for form in ("html", "json", "md")),
        "cards/runs/later.png",
        "cards/index.png",
        "runs/index.html",
    }


@pytest.mark.parametrize(
    ("cards", "url", "folders"),
    [
        ("boards", URL, ("leaderboards",)),
        ("all", URL, ("leaderboards", "runs")),
        ("none", URL, ()),
        ("all", "", ()),
        ("all", "/relative/", ()),
    ],
)
def test_pictures_are_made_where_they_can_be_seen(
    cards: Any, url: str, folders: tuple[str, ...]
) -> None:
    assert card_folders(Config(site=SiteConfig(cards=cards, url=url))) == folders
