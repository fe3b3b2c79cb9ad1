"""`runfolio rename` gives runs, metrics and experiments other names; `undo` takes them back."""

from __future__ import annotations

import json
from pathlib import Path

from .conftest import HOSTILE, Cli


def sql(cli: Cli, query: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads(cli("sql", "--json", query).stdout)
    return rows


def test_a_run_gets_another_name(cli: Cli, store: Path) -> None:
    result = cli("rename", "svm-0", "the first")
    assert result.stdout == "svm-0 is called the first now; back: runfolio undo 2026-0\n"
    assert cli("show", "svm-0").exit_code == 1
    assert cli("undo", "the first").stdout == ("2026-0: took back: renamed the run to the first\n")
    assert "svm-0" in cli("ls").stdout


def test_a_metric_gets_another_name(cli: Cli, store: Path) -> None:
    result = cli("rename", "svm-0", "cost", "--metric", "loss")
    assert result.stdout == "svm-0: the metric loss is called cost now\n"
    both = cli("rename", "svm-0", "cost", "--metric", "val/accuracy").stdout
    assert both.endswith("is called cost now, together with what was cost before\n")
    assert sql(cli, "SELECT key FROM summary WHERE run_id = '2026-0'") == [{"key": "cost"}]


def test_a_filter_renames_in_many_runs_after_a_question(cli: Cli, store: Path) -> None:
    words = ["rename", "tag:paper", "cost", "--metric", "loss"]
    result = cli(*words)
    assert result.exit_code == 4
    assert "2026-1  svm-1" in result.stderr
    assert 'Nobody is here to answer "Rename loss in 2 runs?"' in result.stderr
    assert cli(*words, "--yes").exit_code == 0
    rows = sql(cli, "SELECT run_id FROM summary WHERE key = 'cost' ORDER BY run_id")
    assert [row["run_id"] for row in rows] == ["2026-1", "2026-2"]


def test_runs_move_to_another_experiment(cli: Cli, store: Path) -> None:
    result = cli("rename", "experiment:digits", "other", "--experiment", "--yes")
    assert result.stdout.count("is in the experiment other now") == 3
    assert sql(cli, "SELECT experiment, runs FROM experiments") == [
        {"experiment": "other", "runs": 3},
        {"experiment": "strange", "runs": 1},
    ]


def test_strange_names_are_harmless(cli: Cli, store: Path) -> None:
    metric = sql(cli, "SELECT key FROM summary WHERE run_id = '3'")[0]["key"]
    for words in (["3", HOSTILE], ["3", HOSTILE, "--metric", metric]):
        result = cli("rename", *words)
        assert result.exit_code == 0
        assert "\x1b" not in result.output and "\u202e" not in result.output


def test_mistakes(cli: Cli, store: Path) -> None:
    for words, message in (
        (["svm-0", "x", "--metric", "loss", "--experiment"], "contradict each other"),
        (["tag:paper", "x"], "2 runs match 'tag:paper', and a name is for one run."),
        (["tag:paper", "x", "--metric", "m", "--yes"], "None of the 2 runs has a metric 'm'."),
        (["statu=failed", "x", "--experiment"], "No run matches: statu=failed"),
    ):
        result = cli("rename", *words)
        assert result.exit_code == 2
        assert message in result.stderr
