"""A part is whole, says what it covers, and is never believed when it is not what was sealed."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import polars
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from runfolio import schema
from runfolio.store import parts, stamps
from runfolio.store.folder import Folder
from runfolio.store.footers import KEY, check_shape, footer_in
from runfolio.store.parts import PartError, parse_part, read_part
from runfolio.store.writer import Writer

Log = Callable[..., Writer]


@pytest.fixture
def part(folder: Folder, log: Log) -> Path:
    """One sealed part of 401 facts."""
    log(steps=200)
    return next(folder.run_dir("r1").glob("p-*.parquet"))


def _rewritten(part: Path, table: pa.Table | None = None, **options: Any) -> bytes:
    """The part written anew in another way, with the same footer, and sealed."""
    file = pq.ParquetFile(part)
    sink = pa.BufferOutputStream()
    table = file.read() if table is None else table
    with pq.ParquetWriter(sink, table.schema, **options) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({"runfolio": file.metadata.metadata[b"runfolio"].decode()})
    return stamps.stamped(bytes(sink.getvalue()))


def test_the_arrow_schema_is_that_of_the_columns() -> None:
    made = parts.arrow_schema()
    assert made.names == [column.name for column in schema.COLUMNS]
    assert [str(field.type) for field in made] == [column.type for column in schema.COLUMNS]
    assert [field.nullable for field in made] == [column.null for column in schema.COLUMNS]


def test_a_part_is_what_every_engine_can_read(part: Path) -> None:
    meta = pq.ParquetFile(part).metadata
    column = {
        meta.row_group(0).column(n).path_in_schema: meta.row_group(0).column(n) for n in range(9)
    }
    assert {info.compression for info in column.values()} == {"SNAPPY"}
    assert "RLE_DICTIONARY" in column["key"].encodings
    assert "DELTA_BINARY_PACKED" in column["seq"].encodings
    assert "BYTE_STREAM_SPLIT" in column["value"].encodings
    assert pq.ParquetFile(part).schema_arrow == parts.arrow_schema()
    plain = pq.read_table(part)
    assert duckdb.sql(f"FROM read_parquet('{part}')").to_arrow_table().to_pylist() == (
        plain.to_pylist()
    )
    assert polars.read_parquet(part).to_dicts() == plain.to_pylist()
    assert plain == read_part(part)[1]


def test_the_name_and_the_footer_say_the_same(part: Path) -> None:
    footer, table = read_part(part)
    match = schema.PART_NAME.fullmatch(part.name)
    assert match is not None
    assert footer.coverage == {match["writer"]: ((0, 401),)}
    assert (int(match["lo"]), int(match["hi"]), footer.rows) == (0, 401, table.num_rows)
    assert footer.runs == {match["writer"]: "r1"}
    assert footer.ends == {match["writer"]: "closed"}


def test_the_same_facts_make_the_same_bytes(part: Path) -> None:
    footer, table = read_part(part)
    assert parts.encode(table, footer) == part.read_bytes()


def test_the_digest_is_that_of_the_rows_not_of_the_encoding(part: Path) -> None:
    footer, table = read_part(part)
    other = _rewritten(part, compression="snappy", use_dictionary=False)
    assert other != part.read_bytes()
    assert parse_part(other)[0] == footer
    assert parts.digest_of(parse_part(other)[1]) == footer.digest
    pieces = pa.concat_tables([table.slice(n, 1) for n in range(table.num_rows)])
    assert parts.digest_of(pieces) == footer.digest
    assert parts.digest_of(table.slice(1)) != footer.digest


def test_no_flipped_bit_is_ever_believed(part: Path) -> None:
    data = part.read_bytes()
    footer, table = read_part(part)
    dice = random.Random(19)
    silent = 0
    for _ in range(1_000):
        broken = bytearray(data)
        at = dice.randrange(len(data))
        broken[at] ^= 1 << dice.randrange(8)
        try:
            found = parse_part(bytes(broken))
        except PartError:
            continue
        silent += found != (footer, table)
    print(f"T19: 1,000 flipped bits, {silent} believed")
    assert silent == 0


def test_no_lost_sector_or_cut_is_ever_believed(part: Path) -> None:
    data = part.read_bytes()
    for at in range(0, len(data), 97):
        for broken in (data[:at], data[:at] + bytes(min(512, len(data) - at)) + data[at + 512 :]):
            if broken != data:
                with pytest.raises(PartError):
                    parse_part(broken)


@pytest.mark.parametrize("data", [b"", b"PAR1", b"PAR1PAR1", b"x" * 100])
def test_a_cut_file_has_no_footer(data: bytes) -> None:
    with pytest.raises(PartError) as caught:
        parse_part(data)
    assert caught.value.code == "part-damaged"


def test_a_foreign_file_is_named_as_such(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), tmp_path / "x.parquet")
    with pytest.raises(PartError) as caught:
        read_part(tmp_path / "x.parquet")
    assert caught.value.code == "part-foreign"


def test_a_part_that_another_program_wrote_anew_is_not_believed(part: Path) -> None:
    table = pq.read_table(part)
    pq.write_table(table, part)
    with pytest.raises(PartError) as caught:
        read_part(part)
    assert caught.value.code == "part-foreign"


def test_what_cannot_be_read_back_is_never_published(part: Path) -> None:
    footer, table = read_part(part)
    target, temp = part.with_name("new.parquet"), part.with_name("t-1.tmp")
    wrong = replace(footer, rows=footer.rows + 1)
    with pytest.raises(PartError, match="402"):
        parts.write_part(table, wrong, target, temp)
    assert not target.exists()
    assert not temp.exists()


def test_a_codec_that_not_every_reader_has_is_refused(part: Path) -> None:
    with pytest.raises(PartError) as caught:
        parse_part(_rewritten(part, compression="gzip"))
    assert caught.value.code == "part-codec"


def test_rows_that_are_missing_or_too_many_are_noticed(part: Path) -> None:
    table = pq.read_table(part)
    for other in (table.slice(1), pa.concat_tables([table, table.slice(0, 1)])):
        with pytest.raises(PartError, match="rows"):
            parse_part(_rewritten(part, other))


def test_a_missing_column_is_named(part: Path) -> None:
    with pytest.raises(PartError, match="'step'"):
        parse_part(_rewritten(part, pq.read_table(part).drop_columns(["step"])))


def test_more_columns_and_other_integer_types_are_welcome(part: Path) -> None:
    table = pq.read_table(part)
    footer, plain = read_part(part)
    other = table.append_column("extra", pa.array([1] * table.num_rows)).set_column(
        2, "seq", table.column("seq").cast(pa.int32())
    )
    assert parse_part(_rewritten(part, other)) == (footer, plain)


@pytest.mark.parametrize(
    "text",
    ["{", "[]", '{"version": 99}', '{"version": 1}', '{"version": 1, "rows": "many"}', '"x"'],
)
def test_a_footer_that_makes_no_sense_is_a_problem_not_a_crash(part: Path, text: str) -> None:
    table = pq.read_table(part)
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, table.schema) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({"runfolio": text})
    with pytest.raises(PartError) as caught:
        parse_part(stamps.stamped(bytes(sink.getvalue())))
    assert caught.value.code == ("newer-format" if "99" in text else "part-damaged")


@pytest.mark.parametrize("run_id", ["../../evil", "R1", "con", "", "<b>", "a" * 65])
def test_a_part_of_a_run_with_an_id_that_is_none_is_not_believed(part: Path, run_id: str) -> None:
    footer, table = read_part(part)
    strange = replace(footer, runs=dict.fromkeys(footer.runs, run_id))
    with pytest.raises(PartError, match="which is no run id"):
        parse_part(parts.encode(table, strange))


def test_facts_of_a_run_that_the_footer_does_not_name_are_not_believed(part: Path) -> None:
    footer, table = read_part(part)
    other = replace(footer, runs=dict.fromkeys(footer.runs, "other"))
    with pytest.raises(PartError, match="its footer does not name"):
        parse_part(parts.encode(table, other))


@pytest.mark.parametrize("moment", [2**62, -(2**62)])
def test_a_time_that_is_in_no_calendar_is_not_believed(part: Path, moment: int) -> None:
    footer, table = read_part(part)
    place = table.schema.get_field_index("time")
    times = pa.array([moment] * table.num_rows, pa.timestamp("us"))
    table = table.set_column(place, table.schema.field(place), times)
    with pytest.raises(PartError, match="no calendar"):
        parse_part(parts.encode(table, footer))


def test_a_footer_that_leaves_out_whose_facts_they_are_is_refused() -> None:
    said = {
        "version": 1,
        "rows": 1,
        "coverage": {"0aa557b02bf5": [[0, 1]]},
        "runs": {"3c0333b51d27": "r1"},
        "ends": {},
        "seen": {},
        "digest": "",
    }
    metadata = SimpleNamespace(metadata={KEY: json.dumps(said).encode()})
    with pytest.raises(PartError, match="whose run '0aa557b02bf5' wrote") as caught:
        footer_in(metadata)
    assert caught.value.code == "part-damaged"


def test_row_groups_that_do_not_add_up_are_refused(part: Path) -> None:
    footer = parts.read_footer(part)
    short = SimpleNamespace(num_rows=footer.rows - 1)
    metadata = SimpleNamespace(num_rows=footer.rows, num_row_groups=1, row_group=lambda _: short)
    with pytest.raises(PartError, match="row groups hold 400 rows"):
        check_shape(metadata, footer)
