"""`runfolio show` and `runfolio verify`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runfolio.run.start import init

from .conftest import HOSTILE, Cli


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
    result = cli("show", "one", "--diff", "--json")
    assert (result.exit_code, result.stderr) == (
        2,
        "error: --json and --diff contradict each other.\n",
    )


def test_a_run_that_printed_nothing_says_so(cli: Cli, tmp_path: Path) -> None:
    init("quiet", name="off", store=tmp_path / "runs", capture=False).finish()
    result = cli("show", "off", "--output")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == 'The run "off" keeps no output: capture.output was off.\n'


def test_distributions_are_drawn(cli: Cli, tmp_path: Path) -> None:
    with init("digits", name="drawn", store=tmp_path / "runs", capture=False) as run:
        for step in range(3):
            run.log_histogram(counts=[1, 2, 8, step], edges=[0, 1, 2, 3, 4.5], name="w", step=step)
        run.log_confusion_matrix([0, 1, 1, 2], [0, 1, 2, 2], ["cat", "dog", HOSTILE], step=7)
        run.log_confusion_matrix(range(40), range(40), name="large")
    text = cli("show", "drawn").stdout
    rows = [line.split() for line in text.splitlines()]
    assert ["w", "2", "3", "13", "0", "4.5", "▂▃█▃"] in rows
    assert "  confusion, step 7: 3 labels, 75.0% on the diagonal" in text
    assert ["dog", "0", "1", "1"] in rows
    assert "  large: 40 labels, 100.0% on the diagonal" in text
    assert "\x1b" not in text and "\u202e" not in text
    found = json.loads(cli("show", "drawn", "--json").stdout)
    assert found["histograms"][2]["counts"] == [1, 2, 8, 2]
    assert found["matrices"][0]["rows"][1] == [0, 1, 1]


def test_relatives_are_named_and_long_lists_cut(cli: Cli, tmp_path: Path) -> None:
    store = tmp_path / "runs"
    with init("sweep", name="top", id="top", store=store, capture=False) as top:
        top.log_dataset([1, 2, 3], name="numbers", role="train")
    for index in range(10):
        init(
            "sweep", name=f"leaf-{index}", id=f"leaf{index}", parent="top", store=store,
            capture=False,
        ).finish()  # fmt: skip
    text = cli("show", "top").stdout
    assert "  child  leaf-0 (leaf0)\n" in text and "and 2 more: runfolio lineage top" in text
    text = cli("show", "leaf3").stdout
    assert "Related runs\n  parent  top\n" in text
    assert json.loads(cli("show", "leaf3", "--json").stdout)["kin"][0]["relation"] == "parent"


def test_a_resumed_run_says_when(cli: Cli, tmp_path: Path) -> None:
    for resume in (False, True, True):
        init("digits", id="again", resume=resume, store=tmp_path / "runs", capture=False).finish()
    assert "  resumed     2 times, last 20" in cli("show", "again").stdout
    assert len(json.loads(cli("show", "again", "--json").stdout)["resumed"]) == 2


def test_a_long_error_shows_its_first_line_and_where_the_rest_is(cli: Cli, store: Path) -> None:
    with pytest.raises(ValueError), init("digits", id="bad", store=store, capture=False):
        raise ValueError("first\nsecond\nthird\x1b[2J")
    text = cli("show", "bad").stdout
    assert "error       ValueError: first …\n" in text
    assert "ValueError: first …" in cli("ls", "--columns", "name,error").stdout
    assert "2 more lines, and the traceback: runfolio show bad --traceback" in text
    trace = cli("show", "bad", "--traceback").stdout
    assert trace.startswith("Traceback (most recent call last)") and "third" in trace
    result = cli("show", "svm-0", "--traceback")
    assert result.exit_code == 1
    assert result.stderr == (
        'error: The run "svm-0" keeps no traceback.\n'
        "hint: It ended as finished, not by an exception.\n"
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
