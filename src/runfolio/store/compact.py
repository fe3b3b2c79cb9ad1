"""Compaction: the small files of finished runs become a few packs, and answers stay as they are.

Needs no lock. A pack appears whole and verified beside the files that it stands for; those go when
it is ten minutes old (``store.clean``). Whatever moment a process dies at, and whoever compacts,
writes or reads at the same time, each fact is read once: (writer, seq) names it.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from runfolio.errors import DamagedStoreError, StoreError
from runfolio.store import clean as cleaning
from runfolio.store import files
from runfolio.store.folder import Folder
from runfolio.store.footers import PartError
from runfolio.store.listing import list_store, relative_name
from runfolio.store.packing import Batch, SourceError, batches, write_pack
from runfolio.store.parts import peek_footer
from runfolio.store.seal import seal_journal
from runfolio.store.survey import Part, Survey, Verdicts, survey

#: A pack takes no further run beyond one of these. A single run may be larger.
MOST_RUNS = 1000
MOST_BYTES = 256 * 1024 * 1024
_TRIES = 5


@dataclass(frozen=True)
class Compaction:
    """What ``compact`` did, or would do.

    ``runs``: how many are in the new packs, whose paths are in ``packs`` unless they are only
    foreseen. ``files_…`` and ``bytes_…``: journals, parts and packs, before and after. ``removed``:
    files that are gone. ``waiting``: superseded files that readers may still need; they can go from
    ``due`` on (UTC, naive). ``sealed``: journals of ended writers that became parts. ``live`` and
    ``damaged``: ids of runs that were left as they are.
    """

    folder: Folder
    dry_run: bool
    runs: int
    files_before: int
    files_after: int
    bytes_before: int
    bytes_after: int
    pack_count: int = 0
    packs: tuple[Path, ...] = ()
    sealed: tuple[Path, ...] = ()
    removed: tuple[Path, ...] = ()
    waiting: tuple[Path, ...] = ()
    waiting_bytes: int = 0
    due: datetime | None = None
    live: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()


def compact(
    folder: Folder,
    *,
    dry_run: bool = False,
    grace: float = cleaning.GRACE_SECONDS,
    size: int = MOST_RUNS,
    most_bytes: int = MOST_BYTES,
) -> Compaction:
    """Gather the runs that are over into packs of at most ``size`` runs, and remove what packs of
    ``grace`` seconds of age stand for.

    With ``dry_run`` nothing is written, and what would be after all graces is estimated. StoreError
    if the disk does not take a pack; what was there before is there still.
    """
    if dry_run:
        return _foreseen(folder, size, most_bytes)
    files_before, bytes_before = _amount(folder)
    made = _Work(folder, size, most_bytes)
    try:
        made.do()
        now = cleaning.file_clock(folder)
        found = cleaning.superseded(folder)
        old = [each.path for each in found if now - each.since >= grace]
        removed = (*cleaning.remove(folder, old), *cleaning.clean_temps(folder, now))
    except (OSError, PartError) as error:
        reason = error.strerror or error if isinstance(error, OSError) else error
        raise StoreError(
            f"A pack of {folder.path} cannot be written: {reason}.",
            hint="Nothing is lost or changed. Free some space or fix the rights, and try again.",
        ) from error
    waiting = [each for each in found if each.path not in set(old)]
    files_after, bytes_after = _amount(folder)
    return Compaction(
        folder,
        False,
        len(made.runs),
        files_before,
        files_after,
        bytes_before,
        bytes_after,
        len(made.packs),
        tuple(made.packs),
        tuple(made.sealed),
        removed,
        tuple(each.path for each in waiting),
        sum(_size(each.path) for each in waiting),
        _moment(max((each.since for each in waiting), default=None), grace),
        made.seen.live,
        made.seen.damaged,
    )


def without(
    folder: Folder, run_ids: Collection[str], *, keep: Collection[str] = ()
) -> tuple[Path, ...]:
    """Write every pack that holds facts of these runs anew without them, and remove the old one at
    once; returns the packs that went.

    ``keep``: writers whose facts stay. The new pack is durable before the old one goes; after a
    crash between, call it again. DamagedStoreError if a pack is damaged, after all others are done.
    """
    gone: list[Path] = []
    for _ in range(_TRIES):
        more, damaged = _rewrite(folder, frozenset(run_ids), frozenset(keep))
        gone += more
        if not more:
            break
    if damaged:
        names = ", ".join(relative_name(folder, path) for path in damaged[:3])
        raise DamagedStoreError(
            f"{names} cannot be read, and may hold facts of {', '.join(sorted(run_ids)[:3])}.",
            hint="Mend it first: runfolio verify --repair",
        )
    return tuple(gone)


def _rewrite(
    folder: Folder, run_ids: frozenset[str], keep: frozenset[str]
) -> tuple[list[Path], list[Path]]:
    """Rewrite the packs that are there now; those that went, and those that cannot be read."""
    gone, damaged = [], []

    def leave(run_id: str, writer: str) -> bool:
        return run_id in run_ids and writer not in keep

    for path in list_store(folder).packs:
        try:
            footer = peek_footer(path)
            if not any(leave(run_id, name) for name, run_id in footer.runs.items()):
                continue
            part = Part(path, footer, path.stat().st_size)
            write_pack(folder, Batch((), (part,)), leave=leave)
        except FileNotFoundError:
            continue
        except (PartError, SourceError) as error:
            if not (isinstance(error, SourceError) and error.gone):
                damaged.append(path)
            continue
        path.unlink(missing_ok=True)
        files.sync_dir(path.parent)
        gone.append(path)
    return gone, damaged


class _Work:
    """Seals and packs until nothing is left to do."""

    def __init__(self, folder: Folder, size: int, most_bytes: int) -> None:
        self.folder = folder
        self.size = size
        self.most_bytes = most_bytes
        self.verdicts = Verdicts()
        self.seen = Survey()
        self.packs: list[Path] = []
        self.sealed: list[Path] = []
        self.runs: set[str] = set()

    def do(self) -> None:
        """Look, seal, look again, pack; once more where files moved or turned out damaged."""
        self._look()
        if self.seen.purged & {run for pack in self.seen.packs for run in pack.runs}:
            without(self.folder, self.seen.purged)  # a purge that was interrupted
        for _ in range(_TRIES):
            if self._seal():
                self._look()
            if self._pack():
                return
            self._look()

    def _look(self) -> None:
        self.seen = survey(self.folder, self.verdicts, cleaning.file_clock(self.folder))

    def _seal(self) -> bool:
        """Make parts of journals that were left behind, or whose part is damaged."""
        for each in self.seen.unsealed:
            try:
                part = seal_journal(self.folder, each.path, dead=each.dead)
            except FileNotFoundError:
                continue
            if part is not None:
                self.sealed.append(part)
                self.verdicts.bad.discard(part)
        return bool(self.seen.unsealed)

    def _pack(self) -> bool:
        """Write the packs that are due; False if another look is needed."""
        settled = True
        for batch in _due(self.seen, self.size, self.most_bytes):
            try:
                pack = write_pack(self.folder, batch)
            except SourceError as error:
                settled = False
                if not error.gone:
                    self.verdicts.bad.add(error.path)
                continue
            if pack is not None:
                self.packs.append(pack)
                self.runs |= batch.runs
        return settled


def _due(seen: Survey, size: int, most_bytes: int) -> tuple[Batch, ...]:
    """The packs that are to be made."""
    packs = [pack for pack in seen.packs if pack.footer.groups and not pack.runs & seen.purged]
    return batches(seen.loose, packs, size, most_bytes)


def _foreseen(folder: Folder, size: int, most_bytes: int) -> Compaction:
    """What compaction would come to when all graces are over; nothing is written."""
    seen = survey(folder, Verdicts(), time.time(), foresee=True)
    made = _due(seen, size, most_bytes)
    going = {each.path for each in cleaning.superseded(folder)}
    for batch in made:
        going |= {path for run in batch.loose for path in run.files}
        going |= {pack.path for pack in batch.packs}
    files_before, bytes_before = _amount(folder)
    return Compaction(
        folder,
        True,
        len(frozenset().union(*(batch.runs for batch in made))),
        files_before,
        files_before - len(going) + len(made),
        bytes_before,
        bytes_before - sum(map(_size, going)) + sum(batch.size for batch in made),
        pack_count=len(made),
        sealed=tuple(each.path for each in seen.unsealed),
        waiting=tuple(sorted(going)),
        waiting_bytes=sum(map(_size, going)),
        live=seen.live,
        damaged=seen.damaged,
    )


def _amount(folder: Folder) -> tuple[int, int]:
    """How many journals, parts and packs there are, and their bytes."""
    listing = list_store(folder)
    paths = (*listing.packs, *listing.parts, *listing.journals)
    return len(paths), sum(map(_size, paths))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _moment(since: float | None, grace: float) -> datetime | None:
    if since is None:
        return None
    return datetime.fromtimestamp(since + grace, UTC).replace(tzinfo=None)
