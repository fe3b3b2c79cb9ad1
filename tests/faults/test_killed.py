"""T1 and T2: a process that is killed loses nothing that it was told was logged."""

from __future__ import annotations

import os
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest

from runfolio.store.folder import Folder
from runfolio.store.plan import snapshot
from runfolio.store.verify import verify

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")

LOGGING = 100
SEALING = 40
TOGETHER = 2

Start = Callable[..., subprocess.Popen[str]]


def _kill(start: Start, folder: Folder, trials: int, *options: str) -> dict[str, int]:
    """Kill so many processes; how many calls had returned in each, by its run."""
    each = trials // TOGETHER
    nurseries = [start("killed.py", folder.path, n * each, each, n, *options) for n in range(2)]
    promised: dict[str, int] = {}
    for nursery in nurseries:
        out, errors = nursery.communicate(timeout=10 + 2 * trials)
        assert nursery.returncode == 0, errors
        for line in out.splitlines():
            trial, steps = line.split()
            promised[f"run-{trial}"] = int(steps)
    return promised


def _judge(facts: pa.Table, promised: dict[str, int]) -> Counter[str]:
    """How many calls were lost, doubled, wrong, or written without having returned."""
    found: Counter[str] = Counter()
    first = 0
    for entry in facts.column("run_id").value_counts().to_pylist():
        run_id, rows = entry["values"], entry["counts"]
        steps = facts.column("step").slice(first, rows).to_pylist()
        values = facts.column("value").slice(first, rows).to_pylist()
        first += rows
        whole = rows // 10
        found["runs"] += 1
        found["lost"] += max(0, promised[run_id] - whole)
        found["extra"] += max(0, whole - promised[run_id])
        found["doubled"] += rows - len(set(zip(steps, values, strict=True)))
        found["wrong"] += values != [step + n / 16 for step in range(whole) for n in range(10)]
    return found


def test_100_killed_processes_lose_nothing_they_were_promised(
    folder: Folder, start: Start, times: int
) -> None:
    promised = _kill(start, folder, LOGGING * times)
    view = snapshot(folder)
    found = _judge(view.facts(), promised)
    print(
        f"T1: {len(promised)} SIGKILLs, {sum(promised.values()):,} acknowledged calls of 10 "
        f"metrics, {found['lost']} lost, {found['doubled']} doubled, {found['wrong']} wrong; "
        f"{found['extra']} written but not yet acknowledged"
    )
    assert view.problems == ()
    assert {session.state for session in view.sessions} == {"dead"}
    assert found["runs"] == len(promised) == LOGGING * times
    assert (found["lost"], found["doubled"], found["wrong"]) == (0, 0, 0)
    assert found["extra"] <= len(promised)


def test_processes_that_are_killed_while_they_seal_and_clean_lose_nothing(
    folder: Folder, start: Start, times: int
) -> None:
    promised = _kill(start, folder, SEALING * times, "seal")
    hit = Counter(path.name[:2] for path in folder.path.rglob("*") if path.is_file())
    view = snapshot(folder)
    facts = view.facts()
    found = _judge(facts, promised)
    print(
        f"T2: {len(promised)} SIGKILLs amid sealing, {sum(promised.values()):,} acknowledged "
        f"calls, {found['lost']} lost, {found['doubled']} doubled, {found['wrong']} wrong; left "
        f"behind: {hit['p-']} parts, {hit['j-']} journals, {hit['t-']} temporary files"
    )
    assert view.problems == ()
    assert (found["lost"], found["doubled"], found["wrong"]) == (0, 0, 0)
    for _ in range(2):
        assert verify(folder, repair=True).ok
        assert snapshot(folder).facts() == facts
    assert {session.state for session in snapshot(folder).sessions} == {"dead"}
    assert not list(Path(folder.runs).rglob("*.tmp"))
