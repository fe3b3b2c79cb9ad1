"""T19: every file of a store is cut and flipped; nothing is silently wrong, and the file is named.

What no reader can see is a journal that is cut: it looks like that of a process that died there.
Its facts are then a true beginning of what was said, and its run is not shown as finished.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import random
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runfolio import schema
from runfolio.errors import StoreError
from runfolio.store import stream
from runfolio.store.blobs import put_bytes
from runfolio.store.folder import Folder
from runfolio.store.plan import Snapshot, snapshot
from runfolio.store.seal import seal_journal
from runfolio.store.verify import verify
from runfolio.store.writer import Writer

STEPS = 40
SHORT, LONG = 4, 200
Damage = Callable[[random.Random, bytes], bytes]
Fact = tuple[Any, ...]


def _cut(dice: random.Random, data: bytes) -> bytes:
    return data[: dice.randrange(len(data))]


def _flip(dice: random.Random, data: bytes) -> bytes:
    flipped = bytearray(data)
    flipped[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
    return bytes(flipped)


def _log(folder: Folder, run_id: str, *, seal: bool) -> None:
    with Writer(folder, run_id, seal=seal) as said:
        said.fact("start", "run", text=json.dumps({"name": run_id, "experiment": "e"}))
        for step in range(STEPS):
            said.points(step, ("loss", "acc"), [step / 4, step / 8])
        blob = put_bytes(folder, f"contents of {run_id}".encode() * 20)
        text = json.dumps({"digest": blob.digest, "type": "file"})
        said.fact("artifact", "a.txt", value=float(blob.size), text=text)
        said.fact("end", "finished", value=1.0, text="{}")


@pytest.fixture
def whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """A store with a file of every kind, each the only one that holds its facts."""
    folder = Folder.create(tmp_path / "whole")
    _log(folder, "sealed", seal=True)
    for path in folder.run_dir("sealed").glob("j-*"):
        path.unlink()
    _log(folder, "journal", seal=False)
    monkeypatch.setattr(stream, "SEAL_ROWS", 30)
    monkeypatch.setattr(stream, "_MILESTONE", 64)
    _log(folder, "rolled", seal=False)
    first, *_ = sorted(folder.run_dir("rolled").glob("j-*"))
    seal_journal(folder, first)
    if importlib.util.find_spec("runfolio.store.compact"):
        for run_id in ("packed", "packed-too"):
            _log(folder, run_id, seal=True)
        only = Folder.create(tmp_path / "only")
        for run_id in ("packed", "packed-too"):
            shutil.move(folder.run_dir(run_id), only.run_dir(run_id))
        importlib.import_module("runfolio.store.compact").compact(only, grace=0)
        shutil.copytree(only.packs, folder.packs, dirs_exist_ok=True)
    return folder


def _facts(view: Snapshot) -> dict[tuple[str, int], Fact]:
    """What each fact says, by the name that it has for ever."""
    rows = view.facts().to_pylist()
    return {(row["writer"], row["seq"]): tuple(map(repr, row.values())) for row in rows}


def _judge(folder: Folder, path: Path, truth: Snapshot, was: dict[Any, Fact]) -> str:
    """What the damage of ``path`` did: "harmless", "told", or how the store was silently wrong."""
    name = path.relative_to(folder.path).as_posix()
    try:
        report = verify(Folder.open(folder.path))
    except StoreError as error:
        return "told" if str(folder.path) in str(error) else f"unnamed: {error}"
    view = snapshot(folder)
    now = _facts(view)
    invented = [key for key, fact in now.items() if was.get(key) != fact]
    if invented:
        return f"wrong facts: {len(invented)}"
    named = {problem.path for problem in report.problems}
    lost = len(was) - len(now)
    if name in named:
        return "told"
    if not lost and view.sessions == truth.sessions:
        return "harmless"
    run_id = path.parent.name
    states = {session.state for session in view.sessions if session.run_id == run_id}
    if schema.JOURNAL_NAME.fullmatch(path.name) and "closed" not in states:
        return "a true beginning, not finished"
    if lost and any(problem.run_id == run_id for problem in report.problems):
        return "told by another file of the run"
    return f"silent: {lost} facts lost, {states}, {named}"


@pytest.mark.parametrize("damage", [_cut, _flip], ids=["cut", "flipped"])
def test_no_damaged_file_gives_a_silent_wrong_answer(
    whole: Folder, damage: Damage, long: bool, figure: Any
) -> None:
    truth = snapshot(whole)
    assert verify(whole).ok
    was = _facts(truth)
    outcomes: Counter[str] = Counter()
    paths = [p for p in sorted(whole.path.rglob("*")) if p.is_file() and ".git" not in p.name]
    for path in paths:
        good = path.read_bytes()
        for trial in range(LONG if long else SHORT):
            path.write_bytes(damage(random.Random(f"{path.name[:1]}{trial}"), good))
            outcomes[_judge(whole, path, truth, was)] += 1
        path.write_bytes(good)
    figure(f"{damage.__name__[1:]} files", f"{len(paths)} files: {dict(outcomes)}")
    bad = [one for one in outcomes if one.startswith(("silent", "wrong", "unnamed"))]
    assert bad == [], outcomes
