"""Logs so many points and prints by how much the process grew beyond the same script without.

    python hungry.py STORE POINTS

Prints: MiB before runfolio was imported, MiB at the peak while it logged, MiB at the peak after the
run was finished, seconds of logging, seconds of the end.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

NAMES = tuple(f"train/metric-{n}" for n in range(10))


def peak() -> float:
    """The most memory that this process had so far, in MiB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    raise SystemExit("no VmHWM here")


def main(store: str, points: int) -> None:
    before = peak()
    import runfolio

    begun = time.perf_counter()
    run = runfolio.init("hungry", store=store, capture=False)
    for step in range(points // 10):
        run.log(dict.fromkeys(NAMES, step / 7))
    spent, logging = time.perf_counter() - begun, peak()
    begun = time.perf_counter()
    run.finish()
    print(f"{before:.1f} {logging:.1f} {peak():.1f} {spent:.2f} {time.perf_counter() - begun:.2f}")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
