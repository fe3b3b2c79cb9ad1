"""`runfolio merge`, `push` and `pull` tell what they copied, and end with the right code."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from runfolio.run.start import init
from runfolio.store.folder import Folder
from runfolio.store.writer import Writer

from .conftest import Cli


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """A colleague's store with one run."""
    path = tmp_path / "other"
    with init("digits", name="theirs", store=path, id="theirs", capture=False) as run:
        run.log({"loss": 0.5}, step=1)
        run.set_tag("paper")
    with init("digits", name="more", store=path, id="more", capture=False) as run:
        run.log({"loss": 0.7}, step=1)
    return path


def names(cli: Cli, *options: str) -> set[str]:
    return {row["name"] for row in json.loads(cli("ls", "--json", *options).stdout)}


def test_merge_adds_and_says_what(cli: Cli, store: Path, other: Path) -> None:
    before = names(cli)
    result = cli("merge", "other")
    assert result.exit_code == 0
    assert "of 2 runs copied from" in result.stdout and str(other) in result.stdout
    assert names(cli) == before | {"theirs", "more"}
    again = cli("merge", "other")
    assert again.exit_code == 0 and again.stdout.startswith("nothing new in ")


def test_merge_into_a_new_store(cli: Cli, store: Path, other: Path, tmp_path: Path) -> None:
    assert cli("merge", "runs", "other", "--into", "all", "--dry-run").exit_code == 0
    assert not (tmp_path / "all").exists()
    result = cli("merge", "runs", "other", "--into", "all", "--json")
    records = json.loads(result.stdout)
    assert [record["target"] for record in records] == [str(tmp_path / "all")] * 2
    assert len(names(cli, "--store", "all")) == len(names(cli)) + 2


def test_where_no_store_is_nothing_is_made(cli: Cli, other: Path, tmp_path: Path) -> None:
    result = cli("merge", "other")
    assert result.exit_code == 1 and "no store" in result.stderr
    assert not (tmp_path / "runs").exists()
    assert cli("merge", "nothing", "--into", "all").exit_code == 1
    assert not (tmp_path / "all").exists()


def test_runs_are_chosen_by_name_and_filter(cli: Cli, store: Path, other: Path) -> None:
    assert json.loads(cli("merge", "other", "--filter", "tag:paper", "--json").stdout)[0][
        "runs"
    ] == ["theirs"]
    assert json.loads(cli("pull", "other", "--run", "more", "--json").stdout)[0]["runs"] == ["more"]
    assert cli("pull", "other", "--run", "nobody").exit_code == 1


def test_push_and_pull_between_folders(cli: Cli, store: Path, tmp_path: Path) -> None:
    assert cli("push", "share", "--dry-run").exit_code == 0
    assert not (tmp_path / "share").exists()
    assert cli("push", "share").exit_code == 0
    assert names(cli, "--store", "share") == names(cli)
    assert (tmp_path / "share" / "runfolio-files.json").exists()
    shutil.rmtree(tmp_path / "runs" / "runs" / "2026-0")
    assert cli("pull", "share").exit_code == 0
    assert names(cli, "--store", "share") == names(cli)
    assert cli("verify").exit_code == 0


def test_a_pull_makes_the_store_that_it_fills(cli: Cli, store: Path, tmp_path: Path) -> None:
    assert cli("pull", "nothing", "--store", "copy").exit_code == 1
    assert cli("pull", "runs", "--store", "copy", "--dry-run").exit_code == 0
    assert not (tmp_path / "copy").exists()
    assert cli("pull", "runs", "--store", "copy").exit_code == 0
    assert names(cli, "--store", "copy") == names(cli)


def test_conflicts_and_damage_have_their_exit_codes(
    cli: Cli, store: Path, other: Path, tmp_path: Path
) -> None:
    cli("merge", "other")
    (part,) = (other / "runs" / "theirs").glob("p-*")
    part.write_bytes(part.read_bytes()[:-9])
    result = cli("merge", "other")
    assert result.exit_code == 3 and part.name in result.stderr and "not copied" in result.stderr
    part.unlink()
    for number, path in enumerate((store, other)):
        with Writer(Folder.open(path), "clash", writer_id="00000000000a", seal=False) as writer:
            writer.fact("note", "", text=str(number))
    result = cli("merge", "other")
    assert (
        result.exit_code == 1 and ".conflict-" in result.stderr and "both are kept" in result.stderr
    )
    assert cli("verify").exit_code == 3


def test_no_place_and_no_address(cli: Cli, store: Path) -> None:
    result = cli("push")
    assert result.exit_code == 2 and "runfolio push PLACE" in result.stderr
    result = cli("push", "s3://key:secret@bucket/x")
    assert result.exit_code == 2 and "secret" not in result.stderr
    assert cli("ls", "--store", "ftp://example.org/x").exit_code == 2


def test_hostile_names_reach_no_terminal(cli: Cli, store: Path, tmp_path: Path) -> None:
    with init("x", store=tmp_path / "a\x1b[31m", id="z", capture=False):
        pass
    result = cli("merge", "a\x1b[31m")
    assert result.exit_code == 0 and "\x1b" not in result.stdout
