"""Removing what is superseded: the only place of the store that deletes files.

A journal or part goes only if ONE other file, larger in (rows, name), covers all its facts, was
verified and is ten minutes old by the file system's own clock. A reader that listed the old file
has long found it then, and no two cleaners can each remove the other's half.
"""

from __future__ import annotations

import contextlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from runfolio import schema
from runfolio.store import files
from runfolio.store.coverage import Ranges, contains, count
from runfolio.store.folder import Folder
from runfolio.store.journal import Glance, NewerJournalError, glance, read_journal
from runfolio.store.listing import list_store
from runfolio.store.parts import PartError, read_footer
from runfolio.store.status import ProcessMark, is_gone, this_process

GRACE_SECONDS = 600.0
_TEMP_SECONDS = 24 * 3600.0
_TEMP = re.compile(r"t-.*-(?P<boot>[0-9a-f]{16})-(?P<pid>\d+)-(?P<start>\d+)-[0-9a-f]{6}\.tmp")


@dataclass(frozen=True)
class _File:
    path: Path
    coverage: dict[str, Ranges]
    rows: int

    @property
    def rank(self) -> tuple[int, str]:
        return self.rows, self.path.name


def clean(
    folder: Folder, *, run_id: str | None = None, grace: float = GRACE_SECONDS
) -> tuple[Path, ...]:
    """Remove superseded journals and parts, of one run or of all, and forgotten temporary files.

    Returns what was removed. Nothing that a reader could still need is touched.
    """
    now = _file_clock(folder)
    if run_id is not None:
        return tuple(_clean_run(folder.run_dir(run_id), [], now, grace))
    listing = list_store(folder)
    homes = sorted({path.parent for path in (*listing.parts, *listing.journals)})
    packs = [path for path in listing.packs if _old(path, now, grace)]
    covers = [cover for path in packs if (cover := _verified(path))]
    removed = [path for home in homes for path in _clean_run(home, covers, now, grace)]
    return (*removed, *_clean_temps(folder, now))


def _clean_run(home: Path, packs: list[_File], now: float, grace: float) -> list[Path]:
    found = sorted(path.name for path in home.iterdir()) if home.is_dir() else []
    parts = [home / name for name in found if schema.PART_NAME.fullmatch(name)]
    journals = [home / name for name in found if schema.JOURNAL_NAME.fullmatch(name)]
    covers = _Covers(packs, [path for path in parts if _old(path, now, grace)])
    removed = []
    for path in (*journals, *parts):
        claim = _journal_claim(path) if path in journals else _part_claim(path)
        if claim is not None and covers.supersede(claim):
            with contextlib.suppress(OSError):  # Windows: someone reads it just now
                path.unlink()
                removed.append(path)
    if removed:
        files.sync_dir(home)
    return removed


class _Covers:
    """The files that may stand for smaller ones; each is verified when it is first needed."""

    def __init__(self, packs: list[_File], parts: list[Path]) -> None:
        self._packs = packs
        self._parts = parts
        self._known: dict[Path, _File | None] = {}

    def supersede(self, smaller: _File) -> bool:
        """True if one good file holds all facts of ``smaller`` and is larger."""
        if any(_covers(pack, smaller) for pack in self._packs):
            return True
        for path in self._parts:
            claim = _part_claim(path)
            if claim is None or not _covers(claim, smaller):
                continue
            if path not in self._known:
                self._known[path] = _verified(path)
            known = self._known[path]
            if known is not None and _covers(known, smaller) and path.exists():
                return True
        return False


def _covers(larger: _File, smaller: _File) -> bool:
    if larger.path == smaller.path or larger.rank <= smaller.rank:
        return False
    return all(
        contains(larger.coverage.get(writer, ()), ranges)
        for writer, ranges in smaller.coverage.items()
    )


def _verified(path: Path) -> _File | None:
    """What a part or pack covers, if every byte of it is as it was sealed."""
    try:
        footer = read_footer(path)
    except (PartError, OSError):
        return None
    return _File(path, footer.coverage, footer.rows)


def _part_claim(path: Path) -> _File | None:
    """What a part covers by its name."""
    match = schema.PART_NAME.fullmatch(path.name)
    if match is None:
        return None
    lo, hi = int(match["lo"]), int(match["hi"])
    return _File(path, {match["writer"]: ((lo, hi),)}, hi - lo)


def _journal_claim(path: Path) -> _File | None:
    """The most that a journal can hold if it will not grow; None if it may, or if it is empty."""
    try:
        seen = glance(path)
        if seen.end is not None:
            ranges: Ranges = ((seen.lo, seen.end.seq),)
        elif _writer_gone(seen):
            journal = read_journal(path)
            ranges = ((journal.lo, journal.hi),)
        else:
            return None
    except (OSError, NewerJournalError):
        return None
    if ranges[0][0] == ranges[0][1]:
        return None  # a journal without facts says that a run began: it stays
    return _File(path, {seen.writer: ranges}, count(ranges))


def _writer_gone(seen: Glance) -> bool:
    header = seen.header
    return header is not None and bool(is_gone(ProcessMark(header.pid, header.start, header.boot)))


def _old(path: Path, now: float, grace: float) -> bool:
    try:
        return now - path.stat().st_mtime >= grace
    except OSError:
        return False


def _file_clock(folder: Folder) -> float:
    """The time of the file system that holds the store, which may differ from this machine's."""
    files.make_dirs(folder.tmp)
    mark = this_process()
    probe = files.temp_path(folder.tmp, "clock", f"{mark.boot}-{mark.pid}-{mark.start}")
    os.close(files.create(probe))
    try:
        return probe.stat().st_mtime
    finally:
        probe.unlink(missing_ok=True)


def _clean_temps(folder: Folder, now: float) -> list[Path]:
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
