"""Snapshots for others: their runs that go out, with the facts that may be seen."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

from runfolio.config import Config
from runfolio.errors import PublishError
from runfolio.publish.gate import profile_of
from runfolio.publish.nameless import nameless_snapshots
from runfolio.publish.public import public_store
from runfolio.query.frozen import FrozenSource, FrozenSources, source_of
from runfolio.query.identity import Named
from runfolio.query.index import look
from runfolio.query.privacy import public_text
from runfolio.query.store import Store
from runfolio.store.folder import Folder
from runfolio.store.frozen import digests_of, frozen, whole_digest
from runfolio.store.plan import Snapshot, snapshot
from runfolio.store.record import Record, all_records


def public_snapshots(folder: Folder, config: Config, people: Named) -> FrozenSources:
    """The snapshots of a store for others, as ``[publish]`` says; ``people`` are not named.

    Each holds the runs that matched ``[publish] filter`` when it was taken. Its digest is that of
    the facts that go out, so that it tells nothing of the others. Facts are read where one of them
    is opened.
    """
    records, problems = all_records(folder)
    profile = profile_of(config.publish, folder.store_id)
    seen, wish = look(folder, index=config.index), config.publish

    @cache
    def now() -> Snapshot:
        return snapshot(folder)

    def opener(record: Record) -> Callable[[], tuple[Snapshot, str]]:
        return lambda: opened(now(), record, config, people)

    def source(record: Record) -> FrozenSource:
        names = people if profile.salt else people.of_accounts()
        shown = (sorted(profile.show), profile.hide, profile.salt)
        key = repr((record.changed, shown, wish.filter, names.key()))
        made = source_of(record, seen, key, opener(record))
        return dataclasses.replace(
            made,
            runs=0,
            digest="",
            note=public_text(record.note, people, profile),
            doi="" if profile.salt else record.doi,
            named=False,
        )

    found = FrozenSources(
        tuple(source(each) for each in records if not each.gone),
        tuple(each.name for each in records if each.gone),
        problems,
        wish,
    )
    return nameless_snapshots(found, people, profile) if profile.salt else found


def opened(found: Snapshot, record: Record, config: Config, people: Named) -> tuple[Snapshot, str]:
    """A snapshot as ``[publish]`` shows it, with the digest of the facts that go out."""
    past = frozen(found, record)
    profile = profile_of(config.publish, found.folder.store_id)
    with Store(past, config) as store:
        ids = store.run_ids(config.publish.filter)
        copy = public_store(store, profile, ids, record.name, people)
    seen = snapshot(copy)
    return seen, whole_digest(digests_of(seen.facts()))


def refuse_lost(manifest: Path) -> None:
    """PublishError where a snapshot of a built site could not be made, though nobody purged it.

    What others have cited would be replaced by a page that says so.
    """
    made = json.loads(manifest.read_bytes())["keys"].get("snapshots", {})
    lost = [
        name
        for name, (_key, told, _paths) in sorted(made.items())
        if told["state"] == "gone" and not told["purged"]
    ]
    if lost:
        raise PublishError(
            f"The snapshot {lost[0]} can no longer be rebuilt from this store, and publishing "
            "would take its pages away. Nothing was published.",
            hint=f"runfolio snapshot --verify {lost[0]} tells what is lacking; a copy of the store "
            f"may have it. To give it up: runfolio snapshot --remove {lost[0]}",
        )
