"""A store by whatever people call it: a folder here, or an address whose mirror is brought up.

    reach("runs")               the folder
    reach("s3://bucket/runs")   its mirror on this machine, after what is new there was copied

Everything that reads works on the mirror like on any other store. What is written goes into the
mirror first and is sent from there.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from pathlib import Path

from runfolio import schema
from runfolio.errors import StoreNotFoundError, UsageError
from runfolio.store import files, seal
from runfolio.store.copied import Copied, Progress
from runfolio.store.elsewhere import Remote
from runfolio.store.folder import Folder
from runfolio.store.intake import take_in
from runfolio.store.journal import NewerJournalError, glance
from runfolio.store.merge import merge
from runfolio.store.mirror import adopt, mirror
from runfolio.store.mirrors import address_of
from runfolio.store.names import FILE_LIST, Name
from runfolio.store.parts import PartError
from runfolio.store.remote import remote_of
from runfolio.store.send import send, settle_marker
from runfolio.store.source import Entry, LocalSource
from runfolio.store.status import ProcessMark, is_gone
from runfolio.store.web import list_of


def reach(place: str | Path, *, blobs: bool = False) -> Folder:
    """The store at a path or address, up to date; with ``blobs`` the artifacts' contents too.

    StoreNotFoundError, StoreVersionError, or StoreError when the place does not answer.
    """
    address = address_of(place)
    if not address:
        return Folder.open(place)
    remote = remote_of(address)
    folder = mirror(address)
    marker = remote.marker()
    if marker is None:
        raise StoreNotFoundError(
            f"There is no store at {address}.",
            hint="Log into it with runfolio.init(store=…), or `runfolio push` one to it.",
        )
    adopt(folder, str(marker.get("store", "")))
    take_in(folder, remote, blobs=blobs)
    return Folder.open(folder.path)


# --- giving and taking ---------------------------------------------------------------------------


def pull(
    target: Folder,
    place: str | Path = "",
    *,
    runs: Collection[str] | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Copied:
    """Copy into ``target`` what it lacks of the store at ``place`` (of a mirror: its address)."""
    address = address_of(place) if place else target.origin
    if not place and not address:
        raise UsageError("pull does not say from where.", hint="runfolio pull PLACE")
    if not address or runs is not None:
        source = reach(place or address)
        (copied,) = merge(target, source, runs=runs, dry_run=dry_run, progress=progress)
        return copied
    remote = checked(address, target)
    return take_in(target, remote, dry_run=dry_run, progress=progress)


def push(
    folder: Folder,
    place: str | Path = "",
    *,
    runs: Collection[str] | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Copied:
    """Copy to ``place`` what it lacks of ``folder`` (of a mirror: to its address).

    A folder that is not there is made. Beside the files goes a list of them, for readers over
    https. What a place did not take is named in ``waiting``, and goes with the next call.
    """
    address = address_of(place) if place else folder.origin
    if not place and not address:
        raise UsageError("push does not say where to.", hint="runfolio push PLACE")
    if not address:
        return _push_here(folder, Path(place), runs, dry_run=dry_run, progress=progress)
    if folder.origin == address and not dry_run:
        settle(folder)
    remote = checked(address, folder, needed=False)
    copied = send(folder, remote, runs=runs, dry_run=dry_run, progress=progress)
    if folder.origin == address and not folder.store_id and not dry_run:
        adopt(folder, settle_marker(folder, remote))
    return copied


def checked(address: str, folder: Folder, *, needed: bool = True) -> Remote:
    """The place, once it is sure that this runfolio knows its format and it is the right store."""
    remote = remote_of(address)
    marker = remote.marker()
    if marker is None and needed:
        raise StoreNotFoundError(f"There is no store at {address}.", hint="Push one to it.")
    if folder.origin == address and marker is not None:
        adopt(folder, str(marker.get("store", "")))
    return remote


def _push_here(
    folder: Folder,
    place: Path,
    runs: Collection[str] | None,
    *,
    dry_run: bool,
    progress: Progress | None,
) -> Copied:
    target = Folder.planned(place) if dry_run else Folder.create(place)
    (copied,) = merge(target, folder, runs=runs, dry_run=dry_run, progress=progress)
    if not dry_run:
        data = list_of(target.store_id, LocalSource(target).entries())
        listed = target.path / FILE_LIST
        if not listed.exists() or listed.read_bytes() != data:
            temp = seal.temp_for(target, FILE_LIST)
            files.make_dirs(temp.parent)
            temp.write_bytes(data)
            files.replace(temp, listed)
    return copied


def deliver(folder: Folder, since: float) -> Copied | None:
    """Send what was written into a mirror since a moment (seconds of the epoch); None if nothing.

    For commands that add a fact or two: nothing else is looked at.
    """
    if not folder.origin:
        return None
    entries = LocalSource(folder).entries()
    known = {text: each for text, each in entries.items() if each.mtime_ns < since * 1e9}
    if len(known) == len(entries):
        return None
    remote = remote_of(folder.origin)
    return send(folder, remote, known=known, listed=False)


def settle(folder: Folder, run_id: str = "") -> frozenset[str]:
    """Seal the journals of a mirror whose writers ended or are proven dead; of which runs.

    So what a killed process logged is sent as a part, like all else.
    """
    sealed = set()
    for entry in LocalSource(folder).entries().values():
        if entry.name.sort == "journal" and run_id in ("", entry.name.run_id):
            try:
                if _seal_ended(folder, entry.name):
                    sealed.add(entry.name.run_id)
            except (OSError, NewerJournalError, PartError):
                continue  # it is sent as it is
    return frozenset(sealed)


def _seal_ended(folder: Folder, name: Name) -> bool:
    """Seal one journal if it will not grow and is not sealed yet."""
    path = folder.path / name.text
    seen = glance(path)
    if seen.end is not None:
        part = path.with_name(schema.part_name(name.writer, seen.lo, seen.end.seq))
        return not part.exists() and seal.seal_journal(folder, path) is not None
    header = seen.header
    if header is None or not is_gone(ProcessMark(header.pid, header.start, header.boot)):
        return False
    return seal.seal_journal(folder, path, dead=True) is not None


def blob_file(folder: Folder, digest: str) -> Path:
    """Fetch the contents with this digest into a mirror, unless nobody has them; their place."""
    path = folder.blob_path(digest)
    if not path.exists():
        entry = Entry(Name(f"{schema.BLOBS}/{digest[:2]}/{digest}", "blob"), 0)
        _fetch_blob(folder, _remote_again(folder.origin), entry)
    return path


@lru_cache(maxsize=4)
def _remote_again(address: str) -> Remote:
    """The same place for many small questions."""
    return remote_of(address)


def _fetch_blob(folder: Folder, remote: Remote, entry: Entry) -> None:
    from runfolio.store.contents import DamagedFileError, check

    size = remote.size(entry.name.text)
    if size is None:
        return
    temp = seal.temp_for(folder, entry.name.file)
    try:
        remote.fetch(Entry(entry.name, size), temp)
        check(entry.name, temp)
        target = folder.path / entry.name.text
        files.make_dirs(target.parent)
        files.replace(temp, target)
    except DamagedFileError:
        return
    finally:
        temp.unlink(missing_ok=True)
