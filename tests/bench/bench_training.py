"""What all that is noted unasked costs a training: processor seconds with runfolio and without.

Each contender is a process of its own that trains the same net on the same digits; they take turns.
With runfolio it logs five metrics a step, samples the machine, keeps its output, git state,
packages and source, and seals the run. What is paid once is told apart from what each step pays,
and how long a step must last for the cost of a ten-minute training to stay under 1 %.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

ROUNDS = 5
STEPS = (500, 4_000)

TRAIN = """
import sys, time
import numpy as np
from sklearn.datasets import load_digits
steps, store = int(sys.argv[1]), sys.argv[2]
x, y = load_digits(return_X_y=True)
chance = np.random.default_rng(0)
w1, w2 = chance.normal(0, 0.1, (64, 256)), chance.normal(0, 0.1, (256, 10))
x, hot = x / 16, np.eye(10)[y]
run = None
began = time.process_time()
if store:
    import runfolio
    run = runfolio.init("cost", store=store, params={"hidden": 256, "lr": 0.1})
for step in range(steps):
    at = chance.integers(0, len(x), 256)
    hidden = np.maximum(x[at] @ w1, 0)
    scores = hidden @ w2
    odds = np.exp(scores - scores.max(1, keepdims=True))
    odds /= odds.sum(1, keepdims=True)
    error = (odds - hot[at]) / len(at)
    back = (error @ w2.T) * (hidden > 0)
    g1, g2 = x[at].T @ back, hidden.T @ error
    w1 -= 0.1 * g1
    w2 -= 0.1 * g2
    if run:
        right = odds.argmax(1) == y[at]
        run.log({"loss": -np.log((odds * hot[at]).sum(1)).mean(), "accuracy": right.mean(),
                 "grad/1": np.abs(g1).max(), "grad/2": np.abs(g2).max(), "lr": 0.1}, step=step)
    else:
        right = odds.argmax(1) == y[at]
        (-np.log((odds * hot[at]).sum(1)).mean(), right.mean(), np.abs(g1).max(), np.abs(g2).max())
if run:
    run.finish()
print(time.process_time() - began)
"""


def seconds(steps: int, store: Path | str) -> float:
    """Processor seconds of one training of so many steps."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", TRAIN, str(steps), str(store)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(done.stdout)


def main() -> None:
    """Print what a step and a run cost with runfolio, and when that is less than 1 %."""
    plain: dict[int, list[float]] = {steps: [] for steps in STEPS}
    noted: dict[int, list[float]] = {steps: [] for steps in STEPS}
    with tempfile.TemporaryDirectory() as place:
        for _ in range(ROUNDS):
            for steps in STEPS:
                plain[steps].append(seconds(steps, ""))
                noted[steps].append(seconds(steps, Path(place) / "runs"))
    few, many = STEPS
    bare = median(plain[many]) / many
    extra = {s: median(n - p for n, p in zip(noted[s], plain[s], strict=True)) for s in STEPS}
    each = max(0.0, (extra[many] - extra[few]) / (many - few))
    once = extra[few] - each * few
    count = 600 / bare
    share = (once + each * count) / 600
    print(f"a step of the training          {bare * 1e6:9.1f} µs")
    print(f"what logging adds to a step     {each * 1e6:9.1f} µs   {each / bare:.2%} of it")
    print(f"what is paid once a run         {once * 1e3:9.1f} ms")
    print(f"share of ten minutes of it      {share:9.2%}")
    print(f"under 1 % if a step lasts       {each / (0.01 - once / 600) * 1e6:9.1f} µs or more")


if __name__ == "__main__":
    main()
