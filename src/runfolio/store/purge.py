"""Purging: the only thing that removes what was logged, and a tomb that says so.

First the tomb, durable: from then on no reader shows the run. Then the run's files, its rows in
packs, and last the contents that no other run names. Every step may be interrupted and
is done again by the next purge of the run; nothing of another run is ever touched.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from runfolio import schema
from runfolio.store import files
from runfolio.store.checkout import copies
from runfolio.store.folder import Folder
from runfolio.store.parts import PartError, read_footer
from runfolio.store.tombs import Tomb, lay, purged

#: Contents that a process used so recently are left alone while any process writes to the store.
RECENT_SECONDS = 600.0
_BROKEN = re.compile(r"[jp]-[0-9a-f]{12}-.*\.broken")


@dataclass(frozen=True)
class Purged:
    """A run that goes, or has gone: what of it is removed.

    ``facts``: how many it had. ``paths``: its own files, ``packs``: files that are written anew
    without it. ``blobs``: digests of the contents that it names and no other run. ``size``: bytes
    of its own files and these contents. ``again``: it was purged before, and something was left.
    """

    run_id: str
    name: str
    facts: int
    paths: tuple[Path, ...]
    packs: tuple[Path, ...]
    blobs: tuple[str, ...]
    size: int
    again: bool = False


def look(
    folder: Folder,
    runs: Mapping[str, str],
    *,
    facts: Mapping[str, int],
    blobs: Mapping[str, Collection[str]],
    used: Collection[str],
) -> list[Purged]:
    """What a purge of ``runs`` (id to name) would remove; nothing is touched.

    ``facts``: how many each has; ``blobs``: digests that each names; ``used``: digests that any
    other run names.
    """
    tombs = purged(folder)
    plans = []
    for run_id, name in runs.items():
        paths = tuple(own_files(folder, run_id))
        tomb = tombs.get(run_id)
        named = {*blobs.get(run_id, ()), *(tomb.blobs if tomb else ())}
        alone = sorted(
            each
            for each in named - set(used)
            if folder.origin or folder.blob_path(each).exists()  # a mirror has only what was asked
        )
        size = sum(map(_size, (*paths, *(folder.blob_path(each) for each in alone))))
        plans.append(
            Purged(
                run_id,
                (tomb.name if tomb else "") or name,
                facts.get(run_id, 0),
                paths,
                tuple(_packs_with(folder, run_id)),
                tuple(alone),
                size,
                again=tomb is not None,
            )
        )
    return plans


def bury(
    folder: Folder,
    plans: Sequence[Purged],
    *,
    author: dict[str, str],
    reason: str = "",
    blobs: Mapping[str, Collection[str]],
    models: Mapping[str, Sequence[Mapping[str, object]]] | None = None,
) -> None:
    """Lay the tombs of runs that have none. OSError if the disk does not take one."""
    for plan in plans:
        if not plan.again:
            lay(
                folder,
                plan.run_id,
                name=plan.name,
                author=author,
                reason=reason,
                facts=plan.facts,
                blobs=sorted(blobs.get(plan.run_id, ())),
                models=(models or {}).get(plan.run_id, ()),
                time_ns=time.time_ns(),
            )


def clear(folder: Folder, plans: Sequence[Purged]) -> list[Purged]:
    """Remove the files of buried runs, and their rows in packs."""
    tombs = purged(folder)
    done = []
    for plan in plans:
        require_tomb(tombs, plan.run_id)
        paths = tuple(own_files(folder, plan.run_id))
        for path in paths:
            path.unlink(missing_ok=True)
        home = folder.run_dir(plan.run_id)
        with contextlib.suppress(OSError):  # something that is not ours lies there
            home.rmdir()
        if folder.runs.is_dir():
            files.sync_dir(folder.runs)
        done.append(replace(plan, paths=plan.paths or paths))
    if any(_packs_with(folder, plan.run_id) for plan in plans):
        from runfolio.store.compact import without

        without(folder, [plan.run_id for plan in plans])
    return done


def clear_blobs(
    folder: Folder, digests: Collection[str], *, used: Collection[str], busy: bool
) -> tuple[str, ...]:
    """Remove contents that no run names; returns the digests of those that are gone.

    ``used``: what the runs that are left name, looked up after ``clear``. ``busy``: a process
    writes to the store, and may just have found that the contents are there already: what was
    used in the last ten minutes stays.
    """
    gone = []
    for digest in sorted(set(digests) - set(used)):
        path = folder.blob_path(digest)
        if busy and _is_recent(path):
            continue
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
            gone.append(digest)
        with contextlib.suppress(OSError):  # other contents lie there
            path.parent.rmdir()
    if gone:  # copies that runs started from; those of other contents are made anew
        shutil.rmtree(copies(folder), ignore_errors=True)
    return tuple(gone)


def require_tomb(tombs: Mapping[str, Tomb], run_id: str) -> None:
    """Refuse to remove anything of a run that has no tomb: a mistake in the program."""
    if run_id not in tombs:
        raise RuntimeError(f"the run {run_id} has no tomb")


def own_files(folder: Folder, run_id: str) -> Iterator[Path]:
    """The files of a run in its folder, also those that were set aside; no others."""
    try:
        found = sorted(folder.run_dir(run_id).iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return
    names = (schema.JOURNAL_NAME, schema.PART_NAME, _BROKEN)
    yield from (path for path in found if any(name.fullmatch(path.name) for name in names))


def remains(folder: Folder) -> Iterator[tuple[Tomb, Path]]:
    """What is still there of purged runs: a purge was interrupted, or a copy came back."""
    tombs = purged(folder)
    for run_id, tomb in sorted(tombs.items()):
        for path in own_files(folder, run_id):
            yield tomb, path
    if tombs:
        for path in _packs(folder):
            for run_id in sorted(_runs_in(path) & tombs.keys()):
                yield tombs[run_id], path


def _packs_with(folder: Folder, run_id: str) -> list[Path]:
    return [path for path in _packs(folder) if run_id in _runs_in(path)]


def _packs(folder: Folder) -> list[Path]:
    try:
        return sorted(
            path for path in folder.packs.iterdir() if schema.PACK_NAME.fullmatch(path.name)
        )
    except (FileNotFoundError, NotADirectoryError):
        return []


def _runs_in(path: Path) -> set[str]:
    try:
        return set(read_footer(path).runs.values())
    except (PartError, OSError):
        return set()  # verify names the damage


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _is_recent(path: Path) -> bool:
    try:
        return time.time() - path.stat().st_mtime < RECENT_SECONDS
    except OSError:
        return False
