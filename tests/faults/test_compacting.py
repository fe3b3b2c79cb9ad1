"""T2, T13, T14: compactors that overlap, are killed and meet old files again lose nothing."""

from __future__ import annotations

import os
import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runfolio.store.compact import compact
from runfolio.store.folder import Folder
from runfolio.store.plan import Snapshot, snapshot
from runfolio.store.verify import verify

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")

SECONDS = 4.0


def _promised(folder: Folder) -> dict[str, int]:
    """Acknowledged points by run; the last line may be half written."""
    try:
        text = Path(f"{folder.path}.promised").read_text("ascii")
    except FileNotFoundError:
        return {}
    lines = text[: text.rfind("\n") + 1].split()
    return dict(zip(lines[::2], map(int, lines[1::2]), strict=True))


def _looked(folder: Folder) -> Snapshot | None:
    """The store now; None if files moved faster than they could be read, five times."""
    view = snapshot(folder)
    return None if any(problem.code == "moving" for problem in view.problems) else view


def _judge(view: Snapshot, promised: dict[str, int]) -> Counter[str]:
    """What is lost, doubled or wrong, against what was promised before the look."""
    found: Counter[str] = Counter(problems=len(view.problems))
    facts = view.facts().select(["run_id", "writer", "seq", "step", "value"]).to_pylist()
    rows: dict[str, list[tuple[Any, ...]]] = {}
    for row in facts:
        run_id, *rest = row.values()
        rows.setdefault(run_id, []).append(tuple(rest))
    for known in rows.values():
        seqs = sorted(row[1] for row in known)
        found["doubled"] += len(seqs) - len(set(seqs))
        found["wrong"] += seqs != list(range(len(seqs)))
        found["wrong"] += any(v != s / (1 + seq % 2) for _, seq, s, v in known)
    for run_id, points in promised.items():
        found["lost"] += max(0, 2 * points - len(rows.get(run_id, ())))
    return found


def test_overlapping_compactors_that_are_killed_lose_and_double_nothing(
    folder: Folder, start: Callable[..., subprocess.Popen[str]], times: int, figure: Any
) -> None:
    nursery = start("compacting.py", folder.path, SECONDS * times, 13)
    total: Counter[str] = Counter()
    while nursery.poll() is None:
        promised = _promised(folder)
        view = _looked(folder)
        total["looks"] += 1
        total["moved"] += view is None
        if view is not None:
            total += _judge(view, promised)
        time.sleep(0.02)
    out, errors = nursery.communicate()
    assert nursery.returncode == 0, errors
    kills, back, packs = map(int, out.split())
    promised = _promised(folder)
    last = _judge(snapshot(folder), promised)
    small = len([*folder.runs.glob("*/*"), *folder.packs.glob("*")])
    done = compact(folder, grace=0)
    total += last + _judge(snapshot(folder), promised)
    wrong = {name: total[name] for name in ("lost", "doubled", "wrong", "problems")}
    figure(
        "T13 two compactors, overlapping, killed, with files brought back",
        f"{kills} kills, {packs} packs seen, {back} files brought back, {len(promised)} runs, "
        f"{total['looks']} looks ({total['moved']} while too much moved): {wrong}; {small} files "
        f"became {done.files_after}",
    )
    assert not any(wrong.values())
    assert total["looks"] > total["moved"]
    assert kills > 2 * times and packs and back
    assert verify(folder).ok
    assert not [path for path in folder.tmp.iterdir() if path.name.startswith("t-pack")]
