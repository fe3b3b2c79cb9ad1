"""`runfolio purge` removes runs of the trash for good, after a yes; filters fill the trash."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runfolio.run.start import init

from .conftest import HOSTILE, Cli


def files(store: Path) -> set[str]:
    """The store's files but for its caches."""
    names = {path.relative_to(store).as_posix() for path in store.rglob("*") if path.is_file()}
    return {name for name in names if not name.startswith(".runfolio/")}


def test_a_run_goes_for_good(cli: Cli, store: Path) -> None:
    cli("trash", "svm-1")
    before = files(store)
    dry = cli("purge", "svm-1", "--dry-run").stdout
    assert dry.startswith("2026-1 (svm-1): 6") and " facts, " in dry
    assert files(store) == before
    result = cli("purge", "svm-1", "--yes", "--reason", "private data")
    assert result.stdout == "svm-1 is gone; what is known of it: runfolio log 2026-1\n"
    assert not any("2026-1/" in name for name in files(store))
    assert {name for name in before if "2026-1/" not in name} <= files(store)
    assert cli("verify").exit_code == 0
    shown = cli("show", "svm-1")
    assert shown.exit_code == 1
    assert "The run 'svm-1' was purged on 2" in shown.stderr
    assert "runfolio log 2026-1" in shown.stderr
    assert cli("ls", "--trashed").stdout == "The trash is empty.\n"
    assert "was purged" in cli("restore", "svm-1").stderr
    again = cli("purge", "svm-1", "--yes")
    assert again.stdout == "svm-1 was purged before; nothing of it was left\n"
    (row,) = json.loads(cli("sql", "--json", "FROM trashed").stdout)
    assert (row["name"], row["reason"], row["state"]) == ("svm-1", "private data", "purged")


def test_only_the_trash_is_purged(cli: Cli, store: Path) -> None:
    before = files(store)
    result = cli("purge", "svm-1", "--yes")
    assert result.exit_code == 2
    assert "2026-1 is not in the trash." in result.stderr
    assert files(store) == before


def test_without_a_yes_nothing_goes(cli: Cli, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cli("trash", "svm-1")
    before = files(store)
    result = cli("purge", "svm-1")
    assert result.exit_code == 4
    assert "Remove 1 run for good? Nothing brings them back." in result.stderr
    assert "--yes" in result.stderr
    monkeypatch.setattr("runfolio.cli.consent.is_watched", lambda: True)
    assert cli("purge", "svm-1", input="\n").exit_code != 0
    assert files(store) == before
    assert cli("purge", "svm-1", input="y\n").exit_code == 0


def test_the_whole_trash(cli: Cli, store: Path) -> None:
    cli("trash", "svm-1", "svm-2")
    assert cli("purge", "--all", "--yes").stdout.count(" is gone; ") == 2
    assert [row["name"] for row in json.loads(cli("ls", "svm", "--json").stdout)] == ["svm-0"]
    assert "Say which runs" in cli("purge", "--yes").stderr
    assert "Say which runs" in cli("purge", "svm-1", "--all").stderr


def test_contents_that_another_run_has_stay(cli: Cli, store: Path) -> None:
    for name, texts in (("one", ["both", "mine"]), ("two", ["both"])):
        with init("x", name=name, store=store, id=name, capture=False) as run:
            for text in texts:
                run.log_text(text, f"{text}.txt")
    cli("trash", "one")
    assert "1 content that no other run has" in cli("purge", "one", "--dry-run").stdout
    assert cli("purge", "one", "--yes").exit_code == 0
    blobs = [path.read_text() for path in (store / "blobs").rglob("*") if path.is_file()]
    assert blobs == ["both"]
    assert cli("verify").exit_code == 0


def test_a_run_that_is_being_written_is_not_purged(cli: Cli, store: Path) -> None:
    with init("x", name="live", store=store, id="live", capture=False) as run:
        run.log({"loss": 1.0})
        cli("trash", "live")
        result = cli("purge", "live", "--yes")
        assert result.exit_code == 4
        assert "A process still writes to the run live (live)." in result.stderr
    assert cli("purge", "live", "--yes").exit_code == 0


def test_strange_names_are_harmless(cli: Cli, store: Path) -> None:
    cli("trash", "3")
    for words in (["--dry-run"], ["--yes", "--reason", HOSTILE]):
        result = cli("purge", "3", *words)
        assert result.exit_code == 0
        assert "\x1b" not in result.output and "\u202e" not in result.output
    assert "\x1b" not in cli("show", "3").output


def test_a_filter_fills_the_trash_after_a_question(
    cli: Cli, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = cli("trash", "tag:paper", "status = failed")
    assert result.exit_code == 4
    assert "2026-2  svm-2" in result.stderr
    assert 'Nobody is here to answer "Put 1 run into the trash?"' in result.stderr
    assert cli("ls", "--trashed").stdout == "The trash is empty.\n"
    assert cli("trash", "tag:paper", "--yes").stdout.count("is in the trash") == 2
    monkeypatch.setattr("runfolio.cli.consent.is_watched", lambda: True)
    assert cli("trash", "experiment:digits", input="y\n").exit_code == 0
    assert "svm" not in cli("ls").stdout
