"""Logs, seals and cleans while every change to the disk is written down, then dies.

    python traced.py STORE TRACE [no-file-sync | no-dir-sync]

The trace is a pickled list of (operation, *arguments), with paths relative to the store, and of
("promised", n): from here on, n facts must survive a power cut.
"""

from __future__ import annotations

import os
import pickle
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from runfolio.store import clean, files, stream, writer
from runfolio.store.folder import Folder
from runfolio.store.seal import seal_journal

Operation = tuple[Any, ...]


class Tracer:
    """Wraps the system calls that change the disk: each is really made and written down."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.trace: list[Operation] = []
        self.open: dict[int, str] = {}

    def install(self) -> None:
        for name in ("open", "close", "write", "fsync", "fdatasync", "ftruncate", "mkdir"):
            setattr(os, name, self._wrapped(name, getattr(os, name)))
        for name in ("unlink", "rename", "replace", "link"):
            setattr(os, name, self._wrapped(name, getattr(os, name)))
        writer._write = os.write

    def _wrapped(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        note = getattr(self, f"_{name}", None)

        def wrapper(*arguments: Any, **options: Any) -> Any:
            result = call(*arguments, **options)
            if note is not None:
                note(result, *arguments)
            return result

        return wrapper

    def _path(self, path: Any) -> str | None:
        """The path relative to the store; None for paths elsewhere."""
        full = Path(os.fsdecode(path))
        return full.relative_to(self.root).as_posix() if full.is_relative_to(self.root) else None

    def _note(self, *operation: Any) -> None:
        if None not in operation:
            self.trace.append(operation)

    def _open(self, fd: int, path: Any, flags: int, *_: Any) -> None:
        name = self._path(path)
        self.open.pop(fd, None)
        if name is not None:
            self.open[fd] = name
            if flags & os.O_CREAT:
                self._note("create", name)

    def _close(self, _: None, fd: int) -> None:
        self.open.pop(fd, None)

    def _write(self, count: int, fd: int, data: bytes) -> None:
        self._note("write", self.open.get(fd), bytes(data[:count]))

    def _ftruncate(self, _: None, fd: int, size: int) -> None:
        self._note("truncate", self.open.get(fd), size)

    def _fsync(self, _: None, fd: int) -> None:
        self._note("sync", self.open.get(fd))

    _fdatasync = _fsync

    def _mkdir(self, _: None, path: Any, *__: Any) -> None:
        self._note("mkdir", self._path(path))

    def _unlink(self, _: None, path: Any) -> None:
        self._note("unlink", self._path(path))

    def _rename(self, _: None, source: Any, target: Any) -> None:
        self._note("rename", self._path(source), self._path(target))

    _replace = _rename

    def _link(self, _: None, source: Any, target: Any) -> None:
        self._note("link", self._path(source), self._path(target))


def seal_and_clean(folder: Folder, journals: list[Path], ablation: str) -> None:
    """Seal, and remove what is sealed at once; perhaps without a sync before the rename."""
    sync_file = files.sync_file
    if ablation == "no-file-sync":
        files.sync_file = lambda fd: None
    for journal in journals:
        if not list(folder.run_dir("r1").glob(f"p-{journal.name[2:27]}*")):
            seal_journal(folder, journal)
    clean.clean(folder, run_id="r1", grace=0)
    files.sync_file = sync_file


def main(store: str, output: str, ablation: str = "") -> None:
    root = Path(store)
    tracer = Tracer(root)
    root.mkdir()
    files.sync_dir(root.parent)
    stream.SEAL_ROWS = 12
    stream._MILESTONE = 64
    tracer.install()
    folder = Folder.create(root)
    if ablation == "no-dir-sync":
        files.sync_dir = lambda path: None
    told = writer.Writer(folder, "r1", durability="fsync", seal=False)
    count = 0
    for step in range(15):
        if step % 4 == 3:
            told.fact("tag", f"t{step}", value=float(count), text="x" * 90)
            count += 1
        else:
            told.points(step, ("loss", "acc"), [float(count), float(count + 1)])
            count += 2
        tracer.trace.append(("promised", count))
        ended = sorted(folder.run_dir("r1").glob("j-*"))[:-1]
        seal_and_clean(folder, ended, ablation)
    told.close()
    seal_and_clean(folder, list(folder.run_dir("r1").glob("j-*")), ablation)
    Path(output).write_bytes(pickle.dumps(tracer.trace))
    os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
