"""Any sequence of public commands, also amid kills, leaves the store as a plain model says.

The model is a dictionary of runs. The commands are those of the command line; a training is a
process that logs, and is killed or finishes.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, rule

from runfolio.cli.app import app
from runfolio.query.store import Store
from runfolio.store import folder as folder_module
from runfolio.store.folder import Folder
from runfolio.store.verify import verify

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")

LONG = os.environ.get("RUNFOLIO_LONG", "") not in ("", "0")
STEPS = int(os.environ.get("RUNFOLIO_FAULTS_STEPS") or (40 if LONG else 18))
HERE = Path(__file__).parent
KEYS = ("loss", "acc")
NAMES = st.sampled_from(["a name", "b", "Ünïcode 🙂", "'; DROP"])
TAGS = st.sampled_from(["paper", "draft", "best"])


@dataclass
class Run:
    """What the model knows of a run."""

    name: str
    status: str = "finished"
    experiment: str = "machine"
    points: list[tuple[str, int, float]] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    next_step: int = 0
    trashed: bool = False


class Lives:
    """The process that lives training processes; one for all examples."""

    def __init__(self) -> None:
        environment = {**os.environ, "PYTHONPATH": str(Path(folder_module.__file__).parents[2])}
        environment = {k: v for k, v in environment.items() if not k.startswith("RUNFOLIO_")}
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "lives.py")],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def live(self, **life: Any) -> int:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(life) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


LIVES: list[Lives] = []


class Machine(RuleBasedStateMachine):
    """Rules are commands; the invariant compares every view with the model."""

    runs = Bundle("runs")

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp(prefix="machine-"))
        self.store = self.place / "store-0"
        Folder.create(self.store)
        self.model: dict[str, Run] = {}
        self.purged: set[str] = set()
        self.count = 0
        self.looked: dict[str, Any] | None = None

    def teardown(self) -> None:
        try:
            self._look()
        finally:
            shutil.rmtree(self.place)

    def _call(self, *arguments: str) -> str:
        self.looked = None
        result = CliRunner().invoke(app, [*arguments, "--store", str(self.store)])
        assert result.exit_code == 0, (arguments, result.output)
        return result.output

    # Training processes

    def _live(self, run_id: str, values: list[float], *, kill: bool, resume: bool) -> None:
        run = self.model[run_id]
        steps = [{key: value + n for n, key in enumerate(KEYS)} for value in values]
        life = {"store": str(self.store), "id": run_id, "name": run.name, "resume": resume}
        code = LIVES[0].live(**life, steps=steps, kill=kill)
        assert code == (-9 if kill else 0)
        for metrics in steps:
            run.points += [(key, run.next_step, value) for key, value in metrics.items()]
            run.next_step += 1
        run.status = "killed" if kill else "finished"
        self.looked = None

    @rule(
        target=runs,
        name=NAMES,
        values=st.lists(st.floats(-1e9, 1e9), max_size=6),
        kill=st.booleans(),
    )
    def log(self, name: str, values: list[float], kill: bool) -> Any:
        run_id = f"run-{self.count:03}"
        self.count += 1
        self.model[run_id] = Run(name)
        self._live(run_id, values, kill=kill, resume=False)
        return run_id

    @rule(run_id=runs, values=st.lists(st.floats(-1e9, 1e9), max_size=4), kill=st.booleans())
    def resume(self, run_id: str, values: list[float], kill: bool) -> None:
        if run_id in self.model and not self.model[run_id].trashed:
            self._live(run_id, values, kill=kill, resume=True)

    # What people say later

    @rule(run_id=runs, tag=TAGS, value=st.sampled_from(["", "1", "ünï"]))
    def tag(self, run_id: str, tag: str, value: str) -> None:
        if self._shown(run_id):
            self._call("tag", run_id, f"{tag}={value}" if value else f"+{tag}")
            self.model[run_id].tags[tag] = value

    @rule(run_id=runs, tag=TAGS)
    def untag(self, run_id: str, tag: str) -> None:
        if self._shown(run_id) and tag in self.model[run_id].tags:
            self._call("tag", run_id, f"-{tag}")
            del self.model[run_id].tags[tag]

    @rule(run_id=runs, name=NAMES)
    def rename(self, run_id: str, name: str) -> None:
        if self._shown(run_id):
            self._call("rename", run_id, name, "--yes")
            self.model[run_id].name = name

    @rule(run_id=runs, name=st.sampled_from(["machine", "other"]))
    def move(self, run_id: str, name: str) -> None:
        if self._shown(run_id):
            self._call("rename", run_id, name, "--experiment", "--yes")
            self.model[run_id].experiment = name

    @rule(run_id=runs, key=st.sampled_from(KEYS), lo=st.integers(0, 4), size=st.integers(0, 3))
    def drop(self, run_id: str, key: str, lo: int, size: int) -> None:
        if not self._shown(run_id):
            return
        points = self.model[run_id].points
        goes = [(k, s, v) for k, s, v in points if k == key and lo <= s <= lo + size]
        if goes:
            self._call("drop", run_id, key, "--steps", f"{lo}..{lo + size}", "--yes")
            self.model[run_id].points = [point for point in points if point not in goes]

    @rule(run_id=runs)
    def trash(self, run_id: str) -> None:
        if self._shown(run_id):
            self._call("trash", run_id)
            self.model[run_id].trashed = True

    @rule(run_id=runs)
    def restore(self, run_id: str) -> None:
        if run_id in self.model and self.model[run_id].trashed:
            self._call("restore", run_id)
            self.model[run_id].trashed = False

    @rule(run_id=runs)
    def purge(self, run_id: str) -> None:
        if run_id in self.model and self.model[run_id].trashed:
            self._call("purge", run_id, "--yes")
            del self.model[run_id]
            self.purged.add(run_id)

    # What nobody may notice

    @rule()
    def compact(self) -> None:
        self._call("compact", "--grace", "0")

    @rule()
    def repair(self) -> None:
        assert verify(Folder.open(self.store), repair=True).ok
        self.looked = None

    @rule(move=st.booleans())
    def merge(self, move: bool) -> None:
        """Into another store and back; or go on in the other one."""
        other = self.place / ("back" if not move else f"store-{time.monotonic_ns()}")
        self._call("merge", str(self.store), "--into", str(other))
        if move:
            self.store = other
        else:
            self._call("merge", str(other))

    @rule()
    def forget_the_index(self) -> None:
        shutil.rmtree(self.store / ".runfolio", ignore_errors=True)
        self.looked = None

    @rule()
    def look(self) -> None:
        self._look()

    def _shown(self, run_id: str) -> bool:
        return run_id in self.model and not self.model[run_id].trashed

    def _look(self) -> None:
        shown = {run_id: run for run_id, run in self.model.items() if not run.trashed}
        expected: dict[str, Any] = {
            "runs": sorted((r, run.name, run.experiment, run.status) for r, run in shown.items()),
            "metrics": sorted((r, *point) for r, run in shown.items() for point in run.points),
            "tags": sorted((r, *tag) for r, run in shown.items() for tag in run.tags.items()),
            "trashed": sorted(r for r, run in self.model.items() if run.trashed),
            "purged": sorted(self.purged),
        }
        with Store.open(self.store) as store:
            ask = lambda sql: store.sql(sql).fetchall()  # noqa: E731
            found = {
                "runs": ask("SELECT run_id, name, experiment, status FROM runs ORDER BY run_id"),
                "metrics": ask("SELECT run_id, key, step, value FROM metrics ORDER BY ALL"),
                "tags": ask("SELECT run_id, tag, value FROM tags ORDER BY ALL"),
                "trashed": [
                    r
                    for (r,) in ask("SELECT run_id FROM trashed WHERE state = 'trashed' ORDER BY 1")
                ],
                "purged": [
                    r for (r,) in ask("SELECT run_id FROM facts WHERE kind = 'purge' ORDER BY 1")
                ],
            }
            assert store.problems == ()
        assert found == expected
        assert verify(Folder.open(self.store)).ok


@pytest.fixture(autouse=True)
def lives() -> Any:
    LIVES.append(Lives())
    yield
    LIVES.pop().close()


@pytest.mark.timeout(1800)
def test_any_sequence_of_commands_leaves_what_the_model_says(
    times: int, figure: Callable[..., None]
) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    chosen = settings(
        max_examples=times if LONG else 3,
        stateful_step_count=STEPS,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    begun = time.perf_counter()
    run_state_machine_as_test(Machine, settings=chosen)
    figure(
        "sequences of commands against a model",
        f"{chosen.max_examples} sequences of up to {chosen.stateful_step_count} commands in "
        f"{time.perf_counter() - begun:.0f} s, all as the model says",
    )
