"""What one log call costs: the writer against a bare ``os.write`` of the same bytes.

Contenders take turns in rounds, so that a busy machine disturbs them alike. A pause is a call of
more than 5 ms; those of the bare write are the machine's own.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import mean, median

from runfolio.run.start import init
from runfolio.store.folder import Folder
from runfolio.store.plan import snapshot
from runfolio.store.writer import Writer

ROUNDS = 7
CALLS = 6_000
#: Calls a round of a contender that waits for the disk each time.
SLOW_CALLS = 150
PAUSE_NS = 5_000_000
NAMES = tuple(f"train/metric-{n}" for n in range(10))
FLOATS = [n / 7 for n in range(10)]
MIXED = [*FLOATS[:8], 3, True]
SMALL_RUNS = 100

Call = Callable[[int], object]


def timed(call: Call, first: int, calls: int) -> list[int]:
    """Nanoseconds of each of so many calls."""
    clock = time.perf_counter_ns
    found = []
    for step in range(first, first + calls):
        begun = clock()
        call(step)
        found.append(clock() - begun)
    return found


def line(name: str, times: list[int], base: float) -> str:
    """One row of the table; ``base`` is the median of the bare write."""
    ordered = sorted(times)
    p50, p99, p999 = (ordered[int(len(ordered) * part)] for part in (0.5, 0.99, 0.999))
    pauses = sum(spent > PAUSE_NS for spent in times)
    return (
        f"{name:34} {p50 / 1e3:7.2f} {mean(times) / 1e3:8.2f} {p99 / 1e3:8.1f} "
        f"{p999 / 1e3:8.1f} {ordered[-1] / 1e6:8.1f} {pauses:7} {p50 / base:8.1f} x"
    )


def calls(place: Path) -> dict[str, tuple[Call, Callable[[], None]]]:
    """Each contender: its call and how to end it."""
    folder = Folder.create(place / "store")
    fd = os.open(place / "bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    probe = Writer(folder, "probe", seal=False)
    for step in range(2):
        probe.points(step, NAMES, FLOATS)
    (journal,) = folder.run_dir("probe").iterdir()
    before = journal.stat().st_size
    probe.points(2, NAMES, FLOATS)
    frame = b"x" * (journal.stat().st_size - before)
    probe.close()
    found: dict[str, tuple[Call, Callable[[], None]]] = {
        f"bare os.write of {len(frame)} bytes": (
            lambda step: os.write(fd, frame),
            lambda: os.close(fd),
        )
    }

    def writer(name: str, values: list[float], **options: object) -> None:
        made = Writer(folder, f"r{len(found)}", **options)  # type: ignore[arg-type]
        found[name] = (lambda step: made.points(step, NAMES, values), made.close)

    writer("points(), 10 floats, never sealed", FLOATS, seal=False)
    writer("points(), 10 floats", FLOATS)
    writer("points(), 8 floats, int, bool", MIXED)
    writer('points(), durability="os"', FLOATS, durability="os")
    writer('points(), durability="fsync"', FLOATS, durability="fsync")
    opened = Run(place / "runs")
    found["run.log(), a dictionary of floats"] = (opened.log, opened.finish)
    return found


class Run:
    """A run of the public interface."""

    def __init__(self, store: Path) -> None:
        self._run = init("bench", store=store, capture=False)
        self.finish = self._run.finish

    def log(self, step: int) -> None:
        self._run.log(dict(zip(NAMES, FLOATS, strict=True)), step=step)


def one_call(place: Path) -> None:
    """Print the table of one log call."""
    found = calls(place)
    times: dict[str, list[int]] = {name: [] for name in found}
    for turn in range(ROUNDS):
        for name, (call, _) in found.items():
            calls_now = SLOW_CALLS if "fsync" in name else CALLS
            times[name] += timed(call, turn * calls_now, calls_now)
    base = median(times[next(iter(times))])
    print(f"{'10 metrics a call':34} p50 us  mean us   p99 us p99.9 us   max ms  pauses  of bare")
    for name, spent in times.items():
        print(line(name, spent, base))
    for _, end in found.values():
        end()


def long_run(place: Path) -> None:
    """Print how long a run of 200,000 points takes to end."""
    import pyarrow.parquet  # noqa: F401  its import is not what is measured here

    folder = Folder.create(place / "long")
    writer = Writer(folder, "r1")
    for step in range(20_000):
        writer.points(step, NAMES, FLOATS)
    begun = time.perf_counter()
    writer.close()
    print(f"close() of a run of 200,000 points: {time.perf_counter() - begun:.2f} s")


def small_runs(place: Path) -> None:
    """Print how many small runs can be written and read in a second."""
    folder = Folder.create(place / "small")
    begun = time.perf_counter()
    for number in range(SMALL_RUNS):
        with Writer(folder, f"run-{number}") as writer:
            writer.facts([("param", f"p{n}", None, float(n), str(n)) for n in range(10)])
            for step in range(100):
                writer.points(step, NAMES[:5], FLOATS[:5])
    spent = time.perf_counter() - begun
    print(f"small runs (10 params, 5 metrics x 100 steps): {SMALL_RUNS / spent:.0f} a second")
    begun, cpu = time.perf_counter(), time.process_time()
    rows = snapshot(folder).facts().num_rows
    spent, cpu = time.perf_counter() - begun, time.process_time() - cpu
    print(f"reading {rows:,} facts of {SMALL_RUNS} such runs: {spent:.2f} s ({cpu:.2f} s of CPU)")


def tiny_runs(place: Path) -> None:
    """Print how many runs of the public interface can be logged and sealed in a second."""
    begun, cpu = time.perf_counter(), time.process_time()
    for _ in range(SMALL_RUNS):
        with init("bench", store=place / "tiny", capture=False) as run:
            run.log_params({"lr": 0.1})
            for step in range(10):
                run.log({"loss": 0.5, "accuracy": 0.9}, step=step)
    spent, cpu = time.perf_counter() - begun, time.process_time() - cpu
    print(
        f"runs of init() (a param, 2 metrics x 10 steps): {SMALL_RUNS / spent:.0f} a second "
        f"({1e3 * cpu / SMALL_RUNS:.1f} ms of CPU each)"
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        one_call(Path(name))
        long_run(Path(name))
        small_runs(Path(name))
        tiny_runs(Path(name))


if __name__ == "__main__":
    sys.exit(main())
