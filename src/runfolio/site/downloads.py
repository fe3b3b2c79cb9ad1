"""The site's own data for people: Parquet, CSV and JSON of what the pages show.

Written from the same views that SQL sees, in a fixed order, so the same store gives the same
bytes. CSV cells that a spreadsheet would take for a formula get a quote mark in front.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from runfolio.query.cells import is_formula
from runfolio.query.rows import Param, Run
from runfolio.query.store import Store
from runfolio.query.views import VIEWS
from runfolio.site.words import _

if TYPE_CHECKING:
    import pyarrow as pa

#: Points above which the site's metrics.parquet would pass the limit of bytes for sure.
MOST_POINTS = 20_000_000
MOST_BYTES = 50_000_000
MOST_COLUMNS = 2_000
#: Points that are in memory at once, and in one group of rows of the file.
AT_ONCE = 500_000
#: What a run's own table says of its points.
POINT_COLUMNS = "run_id, key, step, value, time, seconds"
#: Rows above which a table comes as Parquet alone.
MOST_TEXT_ROWS = 100_000
#: Types of cells that CSV has as they are, and of those that JSON has in one call.
_AS_IS = frozenset({int, float, type(None)})
_PLAIN = _AS_IS | {str, bool}
SUMS = "data/SHA256SUMS"
POINTS = "data/metrics.parquet"

#: The views that are published as files, and so explained on the data page; the last two only
#: where there is something in them.
PUBLISHED = ("runs", "params", "summary", "metrics", "datasets", "environment")
#: What tells others under which conditions a run was made; no folder of a machine is among it.
_DATASETS = (
    "SELECT * REPLACE (CAST(schema AS VARCHAR) AS schema) FROM datasets "
    "ORDER BY run_id, name, role NULLS FIRST"
)
_SECTIONS: Mapping[str, tuple[str, ...]] = {
    "host": ("os", "machine", "cpu", "cpu_count", "memory_bytes", "gpus"),
    "python": ("version", "implementation"),
    "packages": (),
    "git": ("commit", "branch", "remote", "dirty"),
    "seed": ("value", "where", "libraries"),
}
_ENVIRONMENT = (
    "SELECT run_id, section, CAST(data AS VARCHAR) AS data FROM environment "
    f"WHERE section IN ({', '.join(map(repr, _SECTIONS))}) ORDER BY run_id, section"
)

SiteFile = tuple[str, bytes, str]


def site_files(
    store: Store, points: int, every_point: Callable[[Store], bytes] | None = None
) -> Iterator[SiteFile]:
    """(path, contents, what it is) of the files on the data page.

    ``every_point`` makes metrics.parquet; None for what it is.
    """
    runs = _table(store, "SELECT * FROM runs ORDER BY started, run_id")
    words = _("One row per run: who, when, where, how it went")
    yield "data/runs.parquet", parquet(runs), words
    yield (
        "data/runs.csv",
        _csv(store),
        _("One row per run with its params and last metrics, for spreadsheets"),
    )
    if runs.num_rows <= MOST_TEXT_ROWS:
        yield "data/runs.json", rows_json(runs), words
    for name, words in (
        ("params", _("One row per run and param")),
        ("summary", _("One row per run and metric: last, min, max, mean")),
    ):
        table = _table(store, f"SELECT * FROM {name} ORDER BY run_id, key")
        yield f"data/{name}.parquet", parquet(table), words
        if table.num_rows <= MOST_TEXT_ROWS:
            yield f"data/{name}.csv", rows_csv(table.column_names, _rows(table)), words
            yield f"data/{name}.json", rows_json(table), words
    for name, query, words in (
        ("datasets", _DATASETS, _("One row per run and dataset that it used or made")),
        ("environment", _ENVIRONMENT, _("One row per run and section: hardware, packages, code")),
    ):
        table = _table(store, query)
        if table.num_rows:
            yield f"data/{name}.parquet", parquet(_plain_sections(table)), words
    if points <= MOST_POINTS:
        data = (every_point or points_file)(store)
        if len(data) <= MOST_BYTES:
            yield POINTS, data, _("One row per point: every metric of every run")
    yield "data/schema.json", _schema(), _("What each column means, for programs")


def points_file(store: Store) -> bytes:
    """Every point of every run as Parquet, some runs at a time."""
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    writer: pq.ParquetWriter | None = None
    for run_ids in _of_some_points(store):
        table = points_of(store, run_ids)
        if writer is None:
            writer = pq.ParquetWriter(buffer, table.schema, **_options(table.schema))
        writer.write_table(table)
        if buffer.tell() > MOST_BYTES:
            break
    if writer is None:
        return parquet(points_of(store, []))
    writer.close()
    return buffer.getvalue()


def points_of(store: Store, run_ids: Sequence[str]) -> pa.Table:
    """The points of some runs, as metrics.parquet has them."""
    query = (
        "SELECT * FROM metrics WHERE run_id IN (SELECT unnest(?::VARCHAR[])) "
        "ORDER BY run_id, key, step NULLS FIRST, time, writer, seq"
    )
    return store.sql(query, [list(run_ids)]).to_arrow_table()


def _of_some_points(store: Store) -> Iterator[list[str]]:
    """The runs by id, as many at once as have ``AT_ONCE`` points."""
    chosen: list[str] = []
    total = 0
    query = "SELECT run_id, points FROM runs WHERE points > 0 ORDER BY run_id"
    for run_id, points in store.sql(query).fetchall():
        if chosen and total + points > AT_ONCE:
            yield chosen
            chosen, total = [], 0
        chosen.append(run_id)
        total += points
    if chosen:
        yield chosen


def _plain_sections(table: pa.Table) -> pa.Table:
    """The sections with the keys alone that are published; other tables as they are."""
    import pyarrow as pa

    if "section" not in table.column_names:
        return table
    told = [
        _told(section, data)
        for section, data in zip(
            table["section"].to_pylist(), table["data"].to_pylist(), strict=True
        )
    ]
    at = table.schema.get_field_index("data")
    return table.set_column(at, "data", pa.array(told, pa.string()))


def _told(section: str, data: str | None) -> str:
    """The published keys of a section as JSON."""
    found = json.loads(data or "{}")
    keys = _SECTIONS[section]
    if not isinstance(found, dict) or not keys:
        return json.dumps(found)
    return json.dumps({key: found[key] for key in keys if key in found})


def sums(files: Iterable[tuple[str, bytes]]) -> bytes:
    """What ``sha256sum --check`` reads beside the files: a line for each of them."""
    folder = PurePosixPath(SUMS).parent
    lines = [
        f"{hashlib.sha256(data).hexdigest()}  {PurePosixPath(path).relative_to(folder)}\n"
        for path, data in files
    ]
    return "".join(lines).encode()


def run_tables(store: Store, run_ids: Sequence[str]) -> dict[str, pa.Table]:
    """The points of each run, cut out of one answer for all of them."""
    query = (
        f"SELECT {POINT_COLUMNS} FROM metrics "
        "WHERE run_id IN (SELECT unnest(?::VARCHAR[])) "
        "ORDER BY run_id, key, step NULLS FIRST, time, writer, seq"
    )
    table = store.sql(query, [list(run_ids)]).to_arrow_table().combine_chunks()
    found: dict[str, pa.Table] = {}
    start = 0
    counts = table["run_id"].value_counts().to_pylist() if table.num_rows else []
    for each in counts:  # in the order of first appearance, which is the order of the rows
        found[each["values"]] = table.slice(start, each["counts"])
        start += each["counts"]
    return found


def run_files(run: Run, params: Mapping[str, Param], table: pa.Table | None) -> list[SiteFile]:
    """The downloads of one run: its points and its configuration."""
    files: list[SiteFile] = []
    if table is not None:
        path = f"data/runs/{run.run_id}.parquet"
        files.append((path, parquet(table), _("Metrics as Parquet")))
    config = {
        "run_id": run.run_id,
        "name": run.name,
        "experiment": run.experiment,
        "tags": list(run.tags),
        "seed": run.seed,
        "params": {key: value_of(param) for key, param in params.items()},
    }
    text = json.dumps(config, indent=2, ensure_ascii=True) + "\n"
    files.append((f"data/runs/{run.run_id}.json", text.encode(), _("Params as JSON")))
    return files


def value_of(param: Param) -> Any:
    """A param as JSON has it; NaN and infinities stay texts."""
    if param.type in ("text", "null"):
        return None if param.type == "null" else param.text
    try:
        return json.loads(param.text, parse_constant=str)
    except ValueError:
        return param.text


def parquet(table: pa.Table) -> bytes:
    """``table`` as a Parquet file that every reader understands."""
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(
        table,
        buffer,
        **_options(table.schema),
    )
    return buffer.getvalue()


def _options(schema: pa.Schema) -> dict[str, Any]:
    """How Parquet is written for others."""
    import pyarrow as pa

    return {
        "compression": "zstd",
        "use_dictionary": [f.name for f in schema if pa.types.is_string(f.type)],
        "write_statistics": True,
        "data_page_version": "1.0",
        "write_page_checksum": True,
    }


def _table(store: Store, query: str) -> pa.Table:
    return store.sql(query).to_arrow_table()


def _csv(store: Store) -> bytes:
    """The view ``wide`` for spreadsheets; only ``runs`` where it has too many columns."""
    view = "wide" if len(store.wide_columns()) <= MOST_COLUMNS else "runs"
    found = store.sql(f"SELECT * FROM {view} ORDER BY started, run_id")
    return rows_csv(found.columns, found.fetchall())


def rows_csv(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """Rows as CSV for spreadsheets."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([csv_cell(name) for name in names])
    writer.writerows(_across([_csv_column(column) for column in _across(list(rows))]))
    return text.getvalue().encode("utf-8", "replace")


