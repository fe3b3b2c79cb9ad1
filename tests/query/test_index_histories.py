"""Random histories of a store: after every step the index and a reader without it say the same."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
import time
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runfolio.query.index import refresh
from runfolio.query.ingest import build_segment
from runfolio.store.clean import clean
from runfolio.store.compact import compact
from runfolio.store.folder import Folder
from runfolio.store.writer import Writer

from .factory import correct, log_run
from .test_index import assert_same

LONG = os.environ.get("RUNFOLIO_LONG", "") not in ("", "0")
STEPS = (
    "log", "log", "live", "grow", "close", "kill", "tag", "rename", "drop", "trash", "restore",
    "compact", "clean", "away", "back", "swap", "flip", "cut", "mend", "index", "runner", "spoil",
)  # fmt: skip


class History:
    """A store and what happens to it; ``seed`` decides which run or file it happens to."""

    def __init__(self, home: Path, seed: int) -> None:
        self.folder = Folder.create(home / "runs")
        self.home = home
        self.dice = random.Random(seed)
        self.hour = 0
        self.live: list[Writer] = []
        self.good: dict[Path, bytes] = {}
        self.away: dict[Path, Path] = {}

    def step(self, name: str) -> None:
        """Let one thing happen; nothing where it cannot."""
        self.hour += 1
        getattr(self, f"do_{name}")()

    def do_log(self) -> None:
        values = [self.dice.gauss(0, 10**5) for _ in range(self.dice.randrange(1, 60))]
        metrics = {"loss": values, "acc": [float("nan"), *values[:2]]}
        log_run(self.folder, f"r{self.hour}", params={"p": self.hour}, metrics=metrics)

    def do_live(self) -> None:
        run_id = f"l{self.hour}"
        self.live.append(
            log_run(self.folder, run_id, metrics={"loss": [1.5]}, end=None, close=False)
        )

    def do_grow(self) -> None:
        for writer in self.live:
            writer.points(self.hour, ("loss",), (self.dice.random(),))

    def do_close(self) -> None:
        if self.live:
            self.live.pop().close()

    def do_kill(self) -> None:
        """The journal stays as it is for ever, with its last bytes torn."""
        if self.live:
            self.live.pop()
        for path in self.files("runs/*/j-*"):
            if path.stat().st_size > 200 and self.dice.random() < 0.3:
                self.change(path, path.read_bytes()[:-7])

    def do_tag(self) -> None:
        self.correct("tag", "late", "x")

    def do_rename(self) -> None:
        self.correct("rename", "metric:loss", "cost")

    def do_drop(self) -> None:
        self.correct("drop", "loss", {"from": 1, "to": 5})

    def do_trash(self) -> None:
        self.correct("trash", "", {"author": "ada"})

    def do_restore(self) -> None:
        self.correct("restore", "", {"author": "ada"})

    def correct(self, kind: str, key: str, text: object) -> None:
        runs = self.folder.run_ids()
        if runs:
            correct(self.folder, self.dice.choice(runs), kind, key, text, hour=100 + self.hour)

    def do_compact(self) -> None:
        compact(self.folder, grace=0)

    def do_clean(self) -> None:
        clean(self.folder, grace=0)

    def do_away(self) -> None:
        for path in self.chosen("runs/*/p-*"):
            target = self.home / f"away-{self.hour}"
            shutil.move(path, target)
            self.away[target] = path

    def do_back(self) -> None:
        for target, path in self.away.items():
            if path.parent.exists():
                shutil.move(target, path)
        self.away.clear()

    def do_swap(self) -> None:
        """One part takes the place of another, as a careless copy would do it."""
        for path in self.chosen("runs/*/p-*"):
            for other in self.chosen("runs/*/p-*"):
                self.change(path, other.read_bytes())

    def do_flip(self) -> None:
        for path in self.chosen("*/**/*.parquet", "runs/*/j-*"):
            data = bytearray(path.read_bytes())
            if data:
                data[self.dice.randrange(len(data))] ^= 1 << self.dice.randrange(8)
                self.change(path, bytes(data))

    def do_cut(self) -> None:
        for path in self.chosen("*/**/*.parquet", "runs/*/j-*"):
            data = path.read_bytes()
            self.change(path, data[: self.dice.randrange(len(data) + 1)])

    def do_mend(self) -> None:
        for path, data in self.good.items():
            if path.exists():
                path.write_bytes(data)
        self.good.clear()

    def do_index(self) -> None:
        time.sleep(0.03)
        refresh(self.folder)

    def do_runner(self) -> None:
        refresh(
            self.folder,
            runner=lambda jobs: [build_segment(job.task, job.out) for job in jobs],
            bucket_rows=50,
        )

    def do_spoil(self) -> None:
        time.sleep(0.01)
        for path in self.chosen(".runfolio/index/*"):
            data = bytearray(path.read_bytes())
            if data and self.dice.random() < 0.5:
                data[self.dice.randrange(len(data))] ^= 2
                path.write_bytes(data)
            else:
                path.write_bytes(data[: len(data) // 2])

    def change(self, path: Path, data: bytes) -> None:
        """Write other bytes into a file of a writer that is not alive."""
        if not any(writer.id in path.name for writer in self.live):
            self.good.setdefault(path, path.read_bytes())
            path.write_bytes(data)

    def files(self, *patterns: str) -> list[Path]:
        return sorted({path for pattern in patterns for path in self.folder.path.glob(pattern)})

    def chosen(self, *patterns: str) -> list[Path]:
        found = [path for path in self.files(*patterns) if path.is_file()]
        return [self.dice.choice(found)] if found else []


@pytest.mark.timeout(3600)
@settings(
    max_examples=200 if LONG else 3,
    deadline=None,
    derandomize=not LONG,
    suppress_health_check=list(HealthCheck),
)
@given(
    steps=st.lists(st.sampled_from(STEPS), min_size=4, max_size=30 if LONG else 9),
    seed=st.integers(0, 2**32),
)
def test_every_history_reads_the_same(steps: list[str], seed: int) -> None:
    with (
        tempfile.TemporaryDirectory() as home,
        mock.patch("runfolio.store.listing._FRESH_SECONDS", 0.02),
    ):
        history = History(Path(home), seed)
        history.step("log")
        for number, name in enumerate(steps):
            history.step(name)
            if number % 3 == 2:
                assert_same(history.folder)
        assert_same(history.folder)
        for writer in history.live:
            writer.close()
