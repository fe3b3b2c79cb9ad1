"""Removing what is superseded: the only place of the store that deletes files.

A journal, part or pack goes only if ONE other file, larger in (rows, kind, name), covers all its
facts, was verified and is ten minutes old by the file system's own clock. A reader that listed the
old file has long found it then, and no two cleaners can each remove the other's half. A file that
knows how its writer ended goes only if the other one knows it too.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from runfolio import schema
from runfolio.store import files
from runfolio.store.coverage import Ranges, contains, count
from runfolio.store.folder import Folder
from runfolio.store.footers import Footer, PartError
from runfolio.store.journal import Glance, NewerJournalError, glance, read_journal
from runfolio.store.listing import list_store
from runfolio.store.parts import peek_footer, read_footer
from runfolio.store.status import ProcessMark, is_gone, this_process

GRACE_SECONDS = 600.0
_TEMP_SECONDS = 24 * 3600.0
_TEMP = re.compile(r"t-.*-(?P<boot>[0-9a-f]{16})-(?P<pid>\d+)-(?P<start>\d+)-[0-9a-f]{6}\.tmp")
_KINDS = "jpc"  # journal, part, pack: of two with the same facts the later one stays


@dataclass(frozen=True)
class Superseded:
    """A file that another one stands for; ``since``: how old that one is, in seconds of the epoch
    by the clock of the file system."""

    path: Path
    since: float


def clean(
    folder: Folder, *, run_id: str | None = None, grace: float = GRACE_SECONDS
) -> tuple[Path, ...]:
    """Remove superseded journals, parts and packs, and forgotten temporary files.

    With ``run_id`` only those of one run that another file of the run stands for. Returns what was
    removed. Nothing that a reader could still need is touched.
    """
    now = file_clock(folder)
    found = superseded(folder) if run_id is None else _of_home(folder.run_dir(run_id))
    removed = remove(folder, [each.path for each in found if now - each.since >= grace])
    return removed if run_id is not None else (*removed, *clean_temps(folder, now))


def superseded(folder: Folder) -> tuple[Superseded, ...]:
    """The files of a store that another one stands for, young or old; nothing is touched."""
    listing = list_store(folder)
    packs = _Covers(listing.packs, listing.purged)
    homes: defaultdict[Path, list[Path]] = defaultdict(list)
    for path in (*listing.parts, *listing.journals):
        homes[path.parent].append(path)
    small = [each for home in sorted(homes) for each in _of_run(homes[home], packs)]
    return (*small, *_stood_for(packs.claims, packs))


def remove(folder: Folder, paths: Collection[Path]) -> tuple[Path, ...]:
    """Remove these files, and the directories of runs that are empty then; returns the files."""
    removed = []
    for path in paths:
        with contextlib.suppress(OSError):  # gone already; or Windows: someone reads it just now
            path.unlink()
            removed.append(path)
    for home in dict.fromkeys(path.parent for path in removed):
        with contextlib.suppress(FileNotFoundError):
            files.sync_dir(home)
        if home.parent == folder.runs:
            with contextlib.suppress(OSError):  # not empty; a writer that comes makes it anew
                home.rmdir()
    return tuple(removed)


@dataclass(frozen=True)
class Claim:
    """What a file covers, or at most can cover; ``ends``: how its writers ended, as it knows."""

    path: Path
    coverage: dict[str, Ranges]
    rows: int
    ends: dict[str, str]

    @property
    def rank(self) -> tuple[int, int, str]:
        return self.rows, _KINDS.index(self.path.name[0]), self.path.name

    def stands_for(self, smaller: Claim) -> bool:
        """True if it ranks higher, holds all facts of ``smaller`` and knows its ends."""
        return (
            self.rank > smaller.rank
            and all(
                contains(self.coverage.get(writer, ()), ranges)
                for writer, ranges in smaller.coverage.items()
            )
            and all(
                self.ends.get(writer) in (end, "closed") for writer, end in smaller.ends.items()
            )
        )


class _Covers:
    """Files that may stand for smaller ones; each is verified when it is first needed.

    ``purged``: ids of runs. A pack with facts of one is about to go and stands for nothing.
    """

    def __init__(self, paths: Sequence[Path], purged: Collection[str] = ()) -> None:
        self.claims = [claim for path in paths if (claim := claim_of(path, purged))]
        self._of_writer: defaultdict[str, list[Claim]] = defaultdict(list)
        self._good: dict[Path, bool] = {}
        for claim in self.claims:
            for writer in claim.coverage:
                self._of_writer[writer].append(claim)

    def oldest(self, smaller: Claim) -> float | None:
        """When the oldest good file that stands for ``smaller`` was made; None without one."""
        writer = next(iter(smaller.coverage))
        larger = [claim.path for claim in self._of_writer[writer] if claim.stands_for(smaller)]
        made = sorted((at, path) for path in larger if (at := _made(path)) is not None)
        return next((at for at, path in made if self._is_good(path)), None)

    def _is_good(self, path: Path) -> bool:
        if path not in self._good:
            self._good[path] = _is_whole(path)
        return self._good[path] and path.exists()


def _of_home(home: Path) -> tuple[Superseded, ...]:
    try:
        found = sorted(home.iterdir())
    except (FileNotFoundError, NotADirectoryError):  # all of it is in a pack, perhaps just now
        return ()
    return tuple(_of_run(found, _Covers([])))


def _of_run(paths: list[Path], packs: _Covers) -> Iterator[Superseded]:
    """The superseded ones among the files of a run."""
    if len(paths) < 2 and not packs.claims:
        return
    parts = [path for path in paths if schema.PART_NAME.fullmatch(path.name)]
    journals = [path for path in paths if schema.JOURNAL_NAME.fullmatch(path.name)]
    claims = [_journal_claim(path) for path in journals] + [_part_claim(path) for path in parts]
    left = []
    for each in claims:
        since = packs.oldest(each) if each else None
        if each is not None and since is None:
            left.append(each)
        elif each is not None and since is not None:
            yield Superseded(each.path, since)
    if left and len(paths) > 1:
        yield from _stood_for(left, _Covers(parts))


def _stood_for(claims: Sequence[Claim], covers: _Covers) -> Iterator[Superseded]:
    for each in claims:
        since = covers.oldest(each)
        if since is not None:
            yield Superseded(each.path, since)


def claim_of(path: Path, purged: Collection[str] = ()) -> Claim | None:
    """What a part or pack says that it covers; its rows may be damaged."""
    try:
        footer = peek_footer(path)
    except (PartError, OSError):
        return None
    if not footer.coverage or any(run in purged for run in footer.runs.values()):
        return None
    return claim_in(path, footer)


def claim_in(path: Path, footer: Footer) -> Claim:
    """What a file with this footer covers."""
    return Claim(path, footer.coverage, footer.rows, footer.ends)


def _part_claim(path: Path) -> Claim | None:
    """What a part covers by its name, damaged or not; how its writer ended, if it says so."""
    match = schema.PART_NAME.fullmatch(path.name)
    if match is None:
        return None
    lo, hi = int(match["lo"]), int(match["hi"])
    said = claim_of(path)
    return Claim(path, {match["writer"]: ((lo, hi),)}, hi - lo, said.ends if said else {})


def _journal_claim(path: Path) -> Claim | None:
    """The most that a journal can hold if it will not grow; None if it may."""
    try:
        seen = glance(path)
        if seen.end is not None:
            lo, hi = seen.lo, seen.end.seq
            ends = {seen.writer: "closed"} if seen.end.closed else {}
        elif _writer_gone(seen):
            journal = read_journal(path)
            lo, hi, ends = journal.lo, journal.hi, {seen.writer: "dead"}
        else:
            return None
    except (OSError, NewerJournalError):
        return None
    if lo == hi and not ends:
        return None
    ranges: Ranges = ((lo, hi),) if lo < hi else ()
    return Claim(path, {seen.writer: ranges}, count(ranges), ends)


def _is_whole(path: Path) -> bool:
    """Whether every byte of a part or pack is as it was sealed."""
    try:
        read_footer(path)
    except (PartError, OSError):
        return False
    return True


def _made(path: Path) -> float | None:
    try:
        return path.stat().st_mtime
    except OSError:
        return None


def _writer_gone(seen: Glance) -> bool:
    header = seen.header
    return header is not None and bool(is_gone(ProcessMark(header.pid, header.start, header.boot)))


def _old(path: Path, now: float, grace: float) -> bool:
    try:
        return now - path.stat().st_mtime >= grace
    except OSError:
        return False


def file_clock(folder: Folder) -> float:
    """The time of the file system that holds the store, which may differ from this machine's."""
    files.make_dirs(folder.tmp)
    mark = this_process()
    probe = files.temp_path(folder.tmp, "clock", f"{mark.boot}-{mark.pid}-{mark.start}")
    os.close(files.create(probe))
    try:
        return probe.stat().st_mtime
    finally:
        probe.unlink(missing_ok=True)


def clean_temps(folder: Folder, now: float) -> list[Path]:
    """Remove temporary files of processes that are gone, and those of any that are a day old."""
    removed = []
    for path in sorted(folder.tmp.glob("t-*.tmp")):
        match = _TEMP.fullmatch(path.name)
        gone = match is not None and is_gone(
            ProcessMark(int(match["pid"]), int(match["start"]), match["boot"])
        )
        if gone or _old(path, now, _TEMP_SECONDS):
            with contextlib.suppress(OSError):
                path.unlink()
                removed.append(path)
    return removed
