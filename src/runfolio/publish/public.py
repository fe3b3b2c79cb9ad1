"""A copy of a store for others: the runs that go out, with the facts that may be seen.

It lies among the caches of the store, so that a site built from it costs what is new. It is a
store like any other: facts keep their numbers, what stays home is a ``hidden`` fact in its place.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runfolio import schema
from runfolio.environment.version import VERSION
from runfolio.publish.gate import named
from runfolio.query.identity import Named
from runfolio.query.privacy import Profile, public_facts
from runfolio.query.store import Store
from runfolio.store.coverage import Ranges
from runfolio.store.files import temp_path
from runfolio.store.folder import Folder
from runfolio.store.footers import Footer, PartError
from runfolio.store.parts import digest_of, fixed, peek_footer, write_part
from runfolio.store.seal import temp_for

if TYPE_CHECKING:
    import pyarrow as pa

_ENDS = ("closed", "dead")
#: Facts that are in memory at once, and in one part of the copy.
BATCH = 200_000
_RUNS = "SELECT * FROM facts WHERE run_id IN (SELECT unnest(?::VARCHAR[]))"
_STRETCH = "SELECT * FROM facts WHERE run_id = ? AND writer = ? AND seq >= ? AND seq < ?"


def public_place(store: Folder, profile: Profile) -> Path:
    """Where the copy for a profile lies."""
    said = json.dumps([sorted(profile.show), list(profile.hide), profile.salt.hex()])
    return store.cache / "public" / blake2b(said.encode(), digest_size=8).hexdigest()


def public_store(
    store: Store,
    profile: Profile,
    run_ids: Collection[str],
    name: str = "",
    people: Named | None = None,
) -> Folder:
    """The copy of the runs ``run_ids`` for a profile, brought up to date; ``name``: of a snapshot.

    ``people``: whom it must not name, where ``store`` does not name them all.

    Runs that are as they were are not even read; the others are copied some at a time. Runs that
    no longer go out are taken away. Contents of artifacts are not copied: whoever needs them asks
    the store itself.
    """
    place = public_place(store.folder, profile)
    place = place.with_suffix(".at") / name if name else place
    folder = Folder.create(place)
    book = _Book(place.with_name(f"{place.name}.runs"), folder)
    people = people or named(store)
    keys = _keys(store, people if profile.salt else people.of_accounts(), run_ids)
    todo = [run_id for run_id, key in keys.items() if not book.parts(run_id, key)]
    sessions = store.sessions_by_run()
    for chosen, query, given in _batches(store, todo):
        facts = store.sql(query, given).to_arrow_table()
        for run_id, writer, table in _by_writer(public_facts(facts, profile, chosen, people)):
            session = next((one for one in sessions.get(run_id, ()) if one.writer == writer), None)
            state = session.state if session else ""
            seen = int(session.last_seen.replace(tzinfo=UTC).timestamp() * 1e6) if session else 0
            part = _Part(run_id, writer, table, state, seen)
            part.write(folder)
            book.note(run_id, keys[run_id], part.name)
    book.keep(keys)
    _take_away(folder, {run_id: book.parts(run_id, key) for run_id, key in keys.items()})
    return folder


def _keys(store: Store, people: Named, run_ids: Collection[str]) -> dict[str, str]:
    """What the copy of each run depends on, beside the profile."""
    states, words = store.states(), people.key()
    wanted = sorted(run_ids)
    told = {run_id: f"{VERSION} {states.get(run_id)} {words}".encode() for run_id in wanted}
    return {run_id: blake2b(text, digest_size=16).hexdigest() for run_id, text in told.items()}


def _batches(store: Store, run_ids: Sequence[str]) -> Iterator[tuple[list[str], str, list[object]]]:
    """(runs, query, what goes into it) for their facts, at most ``BATCH`` of them at once.

    A run of more facts comes in several turns.
    """
    chosen: list[str] = []
    rows = 0
    for run_id, writers in _counts(store, run_ids).items():
        count = sum(each for each, _ in writers.values())
        if count > BATCH:
            for writer, (_, last) in writers.items():
                for low in range(0, last + 1, BATCH):
                    yield [run_id], _STRETCH, [run_id, writer, low, low + BATCH]
            continue
        if chosen and rows + count > BATCH:
            yield chosen, _RUNS, [chosen]
            chosen, rows = [], 0
        chosen.append(run_id)
        rows += count
    if chosen:
        yield chosen, _RUNS, [chosen]


def _counts(store: Store, run_ids: Sequence[str]) -> dict[str, dict[str, tuple[int, int]]]:
    """By run and writer: how many facts there are, and the number of the last one."""
    query = (
        "SELECT run_id, writer, count(*), max(seq) FROM facts "
        "WHERE run_id IN (SELECT unnest(?::VARCHAR[])) GROUP BY run_id, writer "
        "ORDER BY run_id, writer"
    )
    found: dict[str, dict[str, tuple[int, int]]] = {}
    for run_id, writer, count, last in store.sql(query, [list(run_ids)]).fetchall():
        found.setdefault(run_id, {})[writer] = (count, last)
    return found


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


class _Book:
    """Which parts of the copy hold each run, and as it was when; kept beside the copy."""

    def __init__(self, path: Path, folder: Folder) -> None:
        self._path = path
        self._folder = folder
        self._known: dict[str, list[Any]] = {}
        with contextlib.suppress(OSError, ValueError):
            found = json.loads(path.read_bytes())
            self._known = found if isinstance(found, dict) else {}

    def parts(self, run_id: str, key: str) -> set[str]:
        """The names of a run's parts; empty where they are not as they should be."""
        was, names = self._known.get(run_id, ("", []))
        home = self._folder.run_dir(run_id)
        good = was == key and all((home / name).is_file() for name in names)
        return set(names) if good else set()

    def note(self, run_id: str, key: str, name: str) -> None:
        """A part was written."""
        was, names = self._known.get(run_id, ("", []))
        self._known[run_id] = [key, sorted({*names, name} if was == key else {name})]

    def keep(self, run_ids: Collection[str]) -> None:
        """Write it to its file, for these runs."""
        kept = {run_id: self._known[run_id] for run_id in run_ids if run_id in self._known}
        temp = temp_path(self._path.parent, self._path.name, "publish")
        temp.write_text(json.dumps(kept), encoding="utf-8")
        temp.replace(self._path)


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
