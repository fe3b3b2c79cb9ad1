"""Which Parquet files of a store hold which facts: for engines that read the files themselves.

A fact can lie in two files for a while: in a part and in the pack that stands for it. The reader's
plan gives each fact to one file; a file of which only some facts count says which. What only
runfolio can read (journals, and what is whole in a damaged pack) can be written to a file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from runfolio.store.coverage import Ranges, count
from runfolio.store.journal import Glance, Journal, glance, read_journal
from runfolio.store.listing import Listing, Spot, list_store
from runfolio.store.packs import Pack
from runfolio.store.parts import arrow_schema, read_footer
from runfolio.store.plan import make_plan
from runfolio.store.reading import Part, Share, in_groups, journal_piece, load
from runfolio.store.table import owned_rows

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
    """Every fact once: in ``files``, or only for runfolio: ``unsealed``, run to number of facts."""

    files: tuple[Source, ...]
    unsealed: Mapping[str, int]

    @property
    def missing(self) -> str:
        """What is in no file that others can read, in words; '' if nothing is."""
        runs, facts = len(self.unsealed), sum(self.unsealed.values())
        if not facts:
            return ""
        told = (
            f"{facts:,} fact{'' if facts == 1 else 's'} of {runs:,} run{'' if runs == 1 else 's'}"
        )
        return f"{told} {'is' if facts == 1 else 'are'} only in journals, which only runfolio reads"


def sources(folder: Folder, rest: Path | None = None) -> Sources:
    """The files that an engine has to read to get each fact of the store exactly once.

    Damaged files are left out, and a copy of their facts is taken where there is one. With
    ``rest``, what only runfolio can read is written to that Parquet file, which is then one of the
    files.
    """
    for attempt in range(_TRIES):
        try:
            return _sources(list_store(folder), rest, patient=attempt < _TRIES - 1)
        except FileNotFoundError:
            if attempt == _TRIES - 1:
                raise
    raise AssertionError("unreachable")


def _sources(listing: Listing, rest: Path | None, *, patient: bool) -> Sources:
    files = _Verified(listing)
    shares: defaultdict[Spot, list[Share]] = defaultdict(list)
    for share in make_plan(listing, files, patient=patient).shares:
        shares[share.spot].append(share)
    ours = {spot: found for spot, found in shares.items() if not files.is_plain(spot)}
    found = [_source(files, spot, taken) for spot, taken in shares.items() if spot not in ours]
    unsealed: defaultdict[str, int] = defaultdict(int)
    for share in (each for taken in ours.values() for each in taken):
        unsealed[share.run_id] += count(share.own)
    if rest is not None and unsealed:
        found.append(_written(files, ours, rest))
        unsealed.clear()
    return Sources(tuple(found), dict(unsealed))


class _Verified:
    """Looks at every byte of the files of a plan, and keeps no facts but those of journals."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._parts: dict[Spot, Part] = {}
        self._journals: dict[Spot, Journal] = {}

    def path(self, spot: Spot) -> Path:
        """Where the file is."""
        return self._listing.path(spot)

    def part(self, spot: Spot) -> Part:
        """What a part, pack or tomb covers."""
        if spot not in self._parts:
            path = self.path(spot)
            if in_groups(path):
                with Pack.open(path) as pack:
                    self._parts[spot] = Part(pack.footer, pack.lost(pack.check()))
            else:
                self._parts[spot] = Part(read_footer(path))
        return self._parts[spot]

    def glance(self, spot: Spot) -> Glance:
        """Both ends of a journal."""
        return glance(self.path(spot))

    def journal(self, spot: Spot) -> tuple[Journal, str]:
        """A journal with its facts."""
        self._journals[spot] = read_journal(self.path(spot))
        return self._journals[spot], ""

    def is_plain(self, spot: Spot) -> bool:
        """Whether other programs can read it: a Parquet file without damage."""
        return spot in self._parts and not self._parts[spot].lost

    def tables(self, spot: Spot, shares: list[Share]) -> Iterator[pa.Table]:
        """The facts of the shares of one file."""
        if spot in self._journals:
            for share in shares:
                yield owned_rows(journal_piece(share, self._journals[spot]))
        else:
            rows = load(self.path(spot))
            for share in shares:
                yield owned_rows(rows.piece(share))


def _source(files: _Verified, spot: Spot, shares: list[Share]) -> Source:
    owned = {share.writer: share.own for share in sorted(shares, key=lambda each: each.writer)}
    whole = owned == files.part(spot).footer.coverage
    facts = sum(map(count, owned.values()))
    return Source(files.path(spot), facts, None if whole else owned)


def _written(files: _Verified, shares: Mapping[Spot, list[Share]], path: Path) -> Source:
    """The facts as a Parquet file of the same shape as a part."""
    import pyarrow.parquet as pq

    facts = 0
    temp = path.with_name(f"{path.name}.tmp")
    with pq.ParquetWriter(temp, arrow_schema(), compression="zstd", store_schema=False) as writer:
        for spot, taken in shares.items():
            for table in files.tables(spot, taken):
                writer.write_table(table)
                facts += table.num_rows
    temp.replace(path)
    return Source(path, facts, None)
