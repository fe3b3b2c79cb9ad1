"""Parts: immutable Parquet files of facts, which check themselves.

The footer's key ``runfolio`` holds JSON:

    version, rows
    coverage   {writer: [[lo, hi], …]}
    runs       {writer: run id}
    ends       {writer: "closed" or "dead"}, where the writer's last fact is known to be in here
    seen       {writer: last sign of life, µs}
    digest     BLAKE2b-128 of the rows, whatever their encoding

Right before the Parquet footer lie 24 bytes that other readers never look at: ``RFSEAL01`` and the
BLAKE2b-128 of all other bytes of the file. It is checked before a Parquet library sees the file:
one flipped bit in a footer can crash such a library.
"""

from __future__ import annotations

import json
from array import array
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runfolio import schema
from runfolio.store import files
from runfolio.store.coverage import Ranges, count, union
from runfolio.store.folder import is_run_id

if TYPE_CHECKING:
    import pyarrow as pa

    from runfolio.store.journal import Rows

KEY = b"runfolio"
_SEAL = b"RFSEAL01"
_SMALL_ROWS = 4096
_CODECS = {"ZSTD", "SNAPPY", "UNCOMPRESSED"}
#: A file that claims to hold more is refused before it can fill the memory.
MOST_BYTES = 16 * 1024**3
#: Microseconds of the epoch between which every reader can make a date: years 1 to 9999.
_FIRST_TIME, _LAST_TIME = -62_135_596_800_000_000, 253_402_300_799_999_999
_TYPES = {
    "string": lambda pa: pa.string(),
    "int64": lambda pa: pa.int64(),
    "double": lambda pa: pa.float64(),
    "timestamp[us]": lambda pa: pa.timestamp("us"),
}


class PartError(Exception):
    """A part cannot be used; ``code`` is the slug of the problem."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Footer:
    """What a part or pack says of itself."""

    coverage: dict[str, Ranges]
    runs: dict[str, str]
    ends: dict[str, str]
    seen: dict[str, int]
    rows: int
    digest: str

    def to_json(self) -> bytes:
        """The footer's JSON, the same bytes for the same footer."""
        content = {
            "version": schema.FORMAT,
            "rows": self.rows,
            "coverage": {writer: list(map(list, r)) for writer, r in self.coverage.items()},
            "runs": self.runs,
            "ends": self.ends,
            "seen": self.seen,
            "digest": self.digest,
        }
        return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


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
    """The bytes of a part: page checksums, data page v1, types that every reader knows.

    Small parts are compressed with snappy, which is read three times faster there; others zstd.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    small = table.num_rows < _SMALL_ROWS
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(
        sink,
        table.schema,
        compression="snappy" if small else "zstd",
        compression_level=None if small else 3,
        data_page_version="1.0",
        write_page_checksum=True,
        use_dictionary=["run_id", "writer", "kind", "key", "text"],
        column_encoding={
            "seq": "DELTA_BINARY_PACKED",
            "time": "DELTA_BINARY_PACKED",
            "step": "DELTA_BINARY_PACKED",
            "value": "BYTE_STREAM_SPLIT",
        },
        store_schema=False,
    ) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({KEY.decode(): footer.to_json().decode()})
    return sealed(bytes(sink.getvalue()))


def sealed(data: bytes) -> bytes:
    """The Parquet file with the seal before its footer, whose offsets all point before it."""
    at = _footer_at(data)
    return data[:at] + _SEAL + _hash(data, at, at) + data[at:]


def _footer_at(data: bytes) -> int:
    """Where the Parquet footer begins; negative if the file is too short for what it says."""
    return len(data) - 8 - int.from_bytes(data[-8:-4], "little")


def _hash(data: bytes, end: int, start: int) -> bytes:
    """Digest of the bytes before ``end`` and from ``start`` on."""
    state = blake2b(memoryview(data)[:end], digest_size=16)
    state.update(memoryview(data)[start:])
    return state.digest()


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
    return parse_part(path.read_bytes())


def read_footer(path: Path) -> Footer:
    """The footer alone of a part or pack of which every byte was verified; errors as above."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    data = path.read_bytes()
    _check_seal(data)
    try:
        return _footer(pq.read_metadata(pa.BufferReader(data)))
    except (pa.ArrowException, OSError) as error:
        raise PartError("part-damaged", str(error).split("\n")[0][:300]) from error


