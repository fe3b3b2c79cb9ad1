"""T4: of every disk that a power cut may leave, no synced fact is lost, doubled or wrong."""

from __future__ import annotations

import importlib.util
import pickle
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from runfolio.errors import StoreNotFoundError
from runfolio.store.folder import Folder
from runfolio.store.plan import snapshot
from runfolio.store.verify import verify


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


crashes = _load("crashes")
AT_LEAST = 1_500
REPAIRED = 40


@pytest.fixture
def trace(tmp_path: Path, finish: Callable[..., str]) -> Callable[..., list[Any]]:
    """The trace of a process that logs, seals and cleans, perhaps without one of its syncs."""

    def run(*ablation: str) -> list[Any]:
        output = tmp_path / f"trace{ablation}"
        finish("traced.py", tmp_path / f"store{ablation}", output, *ablation)
        found: list[Any] = pickle.loads(output.read_bytes())
        return found

    return run


def _states(trace: list[Any]) -> Iterator[tuple[int, Any]]:
    """Every different state, with the number of facts that were promised before the cut."""
    disk, promised, seen = crashes.Disk(), 0, set()
    for operation in trace:
        if operation[0] == "promised":
            promised = operation[1]
            continue
        disk.do(operation)
        for state in disk.states():
            key = hash((frozenset(state[0].items()), state[1], promised))
            if key not in seen:
                seen.add(key)
                yield promised, state


def _facts(root: Path) -> tuple[list[int], list[float], list[str]]:
    try:
        folder = Folder.open(root)
    except StoreNotFoundError:
        return [], [], []
    view = snapshot(folder)
    facts = view.facts()
    bad = [problem.code for problem in view.problems]
    return facts.column("seq").to_pylist(), facts.column("value").to_pylist(), bad


def _violation(promised: int, root: Path) -> str:
    """What is wrong with this disk; nothing if it keeps every promise."""
    seqs, values, bad = _facts(root)
    if len(seqs) < promised:
        return f"{promised - len(seqs)} synced facts lost"
    if sorted(seqs) != list(range(len(seqs))):
        return "facts doubled or missing in the middle"
    if sorted(values) != [float(seq) for seq in sorted(seqs)]:
        return "wrong values"
    return f"unreadable: {bad}" if bad else ""


def _check(trace: list[Any], place: Path, *, repair: bool) -> tuple[int, int, list[str]]:
    found, repaired, violations = 0, 0, []
    for found, (promised, state) in enumerate(_states(trace), 1):
        root = place / "disk"
        crashes.lay_out(state, root)
        problem = _violation(promised, root)
        if not problem and repair and found % REPAIRED == 0 and (root / "runs").exists():
            before = _facts(root)
            verify(Folder.open(root), repair=True)
            verify(Folder.open(root), repair=True)
            repaired += 1
            if _facts(root) != before:
                problem = "repair changed the facts"
        if problem:
            violations.append(problem)
        shutil.rmtree(root)
    return found, repaired, violations


@pytest.fixture
def place() -> Iterator[Path]:
    """A quick place for thousands of small disks."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        yield Path(name)


def test_every_power_cut_keeps_what_was_synced(
    trace: Callable[..., list[Any]], place: Path
) -> None:
    steps = trace()
    states, repaired, violations = _check(steps, place, repair=True)
    print(f"T4: {len(steps)} operations, {states:,} crash states, {len(violations)} violations")
    print(f"    {repaired} of them repaired twice without a change")
    assert sorted(set(violations)) == []
    assert states >= AT_LEAST


@pytest.mark.parametrize("ablation", ["no-file-sync", "no-dir-sync"])
def test_the_check_would_notice_a_missing_sync(
    trace: Callable[..., list[Any]], place: Path, ablation: str
) -> None:
    steps = trace(ablation)
    problem = ""
    for number, (promised, state) in enumerate(_states(steps), 1):
        crashes.lay_out(state, place / "disk")
        problem = _violation(promised, place / "disk")
        shutil.rmtree(place / "disk")
        if problem:
            print(f"T4 {ablation}: caught at state {number:,}: {problem}")
            break
    assert problem
