"""The code on the pages runs: SQL against a store, Python in a folder that holds one."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

import runfolio

from .house import ROOT

PAGES = ROOT / "site" / "pages"


def code(page: str, language: str) -> list[str]:
    """The fenced blocks of a page in one language."""
    text = (PAGES / f"{page}.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A folder ``runs`` as the pages speak of it: two runs of digits with a metric or two."""
    path = tmp_path / "runs"
    for lr in (0.1, 0.01):
        with runfolio.init("digits", params={"lr": lr}, store=path, capture=False) as run:
            for step in range(3):
                run.log({"val/accuracy": lr * step, "test/accuracy": lr}, step=step)
    return path


@pytest.mark.parametrize("query", code("sql", "sql"))
def test_sql_gives_rows(query: str, runs: Path) -> None:
    with runfolio.open(runs) as store:
        one, other = store.run_ids()
        given = {"one": one, "other": other}
        named = {name: value for name, value in given.items() if f"${name}" in query}
        assert store.sql(query, named).fetchall()


@pytest.mark.parametrize("script", code("history", "python"))
def test_corrections_run(script: str, runs: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=runs.parent,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "1 of 3 points dropped\n"


@pytest.mark.parametrize("script", code("other-tools", "python"))
def test_other_tools_read_all_points(script: str, runs: Path) -> None:
    pytest.importorskip("polars")
    pytest.importorskip("pandas")
    done = subprocess.run(
        [sys.executable, "-c", script + "\nprint(len(points))"],
        cwd=runs.parent,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "12"
