"""Tables fit the terminal."""

from __future__ import annotations

import click
import pytest

from runfolio.cli.curves import sparkline
from runfolio.cli.tables import Column, cells, cut, layout, pairs

COLUMNS = [Column("id"), Column("name"), Column("val/accuracy", right=True), Column("status")]
ROWS = [
    ["20261121-080000-abcdef", "a fine name for a run that is long", "0.9734", "finished"],
    ["20261121-080001-abcdef", "数字" * 9, "0.5", "failed"],
]


def test_columns_stand_below_each_other() -> None:
    table = layout(COLUMNS, ROWS, None)
    head, one, two = click.unstyle(table.text).split("\n")
    assert one.index("finished") == head.index("status")
    assert cells(two[: two.index("failed")]) == head.index("status")
    assert one.index("0.9734") + 6 == head.index("val/accuracy") + 12
    assert table.hidden == ()


@pytest.mark.parametrize("width", [40, 50, 60, 80, 100])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    table = layout(COLUMNS, ROWS, width)
    for line in click.unstyle(table.text).split("\n"):
        assert cells(line) <= width


def test_columns_that_do_not_fit_are_named() -> None:
    assert layout(COLUMNS, ROWS, 45).hidden == ("status",)
    assert layout([Column("id", whole=True), *COLUMNS[1:]], ROWS, 45).hidden[0] == "val/accuracy"


def test_numbers_are_never_cut() -> None:
    rows = [["x" * 50, "y" * 50, "123456.123456", "z" * 50]]
    assert "123456.123456" in layout(COLUMNS, rows, 70).text


def test_twenty_columns_give_blocks() -> None:
    text = click.unstyle(layout(COLUMNS, ROWS, 20).text)
    assert all(cells(line) <= 20 for line in text.split("\n"))
    assert " status: finished" in text.split("\n")
    assert " val/accuracy:\n  0.9734" in text, "numbers are folded, never cut"


def test_cells_are_made_safe() -> None:
    text = click.unstyle(layout([Column("\x1b[1J")], [["\x1b[2J"]], None).text)
    assert text == "\\x1b[1J\n\\x1b[2J"


def test_colors_are_by_value() -> None:
    column = Column("status", colors=(("failed", "red"),))
    assert click.style("failed", fg="red") in layout([column], [["failed"]], None).text


def test_cut_knows_wide_letters() -> None:
    assert cut("数字数字", 5) == "数字…"
    assert cut("abc", 3) == "abc"
    assert cut("abc", 1) == "…"
    assert cut("abc", 0) == ""


def test_pairs_are_aligned_and_cut() -> None:
    assert pairs([("a", "1"), ("long", "2")], None) == ["  a     1", "  long  2"]
    assert all(cells(line) <= 20 for line in pairs([("key" * 9, "v" * 90)], 20))
    assert all(cells(line) <= 50 for line in pairs([("key" * 9, "v" * 90)], 50))
    assert pairs([("name", "some words that are long")], 16) == [
        "  name:",
        "   some words",
        "   that are long",
    ]
    assert pairs([("name", "数字数字数字数字")], 15) == ["  name:", "   数字数字数字", "   数字"]
    assert pairs([], 20) == []


def test_sparkline() -> None:
    assert sparkline([1, 2, 3]) == "▁▅█"
    assert sparkline([]) == ""
    assert sparkline([float("nan"), None]) == ""
    assert sparkline([1, float("nan"), 2]) == "▁ █"
    assert sparkline([5, 5]) == "▅▅"
    assert len(sparkline(list(range(1000)), 24)) == 24
    assert sparkline([-1.7e308, 1.7e308]) == "▁█"


def test_a_spike_in_a_long_curve_is_seen() -> None:
    values = [0.0] * 1000
    values[500] = 1.0
    assert "█" in sparkline(values, 20)
