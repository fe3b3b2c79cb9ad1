"""`runfolio drop` takes points away and keeps them in the history; `metric` adds some later."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import HOSTILE, Cli


def points(cli: Cli, key: str = "loss", run: str = "2026-2") -> int:
    query = f"SELECT count(*) AS n FROM metrics WHERE run_id = '{run}' AND key = '{key}'"
    number: int = json.loads(cli("sql", "--json", query).stdout)[0]["n"]
    return number


def test_points_go_and_come_back(cli: Cli, store: Path) -> None:
    words = ["drop", "svm-2", "loss", "--where", "value > 0.4"]
    what = "3 of 31 points of loss (steps 0 to 30, 1 NaN or infinite)"
    assert cli(*words, "--dry-run").stdout == f"svm-2: would drop {what}\n"
    asked = cli(*words)
    assert asked.exit_code == 4
    assert f'Nobody is here to answer "Drop {what} of svm-2?"' in asked.stderr
    assert "Agree with --yes." in asked.stderr
    done = cli(*words, "--yes").stdout
    assert done == f"svm-2: dropped {what}; back: runfolio undo 2026-2\n"
    assert cli("metric", "svm-2", "loss=0.5", "--step", "0").exit_code == 0
    assert points(cli) == 29
    assert cli("undo", "svm-2").stdout == (
        "svm-2: took back: dropped 3 points of loss where value > 0.4\n"
    )
    assert points(cli) == 32


def test_a_person_is_asked(cli: Cli, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runfolio.cli.consent.is_watched", lambda: True)
    refused = cli("drop", "svm-2", "loss", "--all", input="n\n")
    assert (refused.exit_code, refused.stderr.splitlines()[-1]) == (1, "Nothing was done.")
    assert cli("drop", "svm-2", "loss", "--steps", "3..", input="y\n").exit_code == 0
    assert points(cli) == 3


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "Say which points go."),
        (["--where", "valu > 1"], 'Did you mean "value"?'),
    ],
)
def test_mistakes(cli: Cli, store: Path, words: list[str], message: str) -> None:
    result = cli("drop", "svm-2", "loss", *words, "--yes")
    assert result.exit_code in (1, 2), result.output
    assert message in result.stderr


def test_strange_metrics_are_dropped_and_told_harmlessly(cli: Cli, store: Path) -> None:
    name = json.loads(cli("sql", "--json", "SELECT key FROM summary WHERE run_id = '3'").stdout)
    result = cli("drop", "3", name[0]["key"], "--where", f"value = 1 -- {HOSTILE}", "--yes")
    assert result.exit_code == 0
    for text in (result.output, cli("log", "3").output):
        assert "\x1b" not in text and "\u202e" not in text


def test_late_metrics(cli: Cli, store: Path) -> None:
    before = cli("sql", "--json", "SELECT * EXCLUDE points FROM runs").stdout
    result = cli("metric", "svm-0", "test/accuracy=0.93", "test/loss=1e-3", "--step", "5")
    assert result.stdout == "svm-0: test/accuracy = 0.93, test/loss = 0.001 at step 5\n"
    assert cli("metric", "svm-0", "a=b=nan", "c=-inf").exit_code == 0
    assert cli("sql", "--json", "SELECT * EXCLUDE points FROM runs").stdout == before
    assert "added test/accuracy = 0.93, test/loss = 0.001 at step 5" in cli("log", "svm-0").stdout


def test_mistakes_in_late_metrics(cli: Cli, store: Path) -> None:
    for word, message in (
        ("test", "'test' is no metric with its value."),
        ("=1", "'=1' is no metric with its value."),
        ("a=x", "'a=x': 'x' is no number."),
        ("a=1e400", "1e400 is more than a number can hold"),
    ):
        result = cli("metric", "svm-0", word)
        assert result.exit_code == 2
        assert message in result.stderr
