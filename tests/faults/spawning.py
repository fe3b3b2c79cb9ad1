"""A parent that logs starts workers by every start method; each worker logs to the same run.

python spawning.py STORE METHOD
"""

from __future__ import annotations

import multiprocessing
import sys

from runfolio.store.folder import Folder
from runfolio.store.writer import Writer

WORKERS = 3
STEPS = 100


def work(store: str, run_id: str, number: int) -> None:
    """What a worker does that is told the store and the run."""
    with Writer(Folder.open(store), run_id, seal=False) as writer:
        for step in range(STEPS):
            writer.points(step, (f"worker-{number}",), [float(step)])


def main(store: str, method: str) -> None:
    context = multiprocessing.get_context(method)
    run_id = f"run-{method}"
    with Writer(Folder.open(store), run_id, seal=False) as writer:
        writer.points(0, ("parent",), [0.0])
        arguments = [(store, run_id, number) for number in range(WORKERS)]
        workers = [context.Process(target=work, args=each) for each in arguments]  # type: ignore[attr-defined]
        for worker in workers:
            worker.start()
        for step in range(1, STEPS):
            writer.points(step, ("parent",), [float(step)])
        for worker in workers:
            worker.join(30)
        codes = [worker.exitcode for worker in workers]
    if codes != [0] * WORKERS:
        sys.exit(f"exit codes {codes}")


if __name__ == "__main__":
    main(*sys.argv[1:3])
