"""`runfolio show` and `runfolio verify`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runfolio.run.start import init

from .conftest import Cli


def test_show_has_all_sections(cli: Cli, store: Path) -> None:
    text = cli("show", "svm-0").stdout
    assert text.startswith("svm-0  finished\n  id          2026-0\n")
    for words in ("The *first* one.", "kernel", "rbf", "val/accuracy", "Can it be repeated?"):
        assert words in text
    assert "▁" in text and "█" in text, "the curve is drawn"
    assert "No seed is known." in text and "seed_everything" in text, (
        "what is missing, and the cure"
    )


def test_a_failed_run_says_why(cli: Cli, store: Path) -> None:
    text = cli("show", "svm-2").stdout
    assert "error       ValueError: diverged" in text
    assert "(1 bad)" in text


def test_files_have_their_step_and_caption_and_models_their_version(
    cli: Cli, tmp_path: Path
) -> None:
    with init("digits", name="kinds", store=tmp_path / "runs", capture=False) as run:
        run.log_text("x", "note", step=3, caption="the third")
        run.log_model(b"weights", "net")
        run.register_model("digits-net", alias="best")

    text = cli("show", "kinds").stdout
    assert "note.txt" in text and "text step 3 1 B the third" in text
    assert "digits-net  version 1, best, models/net" in text


def test_show_json(cli: Cli, store: Path) -> None:
    found = json.loads(cli("show", "2026-0", "--json").stdout)
    assert found["params"]["lr"] == 0.1
    assert found["metrics"]["val/accuracy"]["points"] == 30
    assert found["notes"] == {"": "The *first* one."}
    assert found["reproducible"]["items"][0]["name"] == "Code"


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("svm", "There is no run 'svm' in "),
        ("2026", "'2026' fits 3 runs: 2026-2 (svm-2), 2026-1 (svm-1), 2026-0 (svm-0)."),
        ("", "There is no run '' in "),
    ],
)
def test_unknown_and_ambiguous_runs(cli: Cli, store: Path, word: str, message: str) -> None:
    result = cli("show", word)
    assert result.exit_code == 1
    assert message in result.stderr and "hint: " in result.stderr


@pytest.mark.parametrize("columns", ["20", "40", "80"])
def test_show_fits_the_terminal(
    cli: Cli, store: Path, monkeypatch: pytest.MonkeyPatch, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert cli("show", "svm-1").exit_code == 0


def test_show_in_ascii(cli: Cli, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runfolio.cli.curves.can_write", lambda text: False)
    monkeypatch.setattr("runfolio.cli.details.can_write", lambda text: False)
    text = cli("show", "svm-0").stdout
    assert "@" in text and "█" not in text and "✓" not in text


def test_pieces_of_a_run(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("")
    run = init("pieces", name="one", capture={"system": False, "packages": False})
    run.finish()
    store = tmp_path / "runs"
    assert cli("show", "one", "--commands", "--store", store).exit_code == 0
    result = cli("show", "one", "--diff")
    assert result.exit_code == 1
    assert 'The run "one" keeps no diff.' in result.stderr and "capture.diff" in result.stderr
    assert cli("show", "one", "--output").exit_code == 0
    result = cli("show", "one", "--diff", "--json")
    assert (result.exit_code, result.stderr) == (
        2,
        "error: --json and --diff contradict each other.\n",
    )


def test_a_healthy_store(cli: Cli, store: Path) -> None:
    result = cli("verify")
    assert result.exit_code == 0
    assert result.stdout.endswith("facts checked: all is well\n")
    assert json.loads(cli("verify", "--json").stdout)["ok"] is True


def test_a_damaged_store(cli: Cli, store: Path) -> None:
    part = next((store / "runs" / "2026-1").glob("p-*.parquet"))
    part.write_bytes(part.read_bytes()[:-20])
    result = cli("verify")
    assert result.exit_code == 3
    assert "warning: runs/2026-1/p-" in result.stderr and "Lost: " in result.stderr
    assert "hint: Mend what can be mended: runfolio verify --repair" in result.stderr
    mended = cli("verify", "--repair")
    assert "set aside as .broken: runs/2026-1/p-" in mended.stdout
    assert json.loads(cli("verify", "--json").stdout)["problems"] == []


def test_foreign_files_are_named_and_left_alone(cli: Cli, store: Path) -> None:
    for number in range(7):
        (store / "runs" / "2026-1" / f"notes-{number}.txt").write_text("mine")
    result = cli("verify")
    assert result.exit_code == 0
    assert result.stdout.count("not ours, left alone: ") == 6
    assert "2 more" in result.stdout
