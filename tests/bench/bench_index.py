"""What the index costs and gives: the first one, the next command, and one with one new run.

The limit of the first index is a plain scan in the same run: every part of the store read by
pyarrow, its checks included, and nothing done with it. Sizes are arguments, such as
``bench_index.py 1000``.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench_query import BOARD, fill

from runfolio.store.compact import compact
from runfolio.store.folder import Folder
from runfolio.store.writer import Writer

SIZES = (1_000, 10_000)
ROUNDS = 5
IMPORTS = "import duckdb; duckdb.connect()"
NEXT = """
import sys, runfolio.cli
sys.argv = ["runfolio", "ls", "--limit", "10", "--store", "STORE"]
runfolio.cli.main()
"""
FIRST = """
from runfolio.query.index import refresh
from runfolio.store.folder import Folder
refresh(Folder.open('STORE'), rebuild=True)
"""
SCAN = """
import pathlib, pyarrow.parquet
for path in pathlib.Path('STORE').rglob('*.parquet'):
    pyarrow.parquet.ParquetFile(path, page_checksum_verification=True).read(use_threads=False)
"""


def seconds(script: str, store: Path) -> float:
    """How long a fresh interpreter takes for the script."""
    start = time.perf_counter()
    text = script.replace("STORE", str(store))
    subprocess.run([sys.executable, "-c", text], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def median(take: Callable[[], float]) -> float:
    """The median of some rounds."""
    return statistics.median(take() for _ in range(ROUNDS))


def add(folder: Folder, run_id: str) -> None:
    """One more run of a hundred points."""
    with Writer(folder, run_id) as writer:
        writer.fact("start", "run", text='{"name": "new", "experiment": "bench"}')
        for step in range(100):
            writer.points(step, ("val/metric_0",), (step / 100,))
        writer.fact("end", "finished", value=1.0, text='{"exit_code": 0}')


def measure(runs: int) -> None:
    """Print the figures of a store of so many runs."""
    with tempfile.TemporaryDirectory() as home:
        folder = Folder.create(Path(home) / "runs")
        fill(folder, runs)
        time.sleep(2.5)  # files that changed just now are read again
        size = sum(path.stat().st_size for path in folder.runs.rglob("*.parquet"))
        print(f"\n{runs:,} runs, {size / 1e6:.0f} MB")
        scan = min(seconds(SCAN, folder.path) for _ in range(2))
        first = seconds(FIRST, folder.path)
        print(f"  plain scan                {scan:6.2f} s")
        print(f"  first index               {first:6.2f} s  {first / scan:5.1f} x the scan")
        imports = median(lambda: seconds(IMPORTS, folder.path))
        print(f"  DuckDB alone              {imports:6.2f} s")
        seconds(NEXT, folder.path)
        board = BOARD.replace("RUNS", str(runs))
        print(f"  next command (ls)         {median(lambda: seconds(NEXT, folder.path)):6.2f} s")
        print(f"  next leaderboard          {median(lambda: seconds(board, folder.path)):6.2f} s")
        taken = []
        for number in range(ROUNDS):
            add(folder, f"new-{number}")
            taken.append(seconds(NEXT, folder.path))
        print(f"  next, with one new run    {statistics.median(taken):6.2f} s")
        compact(folder, grace=0)
        print(f"  first after compacting    {seconds(NEXT, folder.path):6.2f} s")
        time.sleep(2.5)
        seconds(NEXT, folder.path)
        print(f"  next, from packs          {median(lambda: seconds(NEXT, folder.path)):6.2f} s")


if __name__ == "__main__":
    for chosen in map(int, sys.argv[1:] or map(str, SIZES)):
        measure(chosen)
