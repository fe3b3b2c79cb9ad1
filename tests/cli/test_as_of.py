"""`--as-of` shows the store as it was known at a time: what was said later is not yet said."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from runfolio.run.start import init

from .conftest import Cli


def now() -> str:
    """This moment as people type it, with nothing said in it."""
    time.sleep(0.01)
    text = datetime.now(UTC).isoformat()
    time.sleep(0.01)
    return text


@pytest.fixture
def before(cli: Cli, store: Path) -> str:
    """A moment before everything about svm-1 is changed, and a run added."""
    moment = now()
    cli("rename", "svm-1", "other")
    cli("rename", "other", "cost", "--metric", "loss")
    cli("drop", "other", "cost", "--all", "--yes")
    cli("tag", "other", "+late")
    with init("late", store=store, id="late", capture=False) as run:
        run.log({"loss": 1.0})
    cli("trash", "svm-2")
    return moment


def ask(cli: Cli, *words: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = json.loads(cli(*words, "--json").stdout)
    return rows


def test_every_question_is_answered_as_then(cli: Cli, store: Path, before: str) -> None:
    then = cli("ls", "--as-of", before, "--columns", "name,experiment,loss,tags").stdout
    assert "svm-1" in then and "svm-2" in then and "late" not in then
    assert "other" in cli("ls").stdout
    query = "SELECT run_id, key, points FROM summary WHERE run_id = '2026-1' ORDER BY key"
    assert ask(cli, "sql", query, "--as-of", before) == [
        {"run_id": "2026-1", "key": "loss", "points": 30},
        {"run_id": "2026-1", "key": "val/accuracy", "points": 30},
    ]
    assert ask(cli, "sql", query) == [{"run_id": "2026-1", "key": "val/accuracy", "points": 30}]
    assert ask(cli, "sql", "FROM changes", "--as-of", before) == []
    assert cli("show", "svm-1", "--as-of", before).exit_code == 0
    assert cli("show", "svm-1").exit_code == 1
    assert cli("ls", "--trashed", "--as-of", before).stdout == "The trash is empty.\n"
    assert cli("ls", "--as-of", "2001-01-01").stdout == (
        "No run was there yet on 2001-01-01 at 00:00 UTC.\n"
    )
    assert "is no time" in cli("ls", "--as-of", "soon").stderr


def test_a_run_that_ended_later_was_running_then(cli: Cli, store: Path) -> None:
    with init("live", store=store, id="live", capture=False) as run:
        run.log({"loss": 1.0})
        moment = now()
        run.log({"loss": 0.5})
    (then,) = ask(cli, "ls", "live", "--columns", "status,loss", "--as-of", moment)
    (today,) = ask(cli, "ls", "live", "--columns", "status,loss")
    assert (then["status"], then["loss"]) == ("running", 1.0)
    assert (today["status"], today["loss"]) == ("finished", 0.5)


def test_the_site_as_it_was(cli: Cli, store: Path, before: str, tmp_path: Path) -> None:
    out = tmp_path / "then"
    result = cli("build", "--as-of", before, "--out", out)
    assert result.exit_code == 0, result.output
    pages = {path.name for path in (out / "runs").glob("*.html")}
    assert {"2026-1.html", "2026-2.html"} <= pages
    assert "late.html" not in pages
    text = (out / "runs" / "2026-1.html").read_text()
    assert "svm-1" in text and "Changed later" not in text
    assert cli("build", "--out", out).exit_code == 0
    text = (out / "runs" / "2026-1.html").read_text()
    assert "Changed later" in text and "renamed the run to other" in text
    assert "dropped 30 points of cost" in text


def test_a_purged_run_is_gone_from_the_past_too(cli: Cli, store: Path, before: str) -> None:
    cli("purge", "svm-2", "--yes")
    names = [row["name"] for row in ask(cli, "ls", "--columns", "name", "--as-of", before)]
    assert "svm-2" not in names and "svm-1" in names


def test_relative_times(cli: Cli, store: Path) -> None:
    assert ask(cli, "ls", "--as-of", "52w") == []
    assert len(ask(cli, "ls", "--as-of", "0s")) == 4
