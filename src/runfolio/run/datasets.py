"""Data that goes into a run: its size, its schema and a digest that is the same everywhere."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runfolio.run import files, tables
from runfolio.run.numbers import kind_of
from runfolio.run.trouble import NotRecordedError
from runfolio.store.blobs import digest_file

_COUNT_LIMIT_BYTES = 256 << 20


class NotADatasetError(NotRecordedError):
    """The value is no data that can be described; the message says why."""


@dataclass(frozen=True)
class Dataset:
    """What is known of a dataset; ``path`` or ``data`` are its contents, None if not asked for.

    ``size`` in bytes; ``digest`` is a sha256 as hex; ``schema`` a list of name and type.
    """

    digest: str | None
    rows: int | None = None
    columns: int | None = None
    size: int | None = None
    schema: list[dict[str, object]] = field(default_factory=list)
    path: Path | None = None
    data: bytes | None = None
    suffix: str = ""


def describe(data: Any, *, store: bool = False) -> Dataset:
    """The description of ``data``: a path (file or folder), a table, an array, or several arrays.

    With ``store`` the contents are kept ready as well. Raises ``NotADatasetError``.
    """
    if isinstance(data, str) or hasattr(data, "__fspath__"):
        return _of_path(Path(data))
    if hasattr(data, "columns") and hasattr(data, "__getitem__") and hasattr(data, "shape"):
        return _of_frame(data, store)
    if hasattr(data, "schema") and hasattr(data, "column_names") and hasattr(data, "num_rows"):
        return _of_arrow(data, store)
    if isinstance(data, tuple) and data and all(_is_array(item) for item in data):
        names = ("X", "y", "z") if len(data) <= 3 else tuple(f"a{i}" for i in range(len(data)))
        return _of_arrays(dict(zip(names, data, strict=False)), store)
    if _is_array(data):
        return _of_arrays({"X": data}, store)
    if isinstance(data, Mapping) and data and all(_is_array(item) for item in data.values()):
        return _of_arrays({str(name): item for name, item in data.items()}, store)
    if isinstance(data, Mapping) or (isinstance(data, Sequence) and not isinstance(data, bytes)):
        return _of_arrow(_as_table(data), store)
    if isinstance(data, bytes | bytearray | memoryview):
        whole = bytes(data)
        digest = hashlib.sha256(whole).hexdigest()
        return Dataset(digest, size=len(whole), data=whole if store else None, suffix=".bin")
    if hasattr(data, "__len__"):
        return Dataset(None, rows=len(data))
    raise NotADatasetError(kind_of(data))


def _as_table(data: Any) -> Any:
    try:
        return tables.as_arrow(data)
    except tables.NotATableError as error:
        raise NotADatasetError(str(error)) from error


def _is_array(value: object) -> bool:
    return hasattr(value, "shape") and hasattr(value, "dtype")


# --- paths


def _of_path(path: Path) -> Dataset:
    if path.is_dir():
        return _of_folder(path)
    try:
        files.regular(path)
    except files.NotTakenError as error:
        raise NotADatasetError(f"{path}: {error}") from error
    blob = digest_file(path)
    digest, size = blob.digest, blob.size
    rows, schema = _table_in(path, size)
    return Dataset(digest, rows, len(schema) or None, size, schema, path=path)


def _of_folder(folder: Path) -> Dataset:
    """A folder's digest: over the sorted names and digests of its files."""
    hasher = hashlib.sha256()
    total = count = 0
    for found in files.below(folder):
        if not found.path.is_file():
            continue
        blob = digest_file(found.path, opener=found.open)
        hasher.update(f"{found.name}\0{blob.digest}\n".encode("utf-8", "surrogateescape"))
        total, count = total + blob.size, count + 1
    return Dataset(hasher.hexdigest(), rows=count, size=total)


