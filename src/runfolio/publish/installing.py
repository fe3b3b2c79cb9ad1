"""What a workflow installs: the runfolio that wrote it, from where it came."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from runfolio.environment.secrets import without_credentials
from runfolio.environment.version import VERSION
from runfolio.errors import UsageError
from runfolio.publish.git import answer

NAME = "runfolio"
#: The scanner of the last look comes along: nobody watches a workflow to read a warning.
EXTRA = "runfolio[secrets]"


@dataclass(frozen=True)
class Install:
    """Words after ``pip install``, quoted for a shell; ``doubt``: why they may not do, or ''."""

    words: str
    doubt: str = ""


def install_of(wish: str, root: Path, folder: str) -> Install:
    """What the workflows of the repository ``root`` install, run in its ``folder``.

    ``wish`` is what ``[ci] install`` says. UsageError where that cannot be taken apart.
    """
    if wish:
        try:
            return Install(" ".join(map(shlex.quote, shlex.split(wish))))
        except ValueError as error:
            raise UsageError(f"[ci] install = {wish!r}: {error}.") from None
    return _known(_origin(), root, folder)


def _origin() -> dict[str, Any]:
    """Where pip had this runfolio from (PEP 610); {} for an index, or where nobody noted it."""
    try:
        found = json.loads(metadata.distribution(NAME).read_text("direct_url.json") or "{}")
    except (metadata.PackageNotFoundError, OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _known(origin: dict[str, Any], root: Path, folder: str) -> Install:
    url, git = str(origin.get("url") or ""), origin.get("vcs_info") or {}
    if git.get("vcs") == "git" and git.get("commit_id"):
        below = f"#subdirectory={origin['subdirectory']}" if origin.get("subdirectory") else ""
        return _from_git(url, str(git["commit_id"]), below)
    if url.startswith("file:") and "dir_info" in origin:
        return _from_checkout(Path(url2pathname(unquote(urlsplit(url).path))), root, folder)
    if url.startswith("https://"):
        return Install(shlex.quote(f"{EXTRA} @ {without_credentials(url)}"))
    if url:
        return _from_index(f"it was installed from {without_credentials(url)}")
    return _from_index("")


def _from_index(why: str) -> Install:
    doubt = f"{why}, and {VERSION} may not be on PyPI" if why else ""
    return Install(shlex.quote(f"{EXTRA}=={VERSION}"), doubt)


def _from_git(url: str, commit: str, below: str = "") -> Install:
    plain = without_credentials(url).removeprefix("git+")
    doubt = "" if plain.startswith("https://") else f"a workflow cannot read {plain}"
    return Install(shlex.quote(f"{EXTRA} @ git+{plain}@{commit}{below}"), doubt)


def _from_checkout(source: Path, root: Path, folder: str) -> Install:
    """From a folder: the repository of the workflow itself, else the commit at its remote."""
    if source.resolve() == root.resolve():
        up = "/".join([".."] * len(Path(folder).parts)) or "."
        return Install(shlex.quote(f"{up}[secrets]"))
    top = answer(source, "rev-parse", "--show-toplevel")
    commit, url = (
        answer(source, "rev-parse", "HEAD"),
        _web(answer(source, "remote", "get-url", "origin")),
    )
    if not top or Path(top).resolve() != source.resolve() or not commit or not url:
        return _from_index("it was installed from a folder that has no remote")
    found = _from_git(url, commit)
    if not found.doubt and not answer(source, "branch", "--remotes", "--contains", commit):
        return Install(found.words, f"the commit {commit[:7]} has not been pushed to {url}")
    return found


def _web(url: str) -> str:
    """The address of a remote as anybody can read it."""
    match = re.fullmatch(r"(?:ssh://)?[\w.-]+@([\w.-]+)(?::(?:\d+/)?|/)(.+)", url)
    return f"https://{match[1]}/{match[2]}" if match else without_credentials(url)
