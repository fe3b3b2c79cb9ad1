"""Sealing while training goes on: one helper process at a time, and low in priority."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from runfolio.store.folder import Folder

_PYTHON = re.compile(r"(python|pypy)[\w.]*(\.exe)?", re.IGNORECASE)
_BATCH = 8
_PACKAGE_ROOT = Path(__file__).resolve().parents[2]


def helper_command() -> list[str] | None:
    """How to start the helper; None where ``sys.executable`` is not a Python of one's own."""
    executable = sys.executable
    if not executable or getattr(sys, "frozen", False):
        return None
    if not _PYTHON.fullmatch(Path(executable).name):
        return None  # an application that embeds Python: starting it again would be a surprise
    return [executable, "-P", "-m", "runfolio.store.seal"]


class Sealer:
    """Hands ended journals to a helper process, which goes on when this process ends."""

    def __init__(self, folder: Folder) -> None:
        self._folder = folder
        self._lock = threading.RLock()  # the keeper's thread and the one that closes the writer
        self._waiting: deque[Path] = deque()
        self._given: set[Path] = set()
        self._finished = False
        self._process: subprocess.Popen[bytes] | None = None
        self._command = helper_command()

    def add(self, journal: Path) -> None:
        """Seal this journal when its turn comes."""
        self._waiting.append(journal)

    def poll(self) -> None:
        """Start the helper if there is work and the last one is done."""
        with self._lock:
            if self._finished or (self._process is not None and self._process.poll() is None):
                return
            self._process = self._start(_BATCH)

    def finish(self, journals: Sequence[Path]) -> tuple[Path, ...]:
        """Hand over those of all journals that no helper has had; what none takes is returned."""
        with self._lock:
            self._finished = True
            _leave(self._process)
            self._waiting = deque(path for path in journals if path not in self._given)
            _leave(self._start(len(self._waiting)))
            self._process = None
            return tuple(self._waiting)

    def forget(self) -> None:
        """In a forked child: the helper is the parent's."""
        if self._process is not None:
            self._process.returncode = 0

    def _start(self, most: int) -> subprocess.Popen[bytes] | None:
        if self._command is None or not self._waiting:
            return None
        batch = [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]
        try:
            process = _spawn([*self._command, str(self._folder.path), *map(str, batch)])
        except OSError:
            self._command = None  # what waits is sealed when the writer closes
            self._waiting.extendleft(reversed(batch))
            return None
        self._given.update(batch)
        return process


def _leave(process: subprocess.Popen[bytes] | None) -> None:
    """Let the process live on its own; Popen would warn of one that is forgotten."""
    if process is not None and process.poll() is None:
        process.returncode = 0


def helper_environment() -> dict[str, str]:
    """The environment of a helper: this process's, and the place of this very package."""
    path = os.pathsep.join(
        part for part in (str(_PACKAGE_ROOT), os.environ.get("PYTHONPATH", "")) if part
    )
    return {**os.environ, "PYTHONPATH": path}


def _spawn(command: list[str]) -> subprocess.Popen[bytes]:
    options: dict[str, Any] = {}
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW | subprocess.BELOW_NORMAL_PRIORITY_CLASS
        options["creationflags"] = flags | subprocess.CREATE_NEW_PROCESS_GROUP
    else:
        options["start_new_session"] = True  # Ctrl-C in the terminal is not meant for it
    process: subprocess.Popen[bytes] = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=helper_environment(),
        **options,
    )
    return process
