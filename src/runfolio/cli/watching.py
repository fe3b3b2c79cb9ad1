"""Notice that a store, a configuration or a page was changed, by looking at file times."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

#: Folders of a store that hold no facts.
_SILENT = {".runfolio", "tmp", "blobs", ".git", "__pycache__"}


def fingerprint(paths: Iterable[Path]) -> int:
    """A number that changes when a file under ``paths`` appears, goes, grows or is written."""
    seen: list[tuple[str, int, int]] = []
    for path in paths:
        _look(str(path), seen)
    return hash(tuple(sorted(seen)))


def _look(path: str, seen: list[tuple[str, int, int]]) -> None:
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in _SILENT:
                        _look(entry.path, seen)
                else:
                    state = entry.stat()
                    seen.append((entry.path, state.st_mtime_ns, state.st_size))
    except NotADirectoryError:
        state = Path(path).stat()
        seen.append((path, state.st_mtime_ns, state.st_size))
    except OSError:
        return  # what cannot be seen now is seen when it changes


def wait_for_change(
    paths: Callable[[], Iterable[Path]],
    before: int,
    *,
    seconds: float = 1.0,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> int:
    """Wait until the fingerprint differs from ``before``, and has then been still for one look.

    Looking at a large store takes time; the pause is at least ten times as long as a look.
    A store that grows without end (a run in training) is reported after five looks all the same.
    """
    found = before
    changed = 0
    while True:
        start = clock()
        now = fingerprint(paths())
        pause = max(seconds, 10 * (clock() - start))
        changed += now != before
        if changed and (now == found or changed > 5):
            return now
        found = now
        sleep(pause)
