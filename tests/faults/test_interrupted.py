"""T10: log() in signal handlers, finalizers, exit handlers and after close: no hang, no break."""

from __future__ import annotations

import os
import signal
from collections import defaultdict
from collections.abc import Callable

import pytest

from runfolio.store.folder import Folder
from runfolio.store.plan import snapshot

SECONDS = 0.8
pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs POSIX signals")

Finish = Callable[..., str]


def _series(folder: Folder) -> dict[str, list[float]]:
    """The values of each metric; fails if a fact is missing, doubled or out of order."""
    view = snapshot(folder)
    assert view.problems == ()
    facts = view.facts()
    seqs = facts.column("seq").to_pylist()
    assert sorted(seqs) == list(range(len(seqs)))
    series: defaultdict[str, list[tuple[int, float]]] = defaultdict(list)
    for row in facts.select(["kind", "key", "seq", "value"]).to_pylist():
        if row["kind"] == "metric":
            series[row["key"]].append((row["seq"], row["value"]))
    return {key: [value for _, value in sorted(found)] for key, found in series.items()}


@pytest.mark.parametrize("way", ["handlers", "finalizers", "threads"])
def test_calls_within_calls_are_all_written_in_order(
    folder: Folder, finish: Finish, way: str, times: int
) -> None:
    out = finish(
        "interrupted.py", way, folder.path, SECONDS * min(times, 5), timeout=60 + 5 * times
    )
    counts = {name: int(count) for name, count in map(str.split, out.splitlines())}
    series = _series(folder)
    broken = [name for name in counts if series[name] != [float(n) for n in range(counts[name])]]
    print(f"T10 {way}: {counts}, broken series: {broken}")
    assert broken == []
    assert all(counts.values())


def test_exceptions_from_signal_handlers_lose_and_double_nothing(
    folder: Folder, finish: Finish, times: int
) -> None:
    out = finish(
        "interrupted.py", "exceptions", folder.path, SECONDS * min(times, 5), timeout=60 * times
    )
    raised, returned = (line.split()[1:] for line in out.splitlines())
    values = _series(folder)["main"]
    lost = set(map(float, returned)) - set(values)
    print(
        f"T10 exceptions: {raised[0]} raised amid {len(returned):,} calls that returned, "
        f"{len(lost)} lost, {len(values) - len(set(values))} doubled"
    )
    assert int(raised[0]) > 100
    assert not lost
    assert values == sorted(set(values))


def test_exit_handlers_may_log_and_close(folder: Folder, finish: Finish) -> None:
    assert finish("interrupted.py", "exit", folder.path, 0) == "late 1\n"
    assert _series(folder) == {"main": [0.0, 1.0]}


@pytest.mark.parametrize("trial", range(8))
def test_a_signal_that_ends_the_run_in_the_middle_of_a_call_keeps_everything(
    folder: Folder, finish: Finish, trial: int
) -> None:
    seconds = 0.05 + trial * 0.0137
    code = -signal.SIGTERM
    out = finish("interrupted.py", "closed", folder.path, seconds, timeout=20, code=code)
    steps = int(out.split()[1])
    found = _series(folder)["main"]
    assert found[:steps] == [float(step) for step in range(steps)]
    assert len(found) <= steps + 1
    kinds = snapshot(folder).facts().column("kind").to_pylist()
    assert kinds.count("end") == 1
    assert {session.state for session in snapshot(folder).sessions} == {"closed"}
