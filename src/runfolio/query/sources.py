"""Which Parquet files of a store hold which facts: for engines that read the files themselves.

A fact can lie in two files for a while: in a part and in the pack that stands for it. Here each
fact is given to one file; a file that owns only some of its facts says which. What lies in journals
alone, which only runfolio reads, is counted, and can be written to a Parquet file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from runfolio import schema
from runfolio.store.coverage import Ranges, assign, count, minus, union
from runfolio.store.footers import Footer, PartError
from runfolio.store.journal import NewerJournalError, read_journal
from runfolio.store.listing import Listing, list_store
from runfolio.store.parts import arrow_schema, read_footer, table_of
from runfolio.store.table import Piece, owned_rows

if TYPE_CHECKING:
    import pyarrow as pa

    from runfolio.store.folder import Folder

_TRIES = 5


@dataclass(frozen=True)
class Source:
    """A Parquet file and the facts that are read from it.

    ``ranges``: writer to the numbers (lo <= seq < hi) that count; None where the whole file does.
    """

    path: Path
    facts: int
    ranges: Mapping[str, Ranges] | None

    @property
    def where(self) -> str:
        """The same as a condition that every SQL takes; '' for the whole file."""
        spans = [
            f"(writer = '{writer}' AND seq >= {lo} AND seq < {hi})"
            for writer, owned in sorted((self.ranges or {}).items())
            for lo, hi in owned
        ]
        return " OR ".join(spans)


@dataclass(frozen=True)
class Sources:
    """Every fact once: in ``files``, or only in journals: ``unsealed``, run to number of facts."""

    files: tuple[Source, ...]
    unsealed: Mapping[str, int]

    @property
    def missing(self) -> str:
        """What is only in journals, in words; '' if nothing is."""
        runs, facts = len(self.unsealed), sum(self.unsealed.values())
        if not facts:
            return ""
        told = (
            f"{facts:,} fact{'' if facts == 1 else 's'} of {runs:,} run{'' if runs == 1 else 's'}"
        )
        return f"{told} {'is' if facts == 1 else 'are'} only in journals, which only runfolio reads"


def sources(folder: Folder, rest: Path | None = None) -> Sources:
    """The files that an engine has to read to get each fact of the store exactly once.

    Files that are damaged are left out, and a copy of their facts is taken where there is one.
    With ``rest``, what only journals hold is written to that Parquet file, which is then one of
    the files, and nothing is left unsealed.
    """
    for _ in range(_TRIES - 1):
        try:
            return _sources(list_store(folder), rest)
        except FileNotFoundError:
            continue  # a file was cleaned away since the look: look again
    return _sources(list_store(folder), rest)


def _sources(listing: Listing, rest: Path | None) -> Sources:
    claims = dict(_claims(listing))
    writers: defaultdict[str, list[Path]] = defaultdict(list)
    for path, footer in claims.items():
        for writer in footer.coverage:
            if footer.runs.get(writer) not in listing.purged or path in listing.tombs:
                writers[writer].append(path)
    owned: defaultdict[Path, dict[str, Ranges]] = defaultdict(dict)
    taken: dict[str, Ranges] = {}
    for writer, paths in writers.items():
        shares = assign([claims[path].coverage[writer] for path in paths])
        taken[writer] = union(span for share in shares for span in share)
        for path, share in zip(paths, shares, strict=True):
            if share:
                owned[path][writer] = share
    files = tuple(_source(path, claims[path], owned[path]) for path in claims if owned[path])
    journals = list(_unsealed(listing, taken))
    if rest is not None:
        return Sources((*files, _written(journals, rest)), {})
    unsealed: defaultdict[str, int] = defaultdict(int)
    for run_id, table in journals:
        unsealed[run_id] += table.num_rows
    return Sources(files, dict(unsealed))


def _unsealed(listing: Listing, taken: dict[str, Ranges]) -> Iterator[tuple[str, pa.Table]]:
    """Run and facts of each journal that holds facts which no Parquet file does."""
    for path in listing.journals:
        try:
            journal = read_journal(path)
        except (NewerJournalError, PermissionError):
            continue
        own = minus(journal.ranges, taken.get(journal.writer, ()))
        if own:
            taken[journal.writer] = union((*taken.get(journal.writer, ()), *own))
            table = table_of(journal.run_id, journal.writer, journal.rows)
            piece = Piece(journal.run_id, journal.writer, own, table, own == journal.ranges)
            yield journal.run_id, owned_rows(piece)


def _written(journals: list[tuple[str, pa.Table]], path: Path) -> Source:
    """The facts as a Parquet file of the same shape as a part."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    tables = [table for _, table in journals] or [arrow_schema().empty_table()]
    table = pa.concat_tables(tables)
    pq.write_table(table, path, compression="zstd", store_schema=False)
    return Source(path, table.num_rows, None)


def _source(path: Path, footer: Footer, owned: dict[str, Ranges]) -> Source:
    facts = sum(map(count, owned.values()))
    return Source(path, facts, None if owned == footer.coverage else dict(sorted(owned.items())))


def _claims(listing: Listing) -> Iterator[tuple[Path, Footer]]:
    """The good files with what they cover, those first that facts are taken from first."""
    packs: list[tuple[Path, Footer]] = []
    parts: list[tuple[Path, Footer]] = []
    for path in (*listing.tombs, *listing.packs, *listing.parts):
        try:
            footer = read_footer(path)
        except (PartError, PermissionError, IsADirectoryError):
            continue
        match = schema.PART_NAME.fullmatch(path.name)
        if match is None:
            packs.append((path, footer))
        elif set(footer.coverage) == {match["writer"]}:
            parts.append((path, footer))
    yield from sorted(packs, key=lambda pack: (-pack[1].rows, pack[0].name))
    yield from sorted(parts, key=lambda part: (-part[1].rows, part[0].name))
