"""Publishing to a static Hugging Face Space, by the Hub's own client: one commit, or none.

The commit is made on the condition that the Space is still where it was seen, so that the work of
somebody else is never undone. Only files that an older site of ours put there are taken away.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
import tempfile
import warnings
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runfolio.errors import MissingPackageError, PublishError, UnsafeError
from runfolio.publish.elsewhere import Sent, names_in
from runfolio.publish.tree import MANIFEST

PREFIX = "hf://spaces/"
CARD = "README.md"
_KIND = "space"
#: What the Hub itself puts into a new Space; none of it is anybody's work.
_STARTER = frozenset({CARD, ".gitattributes", "index.html", "style.css"})
_STATIC = re.compile(r"\A---\n(?:.*\n)*?sdk:\s*['\"]?static['\"]?\s*\n(?:.*\n)*?---\s*$", re.M)
_TRIES = 4
_MESSAGE = "Publish the runs"


@dataclass(frozen=True)
class There:
    """A Space as it is: its commit, its files with their digests, the site's own ones, its card.

    ``site`` is None where no manifest of ours is. A digest is SHA-256 of large files, git's own of
    the others.
    """

    commit: str
    files: Mapping[str, str]
    site: Collection[str] | None
    card: str


def is_space(place: str) -> bool:
    """Whether a place of ``--to`` is a Space."""
    return place.startswith("hf://")


def space_of(place: str) -> str:
    """Owner and name of a Space in ``hf://spaces/OWNER/NAME``; PublishError if it is none."""
    name = place.removeprefix(PREFIX).strip("/")
    if not place.startswith(PREFIX) or not re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        raise PublishError(f"{place} is no Space.", hint="Write hf://spaces/OWNER/NAME")
    return name


def shown_at(place: str) -> str:
    """Where people find the Space."""
    return f"https://huggingface.co/spaces/{space_of(place)}"


def to_space(files: Mapping[str, Path], place: str) -> Sent:
    """The site in a Space, which is made if it is missing; an equal site commits nothing.

    The card (README.md) of a Space is left alone where it says that the Space is static already.
    PublishError where the Hub refuses; UnsafeError where the Space holds what no site wrote.
    """
    name = space_of(place)
    hub = _hub()
    with _in_words(name):
        for _ in range(_TRIES):
            there = _look(hub, name)
            added, gone = _differences(files, there)
            _refuse_foreign(name, there)
            if (not added and not gone) or _committed(hub, name, there.commit, added, gone):
                size = sum(path.stat().st_size for path in added.values())
                return Sent(shown_at(place), len(added), len(gone), size)
    raise PublishError(
        f"Others publish to {name} all the time; {_TRIES} tries were too few.",
        hint="Nothing was changed. Run it again.",
    )


def manifest_in_space(place: str) -> bytes | None:
    """The manifest of the site in a Space; None where there is none, or no way to it."""
    name, hub = space_of(place), _hub(anybody=True)
    try:
        return _file(hub, name, "main", MANIFEST)
    except Exception:  # whatever the network has; it costs a sentence of the front page
        return None


def _hub(*, anybody: bool = False) -> Any:
    """The client; PublishError without a token, unless ``anybody`` may read."""
    try:
        from huggingface_hub import HfApi, get_token
        from huggingface_hub.utils import disable_progress_bars
    except ImportError as error:
        raise MissingPackageError(
            "To publish to a Hugging Face Space, its client is missing.",
            hint="pip install 'runfolio[huggingface]'",
        ) from error
    if not get_token() and not anybody:
        raise PublishError(
            "Nobody is logged in to Hugging Face.",
            hint="hf auth login, or set HF_TOKEN to a token that may write to the Space.",
        )
    if not sys.stderr.isatty():
        disable_progress_bars()
    return HfApi(endpoint=os.environ.get("HF_ENDPOINT") or None, library_name="runfolio")


