"""The state of the code: commit, branch, remote, what is changed, and the change itself."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from runfolio.environment.secrets import without_credentials

TIMEOUT_SECONDS = 5.0
DIFF_LIMIT_BYTES = 2 << 20
_LIST_LIMIT_BYTES = 1 << 20
_UNTRACKED_LIMIT = 200
_FRESH_SECONDS = 5.0

# Read only: take no locks, start no daemon or foreign program, ask nobody for a password.
_ENVIRONMENT = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
_SETTINGS = ("core.fsmonitor=false", "core.quotepath=off", "color.ui=false", "diff.relative=false")
_OPTIONS = tuple(word for setting in _SETTINGS for word in ("-c", setting))


@dataclass(frozen=True)
class GitState:
    """The ``git`` section of a run, and the diff against the last commit (None if clean)."""

    facts: dict[str, object] = field(default_factory=dict)
    diff: bytes | None = None


@dataclass(frozen=True)
class _Git:
    folder: str
    deadline: float

    def ask(self, *arguments: str, limit: int = _LIST_LIMIT_BYTES) -> bytes | None:
        """The first ``limit`` + 1 bytes that git answers; None if it fails or takes too long."""
        import subprocess
        import threading

        seconds = self.deadline - time.monotonic()
        if seconds <= 0:
            return None
        process = subprocess.Popen(
            ["git", *_OPTIONS, *arguments],
            cwd=self.folder,
            env={**os.environ, **_ENVIRONMENT},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        timer = threading.Timer(seconds, process.kill)
        timer.daemon = True
        timer.start()
        with process:
            assert process.stdout is not None
            answer = process.stdout.read(limit + 1)
            if len(answer) > limit:
                process.kill()
                process.wait()
                timer.cancel()
                return answer
        timer.cancel()
        return answer if process.returncode == 0 else None


def _text(answer: bytes | None) -> str:
    return (answer or b"").decode("utf-8", "replace").strip()


def _place(git: _Git) -> tuple[str, str] | None:
    """The repository's root and the subdirectory in it; None outside a repository."""
    answer = git.ask("rev-parse", "--show-toplevel", "--show-prefix")
    if answer is None:
        return None
    lines = answer.decode("utf-8", "replace").split("\n")
    return lines[0], lines[1].rstrip("/") if len(lines) > 1 else ""


def _remote(git: _Git, branch: str | None) -> str | None:
    """The address that the branch follows, else origin's, else the first; no credentials."""
    answer = _text(git.ask("config", "--get-regexp", r"^(remote\..*\.url|branch\..*\.remote)$"))
    settings = dict(line.partition(" ")[::2] for line in answer.splitlines())
    urls = {
        key.removeprefix("remote.").removesuffix(".url"): url
        for key, url in settings.items()
        if key.startswith("remote.")
    }
    followed = settings.get(f"branch.{branch}.remote", "origin")
    url = urls.get(followed) or urls.get("origin") or next(iter(urls.values()), None)
    return None if url is None else without_credentials(url)


@dataclass(frozen=True)
class _Status:
    commit: str | None
    branch: str | None
    dirty: bool
    untracked: list[str]


def _status(answer: bytes) -> _Status:
    """What ``git status --porcelain=v2 --branch -z`` says."""
    commit = branch = None
    dirty = False
    untracked: list[str] = []
    entries = iter(answer.decode("utf-8", "replace").split("\0"))
    for entry in entries:
        if entry.startswith("# branch.oid "):
            commit = entry[13:] if entry[13:] != "(initial)" else None
        elif entry.startswith("# branch.head "):
            branch = entry[14:] if entry[14:] != "(detached)" else None
        elif entry.startswith("? "):
            untracked.append(entry[2:])
        elif entry[:2] in ("1 ", "2 ", "u "):
            dirty = True
            if entry.startswith("2 "):
                next(entries, "")  # a rename is followed by its old path
    return _Status(commit, branch, dirty, untracked)


def _read(folder: str, with_diff: bool) -> GitState:
    git = _Git(folder, time.monotonic() + TIMEOUT_SECONDS)
    place = _place(git)
    if place is None:
        return GitState()
    root, subdirectory = place
    facts: dict[str, object] = {"root": root, "subdirectory": subdirectory}
    answer = git.ask("status", "--porcelain=v2", "--branch", "-z")
    if answer is None:  # too large or too slow to list: the commit alone is quick to tell
        commit = _text(git.ask("rev-parse", "HEAD")) or None
        branch = _text(git.ask("symbolic-ref", "--short", "-q", "HEAD")) or None
        facts |= {"commit": commit, "branch": branch, "dirty": None, "untracked": []}
        return GitState(facts | {"remote": _remote(git, branch)})
    status = _status(answer)
    facts |= {
        "commit": status.commit,
        "branch": status.branch,
        "remote": _remote(git, status.branch),
        "dirty": status.dirty,
        "untracked": status.untracked[:_UNTRACKED_LIMIT],
    }
    diff = None
    if with_diff and status.dirty and status.commit:
        diff = git.ask("diff", "HEAD", "--no-ext-diff", "--no-textconv", limit=DIFF_LIMIT_BYTES)
        if diff is not None and len(diff) > DIFF_LIMIT_BYTES:
            diff = None
    return GitState(facts, diff or None)


def state(folder: str = ".", *, diff: bool = True) -> GitState:
    """The state of the repository around ``folder``; empty facts where there is none.

    Takes at most 5 seconds. ``commit`` is None before the first commit, ``branch`` is None when
    detached, ``dirty`` is None in a repository too large to ask. Untracked files do not count as
    dirty; the first 200 are named. A diff above 2 MiB is left out.
    """
    try:
        return _read(folder, diff)
    except Exception:  # no git on this machine, a folder that is gone: no facts
        return GitState()


@lru_cache(maxsize=8)
def _remembered(folder: str, diff: bool, moment: int) -> GitState:
    return state(folder, diff=diff)


def recent_state(folder: str, *, diff: bool = True) -> GitState:
    """``state``, at most some seconds old, so that a sweep of short runs does not ask each time."""
    return _remembered(folder, diff, int(time.monotonic() / _FRESH_SECONDS))


def code_state(folder: str, script: str, *, diff: bool = True) -> GitState:
    """``recent_state`` of the repository that holds ``script``, else of the one around ``folder``.

    A script is often started from elsewhere: then its own repository says which code ran. One
    that was installed (``torchrun``, ``pytest``) only lies in an environment, and says nothing.
    """
    here = recent_state(folder, diff=diff)
    known = (sys.prefix, sys.base_prefix, str(here.facts.get("root") or sys.prefix))
    path = Path(script).resolve() if script else None
    if path is None or any(path.is_relative_to(Path(folder).resolve()) for folder in known):
        return here
    there = recent_state(str(path.parent), diff=diff)
    return there if there.facts else here
