"""Forks loggers and compactors, kills each with SIGKILL, and brings removed files back.

    python compacting.py STORE SECONDS SEED

Two compactors are always there, with packs of different sizes, so that what they pack overlaps;
one process logs short runs. Whenever a logger was killed, the file STORE.promised gets a line for
each of its runs: the id, and how many points had been acknowledged.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import random
import signal
import sys
import time
import traceback
from pathlib import Path

from runfolio.store.compact import compact
from runfolio.store.folder import Folder
from runfolio.store.listing import list_store
from runfolio.store.writer import Writer

GRACE = 0.3
CHILDREN: set[int] = set()


def points_of(run_id: str) -> int:
    """How many points a run has when its logger lives long enough."""
    return random.Random(run_id).randrange(3, 40)


def log_runs(store: str, child: int, promised: memoryview) -> None:
    """Log short runs for ever; note the number of the run, and of the points that returned."""
    folder = Folder.open(store)
    for number in range(10**6):
        promised[0], promised[1] = number, 0
        run_id = f"r{child:04}-{number:03}"
        writer = Writer(folder, run_id, seal=number % 3 > 0)
        for step in range(points_of(run_id)):
            writer.points(step, ("a", "b"), [float(step), step / 2])
            promised[1] = step + 1
        if number % 4:
            writer.close()
        time.sleep(0.001)


def compact_for_ever(store: str, seed: int) -> None:
    """Compact, now and then with another size."""
    dice = random.Random(seed)
    folder = Folder.open(store)
    while True:
        compact(folder, grace=GRACE, size=dice.choice((3, 7, 20, 1000)))


def bring_back(store: Path, archive: Path, dice: random.Random) -> int:
    """Keep every part and pack that is there now, and bring some of the removed ones back."""
    back = 0
    listing = list_store(Folder.open(store))  # unlike glob, it minds directories that vanish
    for path in (*listing.parts, *listing.packs):
        with contextlib.suppress(OSError):
            os.link(path, archive / f"{path.parent.name}@{path.name}")
    for kept in dice.sample(sorted(archive.iterdir()), min(3, len(list(archive.iterdir())))):
        home, _, name = kept.name.partition("@")
        folder = store / "packs" if home == "packs" else store / "runs" / home
        with contextlib.suppress(OSError):
            folder.mkdir(exist_ok=True)
            os.link(kept, folder / name)
            back += 1
    return back


def fork(work: object, *arguments: object) -> int:
    """The pid of a child that does the work for ever."""
    pid = os.fork()
    if pid == 0:
        try:
            work(*arguments)  # type: ignore[operator]
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(3)
    CHILDREN.add(pid)
    return pid


def kill(pid: int) -> None:
    """SIGKILL; a child that ended by itself had an error."""
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    CHILDREN.discard(pid)
    if not os.WIFSIGNALED(status):
        sys.exit(f"a child failed: {status}")


def main(store: str, seconds: float, seed: int) -> None:
    import pyarrow.compute
    import pyarrow.parquet  # noqa: F401  before the forks, not in each child

    dice = random.Random(seed)
    archive = Path(f"{store}.archive")
    archive.mkdir()
    promises = Path(f"{store}.promised")
    kills = back = child = 0
    end = time.monotonic() + seconds
    compactors = [fork(compact_for_ever, store, n) for n in range(2)]
    while time.monotonic() < end:
        with mmap.mmap(-1, 16) as shared, memoryview(shared).cast("q") as promised:
            logger = fork(log_runs, store, child, promised)
            time.sleep(dice.random() * 0.3)
            kill(logger)
            lines = []
            for number in range(promised[0] + 1):
                run_id = f"r{child:04}-{number:03}"
                count = promised[1] if number == promised[0] else points_of(run_id)
                lines.append(f"{run_id} {count}\n")
            with promises.open("a") as file:
                file.write("".join(lines))
        kills += 1
        if dice.random() < 0.5:
            victim = dice.randrange(2)
            kill(compactors[victim])
            compactors[victim] = fork(compact_for_ever, store, dice.randrange(10**6))
            kills += 1
        back += bring_back(Path(store), archive, dice)
        child += 1
    for pid in compactors:
        kill(pid)
    packs = sum(kept.name.startswith("packs@") for kept in archive.iterdir())
    print(kills + 2, back, packs)


if __name__ == "__main__":
    try:
        main(sys.argv[1], float(sys.argv[2]), int(sys.argv[3]))
    finally:
        for left in CHILDREN:
            os.kill(left, signal.SIGKILL)
