"""The writer's helper thread: syncs once a second, tries again after trouble, seals old journals.

It is a bare thread without Python-level locks, so that it can be begun from anywhere, also from a
signal handler or in a forked child.
"""

from __future__ import annotations

import _thread
import contextlib
import os
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from queue import Empty

from runfolio.store import files
from runfolio.store.sealer import Sealer
from runfolio.store.segment import Segment
from runfolio.store.stream import SEAL_SECONDS, Stream
from runfolio.store.trouble import Trouble

BEAT_SECONDS = 60.0
_TICK = 1.0
_FREED_AT_ONCE = 2048

#: Runs a piece of work on the stream under the writer's lock.
Ask = Callable[[Callable[[Stream], None]], None]


class Keeper:
    """Looks after one stream; ``ask`` is a method of its writer, which is held weakly."""

    def __init__(
        self,
        stream: Stream,
        sealer: Sealer | None,
        ask: Ask,
        trouble: Trouble,
        *,
        sync: bool,
    ) -> None:
        self.stream = stream
        self.sealer = sealer
        self._ask = weakref.WeakMethod(ask)
        self._trouble = trouble
        self._sync = sync
        self._stopped = False
        self._running = False
        self._seen_end = -1
        self._seen_at = time.monotonic()

    def begin(self) -> None:
        """Start the thread if it does not run; silent where no thread can be started any more."""
        if self._running:
            return
        self._running = True
        with contextlib.suppress(RuntimeError):
            _thread.start_new_thread(self._live, ())

    def stop(self) -> None:
        """Let the thread end soon; does not wait for it."""
        self._stopped = True
        self.stream.wake.put(None)

    def _live(self) -> None:
        while not self._stopped:
            with contextlib.suppress(Empty):
                self.stream.wake.get(timeout=_TICK)
            if self._stopped or self._ask() is None:
                return
            try:
                self._tick()
            except Exception as error:  # the boundary to the training process
                self._trouble.tell(f"Keeping the run safe failed once: {error!r}")

    def _tick(self) -> None:
        self._trouble.deliver()
        self.sync_dirs()
        self.sync_rolled()
        self._do(Stream.look)
        self._sync_current()
        if self.stream.pending:
            self._do(lambda stream: stream.flush())
        self._beat_or_roll()
        if self.sealer is not None:
            self.sealer.poll()

    def _do(self, work: Callable[[Stream], None]) -> None:
        ask = self._ask()
        if ask is not None:
            ask(work)

    def sync_dirs(self, *done: Path) -> None:
        """Make the entries of new journals durable, but for directories that are ``done``."""
        waiting = []
        while self.stream.fresh:
            waiting.append(self.stream.fresh.popleft())
        for home in dict.fromkeys(waiting):
            if self._sync and home not in done:
                with contextlib.suppress(OSError):
                    files.sync_dir(home)

    def sync_rolled(self) -> None:
        """Sync and close the journals that have ended, and hand them to the sealer."""
        rolled = self.stream.rolled
        while rolled:
            segment = rolled.popleft()
            unsynced, segment.unsynced = segment.unsynced, []
            if unsynced:
                self._sync_one(segment.fd, unsynced)
            segment.close()
            if self.sealer is not None:
                self.sealer.add(segment.path)

    def _sync_current(self) -> None:
        taken: list[tuple[int, list[bytes]]] = []
        self._do(lambda stream: _take(stream.segment, taken))
        for fd, unsynced in taken:
            try:
                self._sync_one(fd, unsynced)
            finally:
                os.close(fd)

    def _sync_one(self, fd: int, unsynced: list[bytes]) -> None:
        try:
            if self._sync:
                files.sync_file(fd)
        except OSError as error:
            self._trouble.tell(f"The disk could not keep a journal ({error}); it is written anew.")
            self._do(lambda stream: stream.reseat(unsynced))
        else:
            _forget(unsynced)

    def _beat_or_roll(self) -> None:
        segment = self.stream.segment
        if segment is None:
            return
        now = time.monotonic()
        if now - segment.born >= SEAL_SECONDS and self.stream.seq > segment.lo:
            self._do(lambda stream: stream.roll())
        elif segment.end != self._seen_end:
            self._seen_end, self._seen_at = segment.end, now
        elif now - self._seen_at >= BEAT_SECONDS:
            self._do(lambda stream: stream.beat(now - stream.born))
            self._seen_end, self._seen_at = segment.end, now


def _take(segment: Segment | None, taken: list[tuple[int, list[bytes]]]) -> None:
    """Take over the frames to sync, with a descriptor that a roll or close cannot close."""
    if segment is None or not segment.unsynced or segment.fd < 0:
        return
    with contextlib.suppress(OSError):  # no descriptor left: next second
        fd = os.dup(segment.fd)
        unsynced, segment.unsynced = segment.unsynced, []
        taken.append((fd, unsynced))


def _forget(unsynced: list[bytes]) -> None:
    """Free the frames in small steps: freeing a long list at once would hold up all threads."""
    while unsynced:
        del unsynced[-_FREED_AT_ONCE:]
        time.sleep(0)
