"""T11: many processes on one store at once; and how much memory a long run takes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from runfolio.store.folder import Folder
from runfolio.store.plan import snapshot
from runfolio.store.sessions import Session
from runfolio.store.verify import verify

Start = Callable[..., subprocess.Popen[str]]


def test_many_processes_log_many_runs_at_once(
    folder: Folder, start: Start, long: bool, figure: Any
) -> None:
    processes, runs, steps = (64, 200, 20) if long else (8, 10, 20)
    begun = time.perf_counter()
    started = [start("many.py", folder.path, n, runs, steps) for n in range(processes)]
    troubles = []
    for process in started:
        _, errors = process.communicate(timeout=280)
        troubles += [errors] if process.returncode or errors else []
    spent = time.perf_counter() - begun
    assert troubles == []
    view = snapshot(folder)
    facts = view.facts()
    expected = {f"p{n:03}-{turn:04}" for n in range(processes) for turn in range(runs)}
    counts = {c["values"]: c["counts"] for c in facts.column("run_id").value_counts().to_pylist()}
    figure(
        f"{processes} processes x {runs} runs of {steps} steps",
        f"{len(counts):,} runs there in {spent:.1f} s, {len(counts) / spent:.0f} a second",
    )
    assert set(counts) == expected
    assert set(counts.values()) == {1 + 2 + 5 * steps + 1}
    assert view.problems == ()
    assert {session.state for session in view.sessions} == {"closed"}


def test_processes_of_one_run_that_are_killed_take_nothing_of_the_others(
    folder: Folder, start: Start, times: int, figure: Any
) -> None:
    """Eight at once, one killed every now and then; 64 in the long mode."""
    together = 64 if times > 1 else 8
    code = "everyone.py"
    workers = [start(code, folder.path, n, 400) for n in range(together)]
    dice = random.Random(7)
    killed = dice.sample(range(together), together // 4)
    for number in killed:
        time.sleep(0.05)
        workers[number].send_signal(signal.SIGKILL)
    promised = []
    for number, worker in enumerate(workers):
        out, errors = worker.communicate(timeout=200)
        assert number in killed or worker.returncode == 0, errors
        promised.append(int(out.split()[-1]) if out.split() else 0)
    found: dict[str, list[float]] = {f"worker-{n}": [] for n in range(together)}
    view = snapshot(folder)
    for row in view.facts().select(["key", "value"]).to_pylist():
        found[row["key"]].append(row["value"])
    lost = sum(max(0, promised[n] - len(found[f"worker-{n}"])) for n in range(together))
    figure(
        f"{together} processes in one run, {len(killed)} of them killed",
        f"{sum(map(len, found.values())):,} calls there, {lost} acknowledged ones lost",
    )
    assert lost == 0
    assert all(values == [float(n) for n in range(len(values))] for values in found.values())
    assert all(len(found[f"worker-{n}"]) == 400 for n in range(together) if n not in killed)
    assert view.problems == ()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_a_long_run_takes_little_memory(
    folder: Folder, finish: Callable[..., str], long: bool, figure: Any
) -> None:
    points = 10_000_000 if long else 500_000
    out = finish("hungry.py", folder.path, points, timeout=280)
    before, logging, after, spent, end = map(float, out.split())
    figure(
        f"memory of a run of {points:,} points",
        f"{logging - before:.0f} MiB above the script's own while it logs, "
        f"{after - before:.0f} MiB at its end; logged in {spent:.1f} s, ended in {end:.1f} s",
    )
    assert after - before < 150
    deadline = time.monotonic() + 200
    while _unsealed(folder) and time.monotonic() < deadline:
        time.sleep(0.2)
    kinds = snapshot(folder).facts().column("kind").value_counts().to_pylist()
    assert {each["values"]: each["counts"] for each in kinds}["metric"] == points


def _unsealed(folder: Folder) -> bool:
    """Whether the helper is still at work on the journals of a run that ended."""
    names = [path.name for path in folder.runs.rglob("*.*")]
    parts = {name[2:27] for name in names if name.startswith("p-")}
    return any(name[2:27] not in parts for name in names if name.startswith("j-"))


# T15 and T16: processes that stand still, and clocks that do not


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="needs SIGSTOP")
def test_a_stopped_process_that_was_recovered_elsewhere_goes_on(
    folder: Folder, start: Start, times: int, figure: Any
) -> None:
    lost = calls = 0
    for trial in range(2 * times):
        run_id = f"run-{trial}"
        worker = start("everyone.py", folder.path, trial, 300, run_id)
        assert worker.stdout is not None
        worker.stdout.readline()  # it logs
        worker.send_signal(signal.SIGSTOP)
        (journal,) = folder.run_dir(run_id).glob("j-*")
        hour = time.time() - 3600
        os.utime(journal, (hour, hour))
        assert _session(folder, run_id).state == "stalled"
        sealed = verify(folder, repair=True).sealed  # as another machine would
        assert [name.split("/")[1] for name in sealed] == [run_id]
        assert journal.exists()  # it is not known to be dead: R8
        before = snapshot(folder).facts().num_rows
        worker.send_signal(signal.SIGCONT)
        _, errors = worker.communicate(timeout=60)
        assert worker.returncode == 0, errors
        view = snapshot(folder)
        values = [
            row["value"]
            for row in view.facts().to_pylist()
            if row["run_id"] == run_id and row["kind"] == "metric"
        ]
        calls += len(values)
        lost += values != [float(n) for n in range(300)]
        assert view.facts().num_rows >= before
        assert view.problems == ()
        assert _session(folder, run_id).state == "closed"
    figure(
        "stopped, recovered elsewhere, continued",
        f"{2 * times} times, {calls:,} calls, {lost} lost",
    )
    assert lost == 0


def _session(folder: Folder, run_id: str) -> Session:
    (found,) = [each for each in snapshot(folder).sessions if each.run_id == run_id]
    return found
