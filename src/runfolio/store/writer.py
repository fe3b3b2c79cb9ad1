"""The writer: what a training process says is in the journal before the call returns.

Promises. A call that returned survives the death of any process. Facts keep the order in which
they were said. Nothing raises into training but a value that is no number. Calls may come from any
thread, from signal handlers, from ``__del__`` and from forked children.

A call from a signal handler or ``__del__`` that interrupts another call on the same thread returns
before its facts are written; the interrupted call writes them as soon as it goes on.
"""

from __future__ import annotations

import os
import struct
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from errno import ENOSPC
from os import write as _write
from pathlib import Path
from types import TracebackType
from typing import Literal, Self, get_args
from zlib import crc32

from runfolio.errors import StoreError, UsageError
from runfolio.store import files, frames
from runfolio.store.folder import Folder
from runfolio.store.keeper import Keeper
from runfolio.store.moments import never_back
from runfolio.store.pending import of_the_disk
from runfolio.store.sealer import Sealer
from runfolio.store.stream import Stream
from runfolio.store.trouble import Trouble

Durability = Literal["os", "process", "fsync"]

_FREE, _BUSY, _UNSURE = 0, 1, 2
_FLOATS = frozenset({float})
_MARKER, _POINTS = frames.MARKER, frames.POINTS
_pack_head = frames.HEAD.pack
_STEP_TIME = struct.Struct("<qq")
_WRITERS: weakref.WeakSet[Writer] = weakref.WeakSet()


