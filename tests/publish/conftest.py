"""Real repositories, real remotes, small sites, and a look at everything that must not change."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Git = Callable[..., str]


@pytest.fixture(autouse=True)
def _git_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git with a home of its own: no setting of the person who runs the tests."""
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        "[user]\n name = Ada\n email = ada@example.org\n[init]\n defaultBranch = main\n"
        '[protocol "file"]\n allow = always\n'
    )
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home))


@pytest.fixture
def git() -> Git:
    """``git(folder, "log", …)`` gives what git prints."""

    def call(folder: Path, *words: str) -> str:
        done = subprocess.run(
            ["git", *words], cwd=folder, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    return call


@pytest.fixture
def remote(tmp_path: Path, git: Git) -> Path:
    """A bare repository with a branch main."""
    path = tmp_path / "remote.git"
    git(tmp_path, "init", "--quiet", "--bare", str(path))
    return path


@pytest.fixture
def repository(tmp_path: Path, git: Git, remote: Path) -> Path:
    """A clone with a commit, a staged file, a changed one, an ignored one, and hooks that fail."""
    path = tmp_path / "work"
    git(tmp_path, "clone", "--quiet", str(remote), str(path))
    (path / "train.py").write_text("print(1)\n")
    (path / ".gitignore").write_text("*.log\n_site/\n*.parquet\n")
    git(path, "add", ".")
    git(path, "commit", "--quiet", "-m", "Begin")
    git(path, "push", "--quiet", "-u", "origin", "HEAD:main")
    (path / "train.py").write_text("print(2)\n")
    (path / "staged.py").write_text("x\n")
    git(path, "add", "staged.py")
    (path / "secret.log").write_text("private\n")
    for name in ("pre-push", "pre-commit", "commit-msg", "post-index-change"):
        hook = path / ".git" / "hooks" / name
        hook.write_text("#!/bin/sh\ntouch hook-ran\nexit 1\n")
        hook.chmod(0o755)
    return path


@pytest.fixture
def make_site(tmp_path: Path) -> Callable[..., Path]:
    """``make_site({"index.html": "…"})``: a folder as a build leaves it, with its manifest."""

    def make(files: dict[str, str], name: str = "site") -> Path:
        folder = tmp_path / name
        listed = {}
        for path, text in files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(text.encode())
            listed[path] = [len(text.encode()), hashlib.sha256(text.encode()).hexdigest()]
        for path in folder.rglob("*"):
            if path.is_file() and path.relative_to(folder).as_posix() not in files:
                path.unlink()
        manifest = {"format": 1, "files": listed, "kept": [], "keys": {}}
        (folder / "runfolio-site.json").write_text(json.dumps(manifest, sort_keys=True))
        return folder

    return make


@pytest.fixture
def state_of() -> Callable[[Path], dict[str, str]]:
    """Every byte of a working copy, its repository included, as digests by path."""

    def look(folder: Path) -> dict[str, str]:
        return {
            path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    return look


@pytest.fixture
def published() -> Callable[..., dict[str, bytes]]:
    """What lies on a branch of a bare repository, by path."""

    def look(remote: Path, branch: str = "gh-pages") -> dict[str, bytes]:
        def ask(*words: str) -> bytes:
            return subprocess.run(
                ["git", "--git-dir", str(remote), *words], check=True, capture_output=True
            ).stdout

        # One commit: a push that the server still works on may move the branch between two looks.
        commit = ask("rev-parse", branch).decode().strip()
        names = ask("ls-tree", "-r", "-z", "--name-only", commit).decode().split("\0")
        return {name: ask("cat-file", "blob", f"{commit}:{name}") for name in names if name}

    return look