def parse_part(data: bytes) -> tuple[Footer, pa.Table]:
    """Like ``read_part``, for the bytes of the file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    _check_seal(data)
    try:
        file = pq.ParquetFile(pa.BufferReader(data), page_checksum_verification=True)
        footer = _footer(file.metadata)
        _check_shape(file.metadata, footer)
        table = _fixed(file.read(use_threads=False))
        _check_rows(table, footer)
    except (pa.ArrowException, OSError, UnicodeDecodeError, OverflowError) as error:
        raise PartError("part-damaged", str(error).split("\n")[0][:300]) from error
    return footer, table


def _check_seal(data: bytes) -> None:
    """Refuse a file that is not byte for byte what was sealed."""
    if data[:4] != b"PAR1" or data[-4:] != b"PAR1":
        raise PartError("part-damaged", "no footer: the file is cut or empty")
    at = _footer_at(data)
    start = at - len(_SEAL) - 16
    if start < 4:
        raise PartError("part-damaged", "its footer is cut")
    if data[start : start + len(_SEAL)] != _SEAL:
        raise PartError("part-foreign", "it has no seal: another program made it, or it is damaged")
    if data[at - 16 : at] != _hash(data, start, at):
        raise PartError("part-damaged", "its bytes are not those that were sealed")


def _footer(metadata: Any) -> Footer:
    raw = (metadata.metadata or {}).get(KEY)
    if raw is None:
        raise PartError("part-foreign", "it has no runfolio footer: another program made it")
    try:
        found = json.loads(raw)
        version = int(found["version"])
        if version > schema.FORMAT:
            raise PartError("newer-format", f"it has format {version}; update runfolio to read it")
        strange = [run for run in found["runs"].values() if not is_run_id(str(run))]
        if strange:
            raise PartError(
                "part-foreign", f"it names a run {strange[0]!r:.80}, which is no run id"
            )
        return Footer(
            coverage={
                str(writer): union((int(lo), int(hi)) for lo, hi in ranges)
                for writer, ranges in found["coverage"].items()
            },
            runs={str(writer): str(run) for writer, run in found["runs"].items()},
            ends={str(writer): str(end) for writer, end in found["ends"].items()},
            seen={str(writer): int(seen) for writer, seen in found["seen"].items()},
            rows=int(found["rows"]),
            digest=str(found["digest"]),
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise PartError("part-damaged", f"its footer cannot be understood: {error!r}") from error


def _check_shape(metadata: Any, footer: Footer) -> None:
    """Refuse what lies about itself before its pages are read."""
    covered = sum(map(count, footer.coverage.values()))
    if metadata.num_rows != footer.rows or footer.rows != covered:
        raise PartError(
            "part-damaged",
            f"it holds {metadata.num_rows:,} rows, says {footer.rows:,} and covers {covered:,}",
        )
    total = 0
    for group in range(metadata.num_row_groups):
        for index in range(metadata.num_columns):
            column = metadata.row_group(group).column(index)
            total += column.total_uncompressed_size
            if column.compression not in _CODECS:
                raise PartError("part-codec", f"the codec {column.compression} is not allowed")
    if total > MOST_BYTES:
        raise PartError("part-too-large", f"it declares {total:,} bytes; at most {MOST_BYTES:,}")


def _check_rows(table: pa.Table, footer: Footer) -> None:
    """Refuse rows of runs that the footer does not name, and times that no calendar has."""
    import pyarrow.compute as pc

    strange = set(pc.unique(table.column("run_id")).to_pylist()) - set(footer.runs.values())
    if strange:
        raise PartError("part-damaged", "it holds facts of a run that its footer does not name")
    times = pc.min_max(table.column("time").cast("int64")).as_py()
    if table.num_rows and not _FIRST_TIME <= times["min"] <= times["max"] <= _LAST_TIME:
        raise PartError("part-damaged", "it holds facts of a time that is in no calendar")


def _fixed(table: pa.Table) -> pa.Table:
    """The table in the fixed schema; columns that are not part of it are left out."""
    target = arrow_schema()
    if table.schema.equals(target):
        return table.replace_schema_metadata(None)
    missing = set(target.names) - set(table.column_names)
    if missing:
        raise PartError("part-damaged", f"the column {min(missing)!r} is missing")
    return table.select(target.names).replace_schema_metadata(None).cast(target)
