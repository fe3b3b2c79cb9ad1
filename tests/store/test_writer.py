"""What was said is written, exactly and in order, before the call returns."""

from __future__ import annotations

import gc
import math
import struct
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from runfolio.errors import StoreError, UsageError
from runfolio.store import files, keeper, stream
from runfolio.store.folder import Folder
from runfolio.store.journal import read_journal
from runfolio.store.plan import snapshot
from runfolio.store.writer import Writer

Read = Callable[..., list[dict[str, Any]]]


def test_points_are_readable_before_close(folder: Folder, read: Read) -> None:
    writer = Writer(folder, "r1", clock=lambda: 1_000_000_001_999)
    writer.points(3, ("loss", "acc"), [0.5, 1])
    assert [(f["seq"], f["key"], f["step"], f["value"], f["text"]) for f in read()] == [
        (0, "loss", 3, 0.5, None),
        (1, "acc", 3, 1.0, None),
    ]
    assert read()[0]["time"] == datetime(1970, 1, 1, 0, 16, 40, 1)
    assert read()[0]["writer"] == writer.id
    assert read()[0]["kind"] == "metric"
    writer.close()


def test_facts_keep_every_column(folder: Folder, read: Read) -> None:
    with Writer(folder, "r1") as writer:
        writer.fact("tag", "best", text="")
        writer.fact("note", "", text="# Hello", time_ns=5_000)
        writer.facts([("param", "lr", None, 0.1, "0.1"), ("output", "stdout", 7, None, "line")])
        assert [(f["kind"], f["key"], f["step"], f["value"], f["text"]) for f in read()] == [
            ("note", "", None, None, "# Hello"),
            ("tag", "best", None, None, ""),
            ("param", "lr", None, 0.1, "0.1"),
            ("output", "stdout", 7, None, "line"),
        ]


def test_special_numbers_are_exact(folder: Folder, read: Read) -> None:
    values = [0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, 1.7976931348623157e308, 0.1]
    names = tuple(f"m{n}" for n in range(len(values)))
    with Writer(folder, "r1") as writer:
        writer.points(0, names, values)
        writer.points(1, names, values)
    found = [fact["value"] for fact in read()]
    assert [struct.pack("d", v) for v in found] == [struct.pack("d", v) for v in values * 2]


@pytest.mark.parametrize("value", [2**53 + 1, -(2**53) - 1, 10**30, 10**400, -(10**400)])
def test_large_ints_keep_their_digits(folder: Folder, read: Read, value: int) -> None:
    with Writer(folder, "r1") as writer:
        writer.points(0, ("a", "b"), [0.5, 1])
        writer.points(1, ("a", "b"), [0.5, value])
        writer.fact("param", "seed", value=value)
    texts = [fact["text"] for fact in read()]
    assert texts == [None, None, None, str(value), str(value)]


def test_small_ints_bools_and_missing_steps_are_plain_points(folder: Folder, read: Read) -> None:
    with Writer(folder, "r1") as writer:
        writer.points(0, ("a", "b", "c"), [2**53, True, -3])
        writer.points(None, ("a",), [1.5])
    assert [(f["step"], f["value"], f["text"]) for f in read()] == [
        (0, 2.0**53, None),
        (0, 1.0, None),
        (0, -3.0, None),
        (None, 1.5, None),
    ]


@pytest.mark.parametrize(
    ("step", "names", "values"),
    [
        (0, ("a",), ["1"]),
        (0, ("a",), [None]),
        (0, ("a",), [1j]),
        (0, ("a",), [1.0, 2.0]),
        (0, ("a", "b"), [1.0]),
        (0, ("a", "b"), [2**60]),
        (1.5, ("a",), [1.0]),
        (2**63, ("a",), [1.0]),
        (0, (1,), [1.0]),
    ],
)
def test_what_is_no_number_raises_and_writes_nothing(
    folder: Folder, read: Read, step: Any, names: Any, values: Any
) -> None:
    with Writer(folder, "r1") as writer:
        writer.points(0, ("a",), [1.0])
        for _ in range(2):
            with pytest.raises((TypeError, struct.error)):
                writer.points(step, names, values)
        writer.points(1, ("a",), [2.0])
    assert [(fact["seq"], fact["value"]) for fact in read()] == [(0, 1.0), (1, 2.0)]


def test_facts_are_all_or_none(folder: Folder, read: Read) -> None:
    bad: Any = 3
    with Writer(folder, "r1") as writer:
        for wrong in ((bad, "k"), ("tag", bad)):
            with pytest.raises(TypeError):
                writer.facts([("tag", "a", None, None, ""), (*wrong, None, None, None)])
        with pytest.raises(ValueError, match="at most"):
            writer.fact("note", "", text="x" * 17_000_000)
        writer.facts([])
    assert read() == []


