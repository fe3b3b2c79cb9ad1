"""`runfolio ls` finds, sorts and shows runs."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from runfolio.cli.listing import Field as ListField
from runfolio.cli.listing import age, sorted_ids

from .conftest import Cli


def names(text: str) -> list[str]:
    return [line.split()[1] for line in text.splitlines()[1:]]


def test_the_newest_run_comes_first(cli: Cli, store: Path) -> None:
    text = cli("ls", "experiment:digits").stdout
    assert names(text) == ["svm-2", "svm-1", "svm-0"]
    head, *rows = text.splitlines()
    assert head.split() == [
        "id", "name", "experiment", "status", "val/accuracy", "started", "took", "tags",
    ]  # fmt: skip
    assert "failed" in rows[0] and "finished" in rows[1] and "baseline" in rows[2]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["tag:baseline"], ["svm-0"]),
        (["lr<1", "kernel=rbf"], ["svm-1", "svm-0"]),
        (["experiment:digits", "-status:failed"], ["svm-1", "svm-0"]),
        (["-h-is-no-word", "experiment:digits", "-tag:paper"], ["svm-0"]),
        (["experiment:digits", "--", "-tag:paper"], ["svm-0"]),
        (["val/accuracy>0.99"], ["svm-2"]),
    ],
)
def test_filters(cli: Cli, store: Path, words: list[str], found: list[str]) -> None:
    result = cli("ls", *words)
    assert names(result.stdout) == found


def test_sorting_by_metric_param_and_column(cli: Cli, store: Path) -> None:
    only = "experiment:digits"
    assert names(cli("ls", only, "--sort", "lr").stdout) == ["svm-1", "svm-0", "svm-2"]
    assert names(cli("ls", only, "--sort", "-lr").stdout) == ["svm-2", "svm-0", "svm-1"]
    assert names(cli("ls", only, "--sort=-val/accuracy").stdout)[0] == "svm-2"
    assert names(cli("ls", only, "--sort=name", "--limit", "1").stdout)[0] == "svm-0"


def test_runs_without_a_value_come_last_either_way() -> None:
    field = ListField(
        "x", "number", {"a": 1.0, "b": None, "c": 2.0, "d": float("nan"), "e": "auto"}
    )
    ids = ["a", "b", "c", "d", "e"]
    assert sorted_ids(ids, field, descending=False) == ["a", "c", "e", "b", "d"]
    assert sorted_ids(ids, field, descending=True) == ["e", "c", "a", "b", "d"]


def test_chosen_columns(cli: Cli, store: Path) -> None:
    text = cli("ls", "experiment:digits", "--columns", "name, lr,metric:loss,opt.name,error").stdout
    head, *rows = text.splitlines()
    assert head.split() == ["name", "lr", "loss", "opt.name", "error"]
    assert rows[0].split() == ["svm-2", "1.00", "0.03333", "sgd", "ValueError:", "diverged"]


@pytest.mark.parametrize("option", ["--columns", "--sort"])
def test_unknown_key_names_the_nearest(cli: Cli, store: Path, option: str) -> None:
    result = cli("ls", option, "val/acuracy")
    assert result.exit_code == 1
    assert result.stderr.startswith('error: No run has a param or metric "val/acuracy".\nhint: Nea')
    assert "val/accuracy" in result.stderr


def test_mistake_in_the_filter_is_shown_in_place(cli: Cli, store: Path) -> None:
    result = cli("ls", "lr<abc")
    assert result.exit_code == 1
    assert "\n  lr<abc\n     ^" in result.stderr


def test_json_has_everything(cli: Cli, store: Path) -> None:
    rows = json.loads(cli("ls", "--json").stdout)
    assert [row["name"] for row in rows][1:] == ["svm-2", "svm-1", "svm-0"]
    assert rows[3]["params"] == {"kernel": "rbf", "lr": 0.1, "opt.name": "null"}
    assert rows[3]["metrics"]["loss"] == pytest.approx(1 / 30)
    assert rows[3]["tags"] == ["baseline"]


def test_json_of_chosen_columns(cli: Cli, store: Path) -> None:
    result = cli("ls", "tag:baseline", "--json", "--columns", "name,lr")
    assert json.loads(result.stdout) == [{"run_id": "2026-0", "name": "svm-0", "lr": 0.1}]


def test_a_screen_shows_the_newest_and_a_pipe_all(
    cli: Cli, store: Path, terminal: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runfolio.cli.looking.ON_A_SCREEN", 2)
    assert cli("ls").stdout.splitlines()[-1] == "(2 of 4 runs; all: runfolio ls --all)"
    assert len(cli("ls", "--all").stdout.splitlines()) >= 5
    assert cli("ls", "--limit", "1").stdout.splitlines()[-1] == "(1 of 4 runs)"


def test_columns_that_do_not_fit_are_named(
    cli: Cli, store: Path, terminal: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    text = cli("ls", "experiment:digits").stdout
    assert all(len(line) <= 60 for line in text.splitlines()[:-1])
    assert "(columns that do not fit: " in text


def test_twenty_columns(cli: Cli, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    assert all(len(line) <= 20 for line in cli("ls").stdout.splitlines())


def test_contradicting_options(cli: Cli, store: Path) -> None:
    result = cli("ls", "--all", "--limit", "2")
    assert (result.exit_code, result.stderr) == (
        2,
        "error: --all and --limit contradict each other.\n",
    )
    assert "--limit" in cli("ls", "--limit", "0").stderr


def test_names_of_strangers_are_harmless(cli: Cli, store: Path) -> None:
    text = cli("ls", "experiment:strange").stdout
    assert "\x1b" not in text and "\u202e" not in text
    assert "x [31m" in text, "names are cleaned when they are logged"
    assert "\x1b" not in cli("ls", "--json").stdout
    assert "\x1b" not in cli("show", "3").stdout


def test_no_run_matches(cli: Cli, store: Path) -> None:
    result = cli("ls", "nothing-of-this")
    assert (result.exit_code, result.stdout) == (0, "No run of 4 matches: nothing-of-this\n")
    mistyped = cli("ls", "stauts:failed").stdout.split("\n")
    assert mistyped[1].startswith('No run has a param or metric "stauts". Nearest: status')
    assert json.loads(cli("ls", "nothing-of-this", "--json").stdout) == []


def test_empty_store(cli: Cli, empty_store: Path) -> None:
    assert cli("ls").stdout == (
        "No runs yet. Log one with runfolio.init(), or run: runfolio demo\n"
    )


def test_no_store(cli: Cli, tmp_path: Path) -> None:
    result = cli("ls", "--store", "nowhere")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: There is no store at ")
    assert "--store" in result.stderr
    assert not (tmp_path / "nowhere").exists(), "looking makes nothing"


@pytest.mark.parametrize("words", [("--store", "runs", "ls"), ("ls", "--store", "runs")])
def test_store_is_a_flag_before_and_behind_the_command(
    cli: Cli, store: Path, words: tuple[str, ...]
) -> None:
    assert "svm-1" in cli(*words).stdout


def test_the_later_flag_counts(cli: Cli, store: Path) -> None:
    assert "svm-1" in cli("--store", "nowhere", "ls", "--store", "runs").stdout


def test_store_comes_from_environment_and_file(
    cli: Cli, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.rename(tmp_path / "elsewhere")
    (tmp_path / "my.toml").write_text('store = "elsewhere"\n')
    assert "svm-1" in cli("ls", "--config", "my.toml").stdout
    monkeypatch.setenv("RUNFOLIO_STORE", "elsewhere")
    assert "svm-1" in cli("ls").stdout


def test_mistakes_of_the_configuration_are_all_told(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "runfolio.toml").write_text("stor = 1\nout = 2\n")
    result = cli("ls")
    assert result.exit_code == 2
    assert result.stderr.count("error: runfolio.toml:") == 2
    result = cli("ls", "--config", "no.toml")
    assert (result.exit_code, "runfolio init" in result.stderr) == (2, True)


def test_damaged_files_are_told_and_the_rest_is_shown(cli: Cli, store: Path) -> None:
    part = next((store / "runs" / "2026-1").glob("p-*.parquet"))
    part.write_bytes(part.read_bytes()[:-20])
    result = cli("ls")
    assert result.exit_code == 0
    assert "svm-2" in result.stdout
    assert "warning: " in result.stderr and "runfolio verify" in result.stderr


def test_ages_read_well() -> None:
    now = datetime(2026, 11, 21, 12)
    assert age(datetime(2026, 11, 21, 11, 59, 30), now) == "just now"
    assert age(datetime(2026, 11, 21, 11, 55), now) == "5 min ago"
    assert age(datetime(2026, 11, 21, 9), now) == "3 h ago"
    assert age(datetime(2026, 11, 18, 12), now) == "3 d ago"
    assert age(datetime(2026, 11, 1, 12), now) == "2026-11-01 12:00"
    assert age(datetime(2027, 1, 1), now) == "2027-01-01 00:00", "clocks differ between machines"
    assert age(None, now) == ""
