"""Every engine ranks the runs of every store as runfolio does, from the files as they lie there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow.parquet as pq
import pytest

from runfolio import schema
from runfolio.query.sources import Sources, sources
from runfolio.query.store import Store
from runfolio.store.folder import Folder

from . import asked
from .conftest import need
from .stores import CONFIG, SHAPES, copy

Asked = tuple[Folder, Sources, dict[str, asked.Rows]]


@pytest.fixture(scope="module", params=list(SHAPES))
def store(
    request: pytest.FixtureRequest, filled: Folder, tmp_path_factory: pytest.TempPathFactory
) -> Asked:
    """A store in one shape, the files to read, and its leaderboards by runfolio itself."""
    base = tmp_path_factory.mktemp(request.param)
    folder = SHAPES[request.param](copy(filled, base / "it's {my} [runs]*?"))
    found = sources(folder, rest=base / "rest.parquet")
    with Store.open(folder.path, CONFIG) as opened:
        rows: asked.Rows = []
        for ranking in opened.leaderboards():
            name = ranking.board.name
            rows += opened.sql("FROM leaderboard($name)", {"name": name}).fetchall()
            assert [row[2] for row in rows if row[0] == name] == [
                entry.run_id for entry in ranking.entries
            ]
    return folder, found, asked.comparable(rows)


@pytest.mark.parametrize("engine", [asked.duckdb, asked.polars, asked.datafusion])
def test_engine_gives_the_same_leaderboards(
    engine: Callable[..., asked.Rows], store: Asked
) -> None:
    need(engine.__name__)
    folder, found, expected = store
    assert asked.comparable(engine(folder, CONFIG, found)) == expected


@pytest.mark.xdist_group("spark")
def test_spark_gives_the_same_leaderboards(spark: Any, store: Asked) -> None:
    folder, found, expected = store
    assert asked.comparable(asked.spark(spark)(folder, CONFIG, found)) == expected


def test_pandas_ranks_the_runs_alike(store: Asked) -> None:
    import pandas

    _, found, expected = store
    frames = []
    for source in found.files:
        only = [
            [("writer", "==", writer), ("seq", ">=", lo), ("seq", "<", hi)]
            for writer, spans in (source.ranges or {}).items()
            for lo, hi in spans
        ]
        frames.append(pandas.read_parquet(source.path, filters=only or None, partitioning=None))
    facts = pandas.concat(frames)
    assert not facts.duplicated(["writer", "seq"]).any()
    points = facts[(facts.kind == "metric") & (facts.key == "loss") & facts.value.abs().lt(1e300)]
    best = points.groupby("run_id").value.min()
    ranked = {row[2]: row[7] for row in expected["plain"] if row[7] is not None}
    assert {run: asked.plain(value) for run, value in best.items() if run != "r2"} == ranked


def test_files_hold_each_fact_once(store: Asked) -> None:
    folder, found, _ = store
    names = []
    for source in found.files:
        table = pq.read_table(source.path, partitioning=None, columns=["writer", "seq"])
        for writer, seq in zip(*(c.to_pylist() for c in table.columns), strict=True):
            spans = ((0, 1 << 62),) if source.ranges is None else source.ranges.get(writer, ())
            names += [(writer, seq) for lo, hi in spans if lo <= seq < hi]
    with Store.open(folder.path) as opened:
        said = opened.sql("SELECT writer, seq FROM facts").fetchall()
    assert sorted(names) == sorted(said)
    assert len(names) == sum(source.facts for source in found.files)


def test_files_have_only_what_every_engine_reads(store: Asked) -> None:
    """Types, codecs and pages of which no engine makes something else; see schema.COLUMNS."""
    _, found, _ = store
    types = {"string": ("BYTE_ARRAY", "String"), "int64": ("INT64", "None")}
    types["double"] = ("DOUBLE", "None")
    for source in found.files:
        metadata = pq.read_metadata(source.path)
        assert metadata.schema.names == [column.name for column in schema.COLUMNS]
        for number, column in enumerate(schema.COLUMNS):
            physical = metadata.schema.column(number)
            if column.type == "timestamp[us]":
                assert physical.physical_type == "INT64"
                told = str(physical.logical_type)
                assert "isAdjustedToUTC=false" in told and "microseconds" in told
            else:
                said = (physical.physical_type, str(physical.logical_type))
                assert said == types[column.type], column.name
            assert physical.max_repetition_level == 0
        for group in range(metadata.num_row_groups):
            for number in range(metadata.num_columns):
                chunk = metadata.row_group(group).column(number)
                assert chunk.compression in ("ZSTD", "SNAPPY")
                assert b"ARROW:schema" not in (metadata.metadata or {})
