"""T4 for packs: on every disk that a power cut amid compaction may leave, all is still there."""

from __future__ import annotations

import importlib.util
import pickle
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from runfolio.errors import StoreNotFoundError
from runfolio.store.compact import compact
from runfolio.store.folder import Folder
from runfolio.store.plan import snapshot


def _load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


crashes = _load("crashes")
SAMPLE = 150
COMPACTED = 10


@pytest.fixture
def trace(tmp_path: Path, finish: Callable[..., str]) -> Callable[..., list[Any]]:
    """The trace of a process that logs and compacts, perhaps without one of its syncs."""

    def run(*ablation: str) -> list[Any]:
        output = tmp_path / f"trace{ablation}"
        finish("traced_packs.py", tmp_path / f"store{ablation}", output, *ablation)
        found: list[Any] = pickle.loads(output.read_bytes())
        return found

    return run


@pytest.fixture
def place() -> Iterator[Path]:
    """A quick place for many small disks."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        yield Path(name) / "disk"


def _states(trace: list[Any]) -> list[tuple[int, Any]]:
    """Every different state, with the number of facts that were promised before the cut."""
    disk, promised = crashes.Disk(), 0
    found: dict[Any, tuple[int, Any]] = {}
    for operation in trace:
        if operation[0] == "promised":
            promised = operation[1]
            continue
        disk.do(operation)
        for state in disk.states():
            key = (promised, frozenset(state[0].items()), state[1])
            found.setdefault(key, (promised, state))
    return list(found.values())


def _values(root: Path) -> tuple[list[float], list[str]]:
    try:
        folder = Folder.open(root)
    except StoreNotFoundError:
        return [], []
    view = snapshot(folder)
    values = sorted(view.facts().column("value").to_pylist())
    return values, [problem.code for problem in view.problems]


def _violation(promised: int, root: Path) -> str:
    """What is wrong with this disk; nothing if it keeps every promise."""
    values, bad = _values(root)
    if len(values) != len(set(values)):
        return "facts doubled"
    missing = set(map(float, range(promised))) - set(values)
    if missing:
        return f"{len(missing)} synced facts lost"
    # a damaged file may be named, if another one has its facts
    return f"facts missing: {bad}" if "facts-missing" in bad else ""


def _later(root: Path) -> str:
    """What is wrong after this disk was compacted once more, and once more."""
    before = _values(root)[0]
    for _ in range(2):
        compact(Folder.open(root), grace=0)
    return "" if _values(root)[0] == before else "compaction changed the facts"


def test_every_power_cut_amid_compaction_keeps_what_was_synced(
    trace: Callable[..., list[Any]], place: Path, times: int, figure: Any
) -> None:
    states = _states(trace())
    chosen = random.Random(4).sample(states, min(len(states), SAMPLE * times))
    violations: Counter[str] = Counter()
    for number, (promised, state) in enumerate(chosen):
        crashes.lay_out(state, place)
        problem = _violation(promised, place)
        if not problem and number % COMPACTED == 0 and (place / "runfolio.json").exists():
            problem = _later(place)
        violations[problem] += bool(problem)
        shutil.rmtree(place)
    wrong = +violations
    figure(
        "T4 power cuts amid compaction",
        f"{len(chosen):,} of {len(states):,} disks, {wrong.total()} violations",
    )
    assert not wrong


@pytest.mark.parametrize("ablation", ["no-file-sync", "no-pack-sync"])
def test_the_check_would_notice_a_missing_sync_of_packs(
    trace: Callable[..., list[Any]], place: Path, ablation: str
) -> None:
    problem = ""
    states = _states(trace(ablation))
    random.Random(5).shuffle(states)
    for number, (promised, state) in enumerate(states[: 4 * SAMPLE], 1):
        crashes.lay_out(state, place)
        problem = _violation(promised, place)
        shutil.rmtree(place)
        if problem:
            print(f"T4 packs {ablation}: caught at state {number:,}: {problem}")
            break
    assert problem
