"""Filters on the command line and in runfolio.toml."""

from __future__ import annotations

from pathlib import Path

import pytest

from runfolio.cli.filtering import check_filter
from runfolio.config.values import NotAllowedError

from .conftest import Cli


def test_a_bad_filter_is_told_with_the_other_mistakes_of_the_file(
    cli: Cli, store: Path, tmp_path: Path
) -> None:
    (tmp_path / "runfolio.toml").write_text(
        'stores = 1\n[[leaderboard]]\nname = "a"\nmetric = "loss"\nfilter = "lr <"\n'
        '[[leaderboard]]\nname = "b"\nmetric = "loss"\nfilter = "tag:paper lr<0.1"\n'
    )
    result = cli("ls")
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        'error: runfolio.toml:1: unknown key stores; did you mean "store"?',
        'error: runfolio.toml:5: leaderboard[0].filter = "lr <": column 5: '
        "a value is missing after <.",
    ]


@pytest.mark.parametrize("text", ["", "a", 'tag:x "free text" -b<3', "m~^a.*$"])
def test_good_filters_stay_as_they_are(text: str) -> None:
    assert check_filter(text, Path()) == text


@pytest.mark.parametrize("text", ["<3", "a~(", '"open', "lr<abc"])
def test_bad_filters_say_where_on_one_line(text: str) -> None:
    with pytest.raises(NotAllowedError) as found:
        check_filter(text, Path())
    assert str(found.value).startswith("column ") and "\n" not in str(found.value)
