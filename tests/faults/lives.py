"""Lives of training processes, one after the other: each line of standard input is one.

A line is JSON: store, id, name, resume (bool), steps (list of {metric: value}), kill (bool). The
answer is the exit code of the process: 0, or -9 where it killed itself after its last step.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from typing import Any

import pyarrow.compute
import pyarrow.parquet  # noqa: F401  before the forks, not in each child

import runfolio


def live(life: dict[str, Any]) -> None:
    """What one process does."""
    run = runfolio.init(
        "machine",
        store=life["store"],
        id=life["id"],
        name=life["name"],
        resume="allow" if life["resume"] else False,
        capture=False,
    )
    for metrics in life["steps"]:
        run.log(metrics)
    if life["kill"]:
        os.kill(os.getpid(), signal.SIGKILL)
    run.finish()


def main() -> None:
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            code = 1
            try:
                live(json.loads(line))
                code = 0
            finally:
                sys.stderr.flush()
                os._exit(code)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
