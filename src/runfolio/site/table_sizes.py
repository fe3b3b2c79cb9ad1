"""How large the tables of points will be, from pieces of them.

What Parquet makes of a point hangs on its neighbours, so pieces are some ten thousand neighbouring
points, in the order in which they will lie; they are taken evenly over all points.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from runfolio.query.store import Store
from runfolio.site.downloads import (
    AT_ONCE,
    MOST_BYTES,
    POINT_COLUMNS,
    SiteFile,
    parquet,
    points_file,
    run_files,
    run_tables,
)
from runfolio.site.load import DetailLoader

if TYPE_CHECKING:
    import pyarrow as pa

#: Points of which the table of all points is judged, where there are more; and in how many pieces.
POINTS, PIECES = 320_000, 16
#: The same for the table of one run.
RUN_POINTS, RUN_PIECES = 80_000, 4


class SizedLoader(DetailLoader):
    """Loads what pages of runs show; the tables of long runs have the right size and no rows."""

    def downloads(self, run_ids: Sequence[str]) -> dict[str, list[SiteFile]]:
        """The files that people can take, by run."""
        if not self._kept.downloads:
            return {run_id: [] for run_id in run_ids}
        runs, params = self._material.runs, self._material.params
        long = {run_id for run_id in run_ids if runs[run_id].points > 2 * RUN_POINTS}
        tables = run_tables(self._store, [run_id for run_id in run_ids if run_id not in long])
        found = {
            run_id: run_files(runs[run_id], params.get(run_id, {}), tables.get(run_id))
            for run_id in run_ids
        }
        for run_id in long:
            data = self._table(run_id, runs[run_id].points)
            found[run_id].insert(0, (f"data/runs/{run_id}.parquet", data, ""))
        return found

    def _table(self, run_id: str, points: int) -> bytes:
        pieces = [
            _piece(self._store, POINT_COLUMNS, run_id, low, RUN_POINTS // RUN_PIECES)
            for _, low in _places([(run_id, points)], points, RUN_PIECES, RUN_POINTS // RUN_PIECES)
        ]
        return bytes(_scaled(pieces, points))


def sized_points(store: Store) -> bytes:
    """A file as large as metrics.parquet will be; nothing is in it."""
    query = "SELECT run_id, points FROM runs WHERE points > 0 ORDER BY run_id"
    found = store.sql(query).fetchall()
    total = sum(points for _, points in found)
    if total <= POINTS:
        return points_file(store)
    rows = POINTS // PIECES
    pieces = [
        _piece(store, "*", run_id, low, rows) for run_id, low in _places(found, total, PIECES, rows)
    ]
    return bytes(min(_scaled(pieces, total), MOST_BYTES + 1))


def _piece(store: Store, columns: str, run_id: str, low: int, rows: int) -> pa.Table:
    """Neighbouring points of a run, which lie series by series."""
    query = f"SELECT {columns} FROM metrics WHERE run_id = ? LIMIT {rows} OFFSET {low}"
    return store.sql(query, [run_id]).to_arrow_table()


def _scaled(pieces: Sequence[pa.Table], total: int) -> int:
    """Bytes of a Parquet file of so many points like those of the pieces."""
    import pyarrow as pa

    table = pa.concat_tables(pieces)
    frame = len(parquet(table.slice(0, 0)))
    rows: float = len(parquet(table)) - frame
    return int(rows * total / max(1, table.num_rows) + frame * (1 + total / AT_ONCE))


def _places(
    found: Sequence[tuple[str, int]], total: int, pieces: int, rows: int
) -> Iterator[tuple[str, int]]:
    """Runs and rows of them at which pieces begin, evenly over all points."""
    end, left = 0, iter(found)
    run_id, points = "", 0
    for at in range(pieces):
        place = total * (2 * at + 1) // (2 * pieces)
        while place >= end:
            run_id, points = next(left)
            end += points
        yield run_id, max(0, min(place - (end - points), points - rows))
