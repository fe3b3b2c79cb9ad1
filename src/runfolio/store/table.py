"""From pieces of files to one sorted table of facts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

from runfolio.store.coverage import Ranges
from runfolio.store.parts import arrow_schema

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class Piece:
    """Facts of one writer in a table that may hold more; ``whole``: that may be taken as it is."""

    run_id: str
    writer: str
    own: Ranges
    table: pa.Table
    whole: bool


def gather(pieces: Iterable[Piece], until: datetime | None = None) -> pa.Table:
    """All facts that the pieces own, sorted by run_id, time, writer, seq.

    ``until``: those that were said at that moment (UTC, without a zone) or earlier.
    """
    import pyarrow as pa

    ordered = sorted(pieces, key=lambda piece: (piece.run_id, piece.writer, piece.own))
    tables = []
    for _, group in groupby(ordered, key=lambda piece: piece.run_id):
        of_run = list(group)
        table = pa.concat_tables([owned_rows(piece) for piece in of_run])
        tables.append(_sorted(table, one_writer=len({piece.writer for piece in of_run}) == 1))
    if not tables:
        return arrow_schema().empty_table()
    return pa.concat_tables(tables if until is None else [_until(each, until) for each in tables])


def _until(table: pa.Table, moment: datetime) -> pa.Table:
    """The rows that were said at ``moment`` or earlier."""
    import pyarrow as pa
    import pyarrow.compute as pc

    micros = (moment - datetime(1970, 1, 1)) // timedelta(microseconds=1)
    return table.filter(pc.less_equal(table.column("time").cast(pa.int64()), micros))


def spoken(table: pa.Table) -> dict[tuple[str, str], datetime]:
    """When each writer of each run said its last fact; UTC, without a zone."""
    found = table.group_by(["run_id", "writer"]).aggregate([("time", "max")])
    columns = (found.column(name).to_pylist() for name in ("run_id", "writer", "time_max"))
    return {(run_id, writer): moment for run_id, writer, moment in zip(*columns, strict=True)}


def owned_rows(piece: Piece) -> pa.Table:
    """The rows of the piece's table that it owns."""
    import pyarrow as pa
    import pyarrow.compute as pc

    table = piece.table
    if piece.whole and _one_value(table.column("writer")):
        return table
    mask: Any = None
    for lo, hi in piece.own:
        seq = table.column("seq")
        inside = pc.and_(pc.greater_equal(seq, lo), pc.less(seq, hi))
        mask = inside if mask is None else pc.or_(mask, inside)
    mask = pc.and_(mask, pc.equal(table.column("writer"), pa.scalar(piece.writer)))
    return table.filter(mask)


def _one_value(column: Any) -> bool:
    import pyarrow.compute as pc

    return column.length() > 0 and bool(pc.all(pc.equal(column, column[0])).as_py())


def _sorted(table: pa.Table, *, one_writer: bool) -> pa.Table:
    """Facts of one run in order; those of one writer mostly are already."""
    import pyarrow.compute as pc

    moments = table.column("time")
    if one_writer and bool(
        pc.all(pc.less_equal(moments.slice(0, len(moments) - 1), moments.slice(1))).as_py()
        is not False
    ):
        return table
    keys = [("time", "ascending"), ("writer", "ascending"), ("seq", "ascending")]
    return table.take(pc.sort_indices(table, sort_keys=keys))
