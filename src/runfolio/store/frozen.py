"""Snapshots that people name and cite: the facts that a store held, for ever.

A record (``store.record``) names its facts by (writer, seq), which name a fact for ever, and holds
a digest of each run's: whatever is logged, corrected or merged later, the same facts come back, or
it is known that they do not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol, cast

from runfolio.errors import DamagedStoreError
from runfolio.store.coverage import Ranges, union
from runfolio.store.folder import Folder
from runfolio.store.parts import digest_of
from runfolio.store.plan import Snapshot
from runfolio.store.problem import Problem
from runfolio.store.record import FrozenRun, Record
from runfolio.store.sessions import Session, State
from runfolio.store.tombs import purged_ids

if TYPE_CHECKING:
    import pyarrow as pa

_SHOWN = 5


class Seen(Protocol):
    """What a cheap look at a store tells."""

    @property
    def folder(self) -> Folder:
        """The store's folder."""

    @property
    def sessions(self) -> tuple[Session, ...]:
        """Who wrote to the runs."""

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the store."""


@dataclass(frozen=True)
class Frozen(Snapshot):
    """A store as a snapshot says it was: its facts and sessions, whatever came later."""

    record: Record | None = None

    def facts(self) -> pa.Table:
        """The facts of the snapshot, sorted as those of any store."""
        assert self.record is not None
        return _only(super().facts(), self.record)


def freeze(found: Snapshot, run_ids: Collection[str], name: str, time: datetime) -> Record:
    """The record of the runs ``run_ids`` as ``found`` has them; nothing is written."""
    import pyarrow as pa
    import pyarrow.compute as pc

    facts = found.facts()
    wanted = pa.array(sorted(run_ids), pa.string())
    facts = facts.filter(pc.is_in(facts["run_id"], value_set=wanted))
    digests = digests_of(facts)
    writers: defaultdict[str, dict[str, Ranges]] = defaultdict(dict)
    for run_id, writer, ranges in _ranges(facts):
        writers[run_id][writer] = ranges
    sessions: defaultdict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for each in found.sessions:
        if each.writer in writers[each.run_id]:
            told = (each.writer, each.state, each.last_seen.isoformat())
            sessions[each.run_id].append(told)
    runs = tuple(
        FrozenRun(run_id, digest, writers[run_id], tuple(sorted(sessions[run_id])))
        for run_id, digest in sorted(digests.items())
    )
    return Record(name, time, digest=whole_digest(digests), runs=runs, changed=time)


def frozen(found: Snapshot, record: Record) -> Frozen:
    """The store as it was; DamagedStoreError, which names the runs, where it cannot be had."""
    past = past_of(found, record)
    losses = lost(past, record)
    if losses:
        raise unavailable(found.folder, record, losses)
    return past


def past_of(found: Snapshot, record: Record) -> Frozen:
    """What ``found`` still has of a snapshot; nothing is checked."""
    sessions = tuple(
        Session(run.run_id, writer, cast("State", state), datetime.fromisoformat(seen))
        for run in record.runs
        for writer, state, seen in run.sessions
    )
    return Frozen(
        folder=found.folder,
        digest=record.digest,
        problems=(),
        sessions=sessions,
        aside=(),
        _plan=found._plan,
        _files=found._files,
        record=record,
    )


def unavailable(folder: Folder, record: Record, losses: Collection[str]) -> DamagedStoreError:
    """The error that tells which runs of a snapshot are not what they were."""
    names = sorted(losses)
    told = ", ".join(names[:_SHOWN])
    told += f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    gone = purged_ids(folder) & set(names)
    why = "purged" if gone else "damaged, or not in this store"
    hint = "A copy of the store may have what is lacking: runfolio merge, runfolio pull."
    return DamagedStoreError(
        f"The snapshot {record.name} can no longer be rebuilt: {told} ({why}).",
        hint="What was purged does not come back." if gone else hint,
    )


def lost(past: Snapshot, record: Record) -> tuple[str, ...]:
    """Ids of the runs whose facts are not those of the record."""
    have = digests_of(past.facts())
    return tuple(run.run_id for run in record.runs if have.get(run.run_id) != run.digest)


def doubtful(seen: Seen, record: Record) -> tuple[str, ...]:
    """Ids of the runs that are purged, damaged or away, as far as files tell without reading."""
    there = {(each.run_id, each.writer) for each in seen.sessions}
    bad = {each.run_id for each in seen.problems if each.run_id} | purged_ids(seen.folder)
    return tuple(
        run.run_id
        for run in record.runs
        if run.run_id in bad or any((run.run_id, writer) not in there for writer in run.writers)
    )


def digests_of(facts: pa.Table) -> dict[str, str]:
    """Run id to a digest of its facts; ``facts`` are sorted as those of a store."""
    facts = facts.combine_chunks()
    found: dict[str, str] = {}
    start = 0
    counts = facts["run_id"].value_counts().to_pylist() if facts.num_rows else []
    for each in counts:  # in the order of first appearance, which is the order of the rows
        found[each["values"]] = digest_of(facts.slice(start, each["counts"]))
        start += each["counts"]
    return found


def whole_digest(digests: Mapping[str, str]) -> str:
    """SHA-256 (hex) over the digests of runs: what people cite."""
    lines = [f"{run_id} {digest}\n" for run_id, digest in sorted(digests.items())]
    return sha256("".join(lines).encode()).hexdigest()


def _ranges(facts: pa.Table) -> Iterator[tuple[str, str, Ranges]]:
    """(run, writer, the numbers of its facts)."""
    import pyarrow.compute as pc

    names = ("run_id", "writer")
    spans = facts.group_by(names).aggregate([("seq", "min"), ("seq", "max"), ("seq", "count")])
    for row in spans.to_pylist():
        low, high = row["seq_min"], row["seq_max"] + 1
        if high - low == row["seq_count"]:
            yield row["run_id"], row["writer"], ((low, high),)
            continue
        numbers = facts.filter(pc.equal(facts["writer"], row["writer"]))["seq"].to_pylist()
        yield row["run_id"], row["writer"], union((each, each + 1) for each in numbers)


def _only(facts: pa.Table, record: Record) -> pa.Table:
    """The facts that the record names."""
    import pyarrow as pa
    import pyarrow.compute as pc

    runs = pa.array([run.run_id for run in record.runs], pa.string())
    facts = facts.filter(pc.is_in(facts["run_id"], value_set=runs))
    spans = {writer: span for run in record.runs for writer, span in run.writers.items()}
    at = pc.index_in(facts["writer"], value_set=pa.array(list(spans), pa.string()))
    keep = pc.less(at, 0)  # none yet; null where the writer came later
    for turn in range(max(map(len, spans.values()), default=0)):  # nearly always one
        pairs = [span[turn] if turn < len(span) else (0, 0) for span in spans.values()]
        low, high = (pa.array([pair[end] for pair in pairs], pa.int64()) for end in (0, 1))
        after = pc.greater_equal(facts["seq"], pc.take(low, at))
        keep = pc.or_(keep, pc.and_(after, pc.less(facts["seq"], pc.take(high, at))))
    return facts.filter(keep, null_selection_behavior="drop")
