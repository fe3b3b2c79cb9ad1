"""The snapshots of a store as a site shows them, ready to be opened."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from runfolio.config.publishing import PublishConfig
from runfolio.store.folder import Folder
from runfolio.store.frozen import Seen, doubtful, frozen
from runfolio.store.plan import Snapshot, snapshot
from runfolio.store.record import Record, all_records
from runfolio.store.tombs import purged_ids


@dataclass(frozen=True)
class FrozenSource:
    """A snapshot as a site shows it.

    ``key`` changes with what would be shown; ``lost`` are runs that cannot be had any more, and
    ``purged`` says that some of them were removed for good, and ``named`` that their names may be
    told. ``open`` gives the store as it was,
    with the digest of its facts; DamagedStoreError where that cannot be had.
    """

    name: str
    time: datetime
    key: str
    open: Callable[[], tuple[Snapshot, str]]
    runs: int
    digest: str = ""
    as_of: datetime | None = None
    note: str = ""
    doi: str = ""
    config: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    lost: tuple[str, ...] = ()
    purged: bool = False
    named: bool = True


@dataclass(frozen=True)
class FrozenSources:
    """The snapshots by time, names that were removed, and sentences about what cannot be read.

    ``wish``: what is published of each of them; None for everything.
    """

    sources: tuple[FrozenSource, ...] = ()
    removed: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    wish: PublishConfig | None = None

    @property
    def state(self) -> tuple[object, ...]:
        """What a site depends on."""
        return (*((each.key, each.lost) for each in self.sources), self.removed, self.policy)

    @property
    def policy(self) -> tuple[object, ...]:
        """What of ``wish`` the pages of each depend on."""
        wish = self.wish
        return (wish.curves, wish.artifacts, wish.output, wish.artifact_bytes) if wish else ()


def frozen_sources(folder: Folder, seen: Seen, until: datetime | None = None) -> FrozenSources:
    """The snapshots of a store; ``until``: those that had been taken then."""
    found, problems = all_records(folder)
    taken = [each for each in found if until is None or each.time <= until]

    @cache
    def now() -> Snapshot:
        return snapshot(folder)

    def opener(record: Record) -> Callable[[], tuple[Snapshot, str]]:
        return lambda: (frozen(now(), record), record.digest)

    return FrozenSources(
        tuple(
            source_of(record, seen, repr(record.changed), opener(record))
            for record in taken
            if not record.gone
        ),
        tuple(each.name for each in taken if each.gone),
        problems,
    )


def source_of(
    record: Record, seen: Seen, key: str, open: Callable[[], tuple[Snapshot, str]]
) -> FrozenSource:
    """A record as a source; ``key`` is what its pages depend on beside the record."""
    lost = doubtful(seen, record)
    return FrozenSource(
        record.name,
        record.time,
        repr((record.digest, record.name, record.time, record.config, key)),
        open,
        len(record.runs),
        record.digest,
        record.as_of,
        record.note,
        record.doi,
        record.config,
        lost,
        bool(purged_ids(seen.folder) & set(lost)),
    )
