"""Colours of tokens.css can be read: by WCAG 2's formula, in light and dark."""

from __future__ import annotations

import re

import pytest

from runfolio.site.render import templates_folder

TOKENS = (templates_folder() / "static/css/tokens.css").read_text("utf-8")
PAIRS = dict(re.findall(r"--([\w-]+): light-dark\((#\w{6}, #\w{6})\)", TOKENS))
GROUNDS = ("bg", "surface", "raised", "sunken", "hover")
#: Colours of text, and the grounds on which each stands.
TEXTS = {
    "text": (*GROUNDS, "accent-tint", "diff-tint", "good-tint", "bad-tint", "warn-tint"),
    "muted": (*GROUNDS, "accent-tint", "diff-tint"),
    "faint": GROUNDS,
    "accent": (*GROUNDS, "accent-tint"),
    "good": (*GROUNDS, "good-tint"),
    "bad": (*GROUNDS, "bad-tint"),
    "warn": (*GROUNDS, "warn-tint"),
    "on-accent": ("accent", "accent-hover"),
}


def luminance(color: str) -> float:
    """Relative luminance, https://www.w3.org/TR/WCAG22/#dfn-relative-luminance."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio, 1 to 21, https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio."""
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def color(token: str, scheme: int) -> str:
    return PAIRS[token].split(", ")[scheme]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_text_has_a_contrast_of_four_and_a_half(scheme: int) -> None:
    low = {
        f"{text} on {ground}": round(contrast(color(text, scheme), color(ground, scheme)), 2)
        for text, grounds in TEXTS.items()
        for ground in grounds
        if contrast(color(text, scheme), color(ground, scheme)) < 4.5
    }
    assert low == {}


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_controls_and_lines_of_runs_have_a_contrast_of_three(scheme: int) -> None:
    tokens = ["control", *(f"run-{index}" for index in range(8))]
    low = {
        token: round(contrast(color(token, scheme), color("surface", scheme)), 2)
        for token in tokens
        if contrast(color(token, scheme), color("surface", scheme)) < 2.995
    }
    assert low == {}


def test_the_formula_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48
