"""A store in a git repository: branches that both write to it merge without a conflict."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from runfolio.query.store import Store
from runfolio.run.author import annotate
from runfolio.run.start import init
from runfolio.store.blobs import put_bytes
from runfolio.store.folder import Folder
from runfolio.store.merge import merge
from runfolio.store.verify import verify

VIEWS = ("runs", "params", "metrics", "summary", "tags", "notes", "artifacts", "changes")


def git(repo: Path, *words: str) -> str:
    """git with nothing of this machine's configuration, and with autocrlf as on Windows."""
    options = [
        "-c",
        "user.name=ada",
        "-c",
        "user.email=ada@example.org",
        "-c",
        "core.autocrlf=true",
    ]
    done = subprocess.run(
        ["git", *options, *words],
        cwd=repo,
        capture_output=True,
        text=True,
        timeout=60,
        env={"PATH": "/usr/bin:/bin:/usr/local/bin", "GIT_CONFIG_NOSYSTEM": "1", "HOME": str(repo)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def work(store: Path, name: str, tag: str) -> None:
    """A run of one's own, and a tag, a note and a new name for the run that both have."""
    with init("digits", name=name, params={"lr": 0.1}, store=store, capture=False) as run:
        run.log({"loss": 1.0}, step=1)
        run.log_text("one\ntwo\r\n", "log.txt")
    folder = Folder.open(store)
    annotate(folder, "common", [("tag", tag, None, None, "")])
    annotate(folder, "common", [("note", "", None, None, f"said on {name}")])
    annotate(folder, "common", [("rename", "run", None, None, f"{name}'s")])


def answers(store: Path) -> dict[str, list[tuple[Any, ...]]]:
    with Store.open(store) as opened:
        assert opened.problems == ()
        return {view: sorted(opened.sql(f"FROM {view}").fetchall(), key=repr) for view in VIEWS}


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    """A repository with a store of one run, on the branch main."""
    home = tmp_path / "repo"
    home.mkdir()
    git(home, "init", "--initial-branch", "main")
    with init("digits", id="common", name="common", store=home / "runs", capture=False) as run:
        run.log({"loss": 2.0}, step=1)
    put_bytes(Folder.open(home / "runs"), b"line\r\nline\n")
    (home / "runs" / ".runfolio").mkdir(exist_ok=True)
    (home / "runs" / ".runfolio" / "cache").write_text("of this machine")
    git(home, "add", ".")
    git(home, "commit", "--message", "one run")
    return home


def test_two_branches_merge_and_show_what_runfolio_merge_shows(repo: Path, tmp_path: Path) -> None:
    runs = repo / "runs"
    git(repo, "checkout", "-b", "other")
    work(runs, "there", "from-there")
    git(repo, "add", ".")
    git(repo, "commit", "--message", "there")
    shutil.copytree(runs, tmp_path / "there")
    git(repo, "checkout", "main")
    work(runs, "here", "from-here")
    git(repo, "add", ".")
    git(repo, "commit", "--message", "here")
    shutil.copytree(runs, tmp_path / "here")

    git(repo, "merge", "other", "--message", "both")

    both = answers(runs)
    assert sorted(row[1] for row in both["runs"]) == ["here", "here's", "there"]
    assert {row[1] for row in both["tags"]} == {"from-here", "from-there"}
    into = Folder.create(tmp_path / "merged")
    merge(into, Folder.open(tmp_path / "here"), Folder.open(tmp_path / "there"))
    assert answers(into.path) == both
    assert verify(Folder.open(runs)).ok
    assert git(repo, "status", "--porcelain") == ""


def test_what_only_this_machine_needs_is_not_committed(repo: Path) -> None:
    names = git(repo, "ls-files").split()
    assert "runs/runfolio.json" in names and "runs/.gitattributes" in names
    assert not [name for name in names if "/.runfolio/" in name or "/tmp/" in name]


def test_cp_and_rsync_do_as_well(repo: Path, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    shutil.copytree(repo / "runs", first)
    shutil.copytree(repo / "runs", second)
    work(first, "here", "from-here")
    work(second, "there", "from-there")
    merged = Folder.create(tmp_path / "merged")
    merge(merged, Folder.open(first), Folder.open(second))

    copied = tmp_path / "copied"
    shutil.copytree(first, copied)
    subprocess.run(["cp", "-r", f"{second}/.", copied], check=True, timeout=60)
    assert answers(copied) == answers(merged.path)
    if shutil.which("rsync"):
        subprocess.run(["rsync", "-a", f"{second}/", f"{first}/"], check=True, timeout=60)
        assert answers(first) == answers(merged.path)
