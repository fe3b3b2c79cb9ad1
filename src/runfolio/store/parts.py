"""Parts: immutable Parquet files of facts, which check themselves.

``store.footers`` says what their footer holds, ``store.stamps`` how they know that no byte of them
has changed. A pack is a part of many runs; ``store.packs`` reads single runs of it.
"""

from __future__ import annotations

from array import array
from functools import lru_cache
from hashlib import blake2b
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from runfolio import schema
from runfolio.store import files, stamps
from runfolio.store.codecs import check_codecs
from runfolio.store.footers import KEY, Footer, PartError, check_shape, footer_in

if TYPE_CHECKING:
    import pyarrow as pa

    from runfolio.store.journal import Rows

__all__ = ["Footer", "PartError"]  # they live beside here, and are asked for here

_SMALL_ROWS = 4096
_SMALL_BYTES = 1024 * 1024
#: Microseconds of the epoch between which every reader can make a date: years 1 to 9999.
_FIRST_TIME, _LAST_TIME = -62_135_596_800_000_000, 253_402_300_799_999_999
_TYPES = {
    "string": lambda pa: pa.string(),
    "int64": lambda pa: pa.int64(),
    "double": lambda pa: pa.float64(),
    "timestamp[us]": lambda pa: pa.timestamp("us"),
}


@lru_cache(maxsize=1)
def arrow_schema() -> pa.Schema:
    """The facts table's Arrow schema, made from ``schema.COLUMNS``."""
    import pyarrow as pa

    return pa.schema(
        pa.field(column.name, _TYPES[column.type](pa), nullable=column.null)
        for column in schema.COLUMNS
    )


def table_of(run_id: str, writer: str, rows: Rows) -> pa.Table:
    """The facts of one writer as a table in the order of ``schema.COLUMNS``.

    Columns are made of their bytes: ``pa.array`` and ``pa.scalar`` would import pandas.
    """
    import pyarrow as pa

    number = len(rows)
    columns = {
        "run_id": _constant(run_id, number),
        "writer": _constant(writer, number),
        "seq": _numbers(pa.int64(), rows.seq, None),
        "time": _numbers(pa.timestamp("us"), rows.time, None),
        "kind": _strings(rows.kind, None),
        "key": _strings(rows.key, None),
        "step": _numbers(pa.int64(), rows.step, rows.has_step),
        "value": _numbers(pa.float64(), rows.value, rows.has_value),
        "text": _strings(rows.text, rows.has_text),
    }
    target = arrow_schema()
    return pa.table([columns[name] for name in target.names], schema=target)


def _numbers(kind: Any, numbers: array[Any], present: bytearray | None) -> Any:
    import pyarrow as pa

    buffers = [_bitmap(present), pa.py_buffer(numbers)]
    return pa.Array.from_buffers(kind, len(numbers), buffers)


def _strings(texts: list[bytes], present: bytearray | None) -> Any:
    import pyarrow as pa

    ends = array("i", accumulate(map(len, texts), initial=0))
    buffers = [_bitmap(present), pa.py_buffer(ends), pa.py_buffer(b"".join(texts))]
    return pa.Array.from_buffers(pa.string(), len(texts), buffers)


def _constant(text: str, number: int) -> Any:
    """The same text, which is not empty, in every row."""
    import pyarrow as pa

    data = text.encode()
    ends = array("i", range(0, number * len(data) + 1, len(data)))
    buffers = [None, pa.py_buffer(ends), pa.py_buffer(data * number)]
    return pa.Array.from_buffers(pa.string(), number, buffers)


def _bitmap(present: bytearray | None) -> Any:
    """Arrow's validity bits; None when all are there."""
    import pyarrow as pa

    if present is None or 0 not in present:
        return None
    flags = pa.Array.from_buffers(pa.int8(), len(present), [None, pa.py_buffer(bytes(present))])
    return flags.cast(pa.bool_()).buffers()[1]


def digest_of(table: pa.Table) -> str:
    """BLAKE2b-128 (hex) of the rows: the same however the table is cut, encoded or padded."""
    import pyarrow as pa
    import pyarrow.compute as pc

    state = blake2b(digest_size=16)
    state.update(str(table.num_rows).encode())
    for name in table.column_names:
        column = table.column(name)
        state.update(name.encode())
        if column.null_count:
            state.update(_bytes_of(pc.is_null(column).cast(pa.uint8()), 1))
            column = column.drop_null()
        if pa.types.is_string(column.type):
            state.update(_bytes_of(pc.binary_length(column), 4))
            for chunk in column.chunks:
                state.update(_text_bytes(chunk))
        else:
            state.update(_bytes_of(column, 8))
    return state.hexdigest()


def _bytes_of(column: Any, width: int) -> bytes:
    return b"".join(
        memoryview(chunk.buffers()[1])[chunk.offset * width : (chunk.offset + len(chunk)) * width]
        for chunk in column.chunks
        if len(chunk)
    )


def _text_bytes(chunk: Any) -> memoryview:
    """The text of a string array without nulls, end to end."""
    _, offsets, data = chunk.buffers()
    if data is None or not len(chunk):
        return memoryview(b"")
    ends = memoryview(offsets).cast("i")
    return memoryview(data)[ends[chunk.offset] : ends[chunk.offset + len(chunk)]]


