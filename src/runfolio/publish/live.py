"""The site that is out there now: its manifest, and since when the next one tells what has moved.

Whatever fails here costs a sentence of the front page, and never the publish.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runfolio.config.values import moment
from runfolio.errors import MissingPackageError, PublishError, RunfolioError, UsageError
from runfolio.publish.git import Git, GitError, find_remote, scratch
from runfolio.publish.hosts import domain
from runfolio.publish.tree import CNAME, MANIFEST, clean_dest

if TYPE_CHECKING:
    from runfolio.config import Config

#: A manifest that claims more is none of ours; and how long an address may take.
_MOST_BYTES, _SECONDS = 64 << 20, 8.0
_PARTIAL = "published"


def manifest_of_last(config: Config, to: str, repository: Path, address: str) -> bytes | None:
    """The manifest of the site that is out there; None where there is none, or no way to it.

    ``to``: the place of ``--to``, '' for the branch; where it holds none, the address is asked.
    """
    wish = config.publish
    if to:
        found = manifest_in(to)
    else:
        found = manifest_on_branch(repository, wish.remote, wish.branch, wish.dest)
    if found is None and address.startswith(("https://", "http://")):
        found = manifest_at(address)
    return found


def manifest_on_branch(repository: Path, remote: str, branch: str, dest: str) -> bytes | None:
    """The manifest of the site on a branch; None where there is none, or no way to it."""
    name = f"{clean_dest(dest)}/{MANIFEST}".lstrip("/")
    return file_on_branch(repository, remote, branch, name)


def domain_of_branch(repository: Path, remote: str, branch: str) -> str:
    """The domain of its own that a branch has for its host; '' for none."""
    found = (file_on_branch(repository, remote, branch, CNAME) or b"").decode("ascii", "replace")
    try:
        return domain(found.strip())
    except UsageError:
        return ""


def file_on_branch(repository: Path, remote: str, branch: str, name: str) -> bytes | None:
    """A file of a branch; None where there is none, or no way to it.

    Only that file comes over where the host sends parts of a commit.
    """
    try:
        found = find_remote(repository, remote)
        with scratch(found) as git:
            return _of_branch(git, found.url, branch, name)
    except (GitError, RunfolioError):
        return None


def _of_branch(git: Git, url: str, branch: str, name: str) -> bytes | None:
    settings = (
        *git.settings,
        (f"remote.{_PARTIAL}.url", url),
        (f"remote.{_PARTIAL}.promisor", "true"),
        (f"remote.{_PARTIAL}.partialclonefilter", "blob:none"),
    )
    partial = Git(git.folder, settings, bare=True)
    words = ("fetch", "--quiet", "--no-tags", "--depth=1", "--filter=blob:none", _PARTIAL)
    partial.ask(*words, f"refs/heads/{branch}", patient=True)
    return partial.ask("cat-file", "blob", f"FETCH_HEAD:{name}", patient=True)


def manifest_at(address: str) -> bytes | None:
    """The manifest below the address of a site; None where it does not answer."""
    try:
        with urllib.request.urlopen(f"{address}{MANIFEST}", timeout=_SECONDS) as answer:
            found: bytes = answer.read(_MOST_BYTES)
            return found
    except (OSError, ValueError):
        return None


def manifest_in(place: str) -> bytes | None:
    """The manifest of a site in a folder, an archive, a bucket or a Space; None for none."""
    from runfolio.publish.elsewhere import read_manifest
    from runfolio.publish.space import is_space, manifest_in_space

    try:
        return manifest_in_space(place) if is_space(place) else read_manifest(place)
    except (PublishError, MissingPackageError):
        return None


def since_of(manifest: bytes | None, newest: Callable[[], datetime | None]) -> str:
    """Since when the next site tells what has moved; '' where that is not known.

    A site with nothing newer than what is out there tells the same as that one, so that it is the
    same. ``newest``: when the newest fact was said that goes out.
    """
    state = _state(manifest)
    now = newest() if state else None
    if state is None or now is None:
        return ""
    known, since = state
    return since if moment(known) >= now else known


def _state(manifest: bytes | None) -> tuple[str, str] | None:
    """The newest fact of the site and since when it told; None where it does not say."""
    try:
        found: Any = json.loads(manifest or b"")
        known, since = map(str, found["keys"]["state"]) if isinstance(found, Mapping) else ("", "")
        for each in filter(None, (known, since)):
            moment(each)
    except (ValueError, KeyError, TypeError, RunfolioError):
        return None
    return (known, since) if known else None
