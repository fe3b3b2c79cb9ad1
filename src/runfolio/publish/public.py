"""A copy of a store for others: the runs that go out, with the facts that may be seen.

It lies among the caches of the store, so that a site built from it costs what is new. It is a
store like any other: facts keep their numbers, what stays home is a ``hidden`` fact in its place.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Collection, Iterator
from datetime import UTC
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from runfolio import schema
from runfolio.query.privacy import Profile, public_facts
from runfolio.store.coverage import Ranges
from runfolio.store.folder import Folder
from runfolio.store.footers import Footer, PartError
from runfolio.store.parts import digest_of, fixed, peek_footer, write_part
from runfolio.store.plan import Snapshot
from runfolio.store.seal import temp_for

if TYPE_CHECKING:
    import pyarrow as pa

_ENDS = ("closed", "dead")


def public_place(store: Folder, profile: Profile) -> Path:
    """Where the copy for a profile lies."""
    said = json.dumps([sorted(profile.show), list(profile.hide), profile.salt.hex()])
    return store.cache / "public" / blake2b(said.encode(), digest_size=8).hexdigest()


def public_store(found: Snapshot, profile: Profile, run_ids: Collection[str]) -> Folder:
    """The copy of the runs ``run_ids`` for a profile, brought up to date.

    Only parts that changed are written; runs that no longer go out are taken away. Contents of
    artifacts are not copied: whoever needs them asks the store itself.
    """
    folder = Folder.create(public_place(found.folder, profile))
    facts = public_facts(found.facts(), profile, run_ids)
    sessions = {(each.run_id, each.writer): each for each in found.sessions}
    wanted: dict[str, set[str]] = {run_id: set() for run_id in run_ids}
    for run_id, writer, table in _by_writer(facts):
        session = sessions.get((run_id, writer))
        state = session.state if session else ""
        seen = int(session.last_seen.replace(tzinfo=UTC).timestamp() * 1e6) if session else 0
        part = _Part(run_id, writer, table, state, seen)
        wanted[run_id].add(part.name)
        part.write(folder)
    _take_away(folder, wanted)
    return folder


def _by_writer(facts: pa.Table) -> Iterator[tuple[str, str, pa.Table]]:
    """(run, writer, its facts in the order of their numbers), run by run."""
    import pyarrow.compute as pc

    names = ("run_id", "writer")
    order = [(name, "ascending") for name in (*names, "seq")]
    facts = facts.take(pc.sort_indices(facts, sort_keys=order))
    counts = facts.select(names).group_by(names).aggregate([([], "count_all")]).to_pylist()
    start = 0
    for row in sorted(counts, key=lambda row: (row["run_id"], row["writer"])):
        yield row["run_id"], row["writer"], facts.slice(start, row["count_all"])
        start += row["count_all"]


class _Part:
    """The facts of one writer as one part."""

    def __init__(self, run_id: str, writer: str, table: pa.Table, state: str, seen: int) -> None:
        self.table = fixed(table)
        numbers = table["seq"].to_pylist()
        self.run_id = run_id
        self.name = schema.part_name(writer, numbers[0], numbers[-1] + 1)
        self.footer = Footer(
            coverage={writer: _ranges(numbers)},
            runs={writer: run_id},
            ends={writer: state} if state in _ENDS else {},
            seen={writer: seen},
            rows=len(numbers),
            digest=digest_of(self.table),
            living=(writer,) if state == "alive" else (),
        )

    def write(self, folder: Folder) -> None:
        """Write it unless it is there."""
        target = folder.run_dir(self.run_id) / self.name
        try:
            if peek_footer(target) == self.footer:
                return
        except (OSError, PartError):
            pass
        target.parent.mkdir(parents=True, exist_ok=True)
        folder.tmp.mkdir(parents=True, exist_ok=True)
        write_part(self.table, self.footer, target, temp_for(folder, self.name))


def _ranges(numbers: list[int]) -> Ranges:
    """The half-open ranges that sorted numbers make."""
    ranges: list[tuple[int, int]] = []
    for number in numbers:
        if ranges and ranges[-1][1] == number:
            ranges[-1] = (ranges[-1][0], number + 1)
        else:
            ranges.append((number, number + 1))
    return tuple(ranges)


def _take_away(folder: Folder, wanted: dict[str, set[str]]) -> None:
    """Remove what does not go out any more."""
    for run_id in folder.run_ids():
        if run_id not in wanted:
            shutil.rmtree(folder.run_dir(run_id))
            continue
        for path in folder.run_dir(run_id).iterdir():
            if path.name not in wanted[run_id]:
                path.unlink()
