"""A pack holds many runs, proves itself piece by piece, and gives each run alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import polars
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from runfolio import schema
from runfolio.store import packs, parts, stamps
from runfolio.store.coverage import count
from runfolio.store.folder import Folder
from runfolio.store.footers import Footer, PartError
from runfolio.store.packs import Pack, PackWriter, nth, places
from runfolio.store.writer import Writer

Log = Callable[..., Writer]
Loaded = list[tuple[Footer, pa.Table]]


@pytest.fixture
def loaded(folder: Folder, log: Log) -> Loaded:
    """Footer and facts of the parts of three runs with 101, 401 and 801 facts, one with two."""
    for run_id, steps in (("a", 50), ("b", 200), ("c", 400)):
        log(run_id, steps)
    log("b", 10)
    found = [parts.read_part(path) for path in folder.runs.glob("*/p-*")]
    return sorted(found, key=lambda pair: min((r, w) for w, r in pair[0].runs.items()))


@pytest.fixture
def small_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    """Row groups of at most 300 rows; further runs are added up to 150."""
    monkeypatch.setattr(packs, "GROUP_ROWS", 150)
    monkeypatch.setattr(packs, "MOST_GROUP_ROWS", 300)


def _written(folder: Folder, loaded: Loaded) -> Path:
    writer = PackWriter(folder.tmp / "t-pack.tmp")
    footers = [footer for footer, _ in loaded]
    for footer, table in loaded:
        writer.begin_run(footer.rows)
        writer.write(table)
    name, _ = writer.finish(
        Footer(
            coverage={w: r for f in footers for w, r in f.coverage.items()},
            runs={w: r for f in footers for w, r in f.runs.items()},
            ends={w: e for f in footers for w, e in f.ends.items()},
            seen={w: s for f in footers for w, s in f.seen.items()},
            rows=sum(footer.rows for footer in footers),
            digest="",
        )
    )
    folder.packs.mkdir(exist_ok=True)
    return writer.temp.rename(folder.packs / name)


def _of_run(loaded: Loaded, run_id: str) -> pa.Table:
    return pa.concat_tables(table for footer, table in loaded if run_id in footer.runs.values())


@pytest.mark.usefixtures("small_groups")
def test_each_run_is_read_alone(folder: Folder, loaded: Loaded) -> None:
    path = _written(folder, loaded)
    with Pack.open(path) as pack:
        assert pack.runs() == ("a", "b", "c")
        assert pq.ParquetFile(path).num_row_groups == len(pack.footer.groups) > 4
        for run_id in "abc":
            assert pack.run(run_id).equals(_of_run(loaded, run_id))
        for footer, table in loaded:
            (writer,) = footer.coverage
            assert pack.writer(writer).equals(table)
            some = pa.concat_tables(pack.facts(writer, 3, footer.rows - 2))
            assert some.equals(table.slice(3, footer.rows - 5))
        assert pack.run("nobody").num_rows == 0
        assert pack.check() == []


@pytest.mark.usefixtures("small_groups")
def test_a_damaged_row_group_costs_only_the_runs_in_it(folder: Folder, loaded: Loaded) -> None:
    path = _written(folder, loaded)
    data = bytearray(path.read_bytes())
    with Pack.open(path) as pack:
        start, end = pack._spans[-1]
    data[(start + end) // 2] ^= 16
    path.write_bytes(data)
    assert parts.peek_footer(path).rows == sum(footer.rows for footer, _ in loaded)
    for read in (parts.read_footer, parts.read_part):
        with pytest.raises(PartError, match="not those that were sealed"):
            read(path)
    with Pack.open(path) as pack:
        groups = pack.check()
        lost = pack.lost(groups)
        assert groups == [len(pack.footer.groups) - 1]
        assert {pack.footer.runs[writer] for writer in lost} == {"c"}
        assert (
            sum(map(count, lost.values()))
            == pq.ParquetFile(path).metadata.row_group(groups[0]).num_rows
        )
        assert pack.run("b").equals(_of_run(loaded, "b"))
        with pytest.raises(PartError, match="not those that were sealed"):
            pack.run("c")


def test_no_flipped_bit_in_the_footer_is_believed(folder: Folder, loaded: Loaded) -> None:
    path = _written(folder, loaded)
    good = path.read_bytes()
    with path.open("rb") as file:
        first = stamps.read_stamp(file).at
    for at in range(first, len(good), 7):
        data = bytearray(good)
        data[at] ^= 1 << (at % 8)
        path.write_bytes(data)
        with pytest.raises(PartError):
            parts.read_footer(path)
        if at >= first + stamps.SIZE:
            with pytest.raises(PartError):
                parts.peek_footer(path)


def test_the_name_is_made_of_every_byte(folder: Folder, loaded: Loaded) -> None:
    path = _written(folder, loaded)
    assert schema.PACK_NAME.fullmatch(path.name)
    assert _written(folder, loaded) == path
    assert _written(folder, loaded[1:]) != path


def test_every_engine_reads_a_pack(folder: Folder, loaded: Loaded) -> None:
    path = _written(folder, loaded)
    facts = pa.concat_tables(table for _, table in loaded)
    found = duckdb.sql(
        f"SELECT * FROM read_parquet('{path}') ORDER BY run_id, writer, seq"
    ).fetchall()
    assert found == [tuple(row.values()) for row in facts.to_pylist()]
    assert polars.read_parquet(path).height == facts.num_rows
    assert parts.read_part(path)[1].equals(facts)


def test_the_place_of_a_row_follows_from_the_footer(loaded: Loaded) -> None:
    footer = replace(
        loaded[0][0],
        coverage={"b" * 12: ((0, 3), (7, 9)), "a" * 12: ((5, 6),), "c" * 12: ((0, 2),)},
        runs={"b" * 12: "x", "a" * 12: "y", "c" * 12: "x"},
    )
    assert places(footer) == {"b" * 12: (0, 5), "c" * 12: (5, 2), "a" * 12: (7, 1)}
    assert nth(((0, 3), (7, 9)), 2, 4) == ((2, 3), (7, 8))
    assert nth(((0, 3), (7, 9)), 3, 9) == ((7, 9),)


def test_rows_that_are_not_where_the_footer_says_are_not_believed(
    folder: Folder, loaded: Loaded
) -> None:
    path = _written(folder, loaded[::-1])
    with Pack.open(path) as pack, pytest.raises(PartError, match=r"order|facts are not those"):
        pack.run("a")


def test_what_cannot_be_read_back_is_never_finished(folder: Folder, loaded: Loaded) -> None:
    writer = PackWriter(folder.tmp / "t-pack.tmp")
    footer, table = loaded[0]
    writer.begin_run(footer.rows)
    writer.write(table.slice(1))
    with pytest.raises(PartError, match="holds"):
        writer.finish(footer)
    writer.drop()
    assert not list(folder.tmp.iterdir())
