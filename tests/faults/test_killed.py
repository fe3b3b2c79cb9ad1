"""T1: a process that is killed loses nothing that it was told was logged."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable

import pytest

from runfolio.store.folder import Folder
from runfolio.store.plan import snapshot
from runfolio.store.verify import verify

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")

TRIALS = 100
TOGETHER = 2


def test_100_killed_processes_lose_nothing_they_were_promised(
    folder: Folder, start: Callable[..., subprocess.Popen[str]], times: int
) -> None:
    each = TRIALS * times // TOGETHER
    nurseries = [start("killed.py", folder.path, n * each, each, n) for n in range(TOGETHER)]
    promised: dict[str, int] = {}
    for nursery in nurseries:
        out, errors = nursery.communicate(timeout=300 * times)
        assert nursery.returncode == 0, errors
        for line in out.splitlines():
            trial, steps = line.split()
            promised[f"run-{trial}"] = int(steps)
    view = snapshot(folder)
    assert view.problems == ()
    assert {session.state for session in view.sessions} == {"dead"}
    facts = view.facts()
    lost = doubled = wrong = extra = 0
    start_row = 0
    counts = facts.column("run_id").value_counts().to_pylist()
    for entry in counts:
        run_id, rows = entry["values"], entry["counts"]
        steps = facts.column("step").slice(start_row, rows).to_pylist()
        values = facts.column("value").slice(start_row, rows).to_pylist()
        start_row += rows
        found = rows // 10
        lost += max(0, promised[run_id] - found)
        extra += max(0, found - promised[run_id])
        doubled += rows - len(set(zip(steps, values, strict=True)))
        wrong += values != [step + n / 16 for step in range(found) for n in range(10)]
    total = sum(promised.values())
    print(
        f"T1: {len(promised)} SIGKILLs, {total:,} acknowledged calls of 10 metrics, {lost} lost, "
        f"{doubled} doubled, {wrong} wrong; {extra} written but not yet acknowledged"
    )
    assert len(counts) == len(promised) == TRIALS * times
    assert (lost, doubled, wrong) == (0, 0, 0)
    assert extra <= len(promised)
    report = verify(folder, repair=True)
    assert report.ok
    assert len(report.sealed) == len(promised)
    assert snapshot(folder).facts() == facts
