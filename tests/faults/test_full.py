"""T7 and T8: a disk that is full or fails costs nothing as long as memory can hold the facts."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runfolio.store import files, pending, segment, stream, writer
from runfolio.store.folder import Folder
from runfolio.store.plan import snapshot
from runfolio.store.writer import Writer

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs Linux")
STEPS = 1_500


def _values(folder: Folder) -> list[float]:
    facts = snapshot(folder).facts()
    kinds = facts.column("kind").to_pylist()
    pairs = zip(kinds, facts.column("value").to_pylist(), strict=True)
    return [value for kind, value in pairs if kind == "metric"]


def _all(steps: int) -> list[float]:
    return [step + n / 16 for step in range(steps) for n in range(10)]


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 512 KiB."""
    place = tmp_path / "small"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("mounting a small tmpfs needs root")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@linux
@pytest.mark.parametrize("way", ["limit", "ballast", "device"])
def test_a_full_disk_costs_nothing_once_there_is_room_again(
    way: str, tmp_path: Path, finish: Callable[..., str], request: pytest.FixtureRequest
) -> None:
    place = request.getfixturevalue("small_disk") if way == "ballast" else tmp_path
    out = finish("full.py", way, place / "store", place / "ballast").splitlines()
    waiting, left, dropped, late, told = map(int, out[0].split())
    view = snapshot(Folder.open(place / "store"))
    found = _values(Folder.open(place / "store"))
    print(f"T7 {way}: {STEPS:,} calls, {STEPS * 10 - len(found)} facts lost, told: {out[1:]}")
    assert found == _all(STEPS)
    assert view.problems == ()
    assert (waiting, left, dropped, late) == (0, 0, 0, 0)
    assert told <= 2
    assert {session.state for session in view.sessions} == {"closed"}


@linux
def test_a_disk_that_stays_full_lets_training_finish_and_says_so(
    tmp_path: Path, finish: Callable[..., str]
) -> None:
    out = finish("full.py", "never", tmp_path / "store", tmp_path / "x").splitlines()
    _, left, dropped, _, told = map(int, out[0].split())
    found = _values(Folder.open(tmp_path / "store"))
    assert found == _all(STEPS)[: len(found)] or left == 0
    assert told >= 1
    assert "cannot be written" in out[1] or dropped == 0


def test_a_folder_that_cannot_be_made_never_stops_training(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    told: list[str] = []
    folder = Folder.planned(tmp_path / "file" / "store")
    with Writer(folder, "r1", on_trouble=told.append) as said:
        for step in range(100):
            said.points(step, ("a",), [1.0])
        assert said.pending == 100
    assert (said.pending, said.dropped) == (0, 100)
    assert len(told) == 2
    assert "cannot be written" in told[0]
    assert told[1] == "100 facts could not be written and are lost."  # within the same minute


def test_a_folder_that_can_be_made_later_gets_everything(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    folder = Folder.planned(tmp_path / "file" / "store")
    with Writer(folder, "r1") as said:
        for step in range(100):
            said.points(step, ("a", "b"), [step, 0.5])
        (tmp_path / "file").unlink()
        said.fact("tag", "x")
    assert snapshot(folder).facts().num_rows == 201
    assert snapshot(folder).problems == ()


def test_memory_is_bounded_and_only_points_are_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pending, "MEMORY", 100_000)
    (tmp_path / "file").write_text("in the way")
    folder = Folder.planned(tmp_path / "file" / "store")
    with Writer(folder, "r1") as said:
        said.fact("param", "lr", value=0.1)
        for step in range(5_000):
            said.points(step, ("a", "b"), [step, 0.5])
            if step % 500 == 0:
                said.fact("tag", f"t{step}")
        dropped = said.dropped
        assert dropped > 0
        (tmp_path / "file").unlink()
    view = snapshot(folder)
    assert view.facts().num_rows == 10_011 - dropped
    assert [problem.code for problem in view.problems] == ["facts-missing"]
    assert f"{dropped:,}" in view.problems[0].cost
    kinds = view.facts().column("kind").to_pylist()
    assert (kinds.count("tag"), kinds.count("param")) == (10, 1)


def test_what_streams_in_besides_points_cannot_fill_the_memory_either(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pending, "MEMORY", 100_000)
    (tmp_path / "file").write_text("in the way")
    folder = Folder.planned(tmp_path / "file" / "store")
    with Writer(folder, "r1") as said:
        said.fact("note", "", text="kept")
        for line in range(3_000):
            said.fact("output", "stdout", step=line, text="a line of the script")
            said.fact("system", "cpu.percent", value=50.0)
        assert 0 < said.pending * (pending._OBJECTS + 60) < 120_000
        assert said.pending + said.dropped == 6_001
        (tmp_path / "file").unlink()
    kinds = snapshot(folder).facts().column("kind").to_pylist()
    assert (kinds.count("note"), len(kinds)) == (1, 6_001 - said.dropped)


@linux
@pytest.mark.parametrize("gone", ["the run", "the store", "the file", "another file is there"])
def test_a_journal_that_somebody_removes_is_written_anew(gone: str, tmp_path: Path) -> None:
    told: list[str] = []
    folder = Folder.create(tmp_path / "store")
    with Writer(folder, "r1", on_trouble=told.append) as said:
        for step in range(100):
            said.points(step, ("a", "b"), [step, 0.5])
        journal = next(folder.run_dir("r1").glob("j-*"))
        if gone in ("the run", "the store"):
            shutil.rmtree(folder.path if gone == "the store" else journal.parent)
        else:
            before = journal.read_bytes()[:300]
            journal.unlink()
            if gone == "another file is there":
                journal.write_bytes(before)  # an older state of it, as from git
        for step in range(100, 200):
            said.points(step, ("a", "b"), [step, 0.5])
        said.fact("end", "finished")
    assert "was removed meanwhile" in told[0]
    facts = snapshot(folder)
    assert facts.facts().num_rows == 401
    assert facts.problems == ()
    assert (said.pending, said.dropped, said.late) == (0, 0, 0)


#: How each system call fails; the first such call fails, or all of them from the tenth on.
ERRORS = (
    errno.ENOSPC,
    errno.EIO,
    errno.EROFS,
    errno.EACCES,
    errno.EDQUOT,
    errno.ESTALE,
    errno.EBADF,
    errno.EMFILE,
)


class _Failing:
    """A system call that fails some of the time, and else is the real one."""

    def __init__(self, real: Callable[..., Any], code: int, times: range) -> None:
        self.real, self.code, self.times, self.calls = real, code, times, 0

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        self.calls += 1
        if self.calls in self.times:
            raise OSError(self.code, os.strerror(self.code))
        return self.real(*arguments, **options)


@pytest.mark.parametrize("code", ERRORS, ids=lambda code: errno.errorcode[code])
@pytest.mark.parametrize("call", ["write", "open", "fdatasync", "fsync", "ftruncate", "short"])
@pytest.mark.parametrize("durability", ["process", "fsync"])
def test_a_call_that_fails_for_a_while_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, call: str, durability: Any
) -> None:
    if not hasattr(os, call) and call != "short":
        pytest.skip(f"no {call} here")
    folder = Folder.create(tmp_path / "store")
    told: list[str] = []
    said = Writer(folder, "r1", durability=durability, on_trouble=told.append)
    said.points(0, ("a", "b"), [0.0, 0.5])
    with monkeypatch.context() as patch:
        if call == "short":
            _write_short(patch)
        else:
            failing = _Failing(getattr(os, call), code, range(3, 8))
            patch.setattr(os, call, failing)
            if call == "write":
                patch.setattr(writer, "_write", failing)
        for step in range(1, 40):
            said.points(step, ("a", "b"), [step, 0.5])
            if step % 10 == 0:
                said.fact("tag", f"t{step}")
    said.close()
    view = snapshot(folder)
    assert view.facts().num_rows == 83
    assert view.problems == ()
    assert (said.pending, said.dropped) == (0, 0)


