"""The page about the format is enough to read a store: a reader made from it agrees with ours."""

from __future__ import annotations

import ast
import importlib.util
import json
import math
import os
import random
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from runfolio.run.author import annotate
from runfolio.store import folder as folder_module
from runfolio.store import stream, tombs
from runfolio.store.compact import compact
from runfolio.store.folder import Folder
from runfolio.store.plan import snapshot
from runfolio.store.verify import verify
from runfolio.store.writer import Writer

READER = Path(__file__).with_name("spec_reader.py")
PAGE = Path(__file__).parents[2] / "site" / "pages" / "format.md"


@pytest.fixture(scope="module")
def reader() -> ModuleType:
    """The independent reader."""
    spec = importlib.util.spec_from_file_location("spec_reader", READER)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _rows(folder: Folder) -> list[tuple[Any, ...]]:
    table = snapshot(folder).facts()
    table = table.set_column(3, "time", table.column("time").cast("int64"))
    return [tuple(map(repr, row.values())) for row in table.to_pylist()]


def _theirs(reader: ModuleType, folder: Folder) -> list[tuple[str, ...]]:
    return [tuple(map(repr, row)) for row in reader.facts(folder.path)]


def _odd(writer: Writer, dice: random.Random) -> None:
    """Facts of every shape."""
    writer.fact("start", "run", text=json.dumps({"name": "Ünï 🙂\0"}))
    writer.points(None, ("stepless", ""), [math.nan, -0.0])
    writer.points(-(2**63), ("a", "b" * 300, "é"), [math.inf, -math.inf, 5e-324])
    writer.points(2**63 - 1, ("a", "b" * 300, "é"), [2**60 + 1, True, 3])
    writer.facts([("tag", "", None, None, ""), ("x", "k", 0, 0.0, None), ("y", "", -1, None, "t")])
    writer.heartbeat(1.5)
    for step in range(dice.randrange(30, 60)):
        names = tuple(f"m{n}" for n in range(dice.randrange(1, 4)))
        writer.points(step, names, [dice.random() for _ in names])


@pytest.fixture
def generated(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """A store with files of every kind: live, dead, rolled, sealed, packed, purged, resumed."""
    dice = random.Random(3)
    for run_id in ("packed-a", "packed-b", "gone-packed"):
        with Writer(folder, run_id) as writer:
            _odd(writer, dice)
    compact(folder, grace=0)
    annotate(folder, "packed-a", [("tag", "late", None, None, "yes")])
    with Writer(folder, "sealed") as writer:
        _odd(writer, dice)
    with Writer(folder, "gone") as writer:
        _odd(writer, dice)
    for run_id in ("gone", "gone-packed"):
        tombs.lay(folder, run_id, name="n", author={}, reason="", facts=1, blobs=[], time_ns=10**18)
    monkeypatch.setattr(stream, "SEAL_ROWS", 25)
    monkeypatch.setattr(stream, "_MILESTONE", 64)
    with Writer(folder, "rolled", seal=False) as writer:
        _odd(writer, dice)
    with Writer(folder, "rolled") as writer:
        _odd(writer, dice)
    code = (
        "import os, sys; from runfolio.store.folder import Folder\n"
        "from runfolio.store.writer import Writer\n"
        "w = Writer(Folder.open(sys.argv[1]), 'dead'); w.points(0, ('x',), [1.0]); os._exit(1)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(folder_module.__file__).parents[2])}
    subprocess.run([sys.executable, "-c", code, str(folder.path)], env=environment, check=False)
    return folder


def test_a_reader_made_from_the_page_gives_the_same_facts(
    generated: Folder, reader: ModuleType
) -> None:
    ours = _rows(generated)
    assert _theirs(reader, generated) == ours
    assert len(ours) > 400
    assert {path.name[0] for path in generated.path.rglob("?-*")} == {"j", "p", "c", "x"}


def test_it_gives_the_same_facts_after_repair_and_packing(
    generated: Folder, reader: ModuleType
) -> None:
    before = _rows(generated)
    for change in (lambda: verify(generated, repair=True), lambda: compact(generated, grace=0)):
        change()
        assert _rows(generated) == before
        assert _theirs(reader, generated) == before


def test_it_sees_the_same_ends(generated: Folder, reader: ModuleType) -> None:
    verify(generated, repair=True)
    ours = {each.writer: each.state for each in snapshot(generated).sessions}
    theirs = reader.read(generated.path)[1]
    assert {writer: theirs[writer] for writer in ours} == ours
    assert set(ours.values()) == {"closed", "dead"}


@pytest.mark.parametrize("trial", range(20))
def test_it_gives_the_same_facts_of_damaged_files(
    folder: Folder, reader: ModuleType, trial: int
) -> None:
    dice = random.Random(trial)
    with Writer(folder, "r1", seal=False) as writer:
        _odd(writer, dice)
    with Writer(folder, "r2") as writer:
        _odd(writer, dice)
    for path in sorted(folder.runs.glob("*/*")):
        if path.parent.name == "r2" and path.name.startswith("j-") and trial % 2:
            path.unlink()
            continue
        data = bytearray(path.read_bytes())
        if trial % 3 == 0:
            del data[dice.randrange(len(data)) :]
        else:
            data[dice.randrange(len(data))] ^= 1 << dice.randrange(8)
        path.write_bytes(data)
    assert _theirs(reader, folder) == _rows(folder)


def test_the_reader_imports_nothing_of_ours_and_its_names_stand_on_the_page() -> None:
    tree = ast.parse(READER.read_text(encoding="utf-8"))
    modules = {
        (node.module if isinstance(node, ast.ImportFrom) else alias.name) or ""
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    roots = {module.partition(".")[0] for module in modules}
    assert roots <= set(sys.stdlib_module_names) | {"pyarrow"}
    page = PAGE.read_text(encoding="utf-8")
    for text in ("RFJOURNL", "f5 52 46 1e", "RFSEAL01", "16,777,216"):
        assert text in page
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "compile":
            (pattern,) = (arg.value for arg in node.args if isinstance(arg, ast.Constant))
            assert f"`{pattern}`" in page, "a name that the page does not have"
