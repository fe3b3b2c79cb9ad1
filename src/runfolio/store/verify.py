"""Checking a whole store, and mending what can be mended without losing anything."""

from __future__ import annotations

import json
import re
import stat
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from runfolio import schema
from runfolio.store import files
from runfolio.store.coverage import Ranges, contains, union
from runfolio.store.folder import Folder
from runfolio.store.journal import NewerJournalError, read_journal
from runfolio.store.listing import list_store, relative_name, run_of
from runfolio.store.names import is_conflict
from runfolio.store.parts import PartError, read_footer
from runfolio.store.plan import Snapshot, snapshot
from runfolio.store.problem import Problem
from runfolio.store.seal import seal_journal

_BROKEN = {"part-damaged", "part-codec", "part-too-large", "blob-damaged"}
_DIGEST = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1024 * 1024
_WITH_BLOBS = {schema.Kind.ARTIFACT: "digest", schema.Kind.DATASET: "blob"}


@dataclass(frozen=True)
class Report:
    """What ``verify`` found.

    ``files``: how many were checked, blobs among them. ``facts``: how many the store holds.
    ``unknown``: names that nothing here made; they are left alone. ``sealed``: journals of dead
    writers that were made into parts. ``moved``: broken files that were set aside, as ``.broken``.
    """

    folder: Folder
    files: int
    facts: int
    problems: tuple[Problem, ...]
    unknown: tuple[str, ...]
    sealed: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """True if nothing is wrong."""
        return not self.problems


def verify(folder: Folder, *, repair: bool = False) -> Report:
    """Check every file of the store. With ``repair``: seal journals of dead writers and set broken
    files aside. Nothing is ever deleted.
    """
    report = _check(folder)
    if not repair:
        return report
    moved = tuple(_set_aside(folder, report))
    sealed = tuple(_seal_orphans(folder))
    after = _check(folder)
    return Report(folder, after.files, after.facts, after.problems, after.unknown, sealed, moved)


def _check(folder: Folder) -> Report:
    view = snapshot(folder)
    listing = list_store(folder)
    problems = {(problem.path, problem.code): problem for problem in view.problems}
    for problem in (
        *_unread_parts(folder, (*listing.packs, *listing.parts)),
        *_unread_journals(folder, listing.journals),
        *_blobs(folder, view),
        *_conflicts(folder, listing.unknown),
    ):
        problems.setdefault((problem.path, problem.code), problem)
    blobs = sum(1 for _ in _blob_paths(folder))
    return Report(
        folder,
        len(listing.packs) + len(listing.parts) + len(listing.journals) + blobs,
        view.facts().num_rows,
        tuple(problems[key] for key in sorted(problems)),
        tuple(relative_name(folder, path) for path in listing.unknown),
    )


def _unread_parts(folder: Folder, paths: tuple[Path, ...]) -> Iterator[Problem]:
    """Damage of parts that a snapshot does not read, since a larger file has their facts."""
    for path in paths:
        run_id = run_of(path) if path.parent.parent == folder.runs else None
        try:
            read_footer(path)
        except PartError as error:
            yield Problem(
                error.code,
                relative_name(folder, path),
                run_id,
                f"The file is not used: {error}.",
                "Nothing, unless another problem names missing facts of this run.",
            )
        except OSError as error:
            yield _unreadable(folder, path, run_id, error)


def _unread_journals(folder: Folder, paths: tuple[Path, ...]) -> Iterator[Problem]:
    for path in paths:
        try:
            journal = read_journal(path)
        except NewerJournalError:
            continue  # the snapshot has said so
        except OSError as error:
            yield _unreadable(folder, path, run_of(path), error)
            continue
        if journal.damage:
            yield Problem(
                "journal-damaged",
                relative_name(folder, path),
                journal.run_id,
                f"{'; '.join(journal.damage[:3])}.",
                "Nothing, unless another problem names missing facts of this run.",
            )


def _conflicts(folder: Folder, unknown: tuple[Path, ...]) -> Iterator[Problem]:
    """Files that a merge kept beside others of their names."""
    for path in unknown:
        if is_conflict(path.name):
            first = path.name.rpartition(".conflict-")[0]
            message = f"Another store had other contents under the name {first}; this is its file."
            cost = "Nothing: both are kept, but what stands only in this one is not shown."
            yield Problem("conflict", relative_name(folder, path), run_of(path), message, cost)