def _write_short(patch: pytest.MonkeyPatch) -> None:
    """Some writes take only a part, as on a disk that fills up."""
    calls = 0

    def write(fd: int, data: bytes) -> int:
        nonlocal calls
        calls += 1
        return real(fd, data[: len(data) // 2] if calls in range(3, 8) else data)

    real = os.write
    patch.setattr(os, "write", write)
    patch.setattr(writer, "_write", write)


def test_what_a_failed_sync_should_have_kept_is_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder.create(tmp_path / "store")
    said = Writer(folder, "r1", durability="fsync", seal=False)
    said.points(0, ("a",), [0.0])
    first = set(folder.run_dir("r1").iterdir())
    monkeypatch.setattr(files, "sync_file", _Failing(files.sync_file, errno.EIO, range(1, 2)))
    said.points(1, ("a",), [1.0])
    said.points(2, ("a",), [2.0])
    (anew,) = set(folder.run_dir("r1").iterdir()) - first
    said.close()
    assert anew.name.endswith("000000000001.rfj")
    for path in first:
        path.unlink()
    view = snapshot(folder)
    assert view.facts().column("value").to_pylist() == [1.0, 2.0]
    assert [problem.code for problem in view.problems] == ["facts-missing"]


def test_a_disk_that_does_not_answer_does_not_fill_the_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder.create(tmp_path / "store")
    monkeypatch.setattr(stream, "SEAL_ROWS", 100)
    monkeypatch.setattr(stream, "_MILESTONE", 64)
    answers = threading.Event()
    real = files.sync_file
    monkeypatch.setattr(files, "sync_file", lambda fd: answers.wait(20) and real(fd))
    with Writer(folder, "r1", seal=False) as said:
        for step in range(4_000):
            said.points(step, ("a", "b"), [step, 0.5])
        rolled = list(said._stream.rolled)
        assert len(rolled) > 50
        assert sum(len(segment.unsynced) > 1 for segment in rolled) <= stream._MOST_COPIES
        answers.set()
    view = snapshot(folder)
    assert view.facts().num_rows == 8_000
    assert view.problems == ()


def test_no_descriptor_is_left_open_after_close(tmp_path: Path) -> None:
    folder = Folder.create(tmp_path / "store")
    place = Path("/proc/self/fd")
    if not place.exists():
        pytest.skip("no /proc")
    before = len(list(place.iterdir()))
    for number in range(20):
        with Writer(folder, f"r{number}", seal=False) as said:
            said.points(0, ("a",), [1.0])
    assert len(list(place.iterdir())) <= before + 1
    assert segment.Segment.__slots__
