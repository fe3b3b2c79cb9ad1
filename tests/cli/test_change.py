"""`runfolio tag`, `note`, `trash` and `restore` add facts, each with its author."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from runfolio.cli.changing import tag_fact
from runfolio.errors import UsageError

from .conftest import HOSTILE, SRC, Cli


def test_tags_come_and_go(cli: Cli, store: Path) -> None:
    assert cli("tag", "svm-1", "+best", "figure=2", "new").stdout == (
        "svm-1: best figure=2 new paper=yes\n"
    )
    assert cli("tag", "svm-1", "-best", "-paper").stdout == "svm-1: figure=2 new\n"
    assert json.loads(cli("tag", "svm-1", "--json").stdout) == {"figure": "2", "new": ""}
    assert "svm-1" in cli("ls", "tag:figure=2").stdout


def test_a_change_says_who_made_it(cli: Cli, store: Path) -> None:
    cli("tag", "svm-1", "+x")
    rows = json.loads(
        cli("sql", "--json", "SELECT author, action, key FROM changes WHERE key = 'x'").stdout
    )
    (row,) = rows
    assert row["author"] and row["action"] == "tag"


@pytest.mark.parametrize(
    ("change", "message", "hint"),
    [
        ("-gone", 'The run has no tag "gone".', "Its tags: a, b"),
        ("+", '"+" names no tag.', "+paper"),
        ("=x", '"=x" names no tag.', "+paper"),
        ("-a=1", '"-a=1" both takes a tag away and gives it a value.', "Write -a"),
    ],
)
def test_mistakes_in_tags(change: str, message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        tag_fact(change, {"a": "", "b": "1"})
    assert caught.value.message == message
    assert hint in caught.value.hint


def test_one_mistake_and_nothing_is_changed(cli: Cli, store: Path) -> None:
    result = cli("tag", "svm-1", "+good", "-gone")
    assert result.exit_code == 2
    assert cli("tag", "svm-1").stdout == "svm-1: paper=yes\n"


def test_no_tags(cli: Cli, store: Path) -> None:
    assert cli("tag", "3").stdout.endswith(": no tags\n")


def test_strange_tags_are_harmless(cli: Cli, store: Path) -> None:
    text = cli("tag", "svm-1", f"+{HOSTILE}=1").stdout
    assert "\x1b" not in text and "\u202e" not in text


def test_notes(cli: Cli, store: Path) -> None:
    assert cli("note", "svm-0").stdout == "The *first* one.\n"
    assert cli("note", "svm-0", "New.").stdout == "svm-0: the note was written\n"
    assert cli("note", "svm-0", "New.").stdout == "The note was not changed.\n"
    assert cli("note", "svm-0", "-", input="from *stdin*\n").exit_code == 0
    assert json.loads(cli("note", "svm-0", "--json").stdout) == {"note": "from *stdin*"}
    assert cli("note", "svm-0", "").stdout == "svm-0: the note was emptied\n"
    assert cli("note", "svm-0").stdout == "\n"


def test_other_notes(cli: Cli, store: Path) -> None:
    cli("note", "svm-0", "Why?", "--name", "question")
    assert cli("note", "svm-0", "--name", "question").stdout == "Why?\n"
    assert cli("note", "svm-0").stdout == "The *first* one.\n"


def test_notes_have_a_limit(cli: Cli, store: Path) -> None:
    result = cli("note", "svm-0", "-", input="x" * (256 * 1024 + 1))
    assert result.exit_code == 2
    assert "The note has more than 256 KiB." in result.stderr and "artifact" in result.stderr


def test_a_note_in_the_editor(
    cli: Cli, store: Path, tmp_path: Path, terminal: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = tmp_path / "editor.sh"
    editor.write_text('#!/bin/sh\nprintf "written by hand\\n" >> "$1"\n')
    editor.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(editor))
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setattr("runfolio.cli.changing._is_watched", lambda: True)
    assert cli("note", "svm-0").stdout == "svm-0: the note was written\n"
    assert "The *first* one." in cli("show", "svm-0").stdout
    assert "written by hand" in cli("show", "svm-0").stdout


def test_json_of_a_note_opens_no_editor(
    cli: Cli, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runfolio.cli.changing._is_watched", lambda: True)
    monkeypatch.setenv("EDITOR", "false")
    assert json.loads(cli("note", "svm-0", "--json").stdout) == {"note": "The *first* one."}


def test_trash_hides_and_restore_brings_back(cli: Cli, store: Path) -> None:
    result = cli("trash", "svm-1", "2026-2", "--reason", "a copy")
    assert result.stdout.startswith("svm-1 is in the trash; bring it back: runfolio restore 2026-1")
    assert "svm-1" not in cli("ls").stdout
    assert "a copy" in cli("ls", "--trashed").stdout
    assert [row["run_id"] for row in json.loads(cli("ls", "--trashed", "--json").stdout)] == [
        "2026-1",
        "2026-2",
    ]
    assert "is in the trash" in cli("show", "svm-1").stderr
    assert cli("restore", "svm-1", "2026-2").stdout == "svm-1 is back\nsvm-2 is back\n"
    assert cli("ls", "--trashed").stdout == "The trash is empty.\n"
    assert "svm-1" in cli("ls").stdout


@pytest.mark.skipif(os.name != "posix", reason="limits of a process")
def test_a_disk_that_takes_nothing_is_told(store: Path) -> None:
    code = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))\n"
        "from runfolio.cli import main; sys.argv = ['runfolio', 'trash', 'svm-1']; main()"
    )
    result = subprocess.run(
        [sys.executable, "-B", "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SRC)},
        timeout=60,
    )
    assert (result.returncode, result.stdout) == (1, "")
    assert "error: The store " in result.stderr
    assert "cannot be written, so nothing was changed." in result.stderr


def test_one_unknown_run_and_nothing_is_trashed(cli: Cli, store: Path) -> None:
    result = cli("trash", "svm-1", "nobody")
    assert result.exit_code == 1
    assert "svm-1" in cli("ls").stdout


def test_mistakes_in_restoring(cli: Cli, store: Path) -> None:
    assert 'There is no run "nobody" in the trash.' in cli("restore", "nobody").stderr
    assert "2026-1 is not in the trash." in cli("restore", "svm-1").stderr
    cli("trash", "svm-1", "svm-2")
    assert '"2026" fits 2 runs: ' in cli("restore", "2026").stderr
    assert "Missing argument" in cli("trash").stderr
