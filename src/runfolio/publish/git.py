"""Git as a postman: a scratch repository of our own that speaks to the user's remote.

The user's repository is only asked for its remote and its settings. Objects, index and commits
live in a scratch folder, so worktree, index, HEAD, branches, hooks and even the object database of
the user stay as they were. Needs git 2.31.
"""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from runfolio.environment.secrets import without_credentials
from runfolio.errors import PublishError

#: Settings of the user's repository that decide how its remote is reached and who publishes.
_TAKEN = re.compile(
    r"(http|credential|url|ssh|protocol|user|author|committer)\..*|core\.sshcommand"
)
#: Variables that would point git at another repository than the one that is meant.
_FOREIGN = re.compile(
    r"GIT_(DIR|WORK_TREE|INDEX_FILE|COMMON_DIR|OBJECT_DIRECTORY|ALTERNATE_OBJECT_DIRECTORIES"
    r"|NAMESPACE|PREFIX|QUARANTINE_PATH|SHALLOW_FILE|REPLACE_REF_BASE)"
)
_SILENT = {"GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
_ASKED_SECONDS, _SENT_SECONDS = 120.0, 1800.0


class GitError(Exception):
    """A git command failed; ``told`` is what it wrote to standard error, credentials masked."""

    def __init__(self, command: str, told: str) -> None:
        super().__init__(f"git {command}: {told}")
        self.command = command
        self.told = told


@dataclass(frozen=True)
class Git:
    """Git commands in one repository (``folder``, bare or not) with settings of their own."""

    folder: Path
    settings: tuple[tuple[str, str], ...] = ()
    bare: bool = False
    variables: tuple[tuple[str, str], ...] = ()

    def ask(self, *arguments: str, data: bytes | None = None, patient: bool = False) -> bytes:
        """What git answers; GitError if it fails. ``patient``: it may move much data."""
        try:
            done = subprocess.run(
                self._words(arguments),
                input=b"" if data is None else data,
                capture_output=True,
                env=self._environment(),
                timeout=_SENT_SECONDS if patient else _ASKED_SECONDS,
                check=False,
            )
        except FileNotFoundError:
            raise PublishError(
                "Git is not installed, or not on the PATH.",
                hint="Install git, or copy the site's folder to any web server.",
            ) from None
        except subprocess.TimeoutExpired:
            raise GitError(arguments[0], "it took too long; is the remote reachable?") from None
        if done.returncode:
            told = (done.stderr or done.stdout).decode("utf-8", "replace").strip()
            raise GitError(arguments[0], without_credentials(told))
        return done.stdout

    def feed(self, *arguments: str, chunks: Iterable[bytes]) -> None:
        """Run git with ``chunks`` as its input, which is never in memory as a whole."""
        with tempfile.TemporaryFile() as told:
            process = subprocess.Popen(
                self._words(arguments),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=told,
                env=self._environment(),
            )
            assert process.stdin is not None
            with process, contextlib.suppress(BrokenPipeError):
                for chunk in chunks:
                    process.stdin.write(chunk)
                process.stdin.close()
            if process.returncode:
                told.seek(0)
                said = told.read().decode("utf-8", "replace").strip()
                raise GitError(arguments[0], without_credentials(said))

    def _words(self, arguments: Iterable[str]) -> list[str]:
        place = ["--git-dir", str(self.folder)] if self.bare else ["-C", str(self.folder)]
        return ["git", *place, *arguments]

    def text(self, *arguments: str) -> str:
        """The answer as one line of text."""
        return self.ask(*arguments).decode("utf-8", "replace").strip()

    def maybe(self, *arguments: str) -> str:
        """The answer as text; '' where git has none."""
        try:
            return self.text(*arguments)
        except GitError:
            return ""

    def _environment(self) -> dict[str, str]:
        found = {key: value for key, value in os.environ.items() if not _FOREIGN.fullmatch(key)}
        found |= _SILENT | dict(self.variables)
        before = int(found.get("GIT_CONFIG_COUNT", "0") or 0)
        for at, (key, value) in enumerate(self.settings, before):
            found[f"GIT_CONFIG_KEY_{at}"] = key
            found[f"GIT_CONFIG_VALUE_{at}"] = value
        return found | {"GIT_CONFIG_COUNT": str(before + len(self.settings))}


def answer(folder: Path, *arguments: str) -> str:
    """What git says about the repository around a folder; '' where there is none, or no git."""
    try:
        return Git(folder).maybe(*arguments)
    except PublishError:
        return ""


@dataclass(frozen=True)
class Remote:
    """Where to publish: ``url`` as git wants it, ``shown`` as people may see it."""

    name: str
    url: str
    checked_out: str
    settings: tuple[tuple[str, str], ...]

    @property
    def shown(self) -> str:
        """The address without user and password."""
        return without_credentials(self.url)


def find_remote(folder: Path, given: str = "") -> Remote:
    """The remote to publish to from ``folder``: a name or URL, else the one that git would push to.

    PublishError outside a repository, or without a remote, unless ``given`` is a URL.
    """
    git = Git(folder)
    inside = git.maybe("rev-parse", "--git-dir")
    if _is_address(given):
        settings = _settings(git) if inside else ()
        return Remote("", _absolute(given, folder), git.maybe(*_HEAD) if inside else "", settings)
    if not inside:
        raise PublishError(
            f"{folder} is in no git repository.",
            hint="Run it inside the repository, or name a remote: --remote https://…",
        )
    names = git.maybe("remote").split("\n")
    name = given or _usual(git, names)
    if not name or name not in names:
        known = ", ".join(filter(None, names))
        raise PublishError(
            f"The repository has no remote {name!r}." if given else "The repository has no remote.",
            hint=f"It has: {known}" if known else "git remote add origin https://…",
        )
    url = git.text("remote", "get-url", "--push", name)
    top = git.maybe("rev-parse", "--show-toplevel") or str(folder)
    return Remote(name, _absolute(url, Path(top)), git.maybe(*_HEAD), _settings(git))


_HEAD = ("symbolic-ref", "--quiet", "--short", "HEAD")


@contextmanager
def scratch(remote: Remote) -> Iterator[Git]:
    """A bare repository without hooks, filters or refs that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="runfolio-publish-") as name:
        settings = (*remote.settings, ("core.hooksPath", os.devnull), ("gc.auto", "0"))
        git = Git(Path(name) / "git", settings, bare=True)
        Git(Path(name)).ask("init", "--quiet", "--bare", "--template=", str(git.folder))
        yield git


def explain(error: GitError, remote: Remote) -> PublishError:
    """A failed conversation with the remote in words, with what to do."""
    hint = next(
        (cure for trouble, cure in _TROUBLES.items() if re.search(trouble, error.told, re.I)),
        f"Try the same by hand: git ls-remote {remote.shown}",
    )
    lines = [line for line in error.told.split("\n") if line.strip()]
    told = next((line for line in lines if re.match(r"(fatal|error|remote|!)", line)), "")
    said = (told or (lines[-1] if lines else "no answer"))[:300].rstrip(".")
    return PublishError(f"{remote.shown} cannot be reached or written: {said}.", hint=hint)


_TROUBLES: Mapping[str, str] = {
    r"could not read (username|password)|authentication failed|invalid username": (
        "Git asked for a password. Log in once by hand (git push), or set up a credential helper "
        "or an SSH key; in CI give the job permission to write contents."
    ),
    r"permission denied \(publickey|host key verification": (
        "SSH was refused: is the key loaded (ssh-add -l) and known to the host?"
    ),
    r"permission to .* denied|403|not allowed to push|insufficient permission|write access": (
        "This account may not write there. In CI: permissions: contents: write."
    ),
    r"protected branch|hook declined|gh006|gh013|pre-receive": (
        "The host refuses pushes to this branch: allow it in the branch's rules, or use --branch."
    ),
    r"could not resolve host|network is unreachable|timed out|connection refused|took too long": (
        "Is the network up? Nothing was changed; run it again later."
    ),
    r"repository .*not found|does not appear to be a git repository|does not exist|404": (
        "Is the address right? git remote -v shows it, git remote set-url changes it."
    ),
    r"dubious ownership": "git config --global --add safe.directory PATH, as git says.",
}


def _is_address(given: str) -> bool:
    """Whether it is a URL, an scp-like address or a path, and not a remote's name."""
    return bool(re.match(r"[a-z+]+://|[^/]+@[^/]+:|[./~]|[A-Za-z]:[\\/]", given))


def _absolute(url: str, folder: Path) -> str:
    """A path of a local remote as seen from the scratch repository, which lies elsewhere."""
    if re.match(r"[a-z][a-z+]+://", url) or re.match(r"[^/\\]{2,}:", url):
        return url
    return str((folder / Path(url).expanduser()).resolve())


def _usual(git: Git, names: list[str]) -> str:
    """The remote that a plain ``git push`` would use."""
    branch = git.maybe(*_HEAD)
    for key in ("remote.pushDefault", f"branch.{branch}.pushRemote", f"branch.{branch}.remote"):
        found = git.maybe("config", key)
        if found in names and found:
            return found
    return "origin" if "origin" in names or len(names) != 1 else names[0]


def _settings(git: Git) -> tuple[tuple[str, str], ...]:
    """Settings of the repository itself that concern its remotes; never written to a file."""
    listed = git.maybe("config", "--list", "--show-scope", "-z").split("\0")
    found = []
    for scope, entry in zip(listed[::2], listed[1::2], strict=False):
        key, _, value = entry.partition("\n")
        if scope in ("local", "worktree") and _TAKEN.fullmatch(key):
            found.append((key, value))
    return tuple(found)
