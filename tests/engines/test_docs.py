"""What the page about other engines shows is what works."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from runfolio.cli.porting import record
from runfolio.query import engines
from runfolio.query.portable import statements
from runfolio.query.sources import sources
from runfolio.query.store import Store
from runfolio.store.folder import Folder

from .conftest import need
from .stores import copy, overlapping

PAGE = (Path(__file__).parents[2] / "site/pages/engines.md").read_text(encoding="utf-8")
BLOCKS = {
    name.lower(): text
    for name, text in re.findall(
        r"^## (\w+)\n\n```python\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE
    )
}
#: Spark on this machine alone, in place of the cluster that a user has.
LOCAL = {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_SUBMIT_ARGS": "--master local[2] pyspark-shell"}


@pytest.fixture(scope="module")
def here(filled: Folder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store, and what the page's commands print about it."""
    path = tmp_path_factory.mktemp("page")
    folder = overlapping(copy(filled, path / "runs"))
    found = record(sources(folder, path / "rest.parquet"))
    (path / "files.json").write_text(json.dumps(found), encoding="utf-8")
    for engine in engines.DIALECTS:
        text = json.dumps(statements(folder, None, engine))
        (path / f"views.{engine}.json").write_text(text, encoding="utf-8")
    return path


def run(block: str, here: Path) -> list[dict[str, object]]:
    """The rows of the frame ``board`` that a snippet of the page makes."""
    script = (
        BLOCKS[block] + "\n"
        "rows = board.to_dicts() if hasattr(board, 'to_dicts') else board.to_dict('records')\n"
        "print('ROWS' + json.dumps(rows, default=str))\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script],
        cwd=here,
        env={**os.environ, **LOCAL, "PYSPARK_PYTHON": sys.executable},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return list(json.loads(done.stdout.partition("ROWS")[2]))


def ranks(rows: list[dict[str, object]]) -> list[tuple[object, object]]:
    """Leaderboard and run in the order of their ranks."""
    return [(row["board"], row["run_id"]) for row in rows if row["rank"] == row["rank"]]


@pytest.mark.parametrize(
    "engine",
    ["polars", "datafusion", pytest.param("spark", marks=pytest.mark.xdist_group("spark"))],
)
def test_page_gives_the_leaderboards(engine: str, here: Path) -> None:
    need(*({"spark": ("pyspark", "java")}.get(engine, (engine,))))
    with Store.open(here / "runs") as store:
        (ranking,) = store.leaderboards()
    expected = [(ranking.board.name, e.run_id) for e in ranking.entries if e.rank is not None]
    rows = [row for row in run(engine, here) if row["rank"] is not None]
    assert len(expected) == 5 and ranks(rows) == expected


def test_page_reads_all_points_with_pandas(here: Path) -> None:
    rows = {(row["run_id"], row["key"]): row for row in run("pandas", here)}
    with Store.open(here / "runs") as store:
        found = store.sql("SELECT run_id, min, max FROM summary WHERE key = 'loss'").fetchall()
    for run_id, low, high in found:
        if low is not None:
            assert (rows[run_id, "loss"]["min"], rows[run_id, "loss"]["max"]) == (low, high)


def test_every_engine_has_its_snippet() -> None:
    assert set(BLOCKS) == {*engines.DIALECTS, "pandas"} - {"duckdb"}