def _look(hub: Any, name: str) -> There:
    """The Space as it is now, made before if it is missing."""
    from huggingface_hub.errors import RepositoryNotFoundError

    try:
        found = hub.space_info(name, files_metadata=True)
    except RepositoryNotFoundError:
        hub.create_repo(name, repo_type=_KIND, space_sdk="static", exist_ok=True)
        found = hub.space_info(name, files_metadata=True)
    files = {str(each.rfilename): _digest_of(each) for each in found.siblings or ()}
    commit = str(found.sha or "")
    manifest = _file(hub, name, commit, MANIFEST) if MANIFEST in files else None
    card = _file(hub, name, commit, CARD) if CARD in files else b""
    return There(commit, files, names_in(manifest), card.decode("utf-8", "replace"))


def _digest_of(sibling: Any) -> str:
    large = getattr(sibling, "lfs", None)
    return str(large["sha256"] if large else sibling.blob_id or "")


def _file(hub: Any, name: str, commit: str, path: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="runfolio-space-") as folder:
        found = hub.hf_hub_download(
            name, path, repo_type=_KIND, revision=commit or None, local_dir=folder
        )
        return Path(found).read_bytes()


def _differences(files: Mapping[str, Path], there: There) -> tuple[dict[str, Path], list[str]]:
    """Files to add or replace, and those of the older site to take away."""
    card = _STATIC.search(there.card.replace("\r\n", "\n"))
    added = {
        name: path
        for name, path in sorted(files.items())
        if not (name == CARD and card) and not _is_there(path, there.files.get(name, ""))
    }
    gone = (set(there.site or ()) - set(files) - {CARD}) & set(there.files)
    return added, sorted(gone)


def _is_there(path: Path, digest: str) -> bool:
    """Whether a file has this digest, the one of git or SHA-256."""
    data = path.read_bytes() if digest else b""
    blob = b"blob %d\0" % len(data)
    found = (hashlib.sha1(blob + data), hashlib.sha256(data))
    return bool(digest) and digest in {each.hexdigest() for each in found}


def _refuse_foreign(name: str, there: There) -> None:
    foreign = sorted(set(there.files) - _STARTER)
    if there.site is None and foreign:
        raise UnsafeError(
            f"The Space {name} holds files that are no site of runfolio: {', '.join(foreign[:3])}.",
            hint="Name another Space; one that does not exist is made.",
        )


def _committed(
    hub: Any, name: str, commit: str, added: Mapping[str, Path], gone: list[str]
) -> bool:
    """Make the commit; False if somebody else was quicker."""
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete
    from huggingface_hub.errors import HfHubHTTPError

    changes = [
        *(CommitOperationAdd(path, source) for path, source in added.items()),
        *(CommitOperationDelete(path) for path in gone),
    ]
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*about to commit a data file.*")
            hub.create_commit(
                name,
                changes,
                commit_message=_MESSAGE,
                repo_type=_KIND,
                parent_commit=commit or None,
            )
    except HfHubHTTPError as error:
        if _status(error) == 412:
            return False
        raise
    return True


def _status(error: Any) -> int:
    return int(getattr(getattr(error, "response", None), "status_code", 0) or 0)


_CURES = {
    401: "The token is not valid (any more): hf auth login, or another HF_TOKEN.",
    402: "This account may not make or fill this Space; see its settings and billing.",
    403: "The token may not write there: it needs the right to write to this Space.",
    404: "Is the name right, and may the token see it?",
    413: "The site is too large; [publish] filter and hide make it smaller.",
    429: "The Hub asks to wait: run it again in a few minutes.",
    507: "The account's storage is full.",
}


@contextmanager
def _in_words(name: str) -> Iterator[None]:
    """What the Hub answers, as errors that say what to do."""
    from huggingface_hub.errors import HfHubHTTPError

    try:
        yield
    except (PublishError, UnsafeError):
        raise
    except HfHubHTTPError as error:
        status = _status(error)
        said = str(getattr(error, "server_message", "") or f"it answered {status}").strip()
        hint = next(
            (cure for sign, cure in _QUOTA.items() if re.search(sign, said, re.I)),
            _CURES.get(status, "Run it again; the Space is as it was."),
        )
        raise PublishError(f"{name} does not take the site: {said[:300]}", hint=hint) from error
    except (OSError, ValueError, RuntimeError) as error:
        raise PublishError(
            f"{name} cannot be reached or written: {error.__cause__ or error}"[:400],
            hint="Is the network up? The Space is as it was, or newer. Run it again.",
        ) from error


_QUOTA = {r"storage|quota|exceed": _CURES[507]}
