"""`runfolio log` shows who said what and when."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import HOSTILE, Cli


def test_the_history_of_a_run(cli: Cli, store: Path) -> None:
    cli("rename", "svm-0", "first")
    cli("tag", "first", "+best")
    lines = cli("log", "first").stdout.splitlines()
    assert lines[0].split() == ["when", "(UTC)", "who", "change", "what"]
    assert lines[1].endswith("tagged best")
    assert lines[2].endswith("renamed the run to first")
    assert [line.split("  ")[-1].strip() for line in lines[3:]] == [
        "finished",
        "note: The *first* one.",
        "logged 60 points of 2 metrics, 3 params",
        "tagged baseline",
        "began",
    ]


def test_the_history_of_the_store_names_the_runs(cli: Cli, store: Path) -> None:
    lines = cli("log").stdout.splitlines()
    assert "run" in lines[0].split()
    assert sum("began" in line for line in lines) == 4
    assert "failed: ValueError: diverged" in cli("log").stdout
    assert cli("log", "--reverse").stdout.splitlines()[1].endswith("began")


def test_options_limit_it(cli: Cli, store: Path) -> None:
    cli("tag", "svm-1", "+x")
    assert len(cli("log", "--limit", "2").stdout.splitlines()) == 4
    assert "(2 of " in cli("log", "--limit", "2").stdout
    assert cli("log", "--since", "2100-01-01").stdout == "Nothing was said since then.\n"
    (row,) = json.loads(cli("log", "svm-1", "--since", "1d", "--limit", "1", "--json").stdout)
    assert (row["run_id"], row["name"], row["action"], row["words"]) == (
        "2026-1",
        "svm-1",
        "tag",
        "tagged x",
    )
    mine = cli("log", "--author", row["author"]).stdout.splitlines()
    assert len(mine) == 2
    result = cli("log", "--author", "nobody at all")
    assert result.exit_code == 2
    assert "Nobody called 'nobody at all' said anything here." in result.stderr
    assert "is no time" in cli("log", "--since", "soon").stderr


def test_an_empty_store_has_no_history(cli: Cli, empty_store: Path) -> None:
    assert cli("log").stdout == "Nothing was said.\n"
    assert json.loads(cli("log", "--json").stdout) == []


def test_a_screen_shows_the_newest(
    cli: Cli, store: Path, terminal: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runfolio.cli.remembering.is_terminal", lambda: True)
    monkeypatch.setattr("runfolio.cli.remembering.ON_A_SCREEN", 3)
    lines = cli("log", "svm-0").stdout.splitlines()
    assert lines[1].endswith("finished") and "began" not in "".join(lines)
    assert lines[-1] == "(3 of 5; all: runfolio log | less)"
    assert all(len(line) <= 80 for line in lines)


def test_strange_words_are_harmless(cli: Cli, store: Path) -> None:
    cli("note", "3", HOSTILE)
    cli("trash", "3", "--reason", HOSTILE)
    for words in (["log"], ["log", "3"], ["log", "--json"]):
        text = cli(*words).stdout
        assert "\x1b" not in text and "\u202e" not in text


def test_runs_that_are_gone_are_told(cli: Cli, store: Path) -> None:
    cli("trash", "svm-1", "svm-2", "--reason", "a mistake")
    cli("purge", "svm-2", "--yes", "--reason", "private")
    assert "put it into the trash: a mistake" in cli("log", "svm-1").stdout
    lines = cli("log", "svm-2").stdout.splitlines()
    assert len(lines) == 2
    assert "purged 6" in lines[1] and lines[1].endswith("facts: private")
