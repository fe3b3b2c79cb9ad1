"""A published site as a store: its tables fetched, checked, and told again as facts."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from runfolio.federation import tables
from runfolio.federation.limits import MOST_ROWS, UNFOLDING, Budget, RefusedError
from runfolio.federation.places import Place

if TYPE_CHECKING:
    import pyarrow as pa

SUMS = "data/SHA256SUMS"
_MOST_SUMS = 1_000_000
#: What is read, and whether nothing goes without it. Points may be too many to be in one file.
_FILES: Mapping[str, tuple[Mapping[str, str], bool]] = {
    "runs": (tables.RUNS, True),
    "params": (tables.PARAMS, True),
    "datasets": (tables.DATASETS, False),
    "environment": (tables.ENVIRONMENT, False),
    "metrics": (tables.METRICS, False),
}
#: Runs whose points are fetched one by one where the site has no file of all.
_MOST_SINGLE = 2_000


@dataclass(frozen=True)
class SiteTables:
    """The tables of a site by name, the runs that are its own, and what is odd about it."""

    found: Mapping[str, pa.Table]
    run_ids: tuple[str, ...]
    left: tuple[str, ...] = ()


def state_of(place: Place) -> tuple[str, bytes]:
    """The state of a published site and its list of checksums; ('', b"") where there is none."""
    sums = place.read(SUMS, _MOST_SUMS)
    return (hashlib.sha256(sums).hexdigest(), sums) if sums else ("", b"")


def read_tables(place: Place, sums: bytes, folder: Path, budget: Budget) -> SiteTables:
    """Fetch what the site says of its runs into ``folder``, and check all of it."""
    most = budget.bytes * UNFOLDING
    known = _checksums(sums)
    found = {}
    for name, (columns, needed) in _FILES.items():
        file = f"{name}.parquet"
        if file in known:
            path = _fetched(place, file, folder, known[file])
            found[name] = tables.read_table(path, f"data/{file}", columns, most)
        elif needed:
            raise RefusedError(SUMS, f"it does not name {file}")
    tables.check_runs("data/runs.parquet", found["runs"])
    own, others = _own(found["runs"])
    left = [f"{others:,} runs that it has from elsewhere itself"] if others else []
    if "metrics" not in found:
        found["metrics"], lacking = _single(place, found["runs"], own, folder, most)
        left += [f"the points of {lacking:,} runs, which are not published"] if lacking else []
    return SiteTables(found, own, tuple(left))


def _checksums(sums: bytes) -> dict[str, str]:
    """File to checksum, of lines that are as they should be."""
    found = {}
    for line in sums.decode("ascii", "replace").splitlines():
        digest, _, name = line.partition("  ")
        if len(digest) == 64:
            found[name] = digest
    return found


def _fetched(place: Place, file: str, folder: Path, digest: str) -> Path:
    target = folder / file
    if place.save(f"data/{file}", target) is None:
        raise RefusedError(f"data/{file}", "the list of checksums names it, but it is not there")
    with target.open("rb") as opened:
        if hashlib.file_digest(opened, "sha256").hexdigest() != digest:
            raise RefusedError(f"data/{file}", "it is not the one that the list of checksums names")
    return target


def _own(runs: pa.Table) -> tuple[tuple[str, ...], int]:
    """The runs that are of the site itself, and the number of others: they tell of themselves."""
    pairs = zip(runs["run_id"].to_pylist(), runs["origin"].to_pylist(), strict=True)
    own = tuple(sorted(run_id for run_id, origin in pairs if not origin))
    return own, runs.num_rows - len(own)


def _single(
    place: Place, runs: pa.Table, own: tuple[str, ...], folder: Path, most: int
) -> tuple[pa.Table, int]:
    """The points of each run from its own file, and how many runs have none."""
    import pyarrow as pa

    points = dict(zip(runs["run_id"].to_pylist(), runs["points"].to_pylist(), strict=True))
    wanted = [run_id for run_id in own if points[run_id]]
    found = list(_each(place, wanted[:_MOST_SINGLE], folder, most))
    table = pa.concat_tables([tables.schema_of(tables.METRICS).empty_table(), *found])
    return table, len(wanted) - len(found)


def _each(place: Place, run_ids: list[str], folder: Path, most: int) -> Iterator[pa.Table]:
    import pyarrow as pa
    import pyarrow.compute as pc

    left = MOST_ROWS
    for run_id in run_ids:
        name, path = f"data/runs/{run_id}.parquet", folder / "run.parquet"
        path.unlink(missing_ok=True)
        if place.save(name, path) is None:
            continue
        table = tables.read_table(path, name, tables.METRICS, most, rows=left)
        left -= table.num_rows
        most -= table.nbytes
        yield table.filter(pc.equal(table["run_id"], pa.scalar(run_id)))
