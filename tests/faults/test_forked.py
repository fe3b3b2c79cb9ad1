"""T9: children of every kind log without a deadlock, a loss or a mixed journal."""

from __future__ import annotations

import multiprocessing
import os
from collections import defaultdict
from collections.abc import Callable

import pytest

from runfolio.store.folder import Folder
from runfolio.store.plan import snapshot

TRIALS = 30
CHILDREN = 6
STEPS = 300


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_fork_amid_four_logging_threads_hangs_and_loses_nothing(
    folder: Folder, finish: Callable[..., str], times: int
) -> None:
    out = finish("forking.py", folder.path, 0, TRIALS * times, timeout=200 * times)
    view = snapshot(folder)
    assert view.problems == ()
    points: dict[tuple[str, str, str], list[float]] = defaultdict(list)
    for row in view.facts().select(["run_id", "writer", "kind", "key", "value"]).to_pylist():
        if row["kind"] == "metric" and row["key"] not in ("x", "y"):
            points[row["run_id"], row["key"], row["writer"]].append(row["value"])
    hung = lost = total = 0
    for line in out.splitlines():
        number, hung_here, *counts = map(int, line.split())
        hung += hung_here
        run_id = f"run-{number}"
        expected = {f"thread-{n}": count for n, count in enumerate(counts)}
        expected |= {f"child-{n}": STEPS for n in range(CHILDREN)}
        for key, count in expected.items():
            series = [
                found for (run, name, _), found in points.items() if (run, name) == (run_id, key)
            ]
            assert len(series) <= 1, f"{key} of {run_id} is in more than one journal"
            total += count
            lost += series != [[float(step) for step in range(count)]]
        writers = {writer for run, _, writer in points if run == run_id}
        assert len(writers) == CHILDREN + 1
    print(
        f"T9: {TRIALS * times} trials, {TRIALS * times * CHILDREN} forked children, "
        f"{total:,} calls, {lost} series not exact, {hung} hung"
    )
    assert (hung, lost) == (0, 0)


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_workers_of_every_start_method_log_to_one_run(
    folder: Folder, finish: Callable[..., str], method: str
) -> None:
    finish("spawning.py", folder.path, method)
    view = snapshot(folder)
    assert view.problems == ()
    assert {session.state for session in view.sessions} == {"closed"}
    series = defaultdict(list)
    for row in view.facts().select(["key", "value"]).to_pylist():
        series[row["key"]].append(row["value"])
    assert set(series) == {"parent", "worker-0", "worker-1", "worker-2"}
    assert all(values == [float(step) for step in range(100)] for values in series.values())
