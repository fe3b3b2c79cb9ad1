"""The first index of a store by each runner, start and end of its workers included.

The limit is the same work in this process alone. Runners whose package is missing are left out.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from runfolio.query.index import refresh
from runfolio.query.runners import runner
from runfolio.store.folder import Folder
from runfolio.store.writer import Writer

RUNS, STEPS = 400, 1000
METRICS = tuple(f"val/metric_{number}" for number in range(5))
WORKERS = 2
PACKAGES = {"dask": "distributed", "ray": "ray", "spark": "pyspark"}


def fill(folder: Folder) -> None:
    """Log the runs: 5 metrics of 1,000 steps each."""
    for number in range(RUNS):
        with Writer(folder, f"run-{number:05d}") as writer:
            writer.fact("start", "run", text='{"experiment": "bench"}')
            for step in range(STEPS):
                writer.points(
                    step, METRICS, tuple((number * 7919 + step * m) / 7 for m in range(5))
                )
            writer.fact("end", "finished", value=1.0, text='{"exit_code": 0}')


def measured(folder: Folder, name: str, workers: int) -> float:
    """Seconds of one index from nothing."""
    shutil.rmtree(folder.cache, ignore_errors=True)
    start = time.perf_counter()
    refresh(folder, runner=runner(name, workers) if name else None)
    return time.perf_counter() - start


def main() -> None:
    names = ["process"]
    names += [name for name, package in PACKAGES.items() if importlib.util.find_spec(package)]
    if shutil.which("java") is None and "spark" in names:
        names.remove("spark")
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    with tempfile.TemporaryDirectory() as work:
        folder = Folder.create(Path(work) / "runs")
        fill(folder)
        points = RUNS * STEPS * len(METRICS)
        print(f"{RUNS:,} runs, {points:,} points, {WORKERS} workers on {os.cpu_count()} cores")
        alone = measured(folder, "", 1)
        print(f"{'this process':<14}{alone:7.1f} s")
        for name in names:
            took = measured(folder, name, WORKERS)
            print(f"{name + f' x {WORKERS}':<14}{took:7.1f} s   {took / alone:4.2f} of one process")


if __name__ == "__main__":
    main()
