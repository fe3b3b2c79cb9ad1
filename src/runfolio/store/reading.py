"""Reading the files that a plan names: each verified before anything in it is believed.

The plan asks what a file covers; whoever wants the facts asks for the rows that each file owns. A
file that was cleaned away in between raises FileNotFoundError: the plan has to be made anew then.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from runfolio import schema
from runfolio.store.coverage import Ranges, contains, minus
from runfolio.store.folder import Folder
from runfolio.store.footers import Footer, Origin, PartError
from runfolio.store.journal import Glance, Journal, glance, read_journal
from runfolio.store.listing import Listing, Spot
from runfolio.store.table import Piece

if TYPE_CHECKING:
    import pyarrow as pa

    from runfolio.store.packs import Pack

_OPEN_PACKS = 8


@dataclass(frozen=True)
class Part:
    """What a part, pack or tomb says of itself. ``lost``: facts of it that cannot be read."""

    footer: Footer
    lost: dict[str, Ranges] = field(default_factory=dict)

    def covers(self, writer: str) -> Ranges:
        """The facts of a writer that can be read from it."""
        claimed = self.footer.coverage[writer]
        return minus(claimed, self.lost[writer]) if writer in self.lost else claimed


@dataclass(frozen=True)
class Share:
    """Facts of one writer that are read from one file, which may hold more.

    ``seal`` names the contents of the file; ``whole``: it holds nothing else of the writer.
    ``origins``: the parts that these facts are or were in, where that is known.
    """

    run_id: str
    writer: str
    own: Ranges
    spot: Spot
    seal: str
    whole: bool
    origins: tuple[Origin, ...] = ()


class Files(Protocol):
    """How a plan looks at files. PartError, NewerJournalError and OSError as the readers say."""

    def part(self, spot: Spot) -> Part:
        """What a part, pack or tomb covers."""

    def glance(self, spot: Spot) -> Glance:
        """Both ends of a journal."""

    def journal(self, spot: Spot) -> tuple[Journal, str]:
        """A journal, perhaps without its rows, and a name for its contents."""


class EagerFiles:
    """Reads every file that the plan asks for at once, and keeps its facts."""

    def __init__(self, listing: Listing) -> None:
        self._listing = listing
        self._parts: dict[Spot, Rows] = {}
        self._journals: dict[Spot, Journal] = {}

    def part(self, spot: Spot) -> Part:
        """What a part or pack covers, of which every byte was verified."""
        if spot not in self._parts:
            self._parts[spot] = load(self._listing.path(spot))
        return self._parts[spot].part

    def glance(self, spot: Spot) -> Glance:
        """Both ends of a journal."""
        return glance(self._listing.path(spot))

    def journal(self, spot: Spot) -> tuple[Journal, str]:
        """The journal with its rows."""
        self._journals[spot] = read_journal(self._listing.path(spot))
        return self._journals[spot], ""

    def piece(self, share: Share) -> Piece:
        """The facts of a share."""
        if share.spot in self._journals:
            return journal_piece(share, self._journals[share.spot])
        return self._parts[share.spot].piece(share)


def journal_piece(share: Share, journal: Journal) -> Piece:
    """The facts of a share of a journal."""
    from runfolio.store.parts import table_of

    table = table_of(share.run_id, share.writer, journal.rows)
    return Piece(share.run_id, share.writer, share.own, table, share.own == journal.ranges)


@dataclass(frozen=True)
class Rows:
    """The facts of a part or pack: ``table`` of all of it, or of each writer."""

    part: Part
    table: pa.Table | None
    of_writer: dict[str, list[pa.Table]]

    def piece(self, share: Share) -> Piece:
        """The facts of a share."""
        import pyarrow as pa

        if self.table is not None:
            return Piece(share.run_id, share.writer, share.own, self.table, share.whole)
        table = pa.concat_tables(self.of_writer[share.writer])
        whole = share.own == self.part.covers(share.writer)
        return Piece(share.run_id, share.writer, share.own, table, whole)


def load(path: Path) -> Rows:
    """A part or pack with its facts; of a damaged pack, those that are whole."""
    from runfolio.store.packs import Pack
    from runfolio.store.parts import read_part

    if not in_groups(path):
        footer, table = read_part(path)
        return Rows(Part(footer), table, {})
    with Pack.open(path) as pack:
        part = Part(pack.footer, pack.lost(pack.check()))
        tables: dict[str, list[pa.Table]] = {}
        for writer, ranges in pack.footer.coverage.items():
            try:
                tables[writer] = list(facts_of(pack, writer, part.covers(writer)))
            except PartError:
                part.lost[writer] = ranges
    return Rows(part, None, tables)


def look(path: Path) -> tuple[Part, bool]:
    """What a part or pack covers, and whether its rows were verified; no facts are read.

    The rows of a part are verified when they are read; those of a pack here, since it says only
    row group by row group which of its facts are damaged.
    """
    from runfolio.store.packs import Pack
    from runfolio.store.parts import peek_footer

    if not in_groups(path):
        return Part(peek_footer(path)), False
    with Pack.open(path) as pack:
        return Part(pack.footer, pack.lost(pack.check())), True


def facts_of(pack: Pack, writer: str, ranges: Ranges) -> Iterator[pa.Table]:
    """Facts of a writer in a pack, by their numbers."""
    for lo, hi in ranges:
        yield from pack.facts(writer, lo, hi)


def in_groups(path: Path) -> bool:
    """Whether a file is a pack of row groups that can be read one by one."""
    from runfolio.store.parts import peek_footer

    return bool(schema.PACK_NAME.fullmatch(path.name)) and bool(peek_footer(path).groups)


class ChangedError(Exception):
    """A file is not as the plan has it: the plan has to be made anew."""


class PieceReader:
    """Reads the facts of shares, verified; packs stay open, since many shares come from one.

    ``journals``: those that were read already, by their spots. Use it in a ``with`` block.
    """

    def __init__(self, folder: Folder, journals: Mapping[Spot, Journal] | None = None) -> None:
        self._folder = folder
        self._journals = journals or {}
        self._packs: dict[Spot, Pack] = {}

    def __enter__(self) -> PieceReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the packs."""
        while self._packs:
            self._packs.popitem()[1].close()

    def piece(self, share: Share) -> Piece:
        """The facts of a share; PartError if they are damaged, ChangedError, OSError."""
        spot = share.spot
        path = self._folder.path / spot.home / spot.name
        if schema.JOURNAL_NAME.fullmatch(spot.name):
            journal = self._journals.get(spot) or read_journal(path)
            if not contains(journal.ranges, share.own):
                raise ChangedError(spot.text)
            return journal_piece(share, journal)
        if spot in self._packs or in_groups(path):
            return self._of_pack(share, path)
        rows = load(path)
        if rows.part.footer.digest != share.seal:
            raise ChangedError(spot.text)
        return rows.piece(share)

    def _of_pack(self, share: Share, path: Path) -> Piece:
        import pyarrow as pa

        from runfolio.store.packs import Pack

        if share.spot not in self._packs:
            if len(self._packs) >= _OPEN_PACKS:
                self._packs.pop(next(iter(self._packs))).close()
            self._packs[share.spot] = Pack.open(path)
        pack = self._packs[share.spot]
        if pack.footer.digest != share.seal:
            raise ChangedError(share.spot.text)
        table = pa.concat_tables(facts_of(pack, share.writer, share.own))
        return Piece(share.run_id, share.writer, share.own, table, whole=True)
