"""What of a store can be packed: runs that are over, whole, and still lie in small files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from runfolio import schema
from runfolio.store.clean import claim_in
from runfolio.store.coverage import Ranges, contains, holes, union
from runfolio.store.folder import Folder
from runfolio.store.footers import Footer, PartError
from runfolio.store.journal import Glance, Journal, NewerJournalError, glance, read_journal
from runfolio.store.listing import list_store
from runfolio.store.parts import peek_footer, read_footer
from runfolio.store.seal import footer_of
from runfolio.store.sessions import last_sign, session_of


@dataclass(frozen=True)
class Part:
    """A part or pack by its footer, which was verified; its rows were not."""

    path: Path
    footer: Footer
    size: int

    @cached_property
    def runs(self) -> frozenset[str]:
        """Ids of the runs in it."""
        return frozenset(self.footer.runs.values())


@dataclass(frozen=True)
class Loose:
    """The parts of one run that no pack stands for yet; ``ends`` and ``seen`` of their writers.

    ``files``: those that can go when they are in a pack, journals among them.
    """

    run_id: str
    parts: tuple[Part, ...]
    ends: dict[str, str]
    seen: dict[str, int]
    files: tuple[Path, ...]

    @property
    def rows(self) -> int:
        return sum(part.footer.rows for part in self.parts)

    @property
    def size(self) -> int:
        return sum(part.size for part in self.parts)


@dataclass(frozen=True)
class Unsealed:
    """A journal whose writer says no more; ``dead``: for certain, and without an end."""

    path: Path
    dead: bool


@dataclass(frozen=True)
class Survey:
    """``loose``: by run. ``packs``: those that no other pack stands for. ``live`` and ``damaged``:
    ids of runs that are left as they are.
    """

    loose: tuple[Loose, ...] = ()
    packs: tuple[Part, ...] = ()
    unsealed: tuple[Unsealed, ...] = ()
    live: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
    purged: frozenset[str] = frozenset()


@dataclass
class Verdicts:
    """Which files turned out to be damaged or whole, for as long as a compaction goes on."""

    bad: set[Path] = field(default_factory=set)
    good: set[Path] = field(default_factory=set)

    def is_good(self, path: Path) -> bool:
        """Whether every byte of a part or pack is as it was sealed; looked at once."""
        if path in self.bad or path in self.good:
            return path in self.good
        try:
            read_footer(path)
        except (PartError, OSError):
            self.bad.add(path)
            return False
        self.good.add(path)
        return True


def survey(folder: Folder, verdicts: Verdicts, now: float, *, foresee: bool = False) -> Survey:
    """Look at all files of the store, at most of them only at their ends.

    ``now``: seconds of the epoch by the clock of the file system, to tell who is silent. With
    ``foresee``, journals that are to be sealed count as parts already.
    """
    listing = list_store(folder)
    packs = [part for path in listing.packs if (part := _peek(path, verdicts))]
    holders: defaultdict[str, list[Part]] = defaultdict(list)
    for pack in packs:
        if not pack.runs & listing.purged:
            for writer in pack.footer.coverage:
                holders[writer].append(pack)
    homes: defaultdict[Path, list[Path]] = defaultdict(list)
    for path in (*listing.parts, *listing.journals):
        homes[path.parent].append(path)
    troubled = {problem.run_id for problem in listing.problems}
    loose, unsealed, live, damaged = [], [], [], []
    for home in sorted(homes):
        run = _Run(home, homes[home], holders, verdicts, now, foresee=foresee)
        run.damaged |= home.name in troubled
        unsealed += run.unsealed
        if run.damaged:
            damaged.append(home.name)
        elif run.live:
            live.append(home.name)
        elif found := run.loose():
            loose.append(found)
    return Survey(
        tuple(loose),
        tuple(pack for pack in packs if not _stood_for(pack, holders, verdicts)),
        tuple(unsealed),
        tuple(live),
        tuple(damaged),
        listing.purged,
    )


def _stood_for(pack: Part, holders: dict[str, list[Part]], verdicts: Verdicts) -> bool:
    """Whether another good pack holds all of this one."""
    claim = claim_in(pack.path, pack.footer)
    return any(
        claim_in(other.path, other.footer).stands_for(claim) and verdicts.is_good(other.path)
        for other in holders.get(min(pack.footer.coverage, default=""), [])
    )


def _peek(path: Path, verdicts: Verdicts) -> Part | None:
    try:
        footer = peek_footer(path)
        return None if path in verdicts.bad else Part(path, footer, path.stat().st_size)
    except (PartError, OSError):
        return None


@dataclass
class _Writer:
    """What the files of one writer in the directory of its run say."""

    parts: list[Part] = field(default_factory=list)
    glances: list[Glance] = field(default_factory=list)
    read: list[Journal] = field(default_factory=list)


class _Run:
    """The small files of one run."""

    def __init__(
        self,
        home: Path,
        paths: Sequence[Path],
        holders: dict[str, list[Part]],
        verdicts: Verdicts,
        now: float,
        *,
        foresee: bool,
    ) -> None:
        self.run_id = home.name
        self._foresee = foresee
        self.live = False
        self.damaged = False
        self.unsealed: list[Unsealed] = []
        self._holders = holders
        self._verdicts = verdicts
        self._writers: defaultdict[str, _Writer] = defaultdict(_Writer)
        self._ends: dict[str, str] = {}
        self._seen: dict[str, int] = {}
        for path in paths:
            self._take(path)
        for name, writer in self._writers.items():
            self._judge(name, writer, now)

    def loose(self) -> Loose | None:
        """The parts that no pack stands for; None if there are none, or facts are missing."""
        if self.unsealed and not self._foresee:
            return None  # another process was quicker, or slower: next time
        found = [
            part
            for name, writer in sorted(self._writers.items())
            for part in writer.parts
            if not self._is_packed(name, part.footer.coverage[name])
        ]
        if not found:
            return None
        names = sorted({name for part in found for name in part.footer.coverage})
        journals = [
            seen.path
            for name in names
            if name in self._ends
            for seen in self._writers[name].glances
        ]
        return Loose(
            self.run_id,
            tuple(found),
            {name: self._ends[name] for name in names if name in self._ends},
            {name: self._seen[name] for name in names},
            tuple(sorted({part.path for part in found} | set(journals))),
        )

    def _take(self, path: Path) -> None:
        """Sort a file in, after a look at its ends."""
        match = schema.PART_NAME.fullmatch(path.name)
        try:
            if match is None:
                seen = glance(path)
                self._writers[seen.writer].glances.append(seen)
                self.damaged |= seen.header is not None and seen.header.run_id != self.run_id
                return
            footer = peek_footer(path)
            part = Part(path, footer, path.stat().st_size)
        except FileNotFoundError:
            return  # cleaned away: a larger file stands for it
        except (PartError, OSError):
            self.damaged = True
            return
        span = ((int(match["lo"]), int(match["hi"])),)
        same = footer.runs == {match["writer"]: self.run_id}
        if path in self._verdicts.bad or not same or footer.coverage != {match["writer"]: span}:
            self.damaged = True
        else:
            self._writers[match["writer"]].parts.append(part)

    def _judge(self, name: str, writer: _Writer, now: float) -> None:
        """Find out whether the writer is done, and which of its journals are in no part yet."""
        packs = self._holders.get(name, [])
        footers = [part.footer for part in (*packs, *writer.parts)]
        self.damaged |= any(footer.runs[name] != self.run_id for footer in footers)
        if not footers and not writer.glances:
            return
        state = session_of(self.run_id, name, footers, writer.glances, [], now).state
        if state == "alive":
            self.live = True
            return
        if state != "stalled":
            self._ends[name] = state
        covered = union(span for part in writer.parts for span in part.footer.coverage[name])
        for seen in writer.glances:
            self._look_at(seen, writer, covered, dead=state == "dead")
        self._seen[name] = last_sign(name, footers, writer.glances, writer.read)
        known = [covered, *(pack.footer.coverage[name] for pack in packs)]
        known += [journal.ranges for journal in writer.read]
        self.damaged |= bool(holes(union(span for ranges in known for span in ranges)))

    def _look_at(self, seen: Glance, writer: _Writer, covered: Ranges, *, dead: bool) -> None:
        """Read a journal unless its end says that parts have all of it."""
        if seen.end is not None:
            span = union([(seen.lo, seen.end.seq)])
            if contains(covered, span) or self._is_packed(seen.writer, span):
                return
        try:
            journal = read_journal(seen.path)
        except FileNotFoundError:
            return
        except (OSError, NewerJournalError):
            self.damaged = True
            return
        writer.read.append(journal)
        if journal.damage or journal.lost:
            self.damaged = True
        elif not contains(covered, journal.ranges) and not self._is_packed(
            seen.writer, journal.ranges
        ):
            self.unsealed.append(Unsealed(seen.path, dead and journal.end is None))
            if self._foresee:
                writer.parts.append(Part(seen.path, footer_of(journal, ""), seen.size))

    def _is_packed(self, name: str, ranges: Ranges) -> bool:
        """Whether one good pack holds these facts and knows how the writer ended."""
        end = self._ends.get(name)
        return any(
            contains(pack.footer.coverage[name], ranges)
            and (end is None or pack.footer.ends.get(name) in (end, "closed"))
            and self._verdicts.is_good(pack.path)
            for pack in self._holders.get(name, [])
        )
