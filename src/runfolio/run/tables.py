"""Tables of any kind as Parquet: rows, columns, pandas, Polars, Arrow."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runfolio.run.names import clean_text
from runfolio.run.numbers import kind_of
from runfolio.run.trouble import NotRecordedError

ROW_LIMIT = 10_000_000


class NotATableError(NotRecordedError):
    """The value is no table; the message says why."""


@dataclass(frozen=True)
class Table:
    """A Parquet file's bytes and its size in rows and columns."""

    data: bytes
    rows: int
    columns: int


def _columns_of_rows(rows: Iterable[Any]) -> dict[str, list[Any]]:
    rows = list(rows)
    names: dict[str, None] = {}
    for row in rows:
        if not isinstance(row, Mapping):
            raise NotATableError(f"rows of {kind_of(row)}; give rows as dictionaries")
        names.update(dict.fromkeys(row))
    return {str(name): [row.get(name) for row in rows] for name in names}


def _text_of(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value if value is None else clean_text(value)
    if isinstance(value, Mapping | list | tuple):
        return clean_text(json.dumps(value, ensure_ascii=False, default=str))
    return clean_text(str(value))


def _array(values: Any) -> Any:
    """An Arrow array; values of several types become text, since a column has one type."""
    import pyarrow

    if hasattr(values, "detach"):
        values = values.detach().cpu().tolist()
    if not hasattr(values, "__len__") or isinstance(values, str | bytes | Mapping):
        raise NotATableError(f"a column of {kind_of(values)}")
    try:
        array = pyarrow.array(values)
        if not pyarrow.types.is_null(array.type):
            array.validate(full=True)
        return array
    except Exception:
        return pyarrow.array([_text_of(value) for value in values], type=pyarrow.string())


def _of_columns(columns: Mapping[str, Any]) -> Any:
    import pyarrow

    arrays = {str(name): _array(values) for name, values in columns.items()}
    if len({len(array) for array in arrays.values()}) > 1:
        lengths = ", ".join(f"{name}: {len(array)}" for name, array in arrays.items())
        raise NotATableError(f"columns of different lengths ({lengths[:200]})")
    return pyarrow.table(arrays)


def as_arrow(data: Any) -> Any:
    """``data`` as an Arrow table.

    A list of dictionaries (rows; missing values are null), a dictionary of columns, a DataFrame
    of pandas or Polars, or anything that speaks Arrow. Raises ``NotATableError`` otherwise.
    """
    import pyarrow

    if isinstance(data, pyarrow.Table):
        return data
    if hasattr(data, "__arrow_c_stream__"):
        try:
            return pyarrow.table(data)
        except Exception:  # a column of mixed objects, which Arrow refuses
            if hasattr(data, "to_dict"):
                return _of_columns(_plain_columns(data))
            raise
    if isinstance(data, Mapping):
        return _of_columns({clean_text(str(name)): values for name, values in data.items()})
    if hasattr(data, "to_dict") and hasattr(data, "columns"):
        return _of_columns(_plain_columns(data))
    if isinstance(data, Sequence) and not isinstance(data, str | bytes):
        return _of_columns(_columns_of_rows(data))
    if hasattr(data, "__iter__") and not hasattr(data, "dtype"):
        return _of_columns(_columns_of_rows(data))
    raise NotATableError(kind_of(data))


def _plain_columns(frame: Any) -> dict[str, Any]:
    return {str(name): frame[name].tolist() for name in frame.columns}


def as_parquet(data: Any) -> Table:
    """``data`` (see ``as_arrow``) as one Parquet file with zstd, readable by every engine."""
    import pyarrow.parquet

    table = as_arrow(data)
    if table.num_rows > ROW_LIMIT:
        raise NotATableError(f"{table.num_rows:,} rows; at most {ROW_LIMIT:,} can be kept")
    names = [clean_text(str(name)) for name in table.column_names]
    table = table.rename_columns(_distinct(names)).replace_schema_metadata(None)
    buffer = io.BytesIO()
    pyarrow.parquet.write_table(table, buffer, compression="zstd")
    return Table(buffer.getvalue(), table.num_rows, table.num_columns)


def _distinct(names: list[str]) -> list[str]:
    """The names, those that came before with a number: ``x``, ``x_1``."""
    seen: set[str] = set()
    for place, name in enumerate(names):
        number = 0
        while names[place] in seen:
            number += 1
            names[place] = f"{name}_{number}"
        seen.add(names[place])
    return names