def _unreadable(folder: Folder, path: Path, run_id: str | None, error: OSError) -> Problem:
    message = f"It cannot be read: {error.strerror or error}."
    return Problem("file-unreadable", relative_name(folder, path), run_id, message, "Its contents.")


def _blobs(folder: Folder, view: Snapshot) -> Iterator[Problem]:
    """Blobs that do not hold what their name says, and those that facts name and nobody has."""
    good = set()
    for path in _blob_paths(folder):
        try:
            found = _hash(path)
        except OSError as error:
            yield _unreadable(folder, path, None, error)
            continue
        if found == path.name:
            good.add(found)
        else:
            yield Problem(
                "blob-damaged",
                relative_name(folder, path),
                None,
                f"Its contents have the digest {found[:12]}….",
                "The contents of an artifact; other copies of the store may have them.",
            )
    for run_id, digest, key in _wanted(view):
        path = folder.blob_path(digest)
        if digest not in good and not path.exists():
            yield Problem(
                "blob-missing",
                relative_name(folder, path),
                run_id,
                f"The contents of {key!r:.200} are not in the store.",
                "This artifact cannot be shown or restored.",
            )


def _blob_paths(folder: Folder) -> Iterator[Path]:
    for home in sorted(folder.blobs.glob("[0-9a-f][0-9a-f]")):
        for path in sorted(home.iterdir()):
            if _DIGEST.fullmatch(path.name) and stat.S_ISREG(path.lstat().st_mode):
                yield path


def _hash(path: Path) -> str:
    state = sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            state.update(chunk)
    return state.hexdigest()


def _wanted(view: Snapshot) -> Iterator[tuple[str, str, str]]:
    """Run, digest and key of every blob that a fact names."""
    facts = view.facts().select(["run_id", "kind", "key", "text"])
    for batch in facts.to_batches():
        kinds = batch.column("kind").to_pylist()
        for row, kind in enumerate(kinds):
            field = _WITH_BLOBS.get(kind)
            text = batch.column("text")[row].as_py() if field else None
            digest = _digest_in(text, field) if text and field else None
            if digest:
                yield batch.column("run_id")[row].as_py(), digest, batch.column("key")[row].as_py()


def _digest_in(text: str, field: str) -> str | None:
    try:
        content = json.loads(text)
    except ValueError:
        return None
    if not isinstance(content, dict) or content.get("uri"):
        return None  # what is only referred to lies elsewhere
    digest = content.get(field)
    return digest if isinstance(digest, str) and _DIGEST.fullmatch(digest) else None


def _set_aside(folder: Folder, report: Report) -> Iterator[str]:
    """Rename broken files so that nothing reads them; what they hold stays for experts."""
    for problem in report.problems:
        if problem.code not in _BROKEN:
            continue
        path = folder.path / problem.path
        aside = path.with_name(path.name + ".broken")
        if path.is_file() and not aside.exists():
            files.replace(path, aside)
            yield relative_name(folder, aside)


def _seal_orphans(folder: Folder) -> Iterator[str]:
    """Seal every journal that will not grow and is in no part yet."""
    states = {session.writer: session.state for session in snapshot(folder).sessions}
    listing = list_store(folder)
    parts: defaultdict[str, list[Path]] = defaultdict(list)
    for path in listing.parts:
        if match := schema.PART_NAME.fullmatch(path.name):
            parts[match["writer"]].append(path)
    for path in listing.journals:
        try:
            journal = read_journal(path)
        except (OSError, NewerJournalError):
            continue
        dead = states.get(journal.writer) == "dead"
        if not journal.rows or not (dead or journal.end):
            continue
        if contains(_covered(journal.writer, parts[journal.writer]), journal.ranges):
            continue
        part = seal_journal(folder, path, dead=dead and not journal.end)
        if part is not None:
            yield relative_name(folder, part)


def _covered(writer: str, paths: list[Path]) -> Ranges:
    """The facts of the writer that good parts hold."""
    spans: list[tuple[int, int]] = []
    for path in paths:
        try:
            spans += read_footer(path).coverage[writer]
        except (PartError, OSError, KeyError):
            continue
    return union(spans)
