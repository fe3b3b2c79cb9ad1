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
from runfolio.store.journal import NewerJournalError, glance, read_journal
from runfolio.store.listing import list_store
from runfolio.store.parts import PartError, read_part
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
    paths = [home / name for name in sorted(os.listdir(home))]  # noqa: PTH208  names, not paths
    parts = [path for path in paths if schema.PART_NAME.fullmatch(path.name)]
    journals = [path for path in paths if schema.JOURNAL_NAME.fullmatch(path.name)]
    if not parts and not packs:
        return []
    old = [path for path in parts if _old(path, now, grace)]
    covers = packs + [cover for path in old if (cover := _verified(path))]
    removed = []
    for path in (*journals, *parts):
        found = _journal(path) if path in journals else _verified(path)
        if found is not None and any(_supersedes(cover, found) for cover in covers):
            path.unlink(missing_ok=True)
            removed.append(path)
    if removed:
        files.sync_dir(home)
    return removed


def _supersedes(larger: _File, smaller: _File) -> bool:
    if larger.path == smaller.path or larger.rank <= smaller.rank or not larger.path.exists():
        return False
    return all(
        contains(larger.coverage.get(writer, ()), ranges)
        for writer, ranges in smaller.coverage.items()
    )


def _verified(path: Path) -> _File | None:
    try:
        footer, _ = read_part(path)
    except (PartError, OSError):
        return None
    return _File(path, footer.coverage, footer.rows)


def _journal(path: Path) -> _File | None:
    """What a journal covers if it will not grow and holds nothing unreadable, else None."""
    try:
        seen = glance(path)
        if seen.end is None and not _writer_gone(path):
            return None
        journal = read_journal(path)
    except (OSError, NewerJournalError):
        return None
    if journal.damage or journal.lost or not journal.ranges:
        return None  # a journal without facts says that a run began: it stays
    return _File(path, {journal.writer: journal.ranges}, count(journal.ranges))


def _writer_gone(path: Path) -> bool:
    header = glance(path).header
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