def _table_in(path: Path, size: int) -> tuple[int | None, list[dict[str, object]]]:
    """Rows and columns of a CSV, TSV or Parquet file; nothing for other files and huge texts."""
    suffix = path.suffix.lower()
    try:
        if suffix == ".parquet":
            import pyarrow.parquet

            found = pyarrow.parquet.read_metadata(path)
            return found.num_rows, _arrow_schema(found.schema.to_arrow_schema())
        if suffix in (".csv", ".tsv") and size <= _COUNT_LIMIT_BYTES:
            with path.open(newline="", encoding="utf-8", errors="replace") as file:
                reader = csv.reader(file, delimiter="\t" if suffix == ".tsv" else ",")
                header = next(reader, [])
                rows = sum(1 for row in reader if row)
            return rows, [{"name": name, "type": "text"} for name in header]
    except Exception:  # a damaged file is still a dataset with a digest
        pass
    return None, []


def _arrow_schema(schema: Any) -> list[dict[str, object]]:
    return [{"name": item.name, "type": str(item.type)} for item in schema]


# --- contents in memory


def _hash_values(hasher: Any, values: Iterable[Any]) -> None:
    """Any values, by their text, each with its length, so that no two lists look alike."""
    for value in values:
        text = f"{type(value).__name__}:{value}".encode("utf-8", "surrogatepass")
        hasher.update(len(text).to_bytes(8, "big") + text)


def _hash_array(hasher: Any, array: Any) -> None:
    if hasattr(array, "detach"):
        array = array.detach().cpu().numpy()
    import numpy

    array = numpy.asarray(array)
    if array.dtype.kind in "biufcmM":
        # Little endian and row by row: the same bytes on every machine.
        array = numpy.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
        hasher.update(f"{array.dtype.str}{array.shape}".encode())
        if array.size:  # the bytes where they lie: a copy might not fit into memory
            hasher.update(array.reshape(-1).view(numpy.uint8))
    else:
        hasher.update(f"values{array.shape}".encode())
        _hash_values(hasher, array.ravel().tolist())


def _of_arrays(arrays: Mapping[str, Any], store: bool) -> Dataset:
    hasher = hashlib.sha256()
    size = columns = 0
    schema: list[dict[str, object]] = []
    for name, array in arrays.items():
        hasher.update(name.encode("utf-8", "surrogatepass") + b"\0")
        _hash_array(hasher, array)
        shape = [int(side) for side in array.shape]
        size += int(getattr(array, "nbytes", 0) or 0)
        columns += shape[1] if len(shape) > 1 else 1
        schema.append({"name": name, "type": str(array.dtype), "shape": shape})
    first = next(iter(arrays.values()))
    rows = int(first.shape[0]) if len(first.shape) else 1
    data = _npz(arrays) if store else None
    return Dataset(hasher.hexdigest(), rows, columns, size, schema, data=data, suffix=".npz")


def _npz(arrays: Mapping[str, Any]) -> bytes:
    import numpy

    plain = {
        name: array.detach().cpu().numpy() if hasattr(array, "detach") else numpy.asarray(array)
        for name, array in arrays.items()
    }
    buffer = io.BytesIO()
    numpy.savez_compressed(buffer, allow_pickle=False, **plain)
    return buffer.getvalue()


def _of_frame(frame: Any, store: bool) -> Dataset:
    """A DataFrame of pandas or Polars: column by column, without its index."""
    hasher = hashlib.sha256()
    schema: list[dict[str, object]] = []
    for name in frame.columns:
        column = frame[name]
        hasher.update(str(name).encode("utf-8", "surrogatepass") + b"\0")
        _hash_array(hasher, column.to_numpy())
        schema.append({"name": str(name), "type": str(column.dtype)})
    usage = getattr(frame, "memory_usage", None)
    size = int(usage(deep=True).sum()) if usage else int(frame.estimated_size())
    data = tables.as_parquet(frame).data if store else None
    rows, columns = frame.shape
    digest = hasher.hexdigest()
    return Dataset(digest, rows, columns, size, schema, data=data, suffix=".parquet")


def _of_arrow(table: Any, store: bool) -> Dataset:
    hasher = hashlib.sha256()
    for name in table.column_names:
        hasher.update(name.encode("utf-8", "surrogatepass") + b"\0")
        _hash_values(hasher, table.column(name).to_pylist())
    schema = _arrow_schema(table.schema)
    data = tables.as_parquet(table).data if store else None
    return Dataset(
        hasher.hexdigest(),
        table.num_rows,
        len(schema),
        table.nbytes,
        schema,
        data=data,
        suffix=".parquet",
    )
