"""Logs onto a disk that is too small, makes room, and goes on; prints what it was told.

    python full.py WAY STORE ROOM

WAY limit: no file may grow beyond 20 kB (RLIMIT_FSIZE), later the limit is raised. WAY ballast:
the file ROOM fills the disk and is removed later. WAY device: the journal's descriptor becomes
/dev/full. WAY never: the limit stays to the end.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from runfolio.store.folder import Folder
from runfolio.store.writer import Writer

STEPS = 1_500
NAMES = tuple(f"m{n}" for n in range(10))


def limit(size: int) -> None:
    import resource

    hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
    resource.setrlimit(resource.RLIMIT_FSIZE, (size if size >= 0 else hard, hard))


def become_full(home: Path) -> None:
    """Every descriptor of a journal in ``home`` answers that the disk is full from now on."""
    full = os.open("/dev/full", os.O_WRONLY)
    for entry in list(Path("/proc/self/fd").iterdir()):
        try:
            target = str(entry.readlink())
        except OSError:
            continue
        if target.startswith(str(home)) and target.endswith(".rfj"):
            os.dup2(full, int(entry.name))
    os.close(full)


def fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file:
        for size in (65536, 4096, 512, 64, 8, 1):
            try:
                while file.write(b"x" * size) == size:
                    pass
            except OSError:
                continue


def main(way: str, store: str, room: str) -> None:
    told: list[str] = []
    folder = Folder.create(store)
    writer = Writer(folder, "r1", seal=False, on_trouble=told.append)
    for step in range(STEPS):
        if step == 20 and way in ("limit", "never"):
            limit(20_000)
        if step == 20 and way == "ballast":
            fill(Path(room))
        if step == 20 and way == "device":
            become_full(folder.run_dir("r1"))
        if step == STEPS // 2:
            if way == "limit":
                limit(-1)
            if way == "ballast":
                Path(room).unlink()
            time.sleep(1.2)
        writer.points(step, NAMES, [step + n / 16 for n in range(10)])
    waiting = writer.pending
    writer.fact("end", "finished")
    writer.close()
    print(waiting, writer.pending, writer.dropped, writer.late, len(told))
    for line in told:
        print(line)


if __name__ == "__main__":
    main(*sys.argv[1:4])
