"""1,000 small runs, read from a part each and from one pack; and what compaction itself costs.

The limit is pyarrow reading one bare Parquet file with the same facts, sorted: no pack can be read
quicker. Rounds are taken in turns, in one process; the figures are medians.
"""

from __future__ import annotations

import resource
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet

from runfolio.store.compact import compact
from runfolio.store.folder import Folder
from runfolio.store.packs import Pack
from runfolio.store.parts import read_part
from runfolio.store.plan import snapshot
from runfolio.store.writer import Writer

RUNS, STEPS, ROUNDS = 1000, 100, 5
METRICS = tuple(f"val/metric_{number}" for number in range(5))


def fill(folder: Folder) -> None:
    """Log runs of 5 metrics and 100 steps."""
    for number in range(RUNS):
        with Writer(folder, f"run-{number:05d}") as writer:
            writer.fact("start", "run", text='{"name": "x", "experiment": "bench"}')
            for step in range(STEPS):
                writer.points(step, METRICS, [(number * 7919 + step * m) % 1000 for m in range(5)])


def size(folder: Folder) -> str:
    """Files and bytes of all facts."""
    files = [path for name in ("runs", "packs") for path in folder.path.glob(f"{name}/**/*.*")]
    return f"{len(files):,} files, {sum(path.stat().st_size for path in files) / 1e6:.1f} MB"


def timed(work: Callable[[], object]) -> float:
    """Seconds of one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def one_run(pack: Path) -> None:
    """The facts of one run, from an unopened pack."""
    with Pack.open(pack) as found:
        assert found.run(f"run-{RUNS // 2:05d}").num_rows == STEPS * 5 + 1


def peak() -> float:
    """The most memory that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def contenders(work: Path) -> dict[str, Callable[[], object]]:
    """What is measured, the limit first."""
    small, packed, bare = Folder.create(work / "small"), work / "packed", work / "facts.parquet"
    fill(small)
    for path in small.runs.glob("*/j-*"):
        path.unlink()
    memory = peak()
    folder = Folder.open(shutil.copytree(small.path, packed))
    print(f"{RUNS:,} runs of {STEPS * 5:,} points, sealed: {size(folder)}")
    first = timed(lambda: compact(folder))
    last = timed(lambda: compact(folder, grace=0))
    print(f"compacted in {first:.2f} s, cleaned in {last:.2f} s: {size(folder)}; ", end="")
    print(f"{peak() - memory:+.0f} MB of memory")
    pyarrow.parquet.write_table(snapshot(folder).facts(), bare, compression="zstd")
    (pack,) = folder.packs.iterdir()
    part = next(small.runs.glob(f"run-{RUNS // 2:05d}/p-*"))
    return {
        "limit: one bare Parquet file": lambda: pyarrow.parquet.read_table(bare, use_threads=False),
        "all runs, from one pack": lambda: snapshot(folder).facts(),
        "all runs, from 1,000 parts": lambda: snapshot(small).facts(),
        "one run, from its part": lambda: read_part(part),
        "one run, from the pack": lambda: one_run(pack),
    }


def main() -> None:
    """Print a table: milliseconds, and how often the limit's."""
    with tempfile.TemporaryDirectory() as folder:
        rivals = contenders(Path(folder))
        taken: dict[str, list[float]] = {name: [] for name in rivals}
        for _ in range(ROUNDS):
            for name, work in rivals.items():
                taken[name].append(timed(work))
    medians = {name: statistics.median(values) for name, values in taken.items()}
    limit = next(iter(medians.values()))
    print("\nread and verified")
    for name, seconds in medians.items():
        print(f"  {name:<32} {seconds * 1e3:8.1f} ms  {seconds / limit:6.2f} x")
    ratio = medians["all runs, from 1,000 parts"] / medians["all runs, from one pack"]
    print(f"  1,000 parts take {ratio:.1f} times as long as one pack")


if __name__ == "__main__":
    main()
