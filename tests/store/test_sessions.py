"""Whether a writer lives is seen from its files and from its process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from runfolio.store import folder as folder_module
from runfolio.store.folder import Folder
from runfolio.store.plan import snapshot
from runfolio.store.seal import seal_journal
from runfolio.store.sessions import Session
from runfolio.store.status import ProcessMark, is_gone, this_process
from runfolio.store.writer import Writer

Log = Callable[..., Writer]

CHILD = """
import sys, time
from runfolio.store.folder import Folder
from runfolio.store.writer import Writer
writer = Writer(Folder.open(sys.argv[1]), "r1")
writer.points(0, ("a",), [1.0])
print("ready", flush=True)
time.sleep(60)
"""


@pytest.fixture
def child(folder: Folder) -> subprocess.Popen[bytes]:
    """A process that logs one point and then waits."""
    environment = {**os.environ, "PYTHONPATH": str(Path(folder_module.__file__).parents[2])}
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder.path)], env=environment, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == b"ready\n"
    return process


def _session(folder: Folder) -> Session:
    (session,) = snapshot(folder).sessions
    return session


def _age(folder: Folder, seconds: float) -> None:
    for path in folder.runs.glob("*/j-*"):
        os.utime(path, (time.time() - seconds,) * 2)


def test_a_writer_is_alive_then_closed(folder: Folder, log: Log) -> None:
    writer = log(close=False)
    alive = _session(folder)
    assert (alive.run_id, alive.writer, alive.state) == ("r1", writer.id, "alive")
    writer.close()
    closed = _session(folder)
    assert closed.state == "closed"
    now = datetime.now(UTC).replace(tzinfo=None)
    assert alive.last_seen <= closed.last_seen <= now < alive.last_seen + timedelta(minutes=1)


def test_a_killed_writer_is_dead_at_once(folder: Folder, child: subprocess.Popen[bytes]) -> None:
    assert _session(folder).state == "alive"
    child.kill()
    child.wait()
    assert _session(folder).state == "dead"
    (path,) = folder.run_dir("r1").glob("j-*")
    seal_journal(folder, path, dead=True)
    path.unlink()
    assert _session(folder).state == "dead"


@pytest.mark.skipif(os.name == "nt", reason="needs signals")
def test_a_stopped_writer_is_stalled_and_goes_on(
    folder: Folder, child: subprocess.Popen[bytes]
) -> None:
    child.send_signal(signal.SIGSTOP)
    _age(folder, 200)
    assert _session(folder).state == "stalled"
    _age(folder, 0)
    assert _session(folder).state == "alive"
    child.kill()
    child.wait()


def test_a_silent_writer_is_stalled_after_three_minutes(folder: Folder, log: Log) -> None:
    log(close=False)
    _age(folder, 170)
    assert _session(folder).state == "alive"
    _age(folder, 190)
    assert _session(folder).state == "stalled"


def test_processes_are_told_apart_by_pid_start_and_boot() -> None:
    me = this_process()
    assert is_gone(me) is False
    assert is_gone(ProcessMark(me.pid, me.start, "0" * 16)) is None
    assert is_gone(ProcessMark(2**22 - 1, 1, me.boot)) is True
    if me.start:
        assert is_gone(ProcessMark(me.pid, me.start + 1, me.boot)) is True


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_zombie_is_gone() -> None:
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    deadline = time.monotonic() + 10
    mark = ProcessMark(process.pid, 0, this_process().boot)
    while not is_gone(mark) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert is_gone(mark)
    process.wait()
