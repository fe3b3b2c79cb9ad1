"""A store made at once of a table of facts: one pack, for copies that are only read."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from runfolio.store import files
from runfolio.store.coverage import Ranges, union
from runfolio.store.folder import Folder
from runfolio.store.footers import Footer, PartError
from runfolio.store.packs import PackWriter
from runfolio.store.parts import fixed
from runfolio.store.seal import temp_for

if TYPE_CHECKING:
    import pyarrow as pa

#: (run id, writer)
Who = tuple[str, str]


@dataclass(frozen=True)
class Told:
    """Facts in ``schema.COLUMNS``, each writer's with numbers of its own; how writers ended
    ("closed", "dead", or not in it), when they were last seen (microseconds of the epoch), and
    which of them were alive.
    """

    facts: pa.Table
    ends: Mapping[Who, str] = field(default_factory=dict)
    seen: Mapping[Who, int] = field(default_factory=dict)
    living: Collection[Who] = ()


def write_store(path: Path, told: Told) -> Folder:
    """Make a store at ``path``, which must not be one, of these facts.

    A writer belongs to one run. PartError or OSError if it cannot be written.
    """
    folder = Folder.create(path)
    if not told.facts.num_rows:
        return folder
    files.make_dirs(folder.tmp)
    writer = PackWriter(temp_for(folder, "pack"))
    coverage: dict[str, Ranges] = {}
    runs: dict[str, str] = {}
    try:
        before = ""
        for run_id, name, table in by_writer(told.facts):
            if name in runs:
                raise PartError("part-foreign", f"the writer {name} wrote to two runs")
            if run_id != before:
                writer.begin_run(table.num_rows)
                before = run_id
            writer.write(fixed(table))
            coverage[name] = _ranges(table)
            runs[name] = run_id
        name, _ = writer.finish(_footer(told, coverage, runs))
        files.make_dirs(folder.packs)
        files.replace(writer.temp, folder.packs / name)
    finally:
        writer.drop()
    return folder


def by_writer(facts: pa.Table) -> Iterator[tuple[str, str, pa.Table]]:
    """(run, writer, its facts in the order of their numbers), run by run."""
    import pyarrow.compute as pc

    names = ("run_id", "writer")
    facts = facts.take(
        pc.sort_indices(facts, sort_keys=[(name, "ascending") for name in (*names, "seq")])
    )
    counts = facts.select(names).group_by(names).aggregate([([], "count_all")]).to_pylist()
    start = 0
    for row in sorted(counts, key=lambda row: (row["run_id"], row["writer"])):
        yield row["run_id"], row["writer"], facts.slice(start, row["count_all"])
        start += row["count_all"]


def _ranges(table: pa.Table) -> Ranges:
    """The half-open ranges that sorted numbers make."""
    first, last = table["seq"][0].as_py(), table["seq"][-1].as_py()
    if last - first + 1 == table.num_rows:
        return ((first, last + 1),)
    return union((number, number + 1) for number in table["seq"].to_pylist())


def _footer(told: Told, coverage: dict[str, Ranges], runs: dict[str, str]) -> Footer:
    who = {name: (run_id, name) for name, run_id in runs.items()}
    return Footer(
        coverage=coverage,
        runs=runs,
        ends={name: told.ends[each] for name, each in who.items() if each in told.ends},
        seen={name: told.seen.get(each, 0) for name, each in who.items()},
        rows=told.facts.num_rows,
        digest="",
        living=tuple(sorted(name for name, each in who.items() if each in told.living)),
    )
