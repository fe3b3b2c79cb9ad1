"""Shares of the index, computed apart, are put together to what one process computes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from runfolio.errors import RunfolioError, UsageError
from runfolio.query.index import refresh
from runfolio.query.index_check import check_index
from runfolio.query.shards import bring_in, shard_of, take_out
from runfolio.store.folder import Folder

from .factory import log_run

SHARES = 3


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    folder = Folder.create(tmp_path_factory.mktemp("filled") / "runs")
    for number in range(9):
        log_run(folder, f"r{number}", metrics={"loss": [1.0 / (number + 1), 0.1]}, hour=number)
    return folder


def copied(folder: Folder, path: Path) -> Folder:
    """The store on another machine, without an index."""
    shutil.copytree(folder.path, path, ignore=shutil.ignore_patterns(".runfolio"))
    return Folder.open(path)


def test_shares_on_one_disk_are_there_for_the_next_command(filled: Folder, tmp_path: Path) -> None:
    folder = copied(filled, tmp_path / "runs")
    new = [refresh(folder, shard=(number, SHARES)).new for number in range(SHARES)]
    assert sum(new) == 9 and all(new)
    done = refresh(folder)
    assert (done.new, done.runs) == (0, 9)
    assert check_index(folder).differing == ()


def test_shares_may_overlap_and_be_computed_twice(filled: Folder, tmp_path: Path) -> None:
    folder = copied(filled, tmp_path / "runs")
    for shard in ((0, 2), (0, 3), (1, 2), (0, 2)):
        refresh(folder, shard=shard)
    assert refresh(folder).new == 0
    assert check_index(folder).differing == ()


def test_shares_of_machines_without_a_common_disk(filled: Folder, tmp_path: Path) -> None:
    outs = []
    for number in range(SHARES):
        machine = copied(filled, tmp_path / f"machine-{number}")
        refresh(machine, shard=(number, SHARES))
        outs.append(tmp_path / f"out-{number}")
        assert 0 < take_out(machine, outs[-1]) < 9
    folder = copied(filled, tmp_path / "runs")
    assert bring_in(folder, outs) == 9
    assert refresh(folder).new == 0
    assert check_index(folder).differing == ()


def test_a_share_of_an_older_state_costs_its_news_only(filled: Folder, tmp_path: Path) -> None:
    machine = copied(filled, tmp_path / "machine")
    refresh(machine)
    take_out(machine, tmp_path / "out")
    folder = copied(filled, tmp_path / "runs")
    log_run(folder, "late", hour=50)
    bring_in(folder, [tmp_path / "out"])
    assert refresh(folder).new == 1
    assert check_index(folder).differing == ()


@pytest.mark.parametrize("name", ["seg-*.duckdb", "seg-*.json"])
def test_a_damaged_share_is_refused_and_nothing_taken(
    name: str, filled: Folder, tmp_path: Path
) -> None:
    machine = copied(filled, tmp_path / "machine")
    refresh(machine)
    take_out(machine, tmp_path / "out")
    (path,) = (tmp_path / "out").glob(name)
    path.write_bytes(path.read_bytes()[:-9])
    folder = copied(filled, tmp_path / "runs")
    with pytest.raises(RunfolioError, match=r"cannot be taken into the index") as found:
        bring_in(folder, [tmp_path / "out"])
    assert "Compute that share again" in found.value.hint
    assert not list(folder.cache.glob("index/*"))


def test_shares_are_counted_from_one() -> None:
    assert (shard_of("1/8"), shard_of("8/8")) == ((0, 8), (7, 8))
    for text in ("0/8", "9/8", "1", "1/0", "a/b", "-1/3", ""):
        with pytest.raises(UsageError, match="is no share") as found:
            shard_of(text)
        assert "1/8" in found.value.hint


def test_a_share_that_is_not_there(filled: Folder, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no folder"):
        bring_in(copied(filled, tmp_path / "runs"), [tmp_path / "nowhere"])
