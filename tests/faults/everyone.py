"""One of many processes that log into one run; prints a number for each call that returned.

python everyone.py STORE NUMBER STEPS [RUN]
"""

from __future__ import annotations

import sys
import time

from runfolio.store.folder import Folder
from runfolio.store.writer import Writer


def main(store: str, number: str, steps: str, run_id: str = "all") -> None:
    with Writer(Folder.open(store), run_id, seal=run_id != "all") as writer:
        for step in range(int(steps)):
            writer.points(step, (f"worker-{number}",), [float(step)])
            sys.stdout.write(f"{step + 1}\n")
            sys.stdout.flush()
            time.sleep(0.001)


if __name__ == "__main__":
    main(*sys.argv[1:])
