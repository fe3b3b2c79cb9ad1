"""Parquet files of a published site, read as from a stranger: nothing is believed before it is
looked at, and what is not as it should be refuses the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runfolio.federation.limits import (
    MOST_ROWS,
    MOST_RUNS,
    MOST_TEXT,
    RefusedError,
)
from runfolio.store.codecs import check_codecs
from runfolio.store.folder import is_run_id
from runfolio.store.footers import PartError

if TYPE_CHECKING:
    import pyarrow as pa

#: The columns that are read of each file, and their types; the others do not matter.
RUNS: Mapping[str, str] = {
    "run_id": "string",
    "name": "string",
    "experiment": "string",
    "group": "string",
    "parent": "string",
    "status": "string",
    "started": "time",
    "ended": "time",
    "seconds": "double",
    "user": "string",
    "host": "string",
    "command": "string",
    "script": "string",
    "python": "string",
    "git_commit": "string",
    "git_branch": "string",
    "git_dirty": "bool",
    "git_remote": "string",
    "seed": "int64",
    "tags": "texts",
    "points": "int64",
    "exit_code": "int32",
    "error": "string",
    "note": "string",
    "origin": "string",
}
PARAMS: Mapping[str, str] = {
    "run_id": "string",
    "key": "string",
    "text": "string",
    "number": "double",
    "type": "string",
}
METRICS: Mapping[str, str] = {
    "run_id": "string",
    "key": "string",
    "step": "int64",
    "value": "double",
    "time": "time",
}
DATASETS: Mapping[str, str] = {
    "run_id": "string",
    "name": "string",
    "role": "string",
    "digest": "string",
    "rows": "int64",
    "columns": "int64",
    "size": "int64",
    "source": "string",
    "time": "time",
}
ENVIRONMENT: Mapping[str, str] = {"run_id": "string", "section": "string", "data": "string"}

_MOST_GROUPS = 100_000
_STATES = ("finished", "failed", "killed", "running", "stalled")


def read_table(
    path: Path, name: str, columns: Mapping[str, str], most_bytes: int, *, rows: int = MOST_ROWS
) -> pa.Table:
    """The named columns of a file of at most ``rows`` rows, whose contents unfold to at most
    ``most_bytes``. RefusedError (with ``name``) says what is wrong.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with path.open("rb") as raw:
            check_codecs(raw)
            file = pq.ParquetFile(raw, page_checksum_verification=True)
            _check_size(name, file.metadata, rows, most_bytes)
            lacking = set(columns) - set(file.schema_arrow.names)
            if lacking:
                raise RefusedError(name, f"the column {min(lacking)!r} is missing")
            doubled = [each for each in columns if file.schema_arrow.names.count(each) > 1]
            if doubled:
                raise RefusedError(name, f"the column {doubled[0]!r} is there twice")
            for column, kind in columns.items():
                _check_type(name, column, file.schema_arrow.field(column).type, kind)
            table = file.read(columns=list(columns), use_threads=False)
        table.validate(full=True)
        table = table.select(list(columns)).cast(schema_of(columns))
    except PartError as error:
        raise RefusedError(name, str(error)) from None
    except (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError) as error:
        reason = str(error).split("\n")[0][:200] or type(error).__name__
        raise RefusedError(name, f"it is no whole Parquet file: {reason}") from None
    _check_values(name, table, columns, most_bytes)
    return table


def check_runs(name: str, table: pa.Table) -> None:
    """RefusedError unless every row is one run with an id, a status and a beginning."""
    if table.num_rows > MOST_RUNS:
        raise RefusedError(name, f"it has {table.num_rows:,} runs; at most {MOST_RUNS:,} are read")
    seen: set[str] = set()
    for run_id in table["run_id"].to_pylist():
        if run_id is None or not is_run_id(run_id):
            raise RefusedError(name, f"{str(run_id)[:80]!r} is no run id")
        if run_id in seen:
            raise RefusedError(name, f"the run {run_id} is there twice")
        seen.add(run_id)
    strange = set(table["status"].to_pylist()) - set(_STATES)
    if strange:
        raise RefusedError(name, f"{str(min(strange, key=str))[:80]!r} is no status of a run")
    if table["started"].null_count:
        raise RefusedError(name, "a run has no beginning")


def _check_size(name: str, metadata: Any, rows: int, most_bytes: int) -> None:
    if not 0 <= metadata.num_rows <= rows:
        raise RefusedError(name, f"it says {metadata.num_rows:,} rows; at most {rows:,} are read")
    if metadata.num_row_groups > _MOST_GROUPS:
        raise RefusedError(name, f"it has {metadata.num_row_groups:,} row groups")
    groups = [metadata.row_group(at) for at in range(metadata.num_row_groups)]
    told = [group.num_rows for group in groups]
    if min(told, default=0) < 0 or sum(told) != metadata.num_rows:
        raise RefusedError(name, "its row groups do not have the rows that it says")
    total = 0
    for group in groups:
        for at in range(group.num_columns):
            total += max(0, group.column(at).total_uncompressed_size)
    if total > most_bytes:
        raise RefusedError(name, f"it unfolds to {total:,} bytes; at most {most_bytes:,} are read")


def schema_of(columns: Mapping[str, str]) -> pa.Schema:
    import pyarrow as pa

    kinds = {
        "string": pa.string(),
        "int64": pa.int64(),
        "int32": pa.int32(),
        "double": pa.float64(),
        "bool": pa.bool_(),
        "time": pa.timestamp("us"),
        "texts": pa.list_(pa.string()),
    }
    return pa.schema([(column, kinds[kind]) for column, kind in columns.items()])


def _check_type(name: str, column: str, found: Any, kind: str) -> None:
    import pyarrow as pa

    is_text = pa.types.is_string(found) or pa.types.is_large_string(found)
    fits = {
        "string": is_text,
        "int64": found == pa.int64(),
        "int32": found == pa.int32(),
        "double": found == pa.float64(),
        "bool": pa.types.is_boolean(found),
        "time": pa.types.is_timestamp(found) and found.tz in (None, "UTC"),
        "texts": pa.types.is_list(found) and pa.types.is_string(found.value_type),
    }
    if not fits[kind] and not (found == pa.null()):
        raise RefusedError(name, f"the column {column!r} is of the type {str(found)[:60]}")


def _check_values(name: str, table: pa.Table, columns: Mapping[str, str], most_bytes: int) -> None:
    """Refuse texts that are too long, times that no calendar has, and too much of it all."""
    import pyarrow.compute as pc

    if table.nbytes > most_bytes:
        raise RefusedError(name, f"it has {table.nbytes:,} bytes; at most {most_bytes:,} are read")
    for column, kind in columns.items():
        values = table[column]
        if kind == "texts":
            values, kind = pc.list_flatten(values), "string"
        if kind == "string" and (pc.max(pc.binary_length(values)).as_py() or 0) > MOST_TEXT:
            raise RefusedError(name, f"a text in the column {column!r} is too long")
        if kind == "time":
            check_times(name, values)


def check_times(name: str, values: Any) -> None:
    """RefusedError for times that no calendar has, and for those that are still to come."""
    import time

    import pyarrow.compute as pc

    ends = pc.min_max(values.cast("int64")).as_py()
    if ends["min"] is None:
        return
    if ends["min"] < 0:
        raise RefusedError(name, "it holds a time before 1970")
    if ends["max"] > (time.time() + 86_400) * 1e6:
        raise RefusedError(name, "it holds a time that is still to come")
