"""One source read whole: from what strangers wrote to a store on this machine."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from runfolio.config.values import is_address
from runfolio.federation.limits import MOST_RUNS, SECONDS, Budget, RefusedError
from runfolio.federation.places import Disk, Place, UnreachableError, Web
from runfolio.federation.site import read_tables
from runfolio.federation.site import state_of as site_state
from runfolio.federation.stores import (
    check_amount,
    check_unfolding,
    folder_state,
    mirrored,
    remote_source,
    state_of,
)
from runfolio.schema import MARKER
from runfolio.store.folder import Folder
from runfolio.store.mirrors import is_web
from runfolio.store.source import LocalSource

# What unpacks a source is loaded when there is news of it: mostly there is none.
if TYPE_CHECKING:
    import pyarrow as pa

    from runfolio.store.gathered import Told, Who
    from runfolio.store.plan import Snapshot


@dataclass(frozen=True)
class Task:
    """What to read, and where to write the store with it; ``known``: the state that we have."""

    name: str
    where: str
    out: str
    filter: str = ""
    private: bool = False
    megabytes: int = 500
    known: str = ""
    seconds: float = SECONDS


@dataclass(frozen=True)
class Answer:
    """What came of it. ``kind`` is site or store, or same where nothing has changed.

    ``state``: what is compared to know that; ``digest``: of what was read, as people compare it.
    ``left``: what the source has and we do not show. ``contents``: a folder here with its files.
    ``living``: writers of a store that were at it: whether they still are, no file may tell.
    """

    kind: str
    state: str = ""
    digest: str = ""
    site: str = ""
    runs: int = 0
    left: tuple[str, ...] = field(default_factory=tuple)
    contents: str = ""
    public: bool = False
    living: int = 0

    def as_dict(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def read_source(task: Task) -> Answer:
    """Read a source and write its runs as a store to ``task.out``.

    RefusedError names what is not as it should be, UnreachableError what does not answer; other
    errors of runfolio come from the readers of stores.
    """
    budget = Budget.of(task.megabytes, task.seconds)
    if not is_address(Path(task.where)):
        path = Path(task.where)
        if (path / MARKER).exists():
            return _local_store(task, path, budget)
        found = _site(task, [("", Disk(root, budget)) for root in _roots_here(path)], budget)
        if found is None:
            raise UnreachableError(f"{path} holds neither a store nor a site")
        return found
    if is_web(task.where):
        places = [
            (root, Web(root, budget, private=task.private)) for root in site_roots(task.where)
        ]
        found = _site(task, places, budget)
        if found is not None:
            return found
    return _remote_store(task, budget)


def state_here(path: Path) -> str:
    """The state of a store or site in a folder, by a short look; '' where there is none."""
    if (path / MARKER).exists():
        return folder_state(path)
    for root in _roots_here(path):
        state, _ = site_state(Disk(root, Budget.of(100)))
        if state:
            return state
    return ""


def site_roots(where: str) -> list[str]:
    """Where the root of a site may be, by the address that people have of it or of its data."""
    parts = urlsplit(where)
    path = parts.path
    if path.endswith(".html"):
        path = path.rpartition("/")[0]
    path = path.rstrip("/")
    roots = [path] + ([path.removesuffix("/data")] if path.endswith("/data") else [])
    return [f"{parts.scheme}://{parts.netloc}{each}/" for each in reversed(roots)]


def _roots_here(path: Path) -> list[Path]:
    return [path.parent, path] if path.name == "data" else [path]


# --- sites ----------------------------------------------------------------------------------------


def _site(task: Task, places: Sequence[tuple[str, Place]], budget: Budget) -> Answer | None:
    """What a published site says; None if there is none at any of the places."""
    for root, place in places:
        state, sums = site_state(place)
        if not sums:
            continue
        if state == task.known:
            return Answer("same", state)
        from runfolio.federation.retold import retold

        with tempfile.TemporaryDirectory(dir=Path(task.out).parent) as temp:
            site = read_tables(place, sums, Path(temp), budget)
        told = retold(task.name, site)
        ids = _chosen(_Given(told), task.filter)
        _write(task, told, ids)
        public = root.startswith("https://") and not task.private
        return Answer("site", state, state, root, len(ids), site.left, public=public)
    return None


class _Given:
    """Facts that lie in no store yet, for the few things that a question needs to know of one."""

    digest = ""
    problems = ()
    aside = ()
    folder = Folder.planned("source")

    def __init__(self, told: Told) -> None:
        self._told = told
        self.sessions = [
            _Session(*who, told.ends.get(who, "alive" if who in told.living else "stalled"), last)
            for who, last in ((who, _moment(seen)) for who, seen in told.seen.items())
        ]

    def facts(self) -> pa.Table:
        return self._told.facts


@dataclass(frozen=True)
class _Session:
    run_id: str
    writer: str
    state: str
    last_seen: datetime


def _moment(micros: int) -> datetime:
    return datetime.fromtimestamp(micros / 1e6, UTC).replace(tzinfo=None)


# --- stores ---------------------------------------------------------------------------------------


def _local_store(task: Task, path: Path, budget: Budget) -> Answer:
    state = folder_state(path)
    if state == task.known:
        return Answer("same", state)
    folder = Folder.open(path)
    check_amount(LocalSource(folder).entries(), budget)
    copied = _copied(task, folder, budget)
    return replace(copied, state=state, contents=str(folder.path))


def _remote_store(task: Task, budget: Budget) -> Answer:
    remote = remote_source(task.where, budget, private=task.private)
    marker = remote.marker() if remote else None
    if remote is None or marker is None:
        raise UnreachableError(f"{task.where} is neither a store nor a published runfolio site")
    entries = remote.entries()
    state = state_of(entries)
    if state == task.known:
        return Answer("same", state)
    check_amount(entries, budget)
    folder = mirrored(remote, marker, task.where)
    public = task.where.startswith("https://") and not task.private
    return replace(_copied(task, folder, budget), state=state, public=public)


def _copied(task: Task, folder: Folder, budget: Budget) -> Answer:
    """Write the runs of a store; its digest, and how many they are."""
    from runfolio.store.gathered import Told
    from runfolio.store.plan import snapshot

    check_unfolding(folder, budget)
    seen = snapshot(folder)
    ids = _chosen(seen, task.filter)
    who: dict[Who, Any] = {(each.run_id, each.writer): each for each in seen.sessions}
    ends = {key: each.state for key, each in who.items() if each.state in ("closed", "dead")}
    micros = {
        key: int(each.last_seen.replace(tzinfo=UTC).timestamp() * 1e6) for key, each in who.items()
    }
    living = {key for key, each in who.items() if each.state == "alive" and key[0] in set(ids)}
    _write(task, Told(seen.facts(), ends, micros, living), ids)
    return Answer("store", digest=seen.digest, runs=len(ids), living=len(living))


# --- both -----------------------------------------------------------------------------------------


def _chosen(seen: Snapshot | _Given, filter: str) -> list[str]:
    """The runs that match, of those that are in no trash."""
    from runfolio.query.store import Store

    with Store(cast("Snapshot", seen)) as store:
        ids = store.run_ids(filter)
    if len(ids) > MOST_RUNS:
        raise RefusedError("", f"it has {len(ids):,} runs; at most {MOST_RUNS:,} are read")
    return ids


def _write(task: Task, told: Told, ids: Sequence[str]) -> None:
    from runfolio.federation.cleaned import cleaned
    from runfolio.store.gathered import write_store

    facts = cleaned(told.facts, ids, task.name)
    write_store(Path(task.out), replace(told, facts=facts))
