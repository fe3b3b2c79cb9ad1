"""A leaderboard of 1,000 runs as a DataFrame, each time in a fresh process.

The limit is bare DuckDB over one Parquet file that holds the same facts, sorted: nothing that reads
a folder of a thousand runs can be quicker. Figures are medians of rounds that are taken in turns.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet

from runfolio.store.folder import Folder
from runfolio.store.plan import snapshot
from runfolio.store.writer import Writer

RUNS, STEPS, ROUNDS = 1000, 100, 5
METRICS = tuple(f"val/metric_{number}" for number in range(5))
NS = 1_794_751_200 * 10**9

LIMIT = """
import duckdb
frame = duckdb.sql('''
    SELECT run_id, max(value) AS best FROM 'FILE'
    WHERE kind = 'metric' AND key = 'val/metric_0' GROUP BY run_id ORDER BY best DESC, run_id
''').df()
assert len(frame) == RUNS
"""
BOARD = """
import runfolio
with runfolio.open('STORE') as store:
    frame = store.sql(
        "SELECT run_id, name, max AS best FROM summary JOIN runs USING (run_id) "
        "WHERE key = 'val/metric_0' ORDER BY best DESC, run_id"
    ).df()
assert len(frame) == RUNS
"""
IMPORTS = "import duckdb, pandas, pyarrow"


def fill(folder: Folder, runs: int = RUNS) -> None:
    """Log the runs: 10 params, 5 metrics of 100 steps and 3 tags each."""
    for number in range(runs):
        now = iter(range(NS + number * 10**10, NS + (number + 1) * 10**10, 1000))
        with Writer(folder, f"run-{number:05d}", clock=lambda now=now: next(now)) as writer:
            start = json.dumps({"name": f"run {number}", "experiment": "bench"})
            writer.fact("start", "run", text=start)
            for param in range(10):
                writer.fact("param", f"p{param}", value=float(number % (param + 2)), text="0")
            for tag in ("a", "b", f"c{number % 7}"):
                writer.fact("tag", tag, text="")
            for step in range(STEPS):
                values = tuple((number * 7919 + step * (m + 1)) % 1000 / 1000 for m in range(5))
                writer.points(step, METRICS, values)
            writer.fact("end", "finished", value=1.0, text='{"exit_code": 0}')


def process(script: str) -> Callable[[], float]:
    """A fresh interpreter that runs the script; gives its seconds."""

    def run() -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", script], check=True)
        return time.perf_counter() - start

    return run


def contenders(work: Path) -> dict[str, Callable[[], float]]:
    """What is measured, the limit first; each gives the seconds of one round."""
    file, store = work / "facts.parquet", work / "runs"
    start = time.perf_counter()
    fill(Folder.create(store))
    print(f"{RUNS:,} runs logged and sealed: {RUNS / (time.perf_counter() - start):.0f} a second")
    pyarrow.parquet.write_table(snapshot(Folder.open(store)).facts(), file)
    board = BOARD.replace("STORE", str(store)).replace("RUNS", str(RUNS))
    limit = LIMIT.replace("FILE", str(file)).replace("RUNS", str(RUNS))
    return {
        "limit: one Parquet file, bare DuckDB": process(limit),
        "of that, imports alone": process(IMPORTS),
        "runfolio, from the store": process(board),
    }


def main() -> None:
    """Print a table: seconds, and how often the limit's."""
    with tempfile.TemporaryDirectory() as folder:
        rivals = contenders(Path(folder))
        taken: dict[str, list[float]] = {name: [] for name in rivals}
        for _ in range(ROUNDS):
            for name, run in rivals.items():
                taken[name].append(run())
    medians = {name: statistics.median(values) for name, values in taken.items()}
    limit = next(iter(medians.values()))
    print(f"\nleaderboard of {RUNS:,} runs, {RUNS * STEPS * 5:,} points, cold process")
    for name, seconds in medians.items():
        print(f"  {name:<40} {seconds:6.2f} s  {seconds / limit:5.1f} x")


if __name__ == "__main__":
    main()
