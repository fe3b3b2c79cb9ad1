"""Texts of strangers cannot act on a terminal."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import pytest

from runfolio.cli.terminal import in_color, json_text, plain, safe, safe_lines, width


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain – ünïcode 数", "plain – ünïcode 数"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\x9b2J", "\\x9b2J"),
        ("abc\u202edcba", "abc\\u202edcba"),
        ("half \ud800", "half \\ud800"),
        ("\x7f\x00", "\\x7f\\x00"),
    ],
)
def test_control_characters_become_visible(text: str, shown: str) -> None:
    assert safe(text) == shown


def test_lines_stay_lines() -> None:
    assert safe_lines("a\n\tb\x1b") == "a\n\tb\\x1b"


def test_json_escapes_what_acts_on_a_terminal_and_stays_equal() -> None:
    value = {"a": "\x9b\u202e\x1b\n\u2028é", "b": [1.5, True, None]}
    text = json_text(value)
    assert "\x9b" not in text and "\u202e" not in text and "\x1b" not in text
    assert json.loads(text) == value


def test_json_has_no_nan() -> None:
    assert json_text([float("nan"), float("inf"), 1.0]) == "[null, null, 1.0]"


def test_plain_values() -> None:
    assert plain({1: (date(2026, 11, 1), datetime(2026, 11, 1, 8), Path("a/b"))}) == {
        "1": ["2026-11-01", "2026-11-01T08:00:00", "a/b"]
    }


def test_no_color_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert in_color()
    monkeypatch.setenv("NO_COLOR", "1")
    assert not in_color()


def test_width_comes_from_columns_and_is_none_in_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert width() is None
    monkeypatch.setenv("COLUMNS", "20")
    assert width() == 20
