"""Frames that wait in memory while the disk cannot take them: bounded, and tried again."""

from __future__ import annotations

import errno
import time
from collections import deque
from collections.abc import Callable

from runfolio.store import frames

MEMORY = 64 * 1024 * 1024
_PATIENCE = 60.0
_KIND = frames.HEAD.size + frames.BODY.size - 1
_POINTS = {frames.POINTS, frames.STEPLESS}
#: What comes without end, and is worth less the older it is; a note or the end of a run does not.
_STREAMED = {kind.encode() for kind in ("metric", "system", "output", "histogram", "matrix")}
#: What Python needs for a frame beside its bytes.
_OBJECTS = 112


def of_the_disk(error: OSError) -> bool:
    """False if a signal handler raised it (TimeoutError is an OSError): it is the caller's then."""
    return error.errno is not None


#: After these the old file is of no use: go on in a new journal.
NEW_FILE = {
    errno.EBADF,
    errno.EFBIG,
    errno.EIO,
    errno.ENXIO,
    errno.ENODEV,
    errno.EROFS,
    getattr(errno, "ESTALE", errno.EIO),
}


class Pending:
    """Frames in order. Above 64 MiB of memory the oldest of what streams in go: points, histograms,
    output and figures of the machine. Other facts never do. ``dropped`` counts what went.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self._frames: deque[tuple[bytes, int]] = deque()
        self._bytes = 0
        self._trimmed = 0
        self._pause = 1.0
        self._retry_at = 0.0

    def __bool__(self) -> bool:
        return bool(self._frames)

    @property
    def rows(self) -> int:
        """The facts that wait."""
        return sum(rows for _, rows in list(self._frames))

    def add(self, frame: bytes, rows: int) -> None:
        """Keep one more frame."""
        self._frames.append((frame, rows))
        self._bytes += len(frame) + _OBJECTS
        if self._bytes > max(MEMORY, self._trimmed):
            self._trim()

    def add_front(self, older: list[bytes]) -> None:
        """Keep frames that were said before all others."""
        for frame in reversed(older):
            rows = frames.rows_in(frame, _whole(frame))
            self._frames.appendleft((frame, rows))
            self._bytes += len(frame) + _OBJECTS

    def first(self) -> int:
        """Number of the first fact that waits."""
        return frames.seq_of(self._frames[0][0])

    def end(self) -> int:
        """Number of the fact after the last that waits."""
        frame, rows = self._frames[-1]
        return frames.seq_of(frame) + rows

    def write(self, append: Callable[[bytes], None]) -> None:
        """Hand every frame to ``append``; those that it took are gone, also when it raises."""
        while self._frames:
            frame, _ = self._frames[0]
            append(frame)
            self._frames.popleft()
            self._bytes -= len(frame) + _OBJECTS
        self._pause = 1.0

    def frames(self) -> list[bytes]:
        """All that wait, in order."""
        return [frame for frame, _ in self._frames]

    def taken(self) -> None:
        """All of them are written."""
        self._frames.clear()
        self._bytes = 0
        self._pause = 1.0

    def wait(self) -> None:
        """Do not try again before 1, 2, 4 … 60 seconds have passed."""
        self._retry_at = time.monotonic() + self._pause
        self._pause = min(2 * self._pause, _PATIENCE)

    def due(self) -> bool:
        """True when it is time to try again."""
        return time.monotonic() >= self._retry_at

    def give_up(self) -> None:
        """Drop everything; it counts as dropped."""
        self.dropped += self.rows
        self._frames.clear()
        self._bytes = 0

    def _trim(self) -> None:
        kept: deque[tuple[bytes, int]] = deque()
        while self._frames:
            frame, rows = self._frames.popleft()
            if self._bytes > MEMORY * 7 // 8 and _streams(frame):
                self.dropped += rows
                self._bytes -= len(frame) + _OBJECTS
            else:
                kept.append((frame, rows))
        self._frames = kept
        # Should nothing of it be allowed to go, each further call must not look through all again.
        self._trimmed = self._bytes + MEMORY // 8


def _whole(frame: bytes) -> frames.Frame:
    """Where the payload of a frame that was made here lies."""
    return frames.Frame(0, 0, frame[_KIND], _KIND + 1, len(frame))


def _streams(frame: bytes) -> bool:
    """True for points, and for facts that all are of kinds which come without end."""
    if frame[_KIND] != frames.FACTS:
        return frame[_KIND] in _POINTS
    return all(told.kind in _STREAMED for told in frames.facts_of(frame, _whole(frame))[1])
