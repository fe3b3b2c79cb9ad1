"""The numbered stream of one writer's facts: its frames, and its journals one after the other."""

from __future__ import annotations

import errno
import os
import struct
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from queue import SimpleQueue

from runfolio import schema
from runfolio.store import files, frames
from runfolio.store.folder import Folder
from runfolio.store.pending import MEMORY, NEW_FILE, Pending, of_the_disk
from runfolio.store.segment import Segment
from runfolio.store.trouble import Trouble

SEAL_BYTES = 8 * 1024 * 1024
SEAL_ROWS = 100_000
SEAL_SECONDS = 600.0
_MILESTONE = 64 * 1024
_MOST_LAYOUTS = 4096
#: Of so many ended journals the frames stay in memory until the disk has confirmed them.
_MOST_COPIES = MEMORY // SEAL_BYTES
_IDENT = struct.Struct("<I")

#: What the hot path needs for a set of names: pack, length field, id, size of the frame, rows and
#: the journal that was told the names.
Layout = tuple[Callable[..., bytes], int, int, int, int, Segment]


class Stream:
    """Numbers facts from 0 and appends their frames. Not safe for threads: the Writer's lock is.

    ``layouts``: the names that the hot path may use now; empty while anything is unusual.
    ``rolled``: journals that have ended and wait to be synced and sealed.
    ``fresh``: directories with new entries that wait to be synced.
    ``wake``: put something in when the keeper has something to do at once.
    """

    def __init__(
        self,
        folder: Folder,
        run_id: str,
        writer: str,
        clock: Callable[[], int],
        trouble: Trouble,
        *,
        careful: bool,
    ) -> None:
        self.folder = folder
        self.run_id = run_id
        self.writer = writer
        self.seed = frames.seed_of(writer)
        self.seq = 0
        self.layouts: dict[tuple[str, ...], Layout] = {}
        self.segment: Segment | None = None
        self.rolled: deque[Segment] = deque()
        self.fresh: deque[Path] = deque()
        self.paths: list[Path] = []
        self.pending = Pending()
        self.late = 0
        self.finished = False
        self.born = time.monotonic()
        self._clock = clock
        self.wake: SimpleQueue[None] = SimpleQueue()
        self._tell = trouble.tell
        self._careful = careful
        self._idents: dict[tuple[str, ...], int] = {}
        self._sent: set[int] = set()
        self._sent_bytes = 0
        self._sent_at = 0
        self._renew = False

    # What is said

    def crowded(self, names: tuple[str, ...]) -> bool:
        """True if there are so many sets of names that a new one is better not remembered."""
        return len(self._idents) >= _MOST_LAYOUTS and names not in self._idents

    def points(self, names: tuple[str, ...], kind: int, data: bytes) -> None:
        """Append one frame of points; ``data``: step, time and values, packed."""
        ident = self._told(names)
        self.append(kind, _IDENT.pack(ident) + data, len(names))
        segment = self.segment
        if segment is None or self.pending or self._careful or ident not in self._sent:
            return  # the last: this very frame filled the journal
        packer = frames.points_struct(len(names))
        size = packer.size + frames.HEAD.size
        self.layouts[names] = (packer.pack, packer.size - 4, ident, size, len(names), segment)

    def append(self, kind: int, payload: bytes, rows: int) -> None:
        """Append one frame and count its facts; it stays in memory while the disk has trouble."""
        frame = frames.frame(self.seed, self.seq, kind, payload)
        if self.finished:
            self.late += rows
        elif self.pending:
            self.pending.add(frame, rows)
            self.seq += rows
            self.flush()
        else:
            self._write(frame, rows)

    def beat(self, seconds: float) -> None:
        """Append a sign of life, if anything was said before."""
        if self.segment is not None:
            self.append(frames.BEAT, frames.MOMENT.pack(self._clock(), seconds), 0)

    def finish(self) -> None:
        """Write what is pending and the frame that closes the writer for good."""
        self.look()
        self.flush(force=True)
        if self.segment is not None:
            moment = frames.MOMENT.pack(self._clock(), time.monotonic() - self.born)
            self.append(frames.CLOSE, moment, 0)
        self.finished = True
        self.layouts = {}
        lost = self.pending.rows
        self.pending.give_up()
        if lost:
            self._tell(f"{lost:,} facts could not be written and are lost.", last=True)

    def release(self) -> int:
        """The descriptor of the last journal, for the caller to sync and close; -1 if none."""
        if self.segment is None:
            return -1
        fd, self.segment.fd = self.segment.fd, -1
        return fd

    def settle(self) -> None:
        """After a call was interrupted: count its frame if it is whole in the file, else cut it."""
        if self.pending:
            self.seq = max(self.seq, self.pending.end())
        segment = self.segment
        if segment is None or segment.fd < 0:
            return
        try:
            behind = segment.beyond()
            found = frames.at(behind, 0, self.seed) if behind else None
            if found is not None and found.end == len(behind):
                self.seq = max(self.seq, found.seq + frames.rows_in(behind, found))
                segment.end += len(behind)
                segment.unsynced.append(behind)
            elif behind and not segment.cut():
                self._renew = True
        except OSError as error:
            if not of_the_disk(error):
                raise
            self._renew = True
        if self._renew:
            self.layouts = {}

    def _told(self, names: tuple[str, ...]) -> int:
        """Id of the names, once this journal has been told them."""
        ident = self._idents.setdefault(names, len(self._idents))
        self._begin()
        if ident not in self._sent:
            self._send(ident, names)
        if ident not in self._sent:  # that very frame filled the journal
            self._send(ident, names)
        return ident

    def _send(self, ident: int, names: tuple[str, ...]) -> None:
        payload = frames.pack_layout(ident, names)
        segment = self.segment
        self.append(frames.LAYOUT, payload, 0)
        if self.segment is segment:
            self._sent.add(ident)
            self._sent_bytes += len(payload)

    def _write(self, frame: bytes, rows: int) -> None:
        try:
            if self.segment is None or self._renew:
                self._open(self.seq)
            segment = self.segment
            assert segment is not None
            size = len(frame)
            if os.write(segment.fd, frame) != size:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self.seq += rows  # no call may come between these two: a signal handler could raise
            segment.end += size
            segment.unsynced.append(frame)
        except OSError as error:
            if not of_the_disk(error):
                raise
            self.trouble(error, frame, rows)
            return
        if self._careful:
            self._sync(segment)
        if segment.end >= segment.milestone:
            self.reached(segment)

    # Journals

    def _begin(self) -> None:
        """Open the first journal before names are sent, so that they are not sent twice."""
        if self.pending or (self.segment is not None and not self._renew):
            return
        try:
            self._open(self.seq)
        except OSError as error:
            if not of_the_disk(error):
                raise
            return  # the append that follows meets the same trouble and reports it

    def _open(self, lo: int) -> None:
        """Go on in a new journal that begins with fact ``lo``; OSError leaves all as it was."""
        self.folder.ensure()
        home = self.folder.run_dir(self.run_id)
        self.fresh.extend(files.make_dirs(home, sync=self._careful))
        over, path = None, home / schema.journal_name(self.writer, lo)
        said: list[bytes] = []
        if path in self.paths:  # all that it held comes again, before it goes
            said = [*self._layouts(self._idents, lo), *self.pending.frames()]
            files.make_dirs(self.folder.tmp)
            over = files.temp_path(self.folder.tmp, "journal", str(os.getpid()))
        else:
            self.paths.append(path)
        try:
            new = Segment.create(
                path, self.writer, self.run_id, lo, self._clock(), over=over, said=said
            )
        except OSError:
            if over is None:
                self.paths.remove(path)
            raise
        new.milestone = new.end + _MILESTONE
        if self._careful:
            files.sync_dir(home)
        else:
            self.fresh.append(home)
        if self._renew and self.segment is not None:
            self.rolled.append(self.segment)
        self._resend()  # before all else, should a signal handler raise in between
        self.segment = new
        self._renew = False
        self._sent_at = new.end
        if over:
            self.pending.taken()
            self._sent.update(self._idents.values())

    def _layouts(self, idents: Mapping[tuple[str, ...], int], lo: int) -> list[bytes]:
        """The frames that tell names, before fact ``lo``."""
        return [
            frames.frame(self.seed, lo, frames.LAYOUT, frames.pack_layout(ident, names))
            for names, ident in idents.items()
        ]

    def _resend(self) -> None:
        """Names must be told again before they are used in this journal."""
        self.layouts = {}
        self._sent.clear()
        self._sent_bytes = 0
        self._sent_at = self.segment.end if self.segment else 0

    def reached(self, segment: Segment) -> None:
        """The journal passed its milestone: roll it, or tell the names again now and then.

        One bad block then costs the names of some points, not those of the whole journal.
        """
        segment.milestone = segment.end + _MILESTONE
        age = time.monotonic() - segment.born
        if segment.end >= SEAL_BYTES or self.seq - segment.lo >= SEAL_ROWS or age >= SEAL_SECONDS:
            self.roll()
        elif segment.end - self._sent_at >= max(4 * _MILESTONE, 16 * self._sent_bytes):
            self._resend()

    def roll(self) -> None:
        """End this journal and go on in the next; the old one can then be sealed."""
        old = self.segment
        if old is None or self.pending or self.finished or self.seq == old.lo:
            return
        try:
            self._open(self.seq)
        except OSError as error:
            if not of_the_disk(error):
                raise
            self._tell(f"No new journal could be begun ({error}); the old one goes on.")
            return
        moment = frames.MOMENT.pack(self._clock(), time.monotonic() - self.born)
        try:
            old.append(frames.frame(self.seed, self.seq, frames.ROLL, moment))
        except OSError:
            old.cut()  # without its last frame it reads like that of a dead writer: all is there
        self.rolled.append(old)
        if len(self.rolled) > _MOST_COPIES:  # a disk that does not answer must not fill the memory
            waiting = self.rolled[-1 - _MOST_COPIES]
            waiting.unsynced = waiting.unsynced[-1:]
        self.wake.put(None)

    # Trouble

    def trouble(self, error: OSError, frame: bytes, rows: int) -> None:
        """A write failed: keep the frame in memory and try again later. Never raises."""
        if self.finished:
            self.late += rows
            return
        self.layouts = {}
        if self.segment is not None and (error.errno in NEW_FILE or not self.segment.cut()):
            self._renew = True
        self.pending.add(frame, rows)
        self.seq += rows
        if self._renew:
            self.flush(force=True)
        else:
            self._later(error)

    def look(self) -> None:
        """Write the journal anew if it was removed meanwhile: what it held is read from it."""
        segment = self.segment
        if segment is None or segment.fd < 0 or self._renew or not segment.removed():
            return
        try:
            held = segment.held(self.seed)
        except OSError as error:
            if not of_the_disk(error):
                raise
            return
        segment.unsynced = []  # they are among those
        self._tell(f"The journal {segment.path} was removed meanwhile; it is written anew.")
        self.reseat(held)

    def reseat(self, unsynced: list[bytes]) -> None:
        """A sync failed: what it should have kept is written again, to a new journal.

        The old file is never synced again, since the system may call its lost pages clean.
        """
        self.layouts = {}
        if self.segment is not None:
            self._renew = True
            unsynced = unsynced + self.segment.unsynced
            self.segment.unsynced = []
        self.pending.add_front(unsynced)
        self.flush(force=True)

    def flush(self, *, force: bool = False) -> None:
        """Write what waits in memory, if it is time to try again."""
        if not self.pending or not (force or self.pending.due()):
            return
        try:
            if self.segment is None or self._renew:
                self._open(self.pending.first())
            segment = self.segment
            assert segment is not None
            if not segment.cut():
                self._renew = True
                raise OSError(errno.EIO, "the journal cannot be cut")
            if self.pending:  # a journal that was written anew has them
                untold = {n: each for n, each in self._idents.items() if each not in self._sent}
                for frame in self._layouts(untold, self.pending.first()):
                    segment.append(frame)
                self._sent.update(untold.values())
                self.pending.write(segment.append)
            if self._careful:
                self._sync_or_wait(segment)
        except OSError as error:
            if not of_the_disk(error):
                raise
            if error.errno in NEW_FILE:
                self._renew = True
            self._later(error)
            return
        self._tell("The store can be written again; what waited in memory is safe.", good=True)

    def _later(self, error: OSError) -> None:
        self.pending.wait()
        self._tell(
            f"The store {self.folder.path} cannot be written ({error.strerror or error}); "
            f"{self.pending.rows:,} facts wait in memory, {self.pending.dropped:,} were dropped. "
            "Training goes on."
        )

    def _sync(self, segment: Segment) -> None:
        unsynced, segment.unsynced = segment.unsynced, []
        try:
            files.sync_file(segment.fd)
        except OSError:
            self.reseat(unsynced)

    def _sync_or_wait(self, segment: Segment) -> None:
        """Sync what was written anew; if even that fails, all of it waits for the next try."""
        unsynced, segment.unsynced = segment.unsynced, []
        try:
            files.sync_file(segment.fd)
        except OSError:
            self._renew = True
            self.pending.add_front(unsynced)
            raise