def test_half_surrogates_become_replacement_characters(folder: Folder, read: Read) -> None:
    with Writer(folder, "r1") as writer:
        writer.fact("note", "a\ud800", text="\ud83d\ude00 \udfff \0 é")
        writer.points(0, ("m\udc00",), [1.0])
    assert [(f["key"], f["text"]) for f in read()] == [
        ("a\ufffd", "😀 \ufffd \0 é"),
        ("m\ufffd", None),
    ]


def test_names_are_sent_once_and_again_in_every_journal(
    folder: Folder, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "SEAL_ROWS", 1_000)
    monkeypatch.setattr(stream, "_MILESTONE", 1024)
    with Writer(folder, "r1", seal=False) as writer:
        for step in range(2_000):
            writer.points(step, ("a-very-particular-name", "b"), [step, 0.5])
    journals = sorted(folder.run_dir("r1").iterdir())
    assert len(journals) > 2
    for path in journals:
        assert 1 <= path.read_bytes().count(b"a-very-particular-name") <= 20
    assert [fact["seq"] for fact in read()] == list(range(4_000))
    assert [fact["value"] for fact in read()[::2]] == [float(step) for step in range(2_000)]


def test_endless_new_names_cost_no_endless_memory(
    folder: Folder, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "_MOST_LAYOUTS", 10)
    with Writer(folder, "r1", seal=False) as writer:
        for step in range(40):
            writer.points(step, (f"m{step}", "b"), [float(step), -0.0])
            writer.points(step, ("m3", "b"), [0.5, 0.5])
    names = [fact["key"] for fact in read()]
    assert names == [name for step in range(40) for name in (f"m{step}", "b", "m3", "b")]


def test_ended_journals_are_sealed_while_the_run_goes_on(
    folder: Folder, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "SEAL_ROWS", 1_000)
    monkeypatch.setattr(stream, "_MILESTONE", 1024)
    home = folder.run_dir("r1")
    with Writer(folder, "r1") as writer:
        for step in range(1_500):
            writer.points(step, ("a",), [step])
        deadline = time.monotonic() + 30
        while not list(home.glob("p-*.parquet")) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert len(list(home.glob("p-*.parquet"))) == 1
        writer.points(1_500, ("a",), [1_500])
    assert len(list(home.glob("p-*.parquet"))) == 2
    assert [fact["value"] for fact in read()] == [float(step) for step in range(1_501)]


def test_without_a_python_to_start_sealing_waits_for_close(
    folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "SEAL_ROWS", 1_000)
    monkeypatch.setattr(stream, "_MILESTONE", 1024)
    monkeypatch.setattr(sys, "executable", "")
    with Writer(folder, "r1") as writer:
        for step in range(3_000):
            writer.points(step, ("a",), [step])
    journals = list(folder.run_dir("r1").glob("j-*"))
    assert len(journals) >= 3
    assert len(list(folder.run_dir("r1").glob("p-*"))) == len(journals)


def test_close_seals_and_says_so(folder: Folder) -> None:
    writer = Writer(folder, "r1")
    writer.points(0, ("a",), [1.0])
    writer.close()
    writer.close()
    names = sorted(path.name[:2] for path in folder.run_dir("r1").iterdir())
    assert names == ["j-", "p-"]
    assert [session.state for session in snapshot(folder).sessions] == ["closed"]


def test_what_comes_after_close_is_counted_not_written(folder: Folder, read: Read) -> None:
    told: list[str] = []
    writer = Writer(folder, "r1", on_trouble=told.append)
    writer.points(0, ("a",), [1.0])
    writer.close()
    writer.points(1, ("a",), [1.0])
    writer.fact("tag", "x")
    writer.close()
    assert (writer.late, len(read())) == (2, 1)


def test_a_writer_that_said_nothing_leaves_nothing(folder: Folder) -> None:
    with Writer(folder, "r1"):
        pass
    assert not folder.run_dir("r1").exists()


