"""Logs, compacts and logs again while every change to the disk is written down, then dies.

    python traced_packs.py STORE TRACE [no-file-sync | no-pack-sync]

The trace is that of ``traced.py``. The value of the n-th fact of all runs together is n.
"""

from __future__ import annotations

import os
import pickle
import sys
from pathlib import Path

from traced import Tracer

from runfolio.store import files
from runfolio.store.compact import compact
from runfolio.store.folder import Folder
from runfolio.store.writer import Writer

SYNC_FILE, SYNC_DIR = files.sync_file, files.sync_dir


def all_but_packs(path: Path) -> None:
    """Sync a directory, but not that of the packs."""
    if path.name != "packs":
        SYNC_DIR(path)


def main(store: str, output: str, ablation: str = "") -> None:
    root = Path(store)
    tracer = Tracer(root)
    root.mkdir()
    files.sync_dir(root.parent)
    tracer.install()
    folder = Folder.create(root)
    count = 0
    for turn in range(3):
        for run_id in ("a", "b"):
            with Writer(folder, run_id, durability="fsync", seal=turn < 2) as writer:
                writer.points(turn, ("x", "y", "z"), [float(count + n) for n in range(3)])
                count += 3
                tracer.trace.append(("promised", count))
        if ablation == "no-file-sync":
            files.sync_file = lambda fd: None
        if ablation == "no-pack-sync":
            files.sync_dir = all_but_packs
        compact(folder, grace=0)
        files.sync_file, files.sync_dir = SYNC_FILE, SYNC_DIR
    Path(output).write_bytes(pickle.dumps(tracer.trace))
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
