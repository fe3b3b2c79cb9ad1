"""Sending what a place lacks of a store: the mirror image of merging. Only adds.

Files are whole there or not at all, since a bucket takes them so. A name that is taken is never
written over, but for a journal that goes on where the one there stops.
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from runfolio import schema
from runfolio.errors import StoreError
from runfolio.store import contents, files
from runfolio.store.contents import DamagedFileError
from runfolio.store.copied import Copied, Progress, Tally
from runfolio.store.cover import Cover
from runfolio.store.elsewhere import Remote, read_marker
from runfolio.store.folder import Folder, marker_bytes
from runfolio.store.journal import NewerJournalError
from runfolio.store.meeting import compare
from runfolio.store.merge import merge
from runfolio.store.names import FILE_LIST, conflict_name
from runfolio.store.seal import temp_for
from runfolio.store.source import Entry, LocalSource
from runfolio.store.tombs import purged_ids
from runfolio.store.web import list_of

_THREADS = 8
#: After so many files in a row that could not be sent, the rest is not tried.
_GIVE_UP = 3
#: Before so many bytes are sent, a look whether another process has just sent them.
_LARGE = 1024 * 1024
#: After so many seconds the files of another run are taken to be forgotten.
_FORGOTTEN = 900.0
_ORDER = ("tomb", "blob", "pack", "part", "journal", "snapshot")


def send(
    folder: Folder,
    remote: Remote,
    *,
    runs: Collection[str] | None = None,
    known: dict[str, Entry] | None = None,
    mine: Collection[str] = (),
    listed: bool = True,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Copied:
    """Send what ``remote`` lacks of ``folder``; ``runs``: of these runs alone.

    ``known``: what is there, if that was asked already; what is sent is added to it. ``mine``: the
    runs of a helper that leaves the files of others to their own helpers. ``listed``: refresh the
    list of files that readers over https need. Files that could not be sent are named in
    ``waiting``; StoreError if the place does not answer at all, StoreVersionError if a newer
    runfolio wrote it.
    """
    if runs is not None:
        return _some(folder, remote, runs, dry_run=dry_run, progress=progress)
    there = remote.entries() if known is None else known
    store_id = "" if dry_run else settle_marker(folder, remote)
    outgo = _Outgo(folder, remote, there, dry_run=dry_run, progress=progress)
    outgo.all(mine)
    result = outgo.tally.result(str(folder.path), remote.label, dry_run=dry_run)
    if listed and not dry_run and not result.waiting:
        _refresh_list(folder, remote, store_id, sent=bool(result.files))
    return result


def _some(
    folder: Folder,
    remote: Remote,
    runs: Collection[str],
    *,
    dry_run: bool,
    progress: Progress | None,
) -> Copied:
    """Send some runs: they are merged into a store of their own first."""
    with TemporaryDirectory(prefix="runfolio-push-") as temporary:
        stage = Folder.create(Path(temporary) / "store")
        (chosen,) = merge(stage, folder, runs=runs)
        sent = send(stage, remote, dry_run=dry_run, progress=progress)
    problems = (*chosen.problems, *sent.problems)
    return replace(sent, source=str(folder.path), problems=problems, purged=chosen.purged)


def settle_marker(folder: Folder, remote: Remote) -> str:
    """The id of the store there; a place without a marker gets one.

    Two that do it at once agree on the first one's id.
    """
    marker = remote.marker()
    if marker is None:
        temp = temp_for(folder, schema.MARKER)
        files.make_dirs(temp.parent)
        data = marker_bytes()
        try:
            temp.write_bytes(data)
            if remote.send(schema.MARKER, temp):
                return str(read_marker(remote.label, data).get("store", ""))
        finally:
            temp.unlink(missing_ok=True)
        marker = remote.marker() or {}
    return str(marker.get("store", ""))


def _refresh_list(folder: Folder, remote: Remote, store_id: str, *, sent: bool) -> None:
    """Write the list of files anew where something was sent, or where there is none yet."""
    if not sent and remote.size(FILE_LIST) is not None:
        return
    temp = temp_for(folder, FILE_LIST)
    try:
        temp.write_bytes(list_of(store_id, remote.entries()))
        remote.send(FILE_LIST, temp, new=False)
    finally:
        temp.unlink(missing_ok=True)


class _Outgo:
    """One store on its way to a place elsewhere, several files at a time."""

    def __init__(
        self,
        folder: Folder,
        remote: Remote,
        there: dict[str, Entry],
        *,
        dry_run: bool,
        progress: Progress | None,
    ) -> None:
        self.folder = folder
        self.remote = remote
        self.there = there
        self.dry_run = dry_run
        self.progress = progress
        self.tally = Tally()
        self.lock = threading.Lock()
        self.failed = 0
        self.error: StoreError | None = None
        self.ours = LocalSource(folder).entries()
        self.cover = Cover(folder.path, self.ours)

    def all(self, mine: Collection[str]) -> None:
        """Send everything that is new, contents before the facts that name them."""
        tombs = {each.name.run_id for each in self.there.values() if each.name.sort == "tomb"}
        gone = purged_ids(self.folder) | tombs
        chosen = []
        for entry in self.ours.values():
            name = entry.name
            if name.sort != "tomb" and name.run_id in gone:
                self.tally.purged.add(name.run_id)
            elif self._is_new(entry) and _is_its_turn(entry, mine):
                chosen.append(entry)
        done = itertools.count(1)
        with ThreadPoolExecutor(1 if self.dry_run else _THREADS) as pool:
            for sort in _ORDER:
                turn = [each for each in chosen if each.name.sort == sort]
                for _ in pool.map(self._try, sorted(turn, key=lambda each: each.name.text)):
                    if self.progress is not None:
                        self.progress(next(done), len(chosen), self.tally.bytes)
        if (
            self.error is not None
            and not self.tally.files
            and len(self.tally.waiting) == len(chosen)
        ):
            raise self.error

    def _is_new(self, entry: Entry) -> bool:
        """Whether a look at the listing leaves something to do; journals that shrank do not."""
        found = self.there.get(entry.name.text)
        if found is None:
            return True
        done = found.size == entry.size
        if entry.name.sort == "journal":
            done = found.size >= entry.size
        self.tally.same += done
        return not done

    def _try(self, entry: Entry) -> None:
        """Send one file; whatever is wrong with it is noted."""
        if self.failed >= _GIVE_UP:
            with self.lock:
                self.tally.waiting.append(entry.name.text)
            return
        try:
            self._send(entry)
            self.failed = 0
        except (DamagedFileError, NewerJournalError) as error:
            code = getattr(error, "code", "newer-format")
            with self.lock:
                self.tally.damaged(entry.name, code, f"It is not used: {error}")
        except StoreError as error:
            with self.lock:
                self.failed += 1
                self.error = error
                self.tally.waiting.append(entry.name.text)
        except FileNotFoundError:
            return  # cleaned away just now, since a larger file has its facts

    def _send(self, entry: Entry) -> None:
        name, path = entry.name, self.folder.path / entry.name.text
        found = self.there.get(name.text)
        if name.sort == "journal":
            ranges = contents.journal_ranges(name, path)
            with self.lock:
                covered = bool(ranges) and self.cover.holds({name.writer: ranges})
            if covered:
                return self._same()
        elif name.sort == "part":
            with self.lock:
                covered = self.cover.holds({name.writer: ((name.lo, name.hi),)}, but=name.text)
            if covered:
                return self._same()
        if found is not None:
            return self._meet(entry, found)
        contents.check(name, path)
        if not self.dry_run and not self._put(entry, path):
            return
        self._came(entry)

    def _put(self, entry: Entry, path: Path) -> bool:
        """Send a new file; False if another was first, or an answer got lost: then it is there."""
        name = entry.name
        if name.sort == "journal":  # it may grow while it is read: send what it was
            return self._put_copy(entry, path)
        large = entry.size > _LARGE and self.remote.size(name.text) == entry.size
        if not large and self.remote.send(name.text, path):
            return True
        fresh = self._look(entry)
        if fresh is not None and fresh.size != entry.size:
            self._meet(entry, fresh)
            return False
        return True

    def _put_copy(self, entry: Entry, path: Path, text: str = "", *, new: bool = False) -> bool:
        copy = temp_for(self.folder, entry.name.file)
        try:
            LocalSource(self.folder).fetch(entry, copy)
            with copy.open("r+b") as file:
                file.truncate(entry.size)
            return self.remote.send(text or entry.name.text, copy, new=new)
        finally:
            copy.unlink(missing_ok=True)

    def _look(self, entry: Entry) -> Entry | None:
        size = self.remote.size(entry.name.text)
        return None if size is None else Entry(entry.name, size)

    def _meet(self, entry: Entry, found: Entry) -> None:
        """The name is taken by a file of another size."""
        theirs = temp_for(self.folder, entry.name.file)
        path = self.folder.path / entry.name.text
        try:
            self.remote.fetch(found, theirs)
            verdict = compare(entry.name, theirs, path)  # seen from there
        finally:
            theirs.unlink(missing_ok=True)
        if verdict in ("longer", "heal"):
            if not self.dry_run:
                self._put_copy(entry, path)
            self._came(entry, healed=verdict == "heal")
        elif verdict == "conflict":
            self._keep_both(entry, path)
        elif verdict == "broken":
            raise DamagedFileError("file-damaged", "its bytes are damaged")
        else:
            self._same()

    def _keep_both(self, entry: Entry, path: Path) -> None:
        text = entry.name.text.rpartition("/")[0] + "/"
        text += conflict_name(entry.name.file, contents.digest_of(path))
        if not self.dry_run:
            self._put_copy(entry, path, text, new=True)
        with self.lock:
            self.tally.conflicts.append(text)

    def _same(self) -> None:
        with self.lock:
            self.tally.same += 1

    def _came(self, entry: Entry, *, healed: bool = False) -> None:
        with self.lock:
            self.tally.came(entry)
            self.there[entry.name.text] = entry
            if healed:
                self.tally.healed.append(entry.name.text)


def _is_its_turn(entry: Entry, mine: Collection[str]) -> bool:
    """Whether the helper of the runs ``mine`` sends this file."""
    if not mine or not entry.name.run_id or entry.name.run_id in mine:
        return True
    return time.time() - entry.mtime_ns / 1e9 > _FORGOTTEN
