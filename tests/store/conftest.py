"""A small real store for every test of the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runfolio.store.folder import Folder
from runfolio.store.plan import snapshot
from runfolio.store.writer import Writer

Fact = dict[str, Any]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """An empty store."""
    return Folder.create(tmp_path / "store")


@pytest.fixture
def read(folder: Folder) -> Callable[..., list[Fact]]:
    """All facts of the store as dicts; fails if the snapshot names a problem."""

    def facts(*, problems: tuple[str, ...] = ()) -> list[Fact]:
        view = snapshot(folder)
        assert tuple(problem.code for problem in view.problems) == problems
        rows: list[Fact] = view.facts().to_pylist()
        return rows

    return facts


@pytest.fixture
def log(folder: Folder) -> Iterator[Callable[..., Writer]]:
    """Writes a run of ``steps`` points and closes it unless told otherwise."""
    writers: list[Writer] = []

    def run(
        run_id: str = "r1", steps: int = 5, *, close: bool = True, seal: bool = True, **options: Any
    ) -> Writer:
        writer = Writer(folder, run_id, seal=seal, **options)
        writers.append(writer)
        writer.fact("param", "lr", value=0.1, text="0.1")
        for step in range(steps):
            writer.points(step, ("loss", "acc"), [1.0 / (step + 1), step / 10])
        if close:
            writer.close()
        return writer

    yield run
    for writer in writers:
        writer.close()
