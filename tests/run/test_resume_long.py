"""A run that goes on after a long past, and a call that memory fails after it was written."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from runfolio.run import past
from runfolio.run.run import Run
from runfolio.run.start import init
from runfolio.store import stream
from runfolio.store.compact import compact
from runfolio.store.folder import Folder
from runfolio.store.writer import Writer

from .conftest import Facts

NAMES = tuple(f"m{n}" for n in range(10))


def test_the_past_of_a_long_run_is_read_without_a_look_at_each_point(store: Path) -> None:
    folder = Folder.create(store)
    with Writer(folder, "long") as writer:
        writer.fact("start", "run", text='{"name": "Long", "experiment": "e"}')
        for step in range(30_000):
            writer.points(step, NAMES, [0.5] * 10)
        writer.fact("rename", "run", text="Longer")
    past.read(folder, "long")  # imports pyarrow, and waits for nothing else
    begun, cpu = time.perf_counter(), time.process_time()
    found = past.read(folder, "long")
    print(f"past of 300,000 points: {time.perf_counter() - begun:.2f} s")
    assert (found.next_step, found.name, found.experiment) == (30_000, "Longer", "e")
    assert time.process_time() - cpu < 3


def test_the_past_in_a_pack_counts_beside_later_files(store: Path) -> None:
    folder = Folder.create(store)
    for run_id, steps in (("a", 7), ("b", 3)):
        with Writer(folder, run_id) as writer:
            writer.fact("start", "run", text=json.dumps({"name": f"n-{run_id}"}))
            for step in range(steps):
                writer.points(step, ("loss",), [0.5])
    compact(folder, grace=0)
    assert not folder.run_dir("a").exists()
    assert past.read(folder, "a").next_step == 7
    with Writer(folder, "a") as late:
        late.fact("tag", "later")
    found = past.read(folder, "a")
    assert (found.next_step, found.name) == (7, "n-a")
    assert past.read(folder, "c") == past.Past()


def test_a_call_that_memory_fails_after_it_was_written_is_not_written_twice(
    store: Path, facts: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "SEAL_ROWS", 20)
    monkeypatch.setattr(stream, "_MILESTONE", 64)
    run: Run = init("tests", store=store, capture=False)
    writer = run._recorder.writer

    failed = []

    def no_memory() -> int:
        writer._stream._clock = time.time_ns
        failed.append(writer._stream.seq)
        raise MemoryError

    for step in range(100):
        if step == 50:  # the clock is asked when the journal rolls, after the frame was written
            writer._stream._clock = no_memory
        run.log({"loss": float(step)}, step=step, time_ns=10**18 + step * 1000)
    run.finish()
    assert len(failed) == 1
    assert [row["value"] for row in facts("metric")] == [float(step) for step in range(100)]
