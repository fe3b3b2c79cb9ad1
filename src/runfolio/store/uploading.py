"""The helper process that uploads what is logged into a mirror; ``store.spool`` starts it.

python -m runfolio.store.uploading MIRROR RUN PID START BOOT
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from typing import IO

from runfolio.errors import RunfolioError
from runfolio.store.elsewhere import Remote
from runfolio.store.folder import Folder
from runfolio.store.places import checked, settle
from runfolio.store.send import send
from runfolio.store.source import Entry
from runfolio.store.spool import seconds_of, write_state
from runfolio.store.status import ProcessMark, is_gone

#: How long the helper goes on trying when its run has ended.
_LAST_SECONDS = 600.0
_TICK = 1.0


class _Helper:
    def __init__(self, folder: Folder, run_id: str, mark: ProcessMark) -> None:
        self.folder = folder
        self.run_id = run_id
        self.mark = mark
        self.ended = threading.Event()
        self.remote: Remote | None = None
        self.mine = frozenset({run_id})
        self.known: dict[str, Entry] = {}

    def listen(self, stream: IO[bytes]) -> None:
        """Notice the end of the run, or of the process that logs it."""
        stream.readline()
        self.ended.set()

    def live(self) -> int:
        """Send until the run has ended and all is sent; 0 if so, 1 if something is left."""
        pause = seconds_of("RUNFOLIO_UPLOAD_SECONDS", 60.0)
        self.round()
        while not self._over(pause):
            self.round()
        deadline = time.monotonic() + _LAST_SECONDS
        wait = 1.0
        while not (done := self.round(last=True)) and time.monotonic() < deadline:
            time.sleep(wait)
            wait = min(wait * 2, 60.0)
        return 0 if done else 1

    def _over(self, pause: float) -> bool:
        until = time.monotonic() + pause
        while time.monotonic() < until:
            if self.ended.wait(min(_TICK, pause)) or is_gone(self.mark):
                return True
        return False

    def round(self, *, last: bool = False) -> bool:
        """Send what is new; whether nothing is left. What went wrong is kept for the run's end."""
        state: dict[str, object]
        try:
            if self.remote is None:
                self._meet()
            elif last:
                settle(self.folder, self.run_id)
            assert self.remote is not None
            copied = send(self.folder, self.remote, known=self.known, mine=self.mine, listed=False)
            state = {"waiting": len(copied.waiting), "error": copied.error}
        except RunfolioError as error:
            state = {"waiting": self._unsent(), "error": error.message}
        except Exception as error:  # whatever a network library raises; the next round tries again
            state = {"waiting": self._unsent(), "error": type(error).__name__}
        write_state(self.folder, self.run_id, state)
        return not (state["waiting"] or state["error"])

    def _meet(self) -> None:
        """Ask once what is there, and see to what killed processes left behind."""
        remote = checked(self.folder.origin, self.folder, needed=False)
        self.known = remote.entries()
        self.remote = remote
        self.mine |= settle(self.folder)

    def _unsent(self) -> int:
        """Files of the run, since nothing is known of the other side."""
        home = self.folder.run_dir(self.run_id)
        return sum(1 for _ in home.glob("p-*")) if home.is_dir() else 0


def main(arguments: list[str]) -> int:
    """Run the helper; 0 when all is sent."""
    path, run_id, pid, start, boot = arguments
    helper = _Helper(Folder.open(path), run_id, ProcessMark(int(pid), int(start), boot))
    threading.Thread(target=helper.listen, args=(sys.stdin.buffer,), daemon=True).start()
    return helper.live()


if __name__ == "__main__":
    if hasattr(os, "nice"):  # out of the way of the training process
        with contextlib.suppress(OSError):
            os.nice(10)
    code = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(code)  # the thread that listens, and those of libraries, need not be waited for
