"""The reader's plan: every fact from exactly one file, and a name for everything that is wrong.

(writer, seq) names a fact for ever, and every file says which it covers. A fact is read from the
first file that covers it: packs and parts from the largest on, then journals. A file that fails
its checks covers nothing, so that the next one steps in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from hashlib import blake2b
from typing import TYPE_CHECKING, cast

from runfolio import schema
from runfolio.store.coverage import Ranges, assign, contains, count, holes, minus, spell, union
from runfolio.store.folder import Folder
from runfolio.store.footers import Footer, PartError
from runfolio.store.journal import Glance, Journal, NewerJournalError
from runfolio.store.listing import Listing, Spot, list_store
from runfolio.store.moments import store_now
from runfolio.store.problem import Problem
from runfolio.store.reading import EagerFiles, Files, Part, Share
from runfolio.store.sessions import Session, State, session_of
from runfolio.store.settled import Settled
from runfolio.store.standing import Joined, Standing
from runfolio.store.table import gather, spoken

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Plan", "Problem", "Session", "Snapshot", "make_plan", "snapshot"]

_TRIES = 5
_NO_COST = "Nothing, unless another problem names missing facts of this run."


@dataclass(frozen=True)
class Plan:
    """Which facts come from which file: the ``shares``, by run and writer.

    ``digest``: equal for equal facts, sessions and problems, however the files are cut.
    ``planned``: the sessions of the shares; those of ``settled`` groups come to them. ``groups``:
    what stands for itself. ``aside``: broken files that were set aside and are not back.
    """

    folder: Folder
    digest: str
    problems: tuple[Problem, ...]
    planned: tuple[Session, ...]
    shares: tuple[Share, ...] = field(repr=False)
    aside: tuple[str, ...] = ()
    settled: Settled = field(default_factory=Settled, repr=False)
    groups: tuple[Standing, ...] = field(default=(), repr=False)

    @cached_property
    def sessions(self) -> tuple[Session, ...]:
        """All that wrote to any of the runs, by run and writer."""
        known = [
            Session(run_id, writer, cast("State", state), datetime.fromisoformat(seen))
            for run_id, writer, state, seen in self.settled.sessions
        ]
        return tuple(sorted([*self.planned, *known], key=lambda each: (each.run_id, each.writer)))


@dataclass(frozen=True)
class Snapshot:
    """A store as it is at one moment, or was at an earlier one (``as_of``, UTC without a zone).

    ``digest``: equal for equal facts, sessions and problems, however the files are cut.
    """

    folder: Folder
    digest: str
    problems: tuple[Problem, ...]
    sessions: tuple[Session, ...]
    aside: tuple[str, ...]
    _plan: Plan = field(repr=False, compare=False)
    _files: EagerFiles = field(repr=False, compare=False)
    as_of: datetime | None = None

    def facts(self) -> pa.Table:
        """All facts in the order of ``schema.COLUMNS``, sorted by run_id, time, writer, seq."""
        pieces = (self._files.piece(share) for share in self._plan.shares)
        return gather(pieces, until=self.as_of)


def snapshot(folder: Folder, as_of: datetime | None = None) -> Snapshot:
    """Read the store. Damaged files are named in ``problems`` and everything else is there.

    With ``as_of`` (without a zone: UTC), facts that were said later are not there, nor are writers
    that had said nothing; a writer that spoke later was alive then. Problems are those of now.
    """
    for attempt in range(_TRIES):
        listing = list_store(folder)
        files = EagerFiles(listing)
        try:
            plan = make_plan(listing, files, patient=attempt < _TRIES - 1)
        except FileNotFoundError:
            continue  # a file was cleaned away since the look: look again
        break
    found = Snapshot(
        plan.folder, plan.digest, plan.problems, plan.sessions, plan.aside, plan, files
    )
    return found if as_of is None else _earlier(found, as_of)


def _earlier(found: Snapshot, as_of: datetime) -> Snapshot:
    moment = as_of.astimezone(UTC).replace(tzinfo=None) if as_of.tzinfo else as_of
    past = replace(found, as_of=moment)
    said = spoken(past.facts())
    sessions = tuple(
        replace(each, state="alive", last_seen=said[each.run_id, each.writer])
        if each.last_seen > moment
        else each
        for each in found.sessions
        if (each.run_id, each.writer) in said
    )
    state = blake2b(f"{found.digest} {moment.isoformat()}".encode(), digest_size=16)
    return replace(past, sessions=sessions, digest=state.hexdigest())


@dataclass
class _Writer:
    """What is known of one writer while the plan is made."""

    parts: list[Spot] = field(default_factory=list)
    journals: list[Spot] = field(default_factory=list)
    packs: list[_Loaded] = field(default_factory=list)
    loaded: dict[Spot, _Loaded] = field(default_factory=dict)
    footers: list[Footer] = field(default_factory=list)
    glances: list[Glance] = field(default_factory=list)
    read: list[Journal] = field(default_factory=list)
    owned: Ranges = ()
    run_id: str = ""

    def places(self) -> Iterator[str]:
        """The directories of its own files, and the packs."""
        for spot in (*self.parts, *self.journals):
            yield spot.home
        for pack in self.packs:
            yield pack.spot.text

    def lasts(self, name: str) -> bool:
        """Whether its state follows from its files alone, and not from the clock or a process."""
        closed = any(look.end is not None and look.end.closed for look in self.glances)
        return closed or any(name in footer.ends for footer in self.footers)


@dataclass(frozen=True)
class _Loaded:
    spot: Spot
    part: Part

    @property
    def footer(self) -> Footer:
        return self.part.footer


def make_plan(listing: Listing, files: Files, *, patient: bool = True) -> Plan:
    """Decide which facts come from which file; OverlapError if that concerns a settled group.

    A file that vanished since the look raises FileNotFoundError if ``patient``; it is a problem of
    the store otherwise.
    """
    return _Planner(listing, files, patient).made()


class OverlapError(Exception):
    """Groups that were thought to be settled have something in common with other files."""

    def __init__(self, groups: Iterable[int]) -> None:
        super().__init__("settled groups overlap")
        self.groups = frozenset(groups)


class _Planner:
    def __init__(self, listing: Listing, files: Files, patient: bool) -> None:
        self.listing = listing
        self.files = files
        self.patient = patient
        self.problems = list(listing.problems)
        self.shares: list[Share] = []
        self.writers: defaultdict[str, _Writer] = defaultdict(_Writer)
        self.tombs: set[str] = set()

    def made(self) -> Plan:
        self._sort_files()
        self._keep_off(self.listing.settled.of_writers(self.writers.keys()))
        for name, writer in sorted(self.writers.items()):
            if not self._lone_file(name, writer):
                self._own_parts(name, writer)
                self._own_journals(name, writer)
                self._find_holes(name, writer)
        sessions = self._sessions()
        problems = sorted(set(self.problems), key=lambda p: (p.path, p.code, p.message))
        shares = [share for share in self.shares if self._shown(share.run_id, share.writer)]
        shares.sort(key=lambda share: (share.run_id, share.writer, share.own))
        return Plan(
            self.listing.folder,
            self._digest(sessions, problems),
            tuple(problems),
            tuple(sessions),
            tuple(shares),
            tuple(self._aside()),
            self.listing.settled,
            tuple(self._groups(sessions)),
        )

    def _keep_off(self, groups: set[int]) -> None:
        """A settled group stands for itself: its runs and writers have files nowhere else."""
        if groups:
            raise OverlapError(groups)

    def _sessions(self) -> list[Session]:
        waiting = any(writer.glances for writer in self.writers.values())
        now = store_now(self.listing.folder.cache) if waiting else 0.0
        sessions = [
            session_of(writer.run_id, name, writer.footers, writer.glances, writer.read, now)
            for name, writer in self.writers.items()
            if (writer.footers or writer.glances) and self._shown(writer.run_id, name)
        ]
        self._keep_off(self.listing.settled.of_runs({session.run_id for session in sessions}))
        return sorted(sessions, key=lambda session: (session.run_id, session.writer))

    def _groups(self, sessions: Iterable[Session]) -> Iterator[Standing]:
        """What of the plan stands for itself: places that share no run and no writer."""
        joined = Joined()
        for writer in self.writers.values():
            joined.add(f"run {writer.run_id}", *writer.places())
        told = {session.writer: session for session in sessions}
        found: defaultdict[str, list[tuple[str, _Writer]]] = defaultdict(list)
        for name, writer in self.writers.items():
            found[joined.first(f"run {writer.run_id}")].append((name, writer))
        for writers in found.values():
            by = [told[name] for name, _ in writers if name in told]
            yield Standing(
                tuple(sorted({place for _, writer in writers for place in writer.places()})),
                tuple(sorted({writer.run_id for _, writer in writers})),
                tuple(by),
                len(by) == len(writers) and all(writer.lasts(name) for name, writer in writers),
                sum(map(self._sum, by)),
            )

    def _sum(self, session: Session) -> int:
        """What a session adds to the digest of a store."""
        owned = self.writers[session.writer].owned
        told = repr((session.run_id, session.writer, owned, session.state)).encode()
        return int.from_bytes(blake2b(told, digest_size=16).digest(), "big")

    def _shown(self, run_id: str, writer: str) -> bool:
        """False for what is left of a purged run; its tomb is shown."""
        return run_id not in self.listing.purged or writer in self.tombs

    def _sort_files(self) -> None:
        spots: Mapping[str, Iterable[Spot]] = self.listing.spots
        for kind in ("tomb", "pack"):
            for spot in spots[kind]:
                loaded = self._load(spot, None)
                if loaded is not None:
                    for name in loaded.footer.coverage:
                        self.writers[name].packs.append(loaded)
                    if kind == "tomb":
                        self.tombs.update(loaded.footer.coverage)
        for spot in spots["part"]:
            self.writers[spot.name[2:14]].parts.append(spot)
        for spot in spots["journal"]:
            self.writers[spot.name[2:14]].journals.append(spot)

    def _lone_file(self, name: str, writer: _Writer) -> bool:
        """The usual case in short: one good file from the first fact on, and nothing else."""
        if len(writer.parts) + len(writer.packs) != 1 or writer.journals:
            return False
        loaded = writer.packs[0] if writer.packs else self._load(writer.parts[0], name)
        if loaded is None:
            return True
        owned = loaded.part.covers(name)
        if len(owned) != 1 or owned[0][0] != 0:
            return False
        footer = loaded.footer
        writer.run_id, writer.owned = footer.runs.get(name, loaded.spot.run), owned
        writer.footers.append(footer)
        origins = () if name in loaded.part.lost else footer.origins(name)
        share = Share(writer.run_id, name, owned, loaded.spot, footer.digest, True, origins)
        self.shares.append(share)
        return True

    def _own_parts(self, name: str, writer: _Writer) -> None:
        """Give each fact to the largest good file; a file is read when it owns something."""
        packs = sorted(writer.packs, key=lambda pack: (-pack.footer.rows, pack.spot.name))
        waiting = sorted(writer.parts, key=_size_and_name, reverse=True)
        while True:
            claims: list[Ranges] = [pack.part.covers(name) for pack in packs]
            claims += [
                writer.loaded[spot].part.covers(name)
                if spot in writer.loaded
                else (_named_range(spot),)
                for spot in waiting
            ]
            owned = assign(claims)
            fresh = [
                spot
                for spot, own in zip(waiting, owned[len(packs) :], strict=True)
                if own and spot not in writer.loaded
            ]
            if not fresh:
                break
            for spot in fresh:
                loaded = self._load(spot, name)
                if loaded is None:
                    waiting.remove(spot)
                else:
                    writer.loaded[spot] = loaded
        sources = [*packs, *(writer.loaded.get(spot) for spot in waiting)]
        for source, own, claim in zip(sources, owned, claims, strict=True):
            if source is not None:
                self._use(name, writer, source, own, own == claim)
        if not any(name in footer.ends for footer in writer.footers):
            self._ask_for_the_end(name, writer, waiting)
        writer.owned = union(span for own in owned for span in own)

    def _ask_for_the_end(self, name: str, writer: _Writer, waiting: Iterable[Spot]) -> None:
        """A part that owns nothing may be the only one that knows how its writer ended: a pack
        was made before."""
        for spot in waiting:
            loaded = None if spot in writer.loaded else self._load(spot, name)
            if loaded is not None:
                writer.footers.append(loaded.footer)

    def _use(self, name: str, writer: _Writer, source: _Loaded, own: Ranges, whole: bool) -> None:
        writer.footers.append(source.footer)
        writer.run_id = source.footer.runs.get(name, source.spot.run)
        if own:
            seal = source.footer.digest
            known = whole and name not in source.part.lost
            origins = source.footer.origins(name) if known else ()
            self.shares.append(Share(writer.run_id, name, own, source.spot, seal, whole, origins))

    def _load(self, spot: Spot, writer: str | None) -> _Loaded | None:
        """What a part or pack covers; None, with a problem, if it cannot be used."""
        run_id = spot.run if writer else None
        try:
            part = self.files.part(spot)
            if writer is not None:
                _check_name(spot, writer, part.footer)
            elif spot.home == schema.TOMBS:
                _check_tomb(spot, part.footer)
        except PartError as error:
            self._problem(spot, error.code, run_id, f"The file is not used: {error}.")
        except FileNotFoundError:
            if self.patient:
                raise
            self._problem(spot, "moving", run_id, "The file vanished while it was read.")
        except OSError as error:
            reason = error.strerror or str(error)
            self._problem(spot, "file-unreadable", run_id, f"It cannot be read: {reason}.")
        else:
            if writer and part.footer.runs[writer] != spot.run:
                self._renamed(spot, part.footer.runs[writer])
            if part.lost:
                number = sum(map(count, part.lost.values()))
                message = f"{number:,} of its {part.footer.rows:,} facts are damaged."
                self._problem(spot, "part-damaged", run_id, message)
            return _Loaded(spot, part)
        return None

    def _own_journals(self, name: str, writer: _Writer) -> None:
        for spot in sorted(writer.journals):
            try:
                seen = self.files.glance(spot)
                writer.glances.append(seen)
                writer.run_id = writer.run_id or spot.run
                if seen.header is not None:
                    writer.run_id = seen.header.run_id
                span = (seen.lo, seen.end.seq) if seen.end else None
                if span and contains(writer.owned, union([span])):
                    continue
                journal, seal = self.files.journal(spot)
            except NewerJournalError as error:
                message = f"It was written by a newer runfolio ({error})."
                cost = "Its facts are not shown until runfolio is updated."
                self._problem(spot, "newer-format", spot.run, message, cost)
            except FileNotFoundError:
                if self.patient:
                    raise
            except OSError as error:
                reason = error.strerror or str(error)
                self._problem(spot, "file-unreadable", spot.run, f"It cannot be read: {reason}.")
            else:
                self._take(name, writer, spot, journal, seal)

    def _take(self, name: str, writer: _Writer, spot: Spot, journal: Journal, seal: str) -> None:
        writer.read.append(journal)
        own = minus(journal.ranges, writer.owned)
        if own:
            whole = own == journal.ranges
            self.shares.append(Share(journal.run_id, name, own, spot, seal, whole))
            writer.owned = union((*writer.owned, *own))
        if journal.header is not None and journal.run_id != spot.run:
            self._renamed(spot, journal.run_id)
        if journal.damage:
            shown = "; ".join(journal.damage[:3])
            more = len(journal.damage) - 3
            told = f"{shown}{f'; and {more} more' if more > 0 else ''}."
            self._problem(spot, "journal-damaged", journal.run_id, told)

    def _find_holes(self, name: str, writer: _Writer) -> None:
        """Say which facts are nowhere; what damaged files cost is said here, once."""
        damaged = [journal.lost for journal in writer.read]
        damaged += [pack.part.lost.get(name, ()) for pack in writer.packs]
        lost = union(span for ranges in damaged for span in ranges)
        missing = union((*holes(writer.owned), *minus(lost, writer.owned)))
        if not missing or not self._shown(writer.run_id, name):
            return
        spot = min((*writer.parts, *writer.journals, *(pack.spot for pack in writer.packs)))
        number = count(missing)
        self._problem(
            spot,
            "facts-missing",
            writer.run_id,
            f"Facts {spell(missing)[:200]} of writer {name} are in no file.",
            f"{number:,} fact{'s are' if number > 1 else ' is'} lost.",
        )

    def _renamed(self, spot: Spot, run_id: str) -> None:
        parent, _, name = spot.home.rpartition("/")
        self.problems.append(
            Problem(
                "run-renamed",
                Spot(parent, name).shown,
                run_id,
                f"The folder is called {name!r}, but its files belong to the run {run_id!r}.",
                "Nothing is lost; the run keeps its id.",
            )
        )

    def _problem(
        self, spot: Spot, code: str, run_id: str | None, message: str, cost: str = _NO_COST
    ) -> None:
        self.problems.append(Problem(code, spot.shown, run_id, message, cost))

    def _aside(self) -> Iterator[str]:
        """Files that were set aside: no good one has their name, or the facts that it speaks of."""
        there = {spot.text for spots in self.listing.spots.values() for spot in spots}
        there.update(self.listing.settled.files)
        for spot, name in self.listing.aside:
            part = schema.PART_NAME.fullmatch(name)
            writer = self.writers.get(part["writer"]) if part else None
            span = ((int(part["lo"]), int(part["hi"])),) if part else ()
            elsewhere = writer is not None and contains(writer.owned, span)
            if not elsewhere and f"{spot.home}/{name}" not in there:
                yield spot.shown

    def _digest(self, sessions: Iterable[Session], problems: Iterable[Problem]) -> str:
        """A sum over the sessions, so that those of settled groups are in it by one number."""
        total = sum(map(self._sum, sessions)) + self.listing.settled.sum
        state = blake2b((total % (1 << 128)).to_bytes(16, "big"), digest_size=16)
        for problem in problems:
            state.update(repr((problem.path, problem.code, problem.message)).encode())
        return state.hexdigest()


def _named_range(spot: Spot) -> tuple[int, int]:
    """The facts that the name of a part speaks of."""
    lo, hi = spot.name[15:-8].split("-")
    return int(lo), int(hi)


def _size_and_name(spot: Spot) -> tuple[int, str]:
    lo, hi = _named_range(spot)
    return hi - lo, spot.name


def _check_name(spot: Spot, writer: str, footer: Footer) -> None:
    """A part covers what its name says, or less where its journal was damaged."""
    lo, hi = _named_range(spot)
    if set(footer.coverage) != {writer} or writer not in footer.runs:
        raise PartError("part-damaged", "its name and its footer name different writers")
    covered = footer.coverage[writer]
    if not covered or covered[0][0] != lo or covered[-1][1] != hi:
        raise PartError("part-damaged", "its name and its footer cover different facts")


def _check_tomb(spot: Spot, footer: Footer) -> None:
    """A tomb speaks of its own run alone, by one writer of its own."""
    match = schema.TOMB_NAME.fullmatch(spot.name)
    if match is None or footer.runs != {match["writer"]: match["run"]}:
        raise PartError("part-damaged", "its name and its footer name different runs")