def _csv_column(cells: Sequence[Any]) -> Sequence[Any]:
    """The cells of a column; numbers and gaps are what ``csv`` writes as they are."""
    return cells if set(map(type, cells)) <= _AS_IS else list(map(csv_cell, cells))


def rows_json(table: pa.Table) -> bytes:
    """A table as a JSON list with an object a row, one on each line."""
    if not table.num_rows:
        return b"[]\n"
    keys = [json.dumps(name, ensure_ascii=False).replace("%", "%%") for name in table.column_names]
    row = "{" + ", ".join(f"{key}: %s" for key in keys) + "}"
    cells = _across([_json_column(column.to_pylist()) for column in table.columns])
    text = ",\n".join([row % each for each in cells])
    return f"[\n{text}\n]\n".encode("utf-8", "replace")


def _json_column(cells: Sequence[Any]) -> Sequence[str]:
    """Each cell as JSON; plain ones in one call, as no text in JSON has a bare line break."""
    kinds = set(map(type, cells))
    if not kinds <= _PLAIN:
        return [json.dumps(_plain(cell), ensure_ascii=False) for cell in cells]
    known = list(map(_plain, cells)) if float in kinds else cells
    return json.dumps(known, ensure_ascii=False, separators=("\n", ":"))[1:-1].split("\n")


def _across(lines: Sequence[Sequence[Any]]) -> list[tuple[Any, ...]]:
    """The columns of rows, or the rows of columns."""
    return list(zip(*lines, strict=True))


def _rows(table: pa.Table) -> list[tuple[Any, ...]]:
    return _across([column.to_pylist() for column in table.columns])


def _plain(value: Any) -> Any:
    """A cell as JSON has it: no NaN, and times as texts."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return f"{value.isoformat()}Z" if isinstance(value, datetime) else value


def csv_cell(value: Any) -> str | int | float:
    """A cell that no spreadsheet takes for a formula; numbers stay numbers."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return value
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    text = " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return f"'{text}" if is_formula(text) else text


def _schema() -> bytes:
    views = {
        view.name: {
            "help": view.help,
            "columns": [
                {"name": column.name, "type": column.type, "help": column.help}
                for column in view.columns
            ],
        }
        for view in VIEWS
        if view.name in PUBLISHED
    }
    return (json.dumps(views, indent=2, ensure_ascii=True) + "\n").encode()
