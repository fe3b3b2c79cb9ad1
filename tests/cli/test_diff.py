"""`runfolio diff` between runs, stores and times."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest

from runfolio.cli import diff_blocks, diff_markdown, diff_text
from runfolio.cli.curves import bars, sparklines
from runfolio.cli.tables import cells
from runfolio.cli.times import moment
from runfolio.query.diff import RUN_SECTIONS, STORE_SECTIONS, Item, Patch
from runfolio.query.store import Store
from runfolio.run.start import init

from .conftest import HOSTILE, Cli


@pytest.fixture
def other(store: Path, tmp_path: Path) -> Path:
    """A second store: a better run came, one has a tag more, one went to the trash."""
    path = Path(shutil.copytree(store, tmp_path / "new"))
    with init("digits", name="best", store=path, id="best", capture=False) as run:
        run.log({"val/accuracy": 0.9999, "loss": 0.001})
    return path


def test_two_runs_side_by_side(cli: Cli, store: Path) -> None:
    text = cli("diff", "svm-0", "svm-1").stdout
    lines = [line.split() for line in text.splitlines()]
    assert text.startswith(
        "val/accuracy from 0.945 to 0.2517 (-69.3 pt, worse); 2 params differ: lr,"
    )
    assert ["~", "lr", "0.1", "0.01"] in lines and ["~", "opt.name", "null", "sgd"] in lines
    assert ["-", "baseline", "set"] in lines and ["+", "paper", "yes"] in lines
    assert ["-", "main", "note", "The", "*first*", "one."] in lines
    assert "(1 equal; --all shows it)" in text and "kernel" not in text
    (measured,) = [line for line in lines if line[:1] == ["val/accuracy"] and "worse" in line]
    assert measured[1:7] == ["0.9450", "0.2517", "-0.693", "worse", "-73.4%", "max"]
    assert "kernel" in cli("diff", "svm-0", "svm-1", "--all").stdout


def test_one_run_is_compared_with_the_one_before_it(cli: Cli, store: Path) -> None:
    assert cli("diff", "svm-1").stdout == cli("diff", "svm-0", "svm-1").stdout
    result = cli("diff", "svm-0")
    assert (result.exit_code, result.stderr) == (
        1,
        "error: 'svm-0' is the first run of its experiment.\nhint: Name two runs.\n",
    )


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        ((), 2, "Name two runs, another store, a time or a revision."),
        (("a", "b", "c"), 2, "A difference has two sides"),
        (("svm-0", "nobody"), 1, "There is no run 'nobody'"),
        (("--with", "runs", "--from", "2d"), 2, "--with and --from contradict each other"),
        (("--to", "2d"), 2, "--to needs a --from"),
        (("--from", "2d", "--to", "3d"), 2, "--to is earlier than --from"),
        (("--from", "yesterday"), 2, "'yesterday' is no time; write 2026-11-01,"),
        (("svm-0", "svm-1", "--only", "parms"), 2, 'no section "parms"; did you mean "params"?'),
        (("--with", "nowhere"), 1, "nowhere"),
        (("svm-0", "svm-1", "--json", "--format", "md"), 2, "--json and --format md contradict"),
    ],
)
def test_mistakes_are_explained(
    cli: Cli, store: Path, words: tuple[str, ...], code: int, message: str
) -> None:
    result = cli("diff", *words)
    assert result.exit_code == code
    assert message in result.stderr and result.stdout == ""


def test_folders_of_stores_as_words_lead_to_the_option(cli: Cli, store: Path, other: Path) -> None:
    result = cli("diff", "runs", "new")
    assert result.exit_code == 1
    assert "hint: To compare two stores: runfolio diff --store runs --with new" in result.stderr


def test_two_stores(cli: Cli, other: Path) -> None:
    cli("tag", "svm-0", "+champion", "--store", "new")
    cli("trash", "svm-2", "--store", "new", "--reason", "diverged", "--yes")
    text = cli("diff", "--with", "new").stdout
    first, _, rest = text.partition("\n")
    assert first == (
        "digits: best leads with 0.9999 (-0.01 pt); before, svm-2 led with 1. "
        "1 run added, 1 changed, 1 gone."
    )
    lines = [line.split() for line in rest.splitlines()]
    assert ["svm-0", "+", "tag", "champion", "set"] in lines
    assert ["best", "best", "digits", "finished"] in lines
    assert any(line[:4] == ["svm-2", "2026-2", "digits", "failed"] for line in lines)
    assert "in the trash: diverged" in rest
    only = cli("diff", "--with", "new", "--only", "gone").stdout
    assert "Gone" in only and "Added" not in only


def test_the_exit_code_tells_as_that_of_git_diff(cli: Cli, other: Path) -> None:
    assert cli("diff", "--with", "new", "--exit-code").exit_code == 1
    assert cli("diff", "--with", "new", "--exit-code", "--only", "gone,changed").exit_code == 0
    assert cli("diff", "svm-0", "svm-1", "--exit-code", "--only", "data").exit_code == 0


def test_two_times(cli: Cli, store: Path) -> None:
    before = datetime.now(UTC).isoformat()
    cli("tag", "svm-0", "+late")
    text = cli("diff", "--from", before).stdout
    assert text.startswith("1 run changed.") and "tag late" in text
    assert "late" in cli("diff", "svm-0", "--from", before).stdout
    long_ago = cli("diff", "--from", "2020-01-01", "--to", before).stdout
    assert "4 runs added" in long_ago


def test_json_has_every_section_in_full(cli: Cli, store: Path, other: Path) -> None:
    found = json.loads(cli("diff", "svm-0", "svm-1", "--json").stdout)
    assert found["differs"] is True and found["before"]["run_id"] == "2026-0"
    assert {"key": "kernel", "before": "rbf", "after": "rbf", "same": True, "change": "same"} in (
        found["params"]
    )
    assert found["metrics"][0]["verdict"] == "worse"
    few = json.loads(cli("diff", "svm-0", "svm-1", "--json", "--only", "tags").stdout)
    assert set(few) == {"differs", "headline", "before", "after", "tags"}
    stores = json.loads(cli("diff", "--with", "new", "--format", "json").stdout)
    assert stores["added"][0]["run"]["name"] == "best"
    words = {move["name"]: move["word"] for move in stores["leaderboards"][0]["moves"]}
    assert words == {"svm-2": "", "best": "new", "svm-0": "down 1", "svm-1": "down 1"}


def test_it_fits_the_terminal(store: Path, other: Path) -> None:
    with Store.open(store) as one, Store.open(other) as after:
        runs, stores = one.diff_runs("svm-0", "svm-1"), one.diff_stores(after)
    for columns in (20, 40, 59, 60, 100):
        for blocks in (
            diff_blocks.of_runs(runs, RUN_SECTIONS, every=True),
            diff_blocks.of_stores(stores, STORE_SECTIONS, 2, every=False),
        ):
            text = click.unstyle(diff_text.text(runs.headline, blocks, columns))
            assert max(cells(line) for line in text.splitlines()) <= columns


def test_names_of_strangers_act_on_nothing(cli: Cli, store: Path) -> None:
    words = ("diff", "3", "svm-0", "--all")
    text = cli(*words).stdout
    assert "\x1b" not in text and "\u202e" not in text
    table = cli(*words, "--format", "md").stdout
    assert "<script>" not in table
    rows = [line for line in table.splitlines() if "alert" in line and line.startswith("|")]
    assert rows and all("\\|" in row for row in rows), "a bar in a name ends no cell"
    assert HOSTILE not in cli(*words, "--json").stdout


def test_markdown_calls_nobody_and_ends_no_fence() -> None:
    shown = diff_markdown.plain("@ada #12 https://x.example www.y.example [a](b) `c` <b>")
    assert "@ada" not in shown and "#12" not in shown and "://x" not in shown
    assert "<b>" not in shown and "\\[a\\](b)" in shown and "\\`c\\`" in shown
    block = diff_blocks.Block(
        "Code", patches=(Patch("<img src=x>", ("```", "+</details>", "-@ada")),)
    )
    text = diff_markdown.markdown("x", [block])
    assert "<img" not in text and "````diff\n```\n" in text and text.count("````") == 2


def test_long_texts_stand_below_each_other() -> None:
    block = diff_blocks.Block("Notes", long=(Item("main", "old\nlines", "new\x1b[2J"),))
    text = click.unstyle(diff_text.text("x", [block], 30))
    assert "  - old\n  - lines\n  + new\\x1b[2J" in text


def test_a_closed_pipe_is_quiet(store: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "runfolio", "diff", "2026-0", "2026-1", "--store", str(store)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(60) == 0
    process.stderr.close()


# --- small parts --------------------------------------------------------------------------------


def test_moments() -> None:
    now = datetime(2026, 11, 21, 12)
    assert moment("now", now) == now
    assert moment("2h", now) == moment("2 h ago", now) == now - timedelta(hours=2)
    assert moment("2026-11-01") == datetime(2026, 11, 1)
    assert moment("2026-11-01T12:00:00+02:00") == datetime(2026, 11, 1, 10)
    for text in ("", "soon", "2026-13-01", "99999999999999d", "9999-12-31T23:59:59-23:59"):
        with pytest.raises(ValueError):
            moment(text, now)


def test_two_curves_share_a_scale_and_a_length() -> None:
    assert sparklines([0, 1, 2, 3], [0, 1], 4) == ("▁▃▆█", "▁▃")
    assert sparklines([], [1.0], 4) == ("", "▅")
    assert bars([0, 1, 4]) == "▁▃█"
    assert len(bars([1] * 100, 24)) <= 24 and bars([]) == ""


@pytest.mark.parametrize(
    ("percent", "text"),
    [(0.714, "+0.71%"), (-12.34, "-12.3%"), (700.0, "+700%"), (0.0001, ""), (1e9, ""), (None, "")],
)
def test_percents(percent: float | None, text: str) -> None:
    assert diff_blocks.percent_text(percent) == text


def test_a_store_is_compared_with_what_a_branch_holds(cli: Cli, store: Path) -> None:
    def git(*words: str) -> None:
        subprocess.run(["git", *words], check=True, capture_output=True)

    git("init", "--quiet", "--initial-branch=main", ".")
    git("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "--quiet",
        "--allow-empty", "-m", "Begin")  # fmt: skip
    git("tag", "before")
    git("add", store.name)
    git(
        "-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "--quiet", "-m", "Runs"
    )
    with init("digits", name="best", store=store, id="best", capture=False) as run:
        run.log({"val/accuracy": 0.9999, "loss": 0.001})
    told = cli("diff", "--base", "main", "--format", "md").stdout
    assert (
        told.startswith("**digits: svm-2 still leads")
        and "| best | best | digits | finished |" in told
    )
    found = json.loads(cli("diff", "--base", "before", "--json").stdout)
    assert len(found["added"]) == 5 and not found["gone"]
    unknown = cli("diff", "--base", "nowhere")
    assert unknown.exit_code == 2 and "Git knows no revision 'nowhere'" in unknown.stderr
    both = cli("diff", "--base", "main", "--with", store)
    assert both.exit_code == 2 and "--with and --base contradict" in both.stderr
