"""One of many processes that log many small runs into one store; prints seconds and troubles.

python many.py STORE NUMBER RUNS STEPS
"""

from __future__ import annotations

import sys
import time
import warnings

import runfolio

KEYS = ("loss", "val/accuracy", "lr", "grad", "time")


def main(store: str, number: int, runs: int, steps: int) -> None:
    begun = time.perf_counter()
    for turn in range(runs):
        with runfolio.init("many", store=store, id=f"p{number:03}-{turn:04}", capture=False) as run:
            run.log_params({"process": number, "turn": turn})
            for step in range(steps):
                run.log({key: step + n / 16 for n, key in enumerate(KEYS)})
    print(f"{time.perf_counter() - begun:.3f}")


if __name__ == "__main__":
    warnings.simplefilter("error")
    main(sys.argv[1], *map(int, sys.argv[2:5]))
