"""Seconds to build a site of 1,000 runs, as a ratio to writing the same bytes plainly.

    python tests/bench/bench_build.py [runs]

Each run has 10 params, 3 tags and 5 metrics of 100 steps, sealed into one part as training leaves
it. Measured: the first build, one without a change, three with a new run each, three while a run is
training (as ``runfolio serve`` makes them); and the floor: writing the site's bytes into new files.
"""

from __future__ import annotations

import json
import math
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from runfolio.config import Config, SiteConfig
from runfolio.site.build import BuildReport, build
from runfolio.store.folder import Folder
from runfolio.store.writer import Writer

STEPS = 100
TIMES = 3
NAMES = ("train/loss", "val/loss", "val/accuracy", "lr", "grad_norm")


def log_run(folder: Folder, index: int) -> None:
    """One finished run whose curves depend on its number alone."""
    writer, train = started_run(folder, index)
    for step in range(STEPS):
        train(step)
    writer.fact("end", "finished", value=float(STEPS), text='{"exit_code": 0}')
    writer.close()


def started_run(folder: Folder, index: int) -> tuple[Writer, Callable[[int], None]]:
    """A run that has said who it is, and a function that logs a step of it."""
    chance = random.Random(index)
    now = (1_794_751_200 + index * 600) * 10**9

    def clock() -> int:
        nonlocal now
        now += 10**6
        return now

    writer = Writer(folder, f"20261115-{index:06d}-bench", clock=clock, writer_id=f"{index:012x}")
    start = {"name": f"run-{index}", "experiment": ("digits", "faces", "words")[index % 3]}
    packages = {f"package-{number}": "1.0" for number in range(60)}
    writer.fact("start", "run", text=json.dumps(start))
    writer.fact("start", "packages", text=json.dumps(packages))
    for number in range(10):
        value = chance.choice([0.1, 0.01, 0.001]) if number == 0 else chance.choice([16, 32, 64])
        writer.fact("param", f"param{number}", value=float(value), text=json.dumps(value))
    for tag in ("paper", "seed", f"kind{index % 4}"):
        writer.fact("tag", tag, text="")
    rate = 1 + chance.random()

    def train(step: int) -> None:
        nonlocal now
        now += 10**9
        gone = math.exp(-rate * step / STEPS)
        noise = chance.random() * 0.05
        values = (gone + noise, gone + 0.1, 1 - gone * 0.8, 0.1 * (1 - step / STEPS), noise)
        writer.points(step, NAMES, values)

    return writer, train


def timed(work: Callable[[], BuildReport]) -> tuple[float, float, BuildReport]:
    """Seconds by the wall, seconds of the processor, and what came out."""
    wall, processor = time.perf_counter(), time.process_time()
    report = work()
    return time.perf_counter() - wall, time.process_time() - processor, report


def plain_write(site: Path, target: Path) -> float:
    """Seconds to write the site's bytes into new files, once they are in memory."""
    files = [(p.relative_to(site), p.read_bytes()) for p in sorted(site.rglob("*")) if p.is_file()]
    began = time.perf_counter()
    for path, data in files:
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        (target / path).write_bytes(data)
    return time.perf_counter() - began


def main(runs: int) -> None:
    """Print the figures."""
    base = Path(tempfile.mkdtemp(prefix="runfolio-bench-"))
    try:
        folder = Folder.create(base / "runs")
        for index in range(runs):
            log_run(folder, index)
        site = base / "site"
        config = Config(store=base / "runs", out=site, site=SiteConfig(title="Bench"))
        first = timed(lambda: build(config))
        floor = plain_write(site, base / "plain")
        same = timed(lambda: build(config))
        rows = [("first build", first), ("no change", same)]
        for index in range(runs, runs + TIMES):
            log_run(folder, index)
            rows.append(("one new run", timed(lambda: build(config))))
        writer, train = started_run(folder, runs + TIMES)
        for step in range(TIMES):
            train(step)
            rows.append(("in training", timed(lambda: build(config))))
        writer.close()
        per = 1000 / runs
        report = first[2]
        print(f"{runs:,} runs: {report.files:,} files, {report.bytes / 1e6:.1f} MB")
        print(f"plain write of the same bytes  {floor:6.2f} s")
        for name, (wall, processor, done) in rows:
            print(
                f"{name:12} {wall:6.2f} s ({processor:5.2f} s of the processor), "
                f"{wall * per:6.2f} s per 1,000 runs, {wall / floor:5.1f} x the plain write, "
                f"{done.written:,} files written"
            )
    finally:
        shutil.rmtree(base)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1000)
