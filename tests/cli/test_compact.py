"""`runfolio compact` says what it did, what it would do, and what goes when."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from .conftest import Cli


def test_it_tells_what_became_of_the_files_and_what_goes_when(cli: Cli, store: Path) -> None:
    before = cli("ls", "--json").stdout
    packed, sizes, later = cli("compact").stdout.splitlines()
    assert re.fullmatch(r"4 runs packed into 1 pack, [\d.]+ kB", packed)
    assert re.fullmatch(r"before: 8 files, [\d.]+ kB; now: 9 files, [\d.]+ kB", sizes)
    assert re.match(r"8 files \([\d.]+ kB\) are needed no more, but for commands that read", later)
    assert re.search(r"run this again after \d\d:\d\d, and they go$", later)
    assert cli("ls", "--json").stdout == before
    gone, sizes = cli("compact", "--grace", "0").stdout.splitlines()
    assert gone == "8 files removed, which packs stand for"
    assert "now: 1 file, " in sizes
    assert cli("ls", "--json").stdout == before
    assert re.fullmatch(r"nothing to compact: 1 file, [\d.]+ kB\n", cli("compact").stdout)
    assert [path.name[:2] for path in store.rglob("*.parquet")] == ["c-"]


def test_a_dry_run_writes_nothing(cli: Cli, store: Path) -> None:
    before = sorted(store.rglob("*"))
    would, sizes = cli("compact", "--dry-run").stdout.splitlines()
    assert would == "would pack 4 runs into 1 pack"
    assert re.fullmatch(r"now: 8 files, [\d.]+ kB; then: 1 file, at most [\d.]+ kB", sizes)
    assert sorted(store.rglob("*")) == before


def test_json_for_programs(cli: Cli, store: Path) -> None:
    told = json.loads(cli("compact", "--json").stdout)
    assert (told["runs"], told["files_before"], told["files_after"]) == (4, 8, 9)
    assert len(told["waiting"]) == 8 and told["due"].startswith("20")
    assert re.fullmatch(r"packs/c-[0-9a-f]{32}\.parquet", told["packs"][0])
    assert json.loads(cli("compact", "--json", "--dry-run").stdout)["dry_run"] is True


def test_runs_that_go_on_or_are_damaged_are_named(cli: Cli, store: Path) -> None:
    from runfolio.store.folder import Folder
    from runfolio.store.writer import Writer

    for path in (store / "runs" / "2026-0").glob("j-*"):
        path.unlink()
    (part,) = (store / "runs" / "2026-0").glob("p-*")
    part.write_bytes(part.read_bytes()[:-3])
    with Writer(Folder.open(store), "2026-1") as writer:
        writer.fact("tag", "still")
        result = cli("compact")
    assert "1 run still goes on and stays as it is: 2026-1\n" in result.stdout
    assert "warning: 1 run has damaged files and stays as it is: 2026-0" in result.stderr
    assert "runfolio verify" in result.stderr
    assert result.exit_code == 0


def test_the_shell_completes_runs_in_packs(cli: Cli, store: Path) -> None:
    from runfolio.cli.app import app
    from runfolio.cli.call import complete_run

    cli("compact", "--grace", "0")
    with app.make_context("runfolio", ["ls"]) as context:
        assert complete_run(context, context.command.params[0], "2026") == [
            "2026-2", "2026-1", "2026-0",
        ]  # fmt: skip


def test_an_empty_store_and_none(cli: Cli, empty_store: Path) -> None:
    assert cli("compact").stdout == "nothing to compact: 0 files, 0 B\n"
    shutil.rmtree(empty_store)
    result = cli("compact")
    assert result.exit_code == 1
    assert "There is no store at" in result.stderr


@pytest.mark.parametrize("grace", ["-1", "soon"])
def test_a_grace_that_is_none(cli: Cli, store: Path, grace: str) -> None:
    assert cli("compact", "--grace", grace).exit_code == 2