class Writer:
    """Appends facts of one process to a run.

    ``durability``: "process" survives the death of the process at once and a power cut after
    about a second; "fsync" survives both at once and is slow; "os" leaves it to the system.
    ``writer_id``: 12 hex digits; StoreError if the run has files of that writer already.
    ``clock``: nanoseconds of the epoch; while it goes back, the last moment stands, so that what
    was said last is last.
    ``on_trouble``: called with a sentence, at most once a minute, from a helper thread.
    ``seal``: False leaves journals as they are.
    """

    def __init__(
        self,
        folder: Folder,
        run_id: str,
        *,
        durability: Durability = "process",
        clock: Callable[[], int] = time.time_ns,
        writer_id: str | None = None,
        on_trouble: Callable[[str], None] | None = None,
        seal: bool = True,
    ) -> None:
        if durability not in get_args(Durability):
            raise UsageError(
                f"durability is {durability!r}.", hint="One of: " + ", ".join(get_args(Durability))
            )
        home = folder.run_dir(run_id)
        if writer_id is not None:
            _check_writer(writer_id)
            if home.is_dir() and any(home.glob(f"?-{writer_id}-*")):
                raise StoreError(f"The run {run_id} has facts of the writer {writer_id} already.")
        self.folder = folder
        self.run_id = run_id
        self.durability = durability
        self._clock = never_back(clock)
        self._trouble = Trouble(on_trouble)
        self._seal_parts = seal
        self._pid = os.getpid()
        self._begin(writer_id or os.urandom(6).hex())
        _WRITERS.add(self)

    def _begin(self, writer_id: str) -> None:
        """Start from nothing: new, or again in a forked child."""
        self.id = writer_id
        self._lock = threading.RLock()
        self._busy = _FREE
        self._closed = False
        self._queue: deque[_Said] = deque()
        self._stream = Stream(
            self.folder,
            self.run_id,
            writer_id,
            self._clock,
            self._trouble,
            careful=self.durability == "fsync",
        )
        # A forked child does not seal: pyarrow is not to be begun among copies of its threads.
        sealer = Sealer(self.folder) if self._seal_parts and self._pid == os.getpid() else None
        sync = self.durability == "process"
        self._keeper = Keeper(self._stream, sealer, self._ask, self._trouble, sync=sync)

    @property
    def pending(self) -> int:
        """Facts that wait in memory since the disk could not take them."""
        return self._stream.pending.rows

    @property
    def dropped(self) -> int:
        """Points that are lost since the disk could not take them for too long."""
        return self._stream.pending.dropped

    @property
    def late(self) -> int:
        """Facts that came after ``close`` and were not written."""
        return self._stream.late

    # Saying

    def points(
        self,
        step: int | None,
        names: tuple[str, ...],
        values: Sequence[float],
        time_ns: int | None = None,
    ) -> None:
        """Write one point for each name, all or none.

        Ints above 2**53 keep their exact decimal in ``text``. TypeError or struct.error before
        anything is written if a value is not a number or the counts differ.
        """
        with self._lock:
            stream = self._stream
            layout = stream.layouts.get(names)
            if (
                layout is None
                or self._busy
                or self._queue
                or step is None
                or (not _FLOATS.issuperset(map(type, values)) and _loses_digits(values))
            ):
                self._points(step, names, values, time_ns)
                return
            frame, rows = b"", 0
            self._busy = _BUSY
            try:
                pack, length, ident, size, rows, segment = layout
                seq = stream.seq
                moment = self._clock() if time_ns is None else time_ns
                body = pack(length, seq, _POINTS, ident, step, moment, *values)
                frame = _pack_head(_MARKER, crc32(body, stream.seed)) + body
                if _write(segment.fd, frame) != size:
                    raise OSError(ENOSPC, os.strerror(ENOSPC))
                stream.seq = seq + rows
                segment.end += size
                segment.unsynced.append(frame)
                if segment.end >= segment.milestone:
                    stream.reached(segment)
            except BaseException as error:
                if not self._outlives(error, stream, frame, rows):
                    raise
            self._busy = _FREE
            if self._queue:
                self._drain()

    def fact(
        self,
        kind: str,
        key: str,
        *,
        step: int | None = None,
        value: float | None = None,
        text: str | None = None,
        time_ns: int | None = None,
    ) -> None:
        """Write one fact."""
        self.facts([(kind, key, step, value, text)], time_ns=time_ns)

    def facts(self, facts: Sequence[frames.Fact], *, time_ns: int | None = None) -> None:
        """Write facts (kind, key, step, value, text), all or none.

        Half surrogates in strings become U+FFFD. TypeError, struct.error or ValueError (above
        16 MiB) before anything is written.
        """
        if not facts:
            return
        payload = frames.pack_facts(self._clock() if time_ns is None else time_ns, facts)
        frames.check_size(len(payload))
        count = len(facts)
        self._say(lambda stream: stream.append(frames.FACTS, payload, count), count)

    def heartbeat(self, seconds: float) -> None:
        """Give a sign of life; ``seconds`` since the run began, by the monotonic clock.

        The writer gives one by itself in every minute in which nothing is said.
        """
        self._say(lambda stream: stream.beat(seconds), 0)

    def close(self) -> None:
        """Write what waits, end the journal and seal it. Never raises; a second call does nothing.

        In a forked child that said nothing it does nothing: the journal is the parent's.
        """
        with self._lock:
            stream, child = self._stream, os.getpid() != self._pid
            if self._closed or (child and not (stream.paths or stream.pending or self._queue)):
                return
            self._closed = True
            self._queue.append(_Said(Stream.finish))
            if self._busy == _BUSY:  # a signal handler ends the run in the middle of a call
                self._busy = _UNSURE
            try:
                self._drain()
            except BaseException:  # interrupted: the next close does it
                self._closed = False
                raise
            ended = stream.release()
        self._keeper.stop()
        self._keeper.sync_rolled()
        self._make_durable(stream, ended)
        self._trouble.deliver()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    # One call at a time

    def _points(
        self,
        step: int | None,
        names: tuple[str, ...],
        values: Sequence[float],
        time_ns: int | None,
    ) -> None:
        """The careful way: first time, no step, large ints, trouble, or within another call."""
        numbers = list(values)
        moment = self._clock() if time_ns is None else time_ns
        if not all(isinstance(name, str) for name in names):
            raise TypeError(f"names are strings, not {names!r:.200}")
        large = not _FLOATS.issuperset(map(type, numbers)) and _loses_digits(numbers)
        if large or self._stream.crowded(names):
            if len(numbers) != len(names):
                raise TypeError(f"{len(names)} names but {len(numbers)} values")
            pairs = zip(names, numbers, strict=True)
            self.facts([("metric", n, step, v, None) for n, v in pairs], time_ns=moment)
            return
        data = _STEP_TIME.pack(0 if step is None else step, moment)
        data += struct.pack(f"<{len(names)}d", *numbers)
        frames.check_size(len(data))
        frames.check_size(sum(4 + 4 * len(name) for name in names))
        kind = frames.STEPLESS if step is None else frames.POINTS
        count = len(names)
        if count:
            self._say(lambda stream: stream.points(names, kind, data), count)

    def _say(self, work: Callable[[Stream], None], rows: int) -> None:
        """Do the work on the stream in turn; at once, unless it interrupts another call."""
        with self._lock:
            if self._closed:
                self._stream.late += rows
                self._trouble.tell("The run was closed before; what is said now is not kept.")
                return
            self._keeper.begin()
            self._queue.append(_Said(work))
            if self._busy != _BUSY:
                self._drain()

    def _ask(self, work: Callable[[Stream], None]) -> None:
        """Do the keeper's work on the stream; nothing after the end."""
        with self._lock:
            if not self._closed:
                self._queue.append(_Said(work))
                if self._busy != _BUSY:
                    self._drain()

    def _drain(self) -> None:
        """Do what is queued, in order; first find out what an interrupted call has written.

        While it is busy, calls from signal handlers only queue. They may come between any two
        lines, so the queue is looked at again after it is free.
        """
        stream, queue = self._stream, self._queue
        try:
            if self._busy == _UNSURE:
                self._busy = _BUSY
                stream.settle()
            while True:
                self._busy = _BUSY
                while queue:
                    said = queue[0]
                    if said.at in (None, stream.seq):  # else written before an interruption
                        said.at = stream.seq
                        said.work(stream)
                    if queue and queue[0] is said:
                        queue.popleft()
                self._busy = _FREE
                if not queue:
                    return
        except BaseException:
            self._busy = _UNSURE
            raise

    def _outlives(self, error: BaseException, stream: Stream, frame: bytes, rows: int) -> bool:
        """Take care of an exception in the hot path; False if it is the caller's."""
        self._busy = _UNSURE
        if (
            isinstance(error, OSError)
            and of_the_disk(error)
            and frame
            and frames.seq_of(frame) == stream.seq
        ):
            self._busy = _BUSY
            try:
                stream.trouble(error, frame, rows)
            except BaseException:
                self._busy = _UNSURE
                raise
            return True
        self._drain()
        return False

    # The end

    def _make_durable(self, stream: Stream, fd: int) -> None:
        """Seal the last journal, which keeps its facts for good; or else sync it as it is."""
        sealed: tuple[Path, ...] = ()
        try:
            if self._keeper.sealer is not None and stream.segment is not None:
                self._seal(stream.segment.path, stream.paths, self._keeper.sealer)
                sealed = (stream.segment.path.parent,)
        except Exception as error:  # the boundary to the training process
            why = getattr(error, "strerror", None) or repr(error)
            self._trouble.tell(f"The run is kept as a journal, since sealing it failed: {why}.")
        try:
            self._keeper.sync_dirs(*sealed)
            if fd >= 0 and not sealed and self.durability != "os":
                files.sync_file(fd)
        except OSError as error:
            self._trouble.tell(f"The disk could not keep the journal of {self.run_id}: {error}")
        finally:
            if fd >= 0:
                os.close(fd)

    def _seal(self, last: Path, paths: Sequence[Path], sealer: Sealer) -> None:
        """Seal the last journal here, and let a helper do the others."""
        from runfolio.store.seal import seal_journal  # pyarrow is heavy: not before it is needed

        left = sealer.finish([path for path in paths if path != last])
        for path in (last, *left):
            seal_journal(self.folder, path)

    def _reborn(self) -> None:
        """In a forked child: leave the parent's journal alone and begin as a new writer."""
        closed, old = self._closed, self._stream
        for segment in (old.segment, *old.rolled):
            if segment is not None:
                segment.close()
        if self._keeper.sealer is not None:
            self._keeper.sealer.forget()
        self._begin(os.urandom(6).hex())
        self._closed = closed


class _Said:
    """Work that waits for its turn; ``at``: the stream's number when it was tried."""

    __slots__ = ("at", "work")

    def __init__(self, work: Callable[[Stream], None]) -> None:
        self.work = work
        self.at: int | None = None


def _loses_digits(values: Iterable[float]) -> bool:
    """True if one of the values is an int that a double cannot hold."""
    return any(
        type(value) is not float and frames.exact_number(value)[1] is not None for value in values
    )


def _check_writer(writer_id: str) -> None:
    if len(writer_id) != 12 or set(writer_id) - set("0123456789abcdef"):
        raise UsageError(f"{writer_id!r} is not a writer id.", hint="12 hex digits.")


def _after_fork() -> None:
    for writer in list(_WRITERS):
        writer._reborn()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
