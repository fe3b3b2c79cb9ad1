"""`runfolio index` over several processes, or in shares that are put together."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from .conftest import Cli


def test_a_runner_computes_every_run(cli: Cli, store: Path) -> None:
    done = json.loads(cli("index", "--runner", "process", "--workers", "2", "--json").stdout)
    assert (done["runs"], done["new"]) == (4, 4)
    assert "4 runs (nothing new)" in cli("index").stdout
    assert "views are equal" in cli("index", "--check").stdout


def test_shares_travel_in_folders(cli: Cli, store: Path, tmp_path: Path) -> None:
    plain = shutil.copytree(store, tmp_path / "plain")
    new = 0
    for number in (1, 2):
        machine = shutil.copytree(plain, tmp_path / f"machine-{number}")
        told = cli("index", "--shard", f"{number}/2", "--out", f"out-{number}", "--store", machine)
        assert told.exit_code == 0 and f"copied to out-{number}" in told.stderr
        new += int(told.stderr.split()[0])
    assert new == 4
    merged = cli("index", "--merge", "out-1", "--merge", "out-2", "--store", plain)
    assert merged.stderr == "took in 4 runs\n"
    assert "4 runs (nothing new)" in merged.stdout


def test_a_share_does_not_throw_away_the_others(cli: Cli, store: Path) -> None:
    result = cli("index", "--rebuild", "--shard", "1/2")
    assert result.exit_code == 2 and "other shares" in result.stderr


@pytest.mark.parametrize("shard", ["0/4", "5/4", "x"])
def test_a_share_that_cannot_be(shard: str, cli: Cli, store: Path) -> None:
    result = cli("index", "--shard", shard)
    assert result.exit_code == 2
    assert "is no share" in result.stderr and "--shard 1/8" in result.stderr
