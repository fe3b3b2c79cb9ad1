"""Forks children that log, kills each with SIGKILL, and prints what each had been promised.

python killed.py STORE FIRST COUNT SEED
"""

from __future__ import annotations

import mmap
import os
import random
import signal
import sys
import time

from runfolio.store import stream
from runfolio.store.clean import clean
from runfolio.store.folder import Folder
from runfolio.store.seal import seal_journal
from runfolio.store.writer import Writer

NAMES = tuple(f"train/metric-{n}" for n in range(10))


def child(store: str, run_id: str, promised: memoryview, slow: bool) -> None:
    """Log ten metrics a step for ever; after each call, note that it returned."""
    writer = Writer(Folder.open(store), run_id, seal=False)
    step = 0
    while True:
        writer.points(step, NAMES, [step + n / 16 for n in range(10)])
        promised[0] = step + 1
        step += 1
        if slow:
            time.sleep(0.002)


def sealing_child(store: str, run_id: str, promised: memoryview) -> None:
    """Log for ever; after every few calls, seal what has ended and remove what is sealed."""
    stream.SEAL_ROWS = 100
    stream._MILESTONE = 64
    folder = Folder.open(store)
    writer = Writer(folder, run_id, seal=False)
    step = 0
    while True:
        writer.points(step, NAMES, [step + n / 16 for n in range(10)])
        promised[0] = step + 1
        step += 1
        if step % 15 == 0:
            for journal in sorted(folder.run_dir(run_id).glob("j-*"))[:-1]:
                seal_journal(folder, journal)
            clean(folder, run_id=run_id, grace=0)


def main(store: str, first: int, count: int, seed: int, *, seal: bool) -> None:
    if seal:
        import pyarrow.compute
        import pyarrow.parquet  # noqa: F401  before the forks, not in each child
    dice = random.Random(seed)
    for trial in range(first, first + count):
        slow = trial % 4 == 0
        # struct.pack_into would not do: it writes zeros before the number
        with mmap.mmap(-1, 8) as shared, memoryview(shared).cast("q") as promised:
            pid = os.fork()
            if pid == 0 and seal:
                sealing_child(store, f"run-{trial}", promised)
            if pid == 0:
                child(store, f"run-{trial}", promised, slow)
            while promised[0] == 0:
                time.sleep(0.0005)
            time.sleep(dice.random() * (0.1 if slow or seal else 0.015))
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            print(trial, promised[0], flush=True)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:5]), seal="seal" in sys.argv)
