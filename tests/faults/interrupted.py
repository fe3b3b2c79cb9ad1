"""Logs while signal handlers, finalizers and exit handlers log, too; prints what was said.

python interrupted.py WAY STORE SECONDS
"""

from __future__ import annotations

import atexit
import gc
import os
import random
import signal
import sys
import threading
import time

from runfolio.store.folder import Folder
from runfolio.store.writer import Writer

INTERVAL = 0.0003


def in_handlers(writer: Writer, seconds: float) -> None:
    """A signal handler logs in the middle of log calls, again and again."""
    count, busy = 0, False

    def handle(*_: object) -> None:
        nonlocal count, busy
        if busy:  # a handler may be interrupted by itself; the order of its counts would be lost
            return
        busy = True
        writer.points(count, ("handler", "x"), [float(count), 0.5])
        if count % 7 == 0:
            writer.fact("tag", f"h{count}", value=float(count))
        count += 1
        busy = False

    signal.signal(signal.SIGALRM, handle)
    signal.setitimer(signal.ITIMER_REAL, INTERVAL, INTERVAL)
    step, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        writer.points(step, ("main", "y"), [float(step), 0.5])
        if step % 11 == 0:
            writer.fact("tag", f"m{step}", value=float(step))
        step += 1
    signal.setitimer(signal.ITIMER_REAL, 0)
    print("main", step)
    print("handler", count)


class _Last:
    """Logs when it is collected."""

    said = 0

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.me = self

    def __del__(self) -> None:
        self.writer.points(_Last.said, ("finalizer", "x"), [float(_Last.said), 0.5])
        _Last.said += 1


def in_finalizers(writer: Writer, seconds: float) -> None:
    """Cyclic garbage whose finalizers log is collected in the middle of log calls."""
    gc.set_threshold(5, 2, 2)
    step, end = 0, time.monotonic() + seconds
    while time.monotonic() < end:
        _Last(writer)
        writer.points(step, ("main", "y"), [[float(step)][0], 0.5])
        if step % 11 == 0:
            writer.facts([("tag", f"m{step}", None, float(step), f"{[step]}")])
        step += 1
    gc.set_threshold(700, 10, 10)
    gc.collect()
    print("main", step)
    print("finalizer", _Last.said)


class _Interrupt(Exception):
    pass


def with_exceptions(writer: Writer, seconds: float) -> None:
    """A signal handler raises in the middle of log calls; what returned must be there once."""
    dice = random.Random(1)
    kinds = (KeyboardInterrupt, TimeoutError, _Interrupt)

    def handle(*_: object) -> None:
        raise dice.choice(kinds)("interrupted")

    writer.fact("tag", "first")  # opening a journal takes longer than the time between signals
    signal.signal(signal.SIGALRM, handle)
    step, returned, raised, end = 0, [], 0, time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            signal.setitimer(signal.ITIMER_REAL, dice.random() * 2e-4 + 1e-6)
            for _ in range(10):
                writer.points(step, ("main", "y"), [float(step), 0.5])
                returned.append(step)
                step += 1
                writer.fact("tag", f"m{step}", value=float(step))
            signal.setitimer(signal.ITIMER_REAL, 0)
        except kinds:
            raised += 1
            step += 1
    signal.setitimer(signal.ITIMER_REAL, 0)
    print("raised", raised)
    print("returned", *returned)


def in_threads_and_handlers(writer: Writer, seconds: float) -> None:
    """Three threads log while a signal handler logs on the main one."""
    stop = threading.Event()
    counts = [0, 0, 0]

    def work(number: int) -> None:
        while not stop.is_set():
            writer.points(counts[number], (f"thread-{number}",), [float(counts[number])])
            counts[number] += 1

    threads = [threading.Thread(target=work, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    in_handlers(writer, seconds)
    stop.set()
    for thread in threads:
        thread.join()
    for number, count in enumerate(counts):
        print(f"thread-{number}", count)


def at_exit(writer: Writer, seconds: float) -> None:
    """Exit handlers log, close, and log again."""
    del seconds

    def last() -> None:
        writer.points(1, ("main",), [1.0])
        writer.close()
        writer.points(2, ("main",), [2.0])
        print("late", writer.late, flush=True)

    atexit.register(last)
    writer.points(0, ("main",), [0.0])


def closed_by_a_signal(writer: Writer, seconds: float) -> None:
    """SIGTERM comes in the middle of a log call; its handler ends the run and the process."""

    def handle(*_: object) -> None:
        writer.fact("end", "killed", text="{}")
        writer.close()
        print("main", step, flush=True)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTERM)

    signal.signal(signal.SIGTERM, handle)
    main = threading.main_thread().ident
    assert main is not None
    threading.Timer(seconds, lambda: signal.pthread_kill(main, signal.SIGTERM)).start()
    step = 0
    while True:
        writer.points(step, ("main", "y"), [float(step), 0.5])
        step += 1


WAYS = {
    "handlers": in_handlers,
    "finalizers": in_finalizers,
    "exceptions": with_exceptions,
    "threads": in_threads_and_handlers,
    "exit": at_exit,
    "closed": closed_by_a_signal,
}


if __name__ == "__main__":
    said = Writer(Folder.open(sys.argv[2]), "r1", seal=False)
    WAYS[sys.argv[1]](said, float(sys.argv[3]))
    if sys.argv[1] != "exit":
        said.close()
