"""Taking snapshots of a store, and checking that they are still what they were."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from runfolio.config import Config, LeaderboardConfig
from runfolio.config.recorded import recorded
from runfolio.errors import UsageError
from runfolio.query.store import Store
from runfolio.store.folder import Folder
from runfolio.store.frozen import Frozen, freeze, lost, past_of
from runfolio.store.plan import snapshot
from runfolio.store.record import Record, check_name, keep
from runfolio.store.tombs import purged_ids


@dataclass(frozen=True)
class Verdict:
    """How many runs a snapshot has, and which are not what they were: run id to why."""

    runs: int
    lost: Mapping[str, str]


def take(
    folder: Folder,
    config: Config,
    name: str,
    now: datetime,
    *,
    as_of: datetime | None = None,
    filter: str = "",
    note: str = "",
    doi: str = "",
) -> tuple[Record, tuple[str, ...]]:
    """Write down what the store says now, or said at ``as_of``; gives the status of each run too.

    ``filter``: of the runs that match. UsageError where the name is taken or unfit, or no run is
    there; DamagedStoreError where a file of these runs cannot be read.
    """
    check_name(name)
    found = snapshot(folder, as_of)
    with Store(found, config) as store:
        ids = store.run_ids(filter)
        states = [run.status for run in store.runs_table() if run.run_id in set(ids)]
        chosen = _boards(config, store)
    if not ids:
        raise UsageError(
            "There is no run to take a snapshot of.", hint="runfolio ls shows which there are."
        )
    record = dataclasses.replace(
        freeze(found, ids, name, now),
        as_of=as_of.replace(tzinfo=None) if as_of else None,
        filter=filter,
        note=note,
        doi=doi,
        config=recorded(chosen),
    )
    keep(folder, record)
    return record, tuple(states)


def verify(folder: Folder, record: Record) -> Verdict:
    """Compare every fact of a snapshot with its digests."""
    past: Frozen = past_of(snapshot(folder), record)
    gone = purged_ids(folder)
    there = {each.run_id for each in past._plan.sessions}
    why = {
        run_id: "purged"
        if run_id in gone
        else "its facts are not what they were"
        if run_id in there
        else "it is not in this store"
        for run_id in lost(past, record)
    }
    return Verdict(len(record.runs), why)


def _boards(config: Config, store: Store) -> Config:
    """The configuration with the leaderboards that the store has without one written out."""
    if config.leaderboards:
        return config
    boards = tuple(
        LeaderboardConfig(
            name=board.name,
            title=board.title,
            slug=board.slug,
            experiment=board.experiment,
            metric=board.metric,
            direction=board.direction,
        )
        for board in store.boards()
    )
    return dataclasses.replace(config, leaderboards=boards)
