"""The reader's plan: every fact from exactly one file, and a name for everything that is wrong.

(writer, seq) names a fact for ever, and every file says which it covers. A fact is read from the
first file that covers it: packs and parts from the largest on, then journals. A file that fails
its checks covers nothing, so that the next one steps in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from runfolio import schema
from runfolio.store.coverage import Ranges, assign, contains, count, holes, minus, spell, union
from runfolio.store.folder import Folder
from runfolio.store.journal import Glance, Journal, NewerJournalError, glance, read_journal
from runfolio.store.listing import Listing, list_store, relative_name, run_of
from runfolio.store.moments import store_now
from runfolio.store.parts import Footer, PartError, read_part, table_of
from runfolio.store.problem import Problem
from runfolio.store.sessions import Session, session_of
from runfolio.store.table import Piece, gather

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Problem", "Session", "Snapshot", "snapshot"]

_TRIES = 5


@dataclass(frozen=True)
class Snapshot:
    """A store as it is at one moment.

    ``digest``: equal for equal facts, sessions and problems, however the files are cut.
    """

    folder: Folder
    digest: str
    problems: tuple[Problem, ...]
    sessions: tuple[Session, ...]
    _pieces: tuple[Piece, ...] = field(repr=False, compare=False)

    def facts(self) -> pa.Table:
        """All facts in the order of ``schema.COLUMNS``, sorted by run_id, time, writer, seq."""
        return gather(self._pieces)


def snapshot(folder: Folder) -> Snapshot:
    """Read the store. Damaged files are named in ``problems`` and everything else is there."""
    for _ in range(_TRIES):
        try:
            return _Plan(list_store(folder)).made()
        except FileNotFoundError:
            continue  # a file was cleaned away since the look: look again
    return _Plan(list_store(folder), patient=False).made()


@dataclass
class _Writer:
    """What is known of one writer while the plan is made."""

    parts: list[Path] = field(default_factory=list)
    journals: list[Path] = field(default_factory=list)
    packs: list[_Loaded] = field(default_factory=list)
    loaded: dict[Path, _Loaded] = field(default_factory=dict)
    footers: list[Footer] = field(default_factory=list)
    glances: list[Glance] = field(default_factory=list)
    read: list[Journal] = field(default_factory=list)
    owned: Ranges = ()
    run_id: str = ""


@dataclass(frozen=True)
class _Loaded:
    path: Path
    footer: Footer
    table: pa.Table


class _Plan:
    def __init__(self, listing: Listing, *, patient: bool = True) -> None:
        self.listing = listing
        self.patient = patient
        self.problems = list(listing.problems)
        self.pieces: list[Piece] = []
        self.writers: defaultdict[str, _Writer] = defaultdict(_Writer)
        self.tombs: set[str] = set()

    def made(self) -> Snapshot:
        self._sort_files()
        for name, writer in sorted(self.writers.items()):
            self._own_parts(name, writer)
            self._own_journals(name, writer)
            self._find_holes(name, writer)
        self.pieces = [piece for piece in self.pieces if self._shown(piece.run_id, piece.writer)]
        now = store_now(self.listing.folder.cache)
        sessions = tuple(
            sorted(
                (
                    session_of(
                        writer.run_id, name, writer.footers, writer.glances, writer.read, now
                    )
                    for name, writer in self.writers.items()
                    if (writer.footers or writer.glances) and self._shown(writer.run_id, name)
                ),
                key=lambda session: (session.run_id, session.writer),
            )
        )
        problems = tuple(sorted(set(self.problems), key=lambda p: (p.path, p.code, p.message)))
        return Snapshot(
            self.listing.folder,
            self._digest(sessions, problems),
            problems,
            sessions,
            tuple(self.pieces),
        )

    def _shown(self, run_id: str, writer: str) -> bool:
        """False for what is left of a purged run; its tomb is shown."""
        return run_id not in self.listing.purged or writer in self.tombs

    def _sort_files(self) -> None:
        for path in self.listing.tombs:
            loaded = self._load(path, None)
            if loaded is not None:
                self.tombs.update(loaded.footer.coverage)
                for name in loaded.footer.coverage:
                    self.writers[name].packs.append(loaded)
        for path in self.listing.packs:
            loaded = self._load(path, None)
            if loaded is not None:
                for name in loaded.footer.coverage:
                    self.writers[name].packs.append(loaded)
        for path in self.listing.parts:
            match = schema.PART_NAME.fullmatch(path.name)
            if match is not None:
                self.writers[match["writer"]].parts.append(path)
        for path in self.listing.journals:
            found = schema.JOURNAL_NAME.fullmatch(path.name)
            if found is not None:
                self.writers[found["writer"]].journals.append(path)

    def _own_parts(self, name: str, writer: _Writer) -> None:
        """Give each fact to the largest good file; a file is read when it owns something."""
        packs = sorted(writer.packs, key=lambda pack: (-pack.footer.rows, pack.path.name))
        waiting = sorted(writer.parts, key=_size_and_name, reverse=True)
        while True:
            claims: list[Ranges] = [pack.footer.coverage[name] for pack in packs]
            claims += [
                writer.loaded[path].footer.coverage[name]
                if path in writer.loaded
                else (_named_range(path),)
                for path in waiting
            ]
            owned = assign(claims)
            fresh = [
                path
                for path, own in zip(waiting, owned[len(packs) :], strict=True)
                if own and path not in writer.loaded
            ]
            if not fresh:
                break
            for path in fresh:
                loaded = self._load(path, name)
                if loaded is None:
                    waiting.remove(path)
                else:
                    writer.loaded[path] = loaded
        sources = [*packs, *(writer.loaded.get(path) for path in waiting)]
        for source, own, claim in zip(sources, owned, claims, strict=True):
            if source is None:
                continue
            writer.footers.append(source.footer)
            writer.run_id = source.footer.runs.get(name, run_of(source.path))
            if own:
                self.pieces.append(Piece(writer.run_id, name, own, source.table, own == claim))
        writer.owned = union(span for own in owned for span in own)

    def _load(self, path: Path, writer: str | None) -> _Loaded | None:
        """Read and verify a part or pack; None, with a problem, if it cannot be used."""
        run_id = run_of(path) if writer else None
        try:
            footer, table = read_part(path)
            if writer is not None:
                _check_name(path, writer, footer)
            if path.parent == self.listing.folder.tombs:
                _check_tomb(path, footer)
        except PartError as error:
            self._problem(path, error.code, run_id, f"The file is not used: {error}.", "")
        except FileNotFoundError:
            if self.patient:
                raise
            self._problem(path, "moving", run_id, "The file vanished while it was read.", "")
        except OSError as error:
            reason = error.strerror or str(error)
            self._problem(path, "file-unreadable", run_id, f"It cannot be read: {reason}.", "")
        else:
            if writer and footer.runs[writer] != run_of(path):
                self._renamed(path, footer.runs[writer])
            return _Loaded(path, footer, table)
        return None

    def _own_journals(self, name: str, writer: _Writer) -> None:
        for path in sorted(writer.journals):
            try:
                seen = glance(path)
                writer.glances.append(seen)
                writer.run_id = writer.run_id or run_of(path)
                if seen.header is not None:
                    writer.run_id = seen.header.run_id
                span = (seen.lo, seen.end.seq) if seen.end else None
                if span and contains(writer.owned, union([span])):
                    continue
                journal = read_journal(path)
            except NewerJournalError as error:
                message = f"It was written by a newer runfolio ({error})."
                cost = "Its facts are not shown until runfolio is updated."
                self._problem(path, "newer-format", run_of(path), message, cost)
                continue
            except FileNotFoundError:
                if self.patient:
                    raise
                continue
            except OSError as error:
                reason = error.strerror or str(error)
                self._problem(
                    path, "file-unreadable", run_of(path), f"It cannot be read: {reason}.", ""
                )
                continue
            self._take(name, writer, journal)

    def _take(self, name: str, writer: _Writer, journal: Journal) -> None:
        writer.read.append(journal)
        own = minus(journal.ranges, writer.owned)
        if own:
            table = table_of(journal.run_id, name, journal.rows)
            whole = own == journal.ranges
            self.pieces.append(Piece(journal.run_id, name, own, table, whole))
            writer.owned = union((*writer.owned, *own))
        if journal.header is not None and journal.run_id != run_of(journal.path):
            self._renamed(journal.path, journal.run_id)
        if journal.damage:
            shown = "; ".join(journal.damage[:3])
            more = len(journal.damage) - 3
            self._problem(
                journal.path,
                "journal-damaged",
                journal.run_id,
                f"{shown}{f'; and {more} more' if more > 0 else ''}.",
                "",
            )

    def _find_holes(self, name: str, writer: _Writer) -> None:
        """Say which facts are nowhere; what damaged files cost is said here, once."""
        lost = union(span for journal in writer.read for span in journal.lost)
        missing = union((*holes(writer.owned), *minus(lost, writer.owned)))
        if not missing or not self._shown(writer.run_id, name):
            return
        path = min((*writer.parts, *writer.journals, *(p.path for p in writer.packs)))
        number = count(missing)
        self._problem(
            path,
            "facts-missing",
            writer.run_id,
            f"Facts {spell(missing)[:200]} of writer {name} are in no file.",
            f"{number:,} fact{'s are' if number > 1 else ' is'} lost.",
        )

    def _renamed(self, path: Path, run_id: str) -> None:
        home = path.parent
        self._problem(
            home,
            "run-renamed",
            run_id,
            f"The folder is called {home.name!r}, but its files belong to the run {run_id!r}.",
            "Nothing is lost; the run keeps its id.",
        )

    def _problem(self, path: Path, code: str, run_id: str | None, message: str, cost: str) -> None:
        name = relative_name(self.listing.folder, path)
        cost = cost or "Nothing, unless another problem names missing facts of this run."
        self.problems.append(Problem(code, name, run_id, message, cost))

    def _digest(self, sessions: Iterable[Session], problems: Iterable[Problem]) -> str:
        state = blake2b(digest_size=16)
        for session in sessions:
            owned = self.writers[session.writer].owned
            state.update(repr((session.run_id, session.writer, owned, session.state)).encode())
        for problem in problems:
            state.update(repr((problem.path, problem.code, problem.message)).encode())
        return state.hexdigest()


def _named_range(path: Path) -> tuple[int, int]:
    match = schema.PART_NAME.fullmatch(path.name)
    assert match is not None
    return int(match["lo"]), int(match["hi"])


def _size_and_name(path: Path) -> tuple[int, str]:
    lo, hi = _named_range(path)
    return hi - lo, path.name


def _check_name(path: Path, writer: str, footer: Footer) -> None:
    """A part covers what its name says, or less where its journal was damaged."""
    lo, hi = _named_range(path)
    if set(footer.coverage) != {writer} or writer not in footer.runs:
        raise PartError("part-damaged", "its name and its footer name different writers")
    covered = footer.coverage[writer]
    if not covered or covered[0][0] != lo or covered[-1][1] != hi:
        raise PartError("part-damaged", "its name and its footer cover different facts")


def _check_tomb(path: Path, footer: Footer) -> None:
    """A tomb speaks of its own run alone, by one writer of its own."""
    match = schema.TOMB_NAME.fullmatch(path.name)
    if match is None or footer.runs != {match["writer"]: match["run"]}:
        raise PartError("part-damaged", "its name and its footer name different runs")
