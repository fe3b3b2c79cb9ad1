"""Four threads log while children are forked; each child logs as a writer of its own.

python forking.py STORE FIRST TRIALS
"""

from __future__ import annotations

import os
import sys
import threading
import time

from runfolio.store.folder import Folder
from runfolio.store.writer import Writer

CHILDREN = 6
STEPS = 300


def child(writer: Writer, number: int) -> None:
    """Log, and end as children of all kinds do: closed, or without a word."""
    for step in range(STEPS):
        writer.points(step, (f"child-{number}", "x"), [float(step), 0.5])
    if number % 2:
        writer.close()
    os._exit(0)


def trial(store: str, number: int) -> None:
    writer = Writer(Folder.open(store), f"run-{number}", seal=False)
    stop = threading.Event()
    counts = [0] * 4

    def work(thread: int) -> None:
        while not stop.is_set():
            writer.points(counts[thread], (f"thread-{thread}", "y"), [float(counts[thread]), 0.5])
            counts[thread] += 1
            if counts[thread] % 64 == 0:
                time.sleep(0.0001)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    pids = []
    for number_of_child in range(CHILDREN):
        pid = os.fork()
        if pid == 0:
            child(writer, number_of_child)
        pids.append(pid)
    if (silent := os.fork()) == 0:
        writer.close()  # the parent's: it does nothing
        os._exit(0)
    deadline = time.monotonic() + 10
    hung = 0
    for pid in [*pids, silent]:
        while os.waitpid(pid, os.WNOHANG) == (0, 0):
            if time.monotonic() > deadline:
                hung += 1
                os.kill(pid, 9)
            time.sleep(0.001)
    stop.set()
    for thread in threads:
        thread.join()
    writer.fact("end", "finished")
    writer.close()
    print(number, hung, *counts, flush=True)


if __name__ == "__main__":
    for n in range(int(sys.argv[2]), int(sys.argv[2]) + int(sys.argv[3])):
        trial(sys.argv[1], n)
