"""Blobs against the facts that name them: damaged, missing, or named by nobody."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from runfolio.schema import Kind
from runfolio.store.checks import unreadable
from runfolio.store.contents import digest_of
from runfolio.store.folder import Folder
from runfolio.store.listing import relative_name
from runfolio.store.plan import Snapshot
from runfolio.store.problem import Problem

_DIGEST = re.compile(r"[0-9a-f]{64}")
#: Where facts name the blobs that they need: by kind and, for start facts, by section.
_FIELDS: dict[tuple[str, str], str] = {
    (Kind.ARTIFACT, ""): "digest",
    (Kind.DATASET, ""): "blob",
    (Kind.START, "git"): "diff_digest",
    (Kind.START, "source"): "digest",
}


def blob_paths(folder: Folder) -> Iterator[Path]:
    """Every blob, sorted."""
    for home in sorted(folder.blobs.glob("[0-9a-f][0-9a-f]")):
        for path in sorted(home.iterdir()):
            if _DIGEST.fullmatch(path.name) and stat.S_ISREG(path.lstat().st_mode):
                yield path


def blobs(folder: Folder, view: Snapshot, unnamed: list[str]) -> Iterator[Problem]:
    """Blobs that do not hold what their name says, and those that facts name and nobody has.

    ``unnamed`` takes the digests of good ones that no fact names.
    """
    good = set()
    for path in blob_paths(folder):
        try:
            found = digest_of(path)
        except OSError as error:
            yield unreadable(folder, path, None, error)
            continue
        if found == path.name:
            good.add(found)
            continue
        message = f"Its contents have the digest {found[:12]}…."
        cost = "The contents of an artifact; other copies of the store may have them."
        yield Problem("blob-damaged", relative_name(folder, path), None, message, cost)
    named = set()
    for run_id, digest, key in wanted(view):
        named.add(digest)
        path = folder.blob_path(digest)
        if digest not in good and not path.exists():
            yield Problem(
                "blob-missing",
                relative_name(folder, path),
                run_id,
                f"The contents of {key!r:.200} are not in the store.",
                "This artifact cannot be shown or restored.",
            )
    unnamed += sorted(good - named)


def wanted(view: Snapshot) -> Iterator[tuple[str, str, str]]:
    """Run, digest and key of every blob that a fact names."""
    kinds = {kind for kind, _ in _FIELDS}
    facts = view.facts().select(["run_id", "kind", "key", "text"])
    for batch in facts.to_batches():
        for row, kind in enumerate(batch.column("kind").to_pylist()):
            if kind not in kinds:
                continue
            key, text = batch.column("key")[row].as_py(), batch.column("text")[row].as_py()
            field = _FIELDS.get((kind, key if kind == Kind.START else ""))
            digest = _digest_in(text, field) if text and field else None
            if digest:
                yield batch.column("run_id")[row].as_py(), digest, key


def _digest_in(text: str, field: str) -> str | None:
    try:
        content = json.loads(text)
    except ValueError:
        return None
    if not isinstance(content, dict) or content.get("uri"):
        return None  # what is only referred to lies elsewhere
    digest = content.get(field)
    return digest if isinstance(digest, str) and _DIGEST.fullmatch(digest) else None
