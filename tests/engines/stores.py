"""One store of many kinds of runs, in the shapes that its files can have."""

from __future__ import annotations

import math
import shutil
from collections.abc import Callable
from pathlib import Path

from runfolio import schema
from runfolio.config import Config, LeaderboardConfig
from runfolio.store import parts
from runfolio.store.compact import compact
from runfolio.store.coverage import minus
from runfolio.store.folder import Folder

from ..query.factory import correct, log_run

ODD = "it's \\best\n; --"
CONFIG = Config(
    leaderboards=(
        LeaderboardConfig(name=ODD, metric="accuracy", filter="lr<0.5 -tag:x"),
        LeaderboardConfig(name="families", metric="loss", group_by=("family",), baseline="run 1"),
        LeaderboardConfig(name="means", metric="loss", stat="mean", baseline="run 1"),
        LeaderboardConfig(name="last", metric="accuracy", stat="last", baseline="run 3"),
        LeaderboardConfig(name="plain", metric="loss", stat="min"),
        LeaderboardConfig(name="nobody", metric="no such metric"),
    )
)
HARD = [0.1, math.nan, math.inf, -math.inf, 5e-324, 1.7976931348623157e308, -0.0, 1 / 3]


def fill(folder: Folder) -> Folder:
    """Nine runs: ties, holes, NaN, odd names, corrections, one in the trash, one without points."""
    for number in range(7):
        log_run(
            folder,
            f"r{number}",
            name=f"run {number}" if number < 5 else f"é ' \\ \" ; {number}\n",
            params={"lr": 10.0**-number, "family": "ab"[number % 2] if number < 6 else None},
            metrics={
                "acc": [0.1, 0.2 * (number % 3), math.nan],
                "loss": [2.0, 1.0 / (number + 1), 0.5],
                "hard": HARD[number % 4 :],
            },
            tags={"x": "y"} if number == 3 else {},
            end="failed" if number == 4 else "finished",
            hour=number,
        )
        correct(folder, f"r{number}", "rename", "metric:acc", "accuracy")
    log_run(folder, "empty", hour=20)
    log_run(folder, "bad", metrics={"loss": [math.nan, math.inf]}, hour=21)
    correct(folder, "r0", "drop", "accuracy", {"from": 0, "to": 0}, hour=101)
    correct(folder, "r1", "drop", "accuracy", {"all": True}, hour=101)
    correct(folder, "r2", "trash", text={"reason": "no"})
    return folder


def loose(folder: Folder) -> Folder:
    """Parts only: one file for each writer."""
    return folder


def packed(folder: Folder) -> Folder:
    """Packs only."""
    compact(folder, grace=0)
    assert list(folder.packs.glob("c-*"))
    assert not list(folder.runs.glob("*/*.parquet"))
    return folder


def overlapping(folder: Folder) -> Folder:
    """A pack beside the parts that it stands for, later facts, and parts that share facts."""
    correct(folder, "r5", "tag", "late", "", hour=102)
    compact(folder)
    correct(folder, "r6", "tag", "later", "", hour=103)
    _cut_in_two(folder, log_run(folder, "shared", metrics={"loss": [1.0, 0.25, 9.0]}, hour=22).id)
    assert list(folder.packs.glob("c-*")) and list(folder.runs.glob("r1/p-*"))
    return folder


def living(folder: Folder) -> Folder:
    """Parts, and journals of runs that go on."""
    for number in range(2):
        log_run(
            folder,
            f"open-{number}",
            metrics={"loss": [0.4, 0.3 - number]},
            hour=30 + number,
            close=False,
        )
    return folder


#: What each shape does to a copy of the filled store.
SHAPES: dict[str, Callable[[Folder], Folder]] = {
    each.__name__: each for each in (loose, packed, overlapping, living)
}


def _cut_in_two(folder: Folder, writer: str) -> None:
    """Replace the part of a writer by two that share some facts, and own no others alone."""
    (path,) = folder.runs.glob(f"*/p-{writer}-*")
    footer, table = parts.read_part(path)
    for lo, hi in ((0, 4), (2, table.num_rows)):
        piece = table.slice(lo, hi - lo)
        inner = parts.Footer(
            coverage={writer: ((lo, hi),)},
            runs=footer.runs,
            ends=footer.ends,
            seen=footer.seen,
            rows=hi - lo,
            digest=parts.digest_of(piece),
        )
        name = schema.part_name(writer, lo, hi)
        parts.write_part(piece, inner, path.with_name(name), folder.tmp / "t-x.tmp")
    assert minus(((0, table.num_rows),), footer.coverage[writer]) == ()
    path.unlink()


def copy(folder: Folder, path: Path) -> Folder:
    """The same store at another place."""
    shutil.copytree(folder.path, path)
    return Folder.open(path)
