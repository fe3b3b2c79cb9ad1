"""The process that reads one source: ``python -m runfolio.federation.child``.

What strangers wrote is unpacked here, with limits on memory and processor time, so that a file that
is made to bring its reader down brings down this process and nothing else. A task (JSON) comes on
standard input, one line of JSON is the answer.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from typing import Any

from runfolio.errors import RunfolioError
from runfolio.federation.limits import MEMORY, RefusedError
from runfolio.federation.places import UnreachableError
from runfolio.federation.reading import Task, read_source

_LONGEST = 1_000


def main() -> None:
    """Read the source of the task and tell what came of it."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever a library prints is no answer
    task = Task(**json.load(sys.stdin))
    _limit(task.seconds)
    out.write(json.dumps(answered(task)) + "\n")
    out.flush()


def answered(task: Task) -> dict[str, Any]:
    """The answer as plain values, or what was wrong."""
    try:
        return read_source(task).as_dict()
    except UnreachableError as error:
        return {"kind": "unreachable", "why": str(error)[:_LONGEST]}
    except RefusedError as error:
        return {"kind": "refused", "why": error.message[:_LONGEST]}
    except RunfolioError as error:
        return {"kind": "unreachable", "why": error.message[:_LONGEST], "hint": error.hint}
    except MemoryError:
        return {"kind": "refused", "why": "it needs too much memory"}
    except Exception as error:  # libraries that unpack hostile bytes raise what they like
        why = f"{type(error).__name__}: {error}".split("\n")[0]
        return {"kind": "refused", "why": why[:_LONGEST]}


def _limit(seconds: float) -> None:
    """Take no more memory and processor time than a source may cost."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 5,) * 2)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


if __name__ == "__main__":
    main()