def encode(table: pa.Table, footer: Footer) -> bytes:
    """The bytes of a part: page checksums, data page v1, types that every reader knows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    options = writer_options(small=table.num_rows < _SMALL_ROWS)
    with pq.ParquetWriter(sink, table.schema, **options) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({KEY.decode(): footer.to_json().decode()})
    return stamps.stamped(bytes(sink.getvalue()))


def writer_options(*, small: bool = False) -> dict[str, Any]:
    """How Parquet is written here; small files with snappy, which is read three times faster."""
    return {
        "compression": "snappy" if small else "zstd",
        "compression_level": None if small else 3,
        "data_page_version": "1.0",
        "write_page_checksum": True,
        "use_dictionary": ["run_id", "writer", "kind", "key", "text"],
        "column_encoding": {
            "seq": "DELTA_BINARY_PACKED",
            "time": "DELTA_BINARY_PACKED",
            "step": "DELTA_BINARY_PACKED",
            "value": "BYTE_STREAM_SPLIT",
        },
        "store_schema": False,
    }


def write_part(table: pa.Table, footer: Footer, target: Path, temp: Path) -> None:
    """Make the part ``target`` appear whole, verified and durable; or raise and leave nothing."""
    files.publish(encode(table, footer), target, temp, lambda path: _check(path, footer, table))


def _check(path: Path, footer: Footer, table: pa.Table) -> None:
    written, found = read_part(path)
    # NaN is not equal to itself: then the digests tell
    same = found.equals(table) or digest_of(found) == footer.digest
    if written != footer or not same:
        raise PartError("part-damaged", "what was written is not what was meant")


def read_part(path: Path) -> tuple[Footer, pa.Table]:
    """Footer and facts of a part or pack; PartError if anything about it is wrong.

    Every byte is verified first. OSError if the file cannot be read.
    """
    if path.stat().st_size <= _SMALL_BYTES:
        return parse_part(path.read_bytes())
    import pyarrow as pa

    stamps.read_whole(path)
    with pa.OSFile(str(path)) as file:
        return _parsed(file)


def read_footer(path: Path) -> Footer:
    """The footer alone of a part or pack of which every byte was verified; errors as above."""
    with path.open("rb") as file:
        stamps.check_rows(file, stamps.read_stamp(file))
        return _footer_of(file)


def peek_footer(path: Path) -> Footer:
    """The footer alone, verified; the rows may be damaged. Reads the end of the file only."""
    with path.open("rb") as file:
        stamps.read_stamp(file)
        return _footer_of(file)


def _footer_of(file: BinaryIO) -> Footer:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return footer_in(pq.read_metadata(file))
    except (pa.ArrowException, OSError, UnicodeDecodeError, OverflowError) as error:
        raise PartError("part-damaged", str(error).split("\n")[0][:300]) from error


def parse_part(data: bytes) -> tuple[Footer, pa.Table]:
    """Like ``read_part``, for the bytes of the file."""
    import pyarrow as pa

    stamps.check(data)
    return _parsed(pa.BufferReader(data))


def _parsed(source: Any) -> tuple[Footer, pa.Table]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    check_codecs(source)
    try:
        file = pq.ParquetFile(source, page_checksum_verification=True)
        footer = footer_in(file.metadata)
        check_shape(file.metadata, footer)
        table = fixed(file.read(use_threads=False))
        check_rows(table, footer)
        if len(footer.coverage) == 1:
            _check_numbers(table, footer)
    except (pa.ArrowException, OSError, UnicodeDecodeError, OverflowError) as error:
        raise PartError("part-damaged", str(error).split("\n")[0][:300]) from error
    return footer, table


def check_rows(table: pa.Table, footer: Footer) -> None:
    """Refuse rows of runs that the footer does not name, and times that no calendar has."""
    import pyarrow.compute as pc

    strange = set(pc.unique(table.column("run_id")).to_pylist()) - set(footer.runs.values())
    if strange:
        raise PartError("part-damaged", "it holds facts of a run that its footer does not name")
    times = pc.min_max(table.column("time").cast("int64")).as_py()
    if table.num_rows and not _FIRST_TIME <= times["min"] <= times["max"] <= _LAST_TIME:
        raise PartError("part-damaged", "it holds facts of a time that is in no calendar")


def _check_numbers(table: pa.Table, footer: Footer) -> None:
    """Refuse a part whose facts are not, one after the other, those that its footer covers."""
    import pyarrow.compute as pc

    ((writer, ranges),) = footer.coverage.items()
    writers, seqs = table.column("writer"), table.column("seq")
    first, good = 0, pc.all(pc.less(seqs.slice(0, len(seqs) - 1), seqs.slice(1))).as_py()
    for lo, hi in ranges:
        last = first + hi - lo - 1
        good = good is not False and (seqs[first].as_py(), seqs[last].as_py()) == (lo, hi - 1)
        first = last + 1
    ends = pc.min_max(writers).as_py()
    if not good or set(ends.values()) - {writer, None}:
        raise PartError("part-order", "its facts are not, in order, those that its footer covers")


def fixed(table: pa.Table) -> pa.Table:
    """The table in the fixed schema; columns that are not part of it are left out."""
    target = arrow_schema()
    if table.schema.equals(target):
        return table.replace_schema_metadata(None)
    missing = set(target.names) - set(table.column_names)
    if missing:
        raise PartError("part-damaged", f"the column {min(missing)!r} is missing")
    return table.select(target.names).replace_schema_metadata(None).cast(target)
