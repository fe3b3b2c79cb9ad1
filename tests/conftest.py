"""Shared by all tests: real stores made small, sites built from them, and ``--refresh-golden``.

``store`` writes runs through the store's own writer with a clock that stands still between facts
and writers that are named by their run, so the same test always writes the same store.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from hypothesis import settings

from runfolio.config import Config, SiteConfig
from runfolio.run import active
from runfolio.store.blobs import put_bytes
from runfolio.store.folder import Folder
from runfolio.store.writer import Writer

# CI tries the same generated cases each time; at home each run tries new ones.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

#: 2026-11-15 14:00 UTC.
START_NS = 1_794_751_200 * 10**9


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--refresh-golden",
        action="store_true",
        help="write what the golden tests find to tests/golden/<case>/expected",
    )


@pytest.fixture(autouse=True)
def _no_seed_stays() -> Iterable[None]:
    """A seed set in one test is not told by the runs of the next one in the same process."""
    yield
    active._seed.set(None)


@dataclass
class Clock:
    """Nanoseconds that pass only when told, and a microsecond at each look."""

    now: int = START_NS

    def __call__(self) -> int:
        self.now += 1000
        return self.now

    def pass_seconds(self, seconds: float) -> None:
        self.now += int(seconds * 1e9)


@dataclass
class StoreMaker:
    """Writes runs into a store; every ``run`` begins ten minutes after the one before."""

    path: Path
    runs: int = 0
    folder: Folder = field(init=False)
    open_writers: list[Writer] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.folder = Folder.create(self.path)

    def run(
        self,
        run_id: str,
        *,
        name: str = "",
        experiment: str = "digits",
        params: Mapping[str, Any] | None = None,
        metrics: Mapping[str, Sequence[float]] | None = None,
        tags: Mapping[str, str] | Iterable[str] = (),
        note: str = "",
        end: str | None = "finished",
        error: Mapping[str, str] | None = None,
        facts: Iterable[tuple[str, str, int | None, float | None, str | None]] = (),
        sections: Mapping[str, Mapping[str, Any]] | None = None,
        identity: Mapping[str, Any] | None = None,
        stay: bool = False,
    ) -> str:
        """One run; ``end=None`` leaves it without an end, ``stay`` leaves its process alive."""
        clock = Clock(START_NS + self.runs * 600 * 10**9)
        self.runs += 1
        writer = Writer(self.folder, run_id, clock=clock, writer_id=f"{self.runs:012x}", seal=False)
        start = {"name": name or run_id, "experiment": experiment, "tool": "0", **(identity or {})}
        writer.fact("start", "run", text=json.dumps(start))
        for section, data in (sections or {}).items():
            writer.fact("start", section, text=json.dumps(data))
        for key, value in (params or {}).items():
            number = isinstance(value, int | float) and not isinstance(value, bool)
            text = json.dumps(value)
            writer.fact("param", key, value=float(value) if number else None, text=text)
        for tag, value in (tags if isinstance(tags, Mapping) else dict.fromkeys(tags, "")).items():
            writer.fact("tag", tag, text=value)
        if note:
            writer.fact("note", "", text=note)
        writer.facts(list(facts))
        for step in range(max((len(values) for values in (metrics or {}).values()), default=0)):
            clock.pass_seconds(1)
            here = {
                key: values[step] for key, values in (metrics or {}).items() if step < len(values)
            }
            writer.points(step, tuple(here), tuple(map(float, here.values())))
        if end:
            detail = {"exit_code": 0 if end == "finished" else 1, "exception": error}
            writer.fact("end", end, value=60.0, text=json.dumps(detail))
        if stay:
            self.open_writers.append(writer)
        else:
            writer.close()
        return run_id

    def artifact(
        self, path: str, data: bytes, type: str = "file", step: int | None = None, **more: Any
    ) -> tuple[str, str, int | None, float | None, str | None]:
        """Store ``data`` and give the fact that names it, for ``run(facts=…)``."""
        blob = put_bytes(self.folder, data)
        text = json.dumps({"digest": blob.digest, "type": type, **more})
        return ("artifact", path, step, float(len(data)), text)

    def close(self) -> None:
        for writer in self.open_writers:
            writer.close()


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], Path]) -> Path:
    """What ``make`` gives in an empty folder; made by one of the test processes for all of them."""
    folder = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # each process has a folder of its own in there
    folder = folder / name
    note = folder.with_suffix(".made")
    with FileLock(folder.with_suffix(".lock")):
        if not note.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            note.write_text(str(make(folder)), "utf-8")
    return Path(note.read_text("utf-8"))


@pytest.fixture(scope="session")
def make_store() -> Callable[[Path], StoreMaker]:
    """An empty store at a path, for stores that several tests read."""
    return StoreMaker


@pytest.fixture
def store(tmp_path: Path) -> Iterable[StoreMaker]:
    """An empty store in ``tmp_path/runs``, with a ``run`` to fill it."""
    maker = StoreMaker(tmp_path / "runs")
    yield maker
    maker.close()


@pytest.fixture
def build_site(tmp_path: Path) -> Callable[..., Path]:
    """Build the site of a store into ``tmp_path/site`` (or ``out``); gives the folder."""

    def build(store: StoreMaker | Path, out: Path | None = None, **options: Any) -> Path:
        from runfolio.site.build import build as build_it

        path = store.path if isinstance(store, StoreMaker) else store
        options.setdefault("site", SiteConfig(title="Test site", pages=tmp_path / "pages"))
        strict, force = options.pop("strict", False), options.pop("force", False)
        config = Config(store=path, out=out or tmp_path / "site", **options)
        return build_it(config, strict=strict, force=force).out

    return build
