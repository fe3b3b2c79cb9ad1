"""`runfolio artifact ls` and `get`, `runfolio lineage`, `runfolio ls --duplicates`."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from runfolio.run.start import init
from runfolio.store.folder import Folder

from .conftest import SRC, Cli


@pytest.fixture(scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    store = folder / "runs"
    (folder / "away.bin").write_bytes(b"far away")
    with init("e", name="maker", id="2026-maker", store=store, capture=False) as run:
        run.log_text("one", "notes/a.txt")
        run.log_text("two", "notes/deep/b.txt")
        run.log_text("early", "steps.txt", step=1)
        run.log_text("late", "steps.txt", step=2)
        run.log_artifact(folder / "away.bin", store=False)
    with init("e", name="user", store=store, capture=False) as run:
        run.use_artifact("maker", "notes/a.txt")
    return folder


@pytest.fixture
def kept(_made: Path, tmp_path: Path) -> Path:
    """A store with a run ``maker`` of several files, and a run ``user`` of one of them."""
    return Path(shutil.copytree(_made / "runs", tmp_path / "runs"))


def blob(store: Path, data: bytes) -> Path:
    from hashlib import sha256

    return Folder.open(store).blob_path(sha256(data).hexdigest())


def test_ls_lists_every_file_and_step(cli: Cli, kept: Path) -> None:
    lines = cli("artifact", "ls", "maker").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [
        "path", "away.bin", "notes/a.txt", "notes/deep/b.txt", "steps.txt", "steps.txt",
    ]  # fmt: skip
    rows = json.loads(cli("artifact", "ls", "maker", "notes", "--json").stdout)
    assert [(row["path"], row["size"]) for row in rows] == [
        ("notes/a.txt", 3), ("notes/deep/b.txt", 3),
    ]  # fmt: skip
    assert cli("artifact", "ls", "user").stdout == "user kept no files.\n"


def test_get_saves_a_file_a_folder_or_everything(cli: Cli, kept: Path, tmp_path: Path) -> None:
    assert cli("artifact", "get", "maker", "notes/a.txt").stdout == "saved a.txt (3 B)\n"
    assert (tmp_path / "a.txt").read_text() == "one"
    cli("artifact", "get", "maker", "notes/a.txt", "-o", "x/renamed.md")
    assert (tmp_path / "x" / "renamed.md").read_text() == "one"
    cli("artifact", "get", "maker", "notes/a.txt", "-o", "into/")
    assert (tmp_path / "into" / "a.txt").read_text() == "one"
    cli("artifact", "get", "maker", "steps.txt", "--step", 1)
    assert (tmp_path / "steps.txt").read_text() == "early"
    told = cli("artifact", "get", "maker", "notes/")
    assert told.stdout == "saved 2 files (6 B) in notes\n"
    assert (tmp_path / "notes" / "deep" / "b.txt").read_text() == "two"
    whole = cli("artifact", "get", "maker")
    assert whole.stdout == "saved 3 files (10 B) in 2026-maker\n"
    assert "One file lies elsewhere" in whole.stderr and "--fetch" in whole.stderr
    assert (tmp_path / "2026-maker" / "steps.txt").read_text() == "late"


def test_what_was_replaced_under_the_same_name_is_still_there(
    cli: Cli, kept: Path, tmp_path: Path
) -> None:
    with init("e", name="twice", store=kept, capture=False) as run:
        run.log_text("first", "a.txt")
        run.log_text("second", "a.txt")
    (row,) = json.loads(cli("artifact", "ls", "twice", "--json").stdout)
    both = json.loads(cli("artifact", "ls", "twice", "--all", "--json").stdout)
    assert [each["size"] for each in both] == [5, 6] and both[1] == row
    cli("artifact", "get", "twice", "--digest", both[0]["digest"][:8])
    assert (tmp_path / "a.txt").read_text() == "first"
    failed = cli("artifact", "get", "twice", "--digest", "f" * 9)
    assert failed.exit_code == 1 and "no contents" in failed.stderr


def test_get_prints_a_file_for_a_dash(cli: Cli, kept: Path) -> None:
    assert cli("artifact", "get", "maker", "notes/a.txt", "-o", "-").stdout == "one"
    failed = cli("artifact", "get", "maker", "notes", "-o", "-")
    assert (failed.exit_code, failed.stdout) == (2, "")


def test_get_prints_binary_files_into_a_pipe(kept: Path, tmp_path: Path) -> None:
    data = bytes(range(256)) * 5000
    (tmp_path / "net.bin").write_bytes(data)
    with init("e", name="binary", store=kept, capture=False) as run:
        run.log_artifact("net.bin")
    done = subprocess.run(
        [sys.executable, "-m", "runfolio", "artifact", "get", "binary", "net.bin", "-o", "-"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(SRC)},
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == data


def test_get_never_overwrites_unless_told(cli: Cli, kept: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("mine")
    failed = cli("artifact", "get", "maker", "notes/a.txt")
    assert (failed.exit_code, (tmp_path / "a.txt").read_text()) == (4, "mine")
    assert failed.stderr == "error: a.txt is there already.\nhint: --force replaces it.\n"
    assert cli("artifact", "get", "maker", "notes/a.txt", "--force").exit_code == 0
    assert (tmp_path / "a.txt").read_text() == "one"
    assert cli("artifact", "get", "maker", "notes/a.txt").exit_code == 0, "it is there already"


def test_damaged_contents_end_with_3_and_write_nothing(
    cli: Cli, kept: Path, tmp_path: Path
) -> None:
    blob(kept, b"one").write_bytes(b"One")
    for output in ("a.txt", "-"):
        failed = cli("artifact", "get", "maker", "notes/a.txt", "-o", output)
        assert (failed.exit_code, failed.stdout) == (3, "")
        assert "damaged" in failed.stderr
    failed = cli("artifact", "get", "maker", "notes", "-o", "out")
    assert failed.exit_code == 3
    assert "1 of 2 files could not be saved: a.txt" in failed.stderr
    assert [path.name for path in (tmp_path / "out").rglob("*") if path.is_file()] == ["b.txt"]
    assert not (tmp_path / "a.txt").exists()


def test_references_are_fetched_when_asked(
    cli: Cli, kept: Path, _made: Path, tmp_path: Path
) -> None:
    failed = cli("artifact", "get", "maker", "away.bin", "-o", "x")
    assert failed.exit_code == 1
    assert str(_made / "away.bin") in failed.stderr and "--fetch" in failed.stderr
    assert cli("artifact", "get", "maker", "away.bin", "-o", "x", "--fetch").exit_code == 0
    assert (tmp_path / "x").read_bytes() == b"far away"
    assert cli("artifact", "get", "maker", "-o", "all", "--fetch").exit_code == 0
    assert (tmp_path / "all" / "away.bin").read_bytes() == b"far away"
    (_made / "away.bin").write_bytes(b"another")
    failed = cli("artifact", "get", "maker", "away.bin", "-o", "y", "--fetch")
    (_made / "away.bin").write_bytes(b"far away")
    assert failed.exit_code == 1 and "digest differs" in failed.stderr
    assert not (tmp_path / "y").exists()


def test_the_nearest_path_is_named(cli: Cli, kept: Path) -> None:
    failed = cli("artifact", "get", "maker", "note/a.txt")
    assert (failed.exit_code, failed.stdout) == (1, "")
    assert "Nearest: notes/a.txt" in failed.stderr
    failed = cli("artifact", "get", "maker", "steps.txt", "--step", "7")
    assert "Its steps: 1, 2" in failed.stderr
    assert "kept no artifacts" in cli("artifact", "get", "user", "x").stderr


def test_paths_out_of_facts_lead_nowhere_else(cli: Cli, kept: Path, tmp_path: Path) -> None:
    """A store can come from a stranger, whose facts say what they like."""
    from runfolio.store.writer import Writer

    digest = blob(kept, b"one").name
    with Writer(Folder.open(kept), "evil") as writer:
        for path in ("../evil.txt", "/tmp/evil.txt", ".git/hooks/x", "x/../../evil.txt"):
            writer.fact("artifact", path, text=json.dumps({"digest": digest}))
    assert cli("artifact", "get", "evil", "-o", "out").exit_code == 4
    assert cli("artifact", "get", "evil", "../evil.txt").exit_code == 4
    assert not (tmp_path / "out").exists()
    assert not (tmp_path.parent / "evil.txt").exists()
    assert cli("artifact", "get", "evil", "../evil.txt", "-o", "safe.txt").exit_code == 0


def test_lineage_draws_the_tree_both_ways(cli: Cli, kept: Path) -> None:
    lines = cli("lineage", "user").stdout.splitlines()
    assert lines[2:4] == ["made from:", "└─ file notes/a.txt (3 B, 7692c3ad3540)"]
    assert lines[4].startswith("   └─ by maker (2026-maker)")
    assert lines[-1] == "led to: nothing yet"
    assert "└─ used by user" in cli("lineage", "maker").stdout
    found = json.loads(cli("lineage", "maker", "--json").stdout)
    assert found["products"][0]["used_by"][0]["name"] == "user"


def test_duplicates_are_pointed_out(cli: Cli, empty_store: Path) -> None:
    from runfolio.store.writer import Writer

    for number, (name, lr, seed) in enumerate(
        [("one", 0.1, 1), ("two", 0.1, 2), ("again", 0.1, 1), ("other", 0.2, 1)]
    ):
        with Writer(Folder.open(empty_store), f"run{number}") as writer:
            writer.fact("start", "run", text=json.dumps({"name": name, "experiment": "e"}))
            writer.fact("start", "git", text=json.dumps({"commit": "c0ffee", "dirty": False}))
            writer.fact("start", "seed", text=json.dumps({"value": seed, "where": "seed"}))
            writer.fact("param", "lr", value=lr, text=json.dumps(lr))
            writer.fact("param", "seed", value=seed, text=json.dumps(seed))
            writer.fact("end", "finished", value=1.0, text="{}")
    rows = json.loads(cli("ls", "--duplicates", "--json").stdout)
    assert sorted((row["name"], row["exact"]) for row in rows) == [
        ("again", True), ("one", True), ("two", False),
    ]  # fmt: skip
    shown = cli("ls", "--duplicates").stdout
    assert "3 runs in 1 group: same experiment, code, data and params." in shown
    assert "No run repeats" in cli("ls", "--duplicates", "lr=0.2").stdout


def test_show_tells_what_a_run_started_from(cli: Cli, kept: Path) -> None:
    shown = cli("show", "user").stdout
    assert "Started from\n  notes/a.txt  artifact, by maker, 3 B\n" in shown
    (use,) = json.loads(cli("show", "user", "--json").stdout)["uses"]
    assert (use["name"], use["origin"], use["path"]) == ("notes/a.txt", "2026-maker", "notes/a.txt")
    assert "Started from" not in cli("show", "maker").stdout
