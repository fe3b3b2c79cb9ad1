"""Uploading while training goes on: a helper process sends what is logged into a mirror.

It lives beside the process that logs, so that training neither waits for a network nor loads a
library for one, and it goes on when that process is killed. Every minute it sends the parts,
contents and the live journals of its run. At the end of the run, or when the process is gone, it
seals what is left, sends it, and ends. What it could not send goes with the next one, or with
``runfolio push``. It also sends what earlier processes of this machine left behind.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from runfolio.store import files
from runfolio.store.folder import Folder
from runfolio.store.sealer import helper_command, helper_environment
from runfolio.store.status import this_process

_STATES = "uploads"


def seconds_of(name: str, usual: float) -> float:
    """A number of seconds from the environment."""
    try:
        return max(0.05, float(os.environ.get(name, "")))
    except ValueError:
        return usual


class Uploader:
    """Starts the helper for one run of a mirror, and waits for it at the end, a little while.

    ``tell`` gets one sentence when something is not uploaded yet.
    """

    def __init__(self, folder: Folder, run_id: str, tell: Callable[[str], None]) -> None:
        self._folder = folder
        self._run_id = run_id
        self._tell = tell
        self._process: subprocess.Popen[bytes] | None = None
        self._pid = os.getpid()

    def start(self) -> None:
        """Begin to upload; silent where no helper can be started: `runfolio push` does it then."""
        command = helper_command()
        if command is None:
            return
        mark = this_process()
        command[-1] = "runfolio.store.uploading"
        command += [str(self._folder.path), self._run_id]
        command += [str(mark.pid), str(mark.start), mark.boot]
        with contextlib.suppress(OSError):
            self._process = _spawn(command)

    def finish(self) -> None:
        """Tell the helper that the run has ended, and wait RUNFOLIO_UPLOAD_WAIT (30) seconds.

        It goes on by itself after that. Nothing happens in a forked child.
        """
        process = self._process
        if os.getpid() != self._pid:
            return
        if process is not None:
            with contextlib.suppress(OSError):
                assert process.stdin is not None
                process.stdin.write(b"end\n")
                process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                if process.wait(seconds_of("RUNFOLIO_UPLOAD_WAIT", 30.0)) == 0:
                    return
            process.returncode = process.returncode or 0  # it may go on; Popen would warn
        self._tell(self._left())

    def _left(self) -> str:
        state = read_state(self._folder, self._run_id)
        waiting, error = int(state.get("waiting") or 0), str(state.get("error") or "")
        what = f"{waiting:,} file{'' if waiting == 1 else 's'}" if waiting else "A part"
        verb = "are" if waiting > 1 else "is"
        reason = f" ({error.rstrip('.')})" if error else ""
        where = f"it lies in {self._folder.path}"
        how = f"runfolio push --store {self._folder.origin}"
        said = f"{what} of the run {self._run_id} {verb} not uploaded yet{reason}."
        return f"{said} Nothing is lost: {where}. Upload it: {how}"


def _spawn(command: list[str]) -> subprocess.Popen[bytes]:
    options: dict[str, Any] = {}
    if sys.platform == "win32":
        options["creationflags"] = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
    else:
        options["start_new_session"] = True  # Ctrl-C in the terminal is not meant for it
    process: subprocess.Popen[bytes] = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=helper_environment(),
        **options,
    )
    return process


def _state_path(folder: Folder, run_id: str) -> Path:
    return folder.cache / _STATES / f"{run_id}.json"


def write_state(folder: Folder, run_id: str, state: dict[str, object]) -> None:
    path = _state_path(folder, run_id)
    with contextlib.suppress(OSError):
        files.make_dirs(path.parent, sync=False)
        temp = path.with_name(f"{path.name}.{os.getpid()}.tmp")
        temp.write_text(json.dumps(state), encoding="utf-8")
        temp.replace(path)


def read_state(folder: Folder, run_id: str) -> dict[str, Any]:
    try:
        found = json.loads(_state_path(folder, run_id).read_bytes())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
