"""T8: every system call of the store fails once, at each position, in each way."""

from __future__ import annotations

import errno
import importlib
import importlib.util
import os
import shutil
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from runfolio.errors import RunfolioError
from runfolio.run.start import init
from runfolio.store import stream, writer
from runfolio.store.clean import clean
from runfolio.store.folder import Folder
from runfolio.store.plan import snapshot
from runfolio.store.verify import verify
from runfolio.store.writer import Writer

CALLS = (
    "open",
    "write",
    "close",
    "fsync",
    "fdatasync",
    "replace",
    "mkdir",
    "unlink",
    "link",
    "ftruncate",
    "fstat",
)
WAYS = ("ENOSPC", "EIO", "EACCES", "EINTR", "ESTALE", "EROFS", "short")
STEPS = 40


class Failing:
    """Wraps the system calls of this process: one of them fails, the others are real."""

    def __init__(self, call: str = "", position: int = 0, way: str = "", *, forever: bool = False):
        self.call, self.position, self.way, self.forever = call, position, way, forever
        self.counts: Counter[str] = Counter()
        self.failed = 0

    def wrap(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def wrapper(*arguments: Any, **options: Any) -> Any:
            self.counts[name] += 1
            here = self.counts[name]
            if name == self.call and (here == self.position or self.forever * here > self.position):
                self.failed += 1
                return self._fail(name, real, arguments)
            return real(*arguments, **options)

        return wrapper

    def _fail(self, name: str, real: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        if self.way == "short":
            fd, data = arguments
            return real(fd, memoryview(data)[: len(data) // 2])
        if name == "close":
            real(*arguments)  # the system frees the descriptor whatever it answers
        code = getattr(errno, self.way)
        raise OSError(code, os.strerror(code))


@contextmanager
def failing(call: str = "", position: int = 0, way: str = "", **options: Any) -> Iterator[Failing]:
    """The system calls of this process, of which one fails."""
    fails = Failing(call, position, way, **options)
    with pytest.MonkeyPatch.context() as patch:
        for name in CALLS:
            if hasattr(os, name):
                patch.setattr(os, name, fails.wrap(name, getattr(os, name)))
        patch.setattr(writer, "_write", os.write)
        yield fails


@pytest.fixture(autouse=True)
def sealed_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Journals are short, and sealed in this process, so that its calls are those that fail."""
    monkeypatch.setattr(stream, "SEAL_ROWS", 30)
    monkeypatch.setattr(stream, "_MILESTONE", 64)
    monkeypatch.setattr(sys, "executable", "")
    for name in list(os.environ):
        if name.startswith(("RUNFOLIO_STORE", "RUNFOLIO_RUN")):
            monkeypatch.delenv(name)


def _train(place: Path, durability: Any = "process") -> None:
    """What a training script does; nothing of it may ever raise."""
    run = init("e", store=place, id="r1", name="n", capture=False, durability=durability)
    run.log_params({"lr": 0.1})
    for step in range(STEPS):
        run.log({"loss": step / 4, "acc": step / 8})
        if step % 10 == 0:
            run.set_tags([f"t{step}"])
    run.finish()


def _facts(place: Path) -> list[tuple[Any, ...]]:
    """What the run says, in the order in which it was said; without what only clocks know."""
    facts = snapshot(Folder.open(place)).facts().to_pylist()
    facts.sort(key=lambda fact: (fact["run_id"], fact["writer"], fact["seq"]))
    told = ("run_id", "kind", "key", "step", "text")
    return [
        (*(fact[name] for name in told), None if fact["kind"] == "end" else fact["value"])
        for fact in facts
    ]


def _positions(work: Callable[[], object], *, every: bool, most: int = 150) -> list[Any]:
    """Call, position and way of each failure to try; or ``most`` of them, each way in turn."""
    with failing() as counted:
        work()
    places = [(call, n + 1) for call, count in sorted(counted.counts.items()) for n in range(count)]
    if every:
        return [(*place, way) for place in places for way in _ways(place[0])]
    step = max(1, -(-len(places) // most))
    chosen = enumerate(places[::step])
    return [(*place, _ways(place[0])[turn % len(_ways(place[0]))]) for turn, place in chosen]


def _ways(call: str) -> list[str]:
    return [way for way in WAYS if way != "short" or call == "write"]


@pytest.mark.parametrize("durability", ["process", "fsync"])
def test_no_failing_call_reaches_training_or_costs_a_fact(
    tmp_path: Path, long: bool, figure: Any, durability: str
) -> None:
    truth_at = tmp_path / "truth"
    _train(truth_at, durability)
    truth = _facts(truth_at)
    tried = 0
    places = iter(range(10**9))
    work = lambda: _train(tmp_path / f"s{next(places)}", durability)  # noqa: E731
    for call, position, way in _positions(work, every=long):
        place = tmp_path / f"s{next(places)}"
        with failing(call, position, way):
            _train(place, durability)
        tried += 1
        view = snapshot(Folder.open(place))
        assert _facts(place) == truth, (call, position, way)
        assert view.problems == (), (call, position, way, view.problems)
        shutil.rmtree(place)
    figure(f"failing calls while training ({durability})", f"{tried:,} tried, 0 facts lost")


@pytest.mark.parametrize("call", ["write", "open", "fdatasync", "replace", "mkdir", "close"])
def test_calls_that_fail_for_ever_never_reach_training(
    tmp_path: Path, long: bool, figure: Any, call: str
) -> None:
    _train(tmp_path / "truth")
    truth = _facts(tmp_path / "truth")
    tried = short = 0
    for position in range(0, 60, 3 if long else 6):
        for way in ("ENOSPC", "EIO", "EROFS") if long else ("EIO",):
            place = tmp_path / f"s{tried}"
            Folder.create(place)
            with (
                failing(call, position, way, forever=True),
                warnings.catch_warnings(record=True) as told,
            ):
                warnings.simplefilter("always")
                _train(place)
            tried += 1
            found = _facts(place)
            assert found == truth[: len(found)] or set(found) <= set(truth), (position, way)
            assert told or found == truth, (position, way)
            short += found != truth
    figure(f"{call} fails for ever", f"{tried} trainings ended, {short} with facts lost and told")


def _keep(place: Path) -> None:
    """A training that keeps contents, too."""
    run = init("e", store=place, id="r1", name="n", capture=False)
    run.log({"loss": 0.5})
    run.log_text("some text", "notes/hello.txt")
    run.log_table([{"a": 1}, {"a": 2}], "rows")
    run.log({"loss": 0.25})
    run.finish()


def test_contents_that_could_not_be_stored_are_named_by_no_fact(
    tmp_path: Path, long: bool, figure: Any
) -> None:
    _keep(tmp_path / "truth")
    truth = _facts(tmp_path / "truth")
    assert sum(fact[1] == "artifact" for fact in truth) == 2
    numbers = iter(range(10**9))
    kept = tried = 0
    work = lambda: _keep(tmp_path / f"s{next(numbers)}")  # noqa: E731
    for call, position, way in _positions(work, every=long, most=60):
        place = tmp_path / f"s{next(numbers)}"
        with failing(call, position, way):
            _keep(place)
        tried += 1
        found = _facts(place)
        trial = (call, position, way)
        assert [fact for fact in truth if fact not in found and fact[1] != "artifact"] == [], trial
        kept += found == truth
        assert verify(Folder.open(place)).ok, trial
        shutil.rmtree(place)
    figure("failing calls while contents are kept", f"{tried:,} tried, {kept:,} kept all")


# Commands over a store


def _made(place: Path) -> Folder:
    """A store with a finished run in journals, a dead one's journal, and a sealed one."""
    folder = Folder.create(place)
    for run_id, ends, seals in (("a", True, False), ("b", False, False), ("c", True, True)):
        said = Writer(folder, run_id, seal=seals)
        said.fact("start", "run", text=f'{{"name": "{run_id}"}}')
        for step in range(STEPS):
            said.points(step, ("loss", "acc"), [step / 4, step / 8])
        if ends:
            said.fact("end", "finished", value=1.0)
            said.close()
        else:
            said._keeper.stop()
            said._stream.segment.close()  # type: ignore[union-attr]
    return folder


def _repair(folder: Folder) -> None:
    verify(folder, repair=True)


def _clean(folder: Folder) -> None:
    clean(folder, grace=0)


def _compact(folder: Folder) -> None:
    importlib.import_module("runfolio.store.compact").compact(folder, grace=0)


def _merge(folder: Folder) -> None:
    merging = importlib.import_module("runfolio.store.merge")
    merging.merge(Folder.create(folder.path.with_name(folder.path.name + "-other")), folder)


def _query(folder: Folder) -> None:
    from runfolio.query.store import Store

    with Store.open(folder.path) as store:
        rows = store.sql("SELECT run_id, points FROM runs ORDER BY 1").fetchall()
        assert store.problems or rows == [("a", 80), ("b", 80), ("c", 80)]


COMMANDS: dict[str, Callable[[Folder], None]] = {
    "repair": _repair,
    "clean": _clean,
    "compact": _compact,
    "merge": _merge,
    "query": _query,
}
THERE = [
    name
    for name in COMMANDS
    if name not in ("compact", "merge") or importlib.util.find_spec(f"runfolio.store.{name}")
]


@pytest.mark.parametrize("name", THERE)
def test_a_command_that_meets_a_failing_call_changes_no_answer(
    tmp_path: Path, long: bool, figure: Any, name: str
) -> None:
    command = COMMANDS[name]
    pattern = _made(tmp_path / "pattern")
    if name == "clean":
        verify(pattern, repair=True)
    truth = _facts(pattern.path)
    copies = iter(range(10**9))

    def copy() -> Folder:
        place = tmp_path / f"s{next(copies)}"
        shutil.copytree(pattern.path, place)
        return Folder.open(place)

    tried = refused = 0
    first = copy()
    most = 14
    if name == "query":  # slow, and it only reads
        long, most = False, 150 if long else 3
    for call, position, way in _positions(lambda: command(first), every=long, most=most):
        folder = copy()
        with failing(call, position, way):
            try:
                command(folder)
            except (OSError, RunfolioError):
                refused += 1
        tried += 1
        trial = (name, call, position, way)
        assert _facts(folder.path) == truth, trial
        command(folder)
        assert _facts(folder.path) == truth, trial
        assert verify(folder).ok, trial
        shutil.rmtree(folder.path)
        shutil.rmtree(folder.path.with_name(folder.path.name + "-other"), ignore_errors=True)
    figure(f"failing calls in {name}", f"{tried:,} tried, {refused} refused, 0 answers changed")
