"""Forks children that log, seal, compact, merge, index and build, and kills each with SIGKILL.

    python everywhere.py PLACE FIRST COUNT SEED

PLACE holds the store, the store that it is merged into, and the site. Prints for each child its
number, what it did, and how many calls had returned before it died.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import mmap
import os
import random
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from runfolio.store import stream
from runfolio.store.clean import clean
from runfolio.store.folder import Folder
from runfolio.store.seal import seal_journal
from runfolio.store.writer import Writer

KEYS = ("loss", "val/accuracy", "lr")
TAG_EVERY = 7

#: What a child does, how often among so many, and within how many seconds it is killed.
Work = Callable[[Path, str, Callable[[int], None]], None]


def _say(writer: Writer, step: int) -> None:
    writer.points(step, KEYS, [step + n / 16 for n in range(len(KEYS))])
    if step % TAG_EVERY == 0:
        writer.fact("tag", f"t{step}")


def log(place: Path, run_id: str, promise: Callable[[int], None], *, seal: bool = False) -> None:
    """Log for ever; a call of step n has returned when n + 1 is promised."""
    folder = Folder.open(place / "store")
    writer = Writer(folder, run_id, seal=False)
    start = {"name": f"name-{run_id}", "experiment": "kills"}
    writer.fact("start", "run", text=json.dumps(start))
    for step in range(10**9):
        _say(writer, step)
        promise(step + 1)
        if seal and step % 15 == 0:
            for journal in sorted(folder.run_dir(run_id).glob("j-*"))[:-1]:
                seal_journal(folder, journal)
            clean(folder, run_id=run_id, grace=0)
        time.sleep(0.0005)


def seal(place: Path, run_id: str, promise: Callable[[int], None]) -> None:
    """Log for ever, and seal and clean what has ended."""
    log(place, run_id, promise, seal=True)


def compact(place: Path, run_id: str, promise: Callable[[int], None]) -> None:
    """Pack finished runs for ever; runs that die meanwhile give new work."""
    packing = importlib.import_module("runfolio.store.compact")
    for turn in range(10**9):
        packing.compact(Folder.open(place / "store"), grace=0)
        promise(turn + 1)


def merge(place: Path, run_id: str, promise: Callable[[int], None]) -> None:
    """Copy the store into another for ever."""
    merging = importlib.import_module("runfolio.store.merge")
    for turn in range(10**9):
        merging.merge(Folder.create(place / "other"), Folder.open(place / "store"))
        promise(turn + 1)


def index(place: Path, run_id: str, promise: Callable[[int], None]) -> None:
    """Open the store for questions for ever, from nothing each second time."""
    import shutil

    from runfolio.query.store import Store

    for turn in range(10**9):
        with Store.open(place / "store") as store:
            store.sql("SELECT count(*) FROM summary").fetchall()
        promise(turn + 1)
        if turn % 2:
            shutil.rmtree(place / "store" / ".runfolio", ignore_errors=True)


def build(place: Path, run_id: str, promise: Callable[[int], None]) -> None:
    """Build the site for ever."""
    from runfolio.config import Config
    from runfolio.site.build import build as build_site

    for turn in range(10**9):
        build_site(Config(store=place / "store", out=place / "site"), force=turn % 2 == 1)
        promise(turn + 1)


def repair(place: Path, run_id: str, promise: Callable[[int], None]) -> None:
    """Seal what dead writers left, and remove what is superseded, for ever."""
    from runfolio.store.verify import verify

    for turn in range(10**9):
        folder = Folder.open(place / "store")
        verify(folder, repair=True)
        clean(folder, grace=0)
        promise(turn + 1)


KINDS: dict[str, tuple[Work, float]] = {
    "log": (log, 0.15),
    "compact": (compact, 0.3),
    "seal": (seal, 0.2),
    "merge": (merge, 0.2),
    "index": (index, 0.4),
    "seal again": (seal, 0.2),
    "repair": (repair, 0.3),
    "log again": (log, 0.1),
    "build": (build, 1.2),
}


def there() -> list[str]:
    """The kinds of children that this runfolio has commands for."""
    found = [
        name
        for name in KINDS
        if name not in ("compact", "merge") or importlib.util.find_spec(f"runfolio.store.{name}")
    ]
    return found


def warm() -> None:
    """Import what the children need, so that they are killed at work and not while importing."""
    import pyarrow.compute
    import pyarrow.parquet

    import runfolio.query.store
    import runfolio.site.build
    import runfolio.store.verify

    assert pyarrow.compute and runfolio.query.store and runfolio.site.build  # used by the children
    for name in there():
        if name in ("compact", "merge"):
            importlib.import_module(f"runfolio.store.{name}")


def _be_a_child(work: Work, place: Path, run_id: str, promised: memoryview) -> None:
    stream.SEAL_ROWS, stream._MILESTONE = 120, 64

    def promise(number: int) -> None:
        promised[0] = number

    try:
        work(place, run_id, promise)
    except BaseException:
        import traceback

        traceback.print_exc()
        promised[1] = 1
    finally:
        os._exit(1)


def main(place: Path, first: int, count: int, seed: int) -> None:
    warm()
    dice = random.Random(seed)
    kinds = there()
    for trial in range(first, first + count):
        kind = kinds[trial % len(kinds)]
        work, seconds = KINDS[kind]
        with mmap.mmap(-1, 16) as shared, memoryview(shared).cast("q") as promised:
            pid = os.fork()
            if pid == 0:
                _be_a_child(work, place, f"run-{trial:04}", promised)
            time.sleep(0.004)
            time.sleep(dice.random() * seconds)
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            line: dict[str, Any] = {"trial": trial, "kind": kind, "promised": promised[0]}
            print(json.dumps({**line, "failed": promised[1]}), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *map(int, sys.argv[2:5]))
