"""Checking a whole store, and mending what can be mended without losing anything."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass

from runfolio.store import aside, checks, contents_check, repair
from runfolio.store.compact import compact
from runfolio.store.folder import Folder
from runfolio.store.journal import Journal
from runfolio.store.listing import BROKEN, list_store, relative_name
from runfolio.store.names import is_conflict
from runfolio.store.plan import Snapshot, snapshot
from runfolio.store.problem import Problem

#: From so many files on that could be spared, ``verify`` says so.
_MANY = 100


@dataclass(frozen=True)
class Report:
    """What ``verify`` found.

    ``files``: how many were checked, blobs among them. ``facts``: how many the store holds.
    ``problems``: what is wrong. ``notes``: what is worth knowing and costs nothing.
    ``unknown``: names that nothing here made; they are left alone. ``unnamed``: digests of contents
    that no fact names. ``sealed``: parts and packs that were made, ``moved``: broken files that
    were set aside, as ``.broken``, by ``repair``.
    """

    folder: Folder
    files: int
    facts: int
    problems: tuple[Problem, ...]
    unknown: tuple[str, ...]
    notes: tuple[Problem, ...] = ()
    unnamed: tuple[str, ...] = ()
    sealed: tuple[str, ...] = ()
    moved: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """True if nothing is wrong."""
        return not self.problems


def verify(folder: Folder, *, repair: bool = False) -> Report:
    """Check every file of the store, each byte of it.

    With ``repair``: seal journals of writers that are gone or silent, and set broken files aside,
    as ``.broken``. Nothing is ever deleted.
    """
    report = _check(folder)
    if not repair:
        return report
    return _repaired(folder, report)


def _repaired(folder: Folder, report: Report) -> Report:
    saved = list(repair.salvage_packs(folder, report.problems))
    moved = list(repair.set_aside(folder, report.problems))
    sealed = (*saved, *repair.seal_orphans(folder))
    moved += repair.set_damaged_journals_aside(folder)
    after = _check(folder)
    return dataclasses.replace(after, sealed=sealed, moved=tuple(moved))


def _check(folder: Folder) -> Report:
    view = snapshot(folder)
    listing = list_store(folder)
    read: list[Journal] = []
    unnamed: list[str] = []
    problems = {(problem.path, problem.code): problem for problem in view.problems}
    for problem in (
        *checks.marker(folder),
        *checks.packs(folder, listing.packs),
        *checks.parts(folder, (*listing.parts, *listing.tombs)),
        *checks.journals(folder, listing.journals, read),
        *checks.chains(folder, read),
        *contents_check.blobs(folder, view, unnamed),
        *checks.conflicts(folder, listing.unknown),
        *checks.records(folder),
        *checks.purged_remains(folder, listing.purged),
    ):
        problems.setdefault((problem.path, problem.code), problem)
    harmless: list[Problem] = []
    for costs, problem in aside.broken_files(folder, listing, read):
        if costs:
            problems.setdefault((problem.path, problem.code), problem)
        else:
            harmless.append(problem)
    of_facts = (listing.packs, listing.parts, listing.journals, listing.tombs)
    return Report(
        folder,
        sum(map(len, of_facts)) + sum(1 for _ in contents_check.blob_paths(folder)),
        view.facts().num_rows,
        tuple(problems[key] for key in sorted(problems)),
        tuple(relative_name(folder, path) for path in listing.unknown if not _ours(path.name)),
        (*_notes(folder, view, read, unnamed), *harmless),
        tuple(unnamed),
    )


def _ours(name: str) -> bool:
    """Whether a repair or a merge made the file; such files are told on lines of their own."""
    return bool(BROKEN.fullmatch(name)) or is_conflict(name)


def _notes(
    folder: Folder, view: Snapshot, read: list[Journal], unnamed: list[str]
) -> Iterator[Problem]:
    """What is worth knowing: each with what can be done about it in place of a cost."""
    states = {session.writer: session.state for session in view.sessions}
    for journal in repair.idle_journals(folder, states):
        kind = "ended in order" if journal.end else f"is {states.get(journal.writer, 'unknown')}"
        message = (
            f"A journal with {len(journal.rows):,} facts that are in no part; its writer {kind}."
        )
        yield _note(folder, journal, "unsealed", message, "runfolio verify --repair seals it.")
    for journal in read:
        if journal.torn and states.get(journal.writer) != "alive":
            message = f"It ends with {journal.torn:,} bytes of a call that never returned."
            yield _note(folder, journal, "torn-tail", message, "Nothing that was promised is lost.")
    if unnamed:
        size = sum(folder.blob_path(digest).stat().st_size for digest in unnamed)
        yield Problem(
            "contents-unnamed",
            "blobs",
            None,
            f"{len(unnamed):,} contents ({size:,} bytes) that no fact names.",
            "They cost room only: a call was interrupted before it named them.",
        )
    yield from _spare_files(folder)
    halves = list(folder.tmp.glob("t-*.tmp"))
    if halves:
        message = f"{len(halves):,} files that are being made, or were when their process died."
        yield Problem(
            "half-made", "tmp", None, message, "runfolio compact removes those of the dead."
        )


def _spare_files(folder: Folder) -> Iterator[Problem]:
    """That many files hold what few could."""
    could = compact(folder, dry_run=True)
    if could.files_before - could.files_after >= _MANY:
        message = f"{could.files_before:,} files hold what {could.files_after:,} can hold."
        yield Problem("many-files", "runs", None, message, "runfolio compact gathers them.")


def _note(folder: Folder, journal: Journal, code: str, message: str, advice: str) -> Problem:
    return Problem(code, relative_name(folder, journal.path), journal.run_id, message, advice)
