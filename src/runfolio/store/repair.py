"""Mending a store: seal what nobody goes on with, set broken files aside, and delete nothing.

What a damaged pack still holds goes into a new one first. What a damaged journal still holds is
sealed first; it is set aside when a good part has that.
"""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from runfolio import schema
from runfolio.store import files
from runfolio.store.coverage import Ranges, contains, union
from runfolio.store.folder import Folder
from runfolio.store.footers import PartError
from runfolio.store.journal import Journal, NewerJournalError, read_journal
from runfolio.store.listing import list_store, relative_name
from runfolio.store.packing import SourceError, salvage
from runfolio.store.parts import read_footer
from runfolio.store.plan import snapshot
from runfolio.store.problem import Problem
from runfolio.store.seal import seal_journal

_BROKEN = {"part-damaged", "part-codec", "part-too-large", "part-order", "blob-damaged"}


def salvage_packs(folder: Folder, problems: Iterable[Problem]) -> Iterator[str]:
    """Make new packs of what can still be read in damaged ones, before these are set aside."""
    for path in {folder.path / problem.path for problem in problems if problem.code in _BROKEN}:
        if schema.PACK_NAME.fullmatch(path.name) and path.parent == folder.packs:
            with contextlib.suppress(SourceError):  # not even its footer can be read
                pack = salvage(folder, path)
                if pack is not None:
                    yield relative_name(folder, pack)


def set_aside(folder: Folder, problems: Iterable[Problem]) -> Iterator[str]:
    """Rename broken files so that nothing reads them; what they hold stays for experts."""
    for problem in problems:
        if problem.code in _BROKEN:
            yield from _moved(folder, folder.path / problem.path)


def _moved(folder: Folder, path: Path) -> Iterator[str]:
    aside = path.with_name(path.name + ".broken")
    if path.is_file() and not aside.exists():
        files.replace(path, aside)
        yield relative_name(folder, aside)


def seal_orphans(folder: Folder) -> Iterator[str]:
    """Seal every journal that will not grow, or has not for long, and is in no part yet.

    The journal of a writer that is only stalled stays, and its part does not say that it ended:
    it may go on, perhaps on another machine.
    """
    states = {session.writer: session.state for session in snapshot(folder).sessions}
    for journal in idle_journals(folder, states):
        dead = states.get(journal.writer) == "dead"
        part = seal_journal(folder, journal.path, dead=dead and not journal.end)
        if part is not None:
            yield relative_name(folder, part)


def idle_journals(folder: Folder, states: Mapping[str, str]) -> Iterator[Journal]:
    """Journals with facts that are in no good part, of writers that are not alive."""
    sealed = Sealed(folder)
    for path in list_store(folder).journals:
        try:
            journal = read_journal(path)
        except (OSError, NewerJournalError):
            continue
        idle = states.get(journal.writer) in ("dead", "stalled") or journal.end
        if journal.rows and idle and not sealed.has(journal):
            yield journal


def set_damaged_journals_aside(folder: Folder) -> Iterator[str]:
    """Rename damaged journals of writers that are gone, whose readable facts are all in parts."""
    states = {session.writer: session.state for session in snapshot(folder).sessions}
    sealed = Sealed(folder)
    for path in list_store(folder).journals:
        try:
            journal = read_journal(path)
        except (OSError, NewerJournalError):
            continue
        gone = states.get(journal.writer) in ("dead", "closed")
        if journal.damage and gone and journal.rows and sealed.has(journal):
            yield from _moved(folder, path)


class Sealed:
    """The facts that good parts and packs hold, by writer; each file is looked at once."""

    def __init__(self, folder: Folder) -> None:
        listing = list_store(folder)
        self._parts: defaultdict[str, list[Path]] = defaultdict(list)
        for path in listing.parts:
            if match := schema.PART_NAME.fullmatch(path.name):
                self._parts[match["writer"]].append(path)
        self._packed: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
        for path in listing.packs:
            with contextlib.suppress(PartError, OSError):
                for writer, ranges in read_footer(path).coverage.items():
                    self._packed[writer] += ranges
        self._known: dict[str, Ranges] = {}

    def has(self, journal: Journal) -> bool:
        """Whether all facts of the journal are in parts."""
        if journal.writer not in self._known:
            self._known[journal.writer] = union(self._spans(journal.writer))
        return contains(self._known[journal.writer], journal.ranges)

    def _spans(self, writer: str) -> Iterator[tuple[int, int]]:
        yield from self._packed[writer]
        for path in self._parts[writer]:
            try:
                yield from read_footer(path).coverage[writer]
            except (PartError, OSError, KeyError):
                continue
