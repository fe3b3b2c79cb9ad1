"""The interactive prompt of `runfolio sql`."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from runfolio.cli.prompt import converse, history_file, is_complete, run_command, words
from runfolio.errors import QueryError


@pytest.mark.parametrize("text", ["", "  \n", "SELECT 1;", "SELECT 1 ; \n", ".help", "\\q"])
def test_enter_ends_whole_statements(text: str) -> None:
    assert is_complete(text)


@pytest.mark.parametrize("text", ["SELECT", "SELECT 1;\nFROM"])
def test_enter_goes_on_in_others(text: str) -> None:
    assert not is_complete(text)


def lines(*texts: str | type[BaseException]) -> Callable[[], str]:
    rest = iter(texts)

    def read() -> str:
        text = next(rest, EOFError)
        if isinstance(text, str):
            return text
        raise text

    return read


def test_conversation_goes_on_after_mistakes(capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[str] = []

    def answer(text: str) -> None:
        asked.append(text)
        if text == "bad;":
            raise QueryError("There is no bad.", hint="Try good.")
        if text == "slow;":
            raise KeyboardInterrupt

    converse(lines("bad;", "", ";", KeyboardInterrupt, "slow;", "good;"), answer)
    assert asked == ["bad;", "slow;", "good;"]
    err = capsys.readouterr().err
    assert err == "error: There is no bad.\nhint: Try good.\nstopped\n"


def test_quit_ends_it(capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[str] = []
    converse(lines(".tables", ".quit", "never;"), asked.append)
    assert asked == []
    assert "One row per run" in capsys.readouterr().out


def test_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(".schema runs")
    assert "git_commit" in capsys.readouterr().out
    assert run_command(".nonsense")
    assert ".tables" in capsys.readouterr().out
    assert not run_command("\\q")
    with pytest.raises(QueryError, match='There is no view "rnus"'):
        run_command(".schema rnus")


def test_completion_knows_views_columns_and_keywords() -> None:
    found = words(["params.lr"])
    assert {"SELECT", "summary", "git_commit", "leaderboard", "params.lr"} <= set(found)
    assert len(found) == len(set(found))


def test_history_is_private_and_optional(tmp_path: Path) -> None:
    path = history_file({"XDG_STATE_HOME": str(tmp_path)})
    assert path == tmp_path / "runfolio" / "sql-history"
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (tmp_path / "file").write_text("")
    assert history_file({"XDG_STATE_HOME": str(tmp_path / "file")}) is None