def test_threads_never_mix_or_lose_points(folder: Folder, read: Read) -> None:
    with Writer(folder, "r1", seal=False) as writer:

        def work(name: str) -> None:
            for step in range(500):
                writer.points(step, (name, name + "x"), [float(step), 0.5])

        threads = [threading.Thread(target=work, args=(f"t{n}",)) for n in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        found = read()
    assert [fact["seq"] for fact in sorted(found, key=lambda fact: fact["seq"])] == list(
        range(6_000)
    )
    for n in range(6):
        assert [f["value"] for f in found if f["key"] == f"t{n}"] == [float(s) for s in range(500)]


@pytest.mark.parametrize("durability", ["os", "process", "fsync"])
def test_every_durability_writes_the_same(folder: Folder, read: Read, durability: Any) -> None:
    with Writer(folder, "r1", durability=durability) as writer:
        for step in range(20):
            writer.points(step, ("a",), [step])
    assert [fact["value"] for fact in read()] == [float(step) for step in range(20)]


def test_a_wrong_durability_is_refused(folder: Folder) -> None:
    wrong: Any = "always"
    with pytest.raises(UsageError, match="always"):
        Writer(folder, "r1", durability=wrong)


def test_a_named_writer_is_never_written_twice(folder: Folder, read: Read) -> None:
    with Writer(folder, "r1", writer_id="0123456789ab") as writer:
        writer.fact("tag", "a")
    with pytest.raises(StoreError, match="already"):
        Writer(folder, "r1", writer_id="0123456789ab")
    with pytest.raises(UsageError):
        Writer(folder, "r1", writer_id="me")
    assert [fact["writer"] for fact in read()] == ["0123456789ab"]


def test_heartbeats_are_no_facts(folder: Folder, read: Read) -> None:
    with Writer(folder, "r1") as writer:
        writer.points(0, ("a",), [1.0])
        writer.heartbeat(1.5)
        writer.points(1, ("a",), [1.0])
    assert [fact["seq"] for fact in read()] == [0, 1]


def test_a_store_that_does_not_exist_yet_is_made_by_the_first_fact(tmp_path: Path) -> None:
    folder = Folder.planned(tmp_path / "new" / "store")
    with Writer(folder, "r1") as writer:
        writer.points(0, ("a",), [1.0])
    assert snapshot(Folder.open(folder.path)).facts().num_rows == 1


def test_logging_loads_no_heavy_library(folder: Folder) -> None:
    code = (
        "import sys\n"
        "from runfolio.store.folder import Folder\n"
        "from runfolio.store.writer import Writer\n"
        f"writer = Writer(Folder.open({str(folder.path)!r}), 'r1', seal=False)\n"
        "writer.points(0, ('a',), [1.0])\n"
        "writer.close()\n"
        "heavy = {'pyarrow', 'duckdb', 'numpy', 'pandas'} & set(sys.modules)\n"
        "sys.exit(','.join(heavy) or 0)\n"
    )
    environment = {"PYTHONPATH": str(Path(stream.__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_journal_ends_with_a_frame_that_says_so(folder: Folder) -> None:
    writer = Writer(folder, "r1", seal=False)
    writer.points(0, ("a",), [1.0])
    path = next(folder.run_dir("r1").iterdir())
    assert read_journal(path).end is None
    writer.close()
    end = read_journal(path).end
    assert end is not None
    assert (end.closed, end.seq) == (True, 1)


def test_a_background_sync_that_fails_makes_a_new_journal_with_what_it_should_have_kept(
    folder: Folder, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = iter([OSError(5, "Input/output error")])
    real = files.sync_file

    def sync_file(fd: int) -> None:
        for failure in failures:
            raise failure
        real(fd)

    monkeypatch.setattr(files, "sync_file", sync_file)
    take, held = Path.replace, []

    def replace(path: Path, target: Path) -> Path:
        before = read_journal(target).ranges
        done = take(path, target)
        held.append((before, read_journal(target).ranges))
        return done

    monkeypatch.setattr(Path, "replace", replace)
    home = folder.run_dir("r1")
    with Writer(folder, "r1", seal=False) as writer:
        for step in range(10):
            writer.points(step, ("a", "b"), [step, 0.5])
        deadline = time.monotonic() + 20
        (first,) = home.iterdir()
        inode = first.stat().st_ino
        while first.stat().st_ino == inode and time.monotonic() < deadline:
            time.sleep(0.02)
        assert first.stat().st_ino != inode, "no new file took its place"
        writer.points(10, ("a", "b"), [10, 0.5])
    assert [fact["value"] for fact in read()[::2]] == [float(step) for step in range(11)]
    assert [path.name for path in home.iterdir()] == [first.name]
    old, new = held[0]
    assert old == new, "a kill before the next write would lose what the old file held"


def test_names_that_fill_a_journal_are_told_in_the_next_one(
    folder: Folder, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "_MILESTONE", 64)
    monkeypatch.setattr(stream, "SEAL_BYTES", 64)
    with Writer(folder, "r1", seal=False) as writer:
        for step in range(20):
            writer.points(step, (f"{'long ' * 20}{step % 7}",), [step])
    assert [fact["value"] for fact in read()] == [float(step) for step in range(20)]
    assert len(list(folder.run_dir("r1").iterdir())) > 5
    assert snapshot(folder).problems == ()


def test_a_silent_writer_gives_signs_of_life(
    folder: Folder, read: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "BEAT_SECONDS", 0.1)
    with Writer(folder, "r1", seal=False) as writer:
        writer.points(0, ("a",), [1.0])
        (journal,) = folder.run_dir("r1").iterdir()
        size = journal.stat().st_size
        deadline = time.monotonic() + 20
        while journal.stat().st_size == size and time.monotonic() < deadline:
            time.sleep(0.02)
        assert journal.stat().st_size > size
    assert len(read()) == 1


def test_a_forgotten_writer_gives_its_thread_and_descriptor_back(folder: Folder) -> None:
    writer = Writer(folder, "r1", seal=False)
    writer.points(0, ("a",), [1.0])
    gone = weakref.ref(writer)
    del writer
    gc.collect()
    assert gone() is None
