"""One open journal file: frames are appended whole, or the file stays as it was."""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Sequence
from pathlib import Path

from runfolio.store import files, frames
from runfolio.store.pending import of_the_disk
from runfolio.store.status import this_process


class Segment:
    """An open journal of one writer. Not safe for threads: the Writer's lock guards it.

    ``end`` is the length up to the last whole frame; ``unsynced`` are the frames that the disk
    has not promised to keep; ``milestone`` is the length at which the stream wants to be asked.
    """

    __slots__ = ("_linked", "born", "end", "fd", "lo", "milestone", "path", "unsynced")

    def __init__(self, path: Path, fd: int, lo: int, end: int) -> None:
        self.path = path
        self.fd = fd
        self.lo = lo
        self.end = end
        self.milestone = 0
        self.unsynced: list[bytes] = []
        self.born = time.monotonic()
        self._linked = False  # some file systems never say how many names a file has

    @classmethod
    def create(
        cls,
        path: Path,
        writer: str,
        run_id: str,
        lo: int,
        now: int,
        *,
        over: Path | None = None,
        said: Sequence[bytes] = (),
    ) -> Segment:
        """A new journal at ``path`` with the frames ``said``; FileExistsError if its name is taken.

        With ``over`` it is made at that path first and then takes the name of the older file: for
        use after trouble, with all that the older file holds in ``said``.
        """
        fd = files.create(over or path, append=True)
        mark = this_process()
        header = frames.Header(
            frames.VERSION, writer, run_id, lo, mark.pid, mark.start, mark.boot, now, 0
        )
        data = frames.pack_header(header)
        try:
            files.write_all(fd, b"".join((data, *said)))
            if over:
                over.replace(path)
            linked = os.fstat(fd).st_nlink > 0
        except OSError:
            os.close(fd)
            with contextlib.suppress(OSError):
                (over or path).unlink()
            raise
        made = cls(path, fd, lo, len(data) + sum(map(len, said)))
        made.unsynced = list(said)
        made._linked = linked
        return made

    def append(self, frame: bytes) -> None:
        """Write one frame with one call; after an OSError ``cut`` makes the file good again."""
        if os.write(self.fd, frame) != len(frame):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.end += len(frame)
        self.unsynced.append(frame)

    def cut(self) -> bool:
        """Remove what a failed write left behind; False if even that cannot be done."""
        try:
            if os.fstat(self.fd).st_size != self.end:
                os.ftruncate(self.fd, self.end)
        except OSError:
            return False
        return True

    def beyond(self) -> bytes:
        """What lies behind ``end``: the bytes of a call that was interrupted."""
        size = os.fstat(self.fd).st_size
        if size <= self.end:
            return b""
        os.lseek(self.fd, self.end, os.SEEK_SET)  # appending does not care
        return os.read(self.fd, size - self.end)

    def removed(self) -> bool:
        """True if the file lost its name: somebody removed it, or put another one in its place."""
        try:
            held = os.fstat(self.fd)
            if held.st_nlink or not self._linked:
                return False
            found = self.path.stat()
        except FileNotFoundError:
            return True
        except OSError as error:
            if not of_the_disk(error):
                raise
            return False
        return (found.st_dev, found.st_ino) != (held.st_dev, held.st_ino)

    def held(self, seed: int) -> list[bytes]:
        """All frames up to ``end``, which can be read even if the file lost its name."""
        os.lseek(self.fd, 0, os.SEEK_SET)  # appending does not care
        data = b""
        while len(data) < self.end:
            more = os.read(self.fd, self.end - len(data))
            if not more:
                break
            data += more
        header = frames.read_header(data)
        start = 0 if header is None else header.size
        return [data[f.at : f.end] for f, _ in frames.chain(data, start, seed, 0, [])]

    def close(self) -> None:
        """Close the descriptor; it is -1 from then on, so that no late write can go astray."""
        fd, self.fd = self.fd, -1
        if fd >= 0:
            with contextlib.suppress(OSError):
                os.close(fd)

    def __del__(self) -> None:
        self.close()
