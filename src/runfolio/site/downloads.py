"""The site's own data for people: Parquet, CSV and JSON of what the pages show.

Written from the same views that SQL sees, in a fixed order, so the same store gives the same
bytes. CSV cells that a spreadsheet would take for a formula get a quote mark in front.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from runfolio.query.rows import Param, Run
from runfolio.query.store import Store
from runfolio.query.views import VIEWS

#: Points above which the site's metrics.parquet would pass the limit of bytes for sure.
MOST_POINTS = 20_000_000
MOST_BYTES = 50_000_000
MOST_COLUMNS = 2_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")

SiteFile = tuple[str, bytes, str]


def site_files(store: Store, points: int) -> Iterator[SiteFile]:
    """(path, contents, what it is) of the files on the data page."""
    yield (
        "data/runs.parquet",
        parquet(_table(store, "SELECT * FROM runs ORDER BY started, run_id")),
        "One row a run: who, when, where, how it went",
    )
    yield (
        "data/runs.csv",
        _csv(store),
        "One row a run with its params and last metrics, for spreadsheets",
    )
    yield (
        "data/params.parquet",
        parquet(_table(store, "SELECT * FROM params ORDER BY run_id, key")),
        "One row a run and param",
    )
    yield (
        "data/summary.parquet",
        parquet(_table(store, "SELECT * FROM summary ORDER BY run_id, key")),
        "One row a run and metric: last, min, max, mean",
    )
    if points <= MOST_POINTS:
        query = "SELECT * FROM metrics ORDER BY run_id, key, step NULLS FIRST, time, writer, seq"
        data = parquet(_table(store, query))
        if len(data) <= MOST_BYTES:
            yield "data/metrics.parquet", data, "One row a point: every metric of every run"
    yield "data/schema.json", _schema(), "What each column means, for programs"


def run_tables(store: Store, run_ids: Sequence[str]) -> dict[str, pa.Table]:
    """The points of each run, cut out of one answer for all of them."""
    query = (
        "SELECT run_id, key, step, value, time, seconds FROM metrics "
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
        files.append((path, parquet(table), "Metrics as Parquet"))
    config = {
        "run_id": run.run_id,
        "name": run.name,
        "experiment": run.experiment,
        "tags": list(run.tags),
        "seed": run.seed,
        "params": {key: value_of(param) for key, param in params.items()},
    }
    text = json.dumps(config, indent=2, ensure_ascii=True) + "\n"
    files.append((f"data/runs/{run.run_id}.json", text.encode(), "Params as JSON"))
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
    buffer = io.BytesIO()
    pq.write_table(
        table,
        buffer,
        compression="zstd",
        use_dictionary=[f.name for f in table.schema if pa.types.is_string(f.type)],
        write_statistics=True,
        data_page_version="1.0",
        write_page_checksum=True,
    )
    return buffer.getvalue()


def _table(store: Store, query: str) -> pa.Table:
    return store.sql(query).to_arrow_table()


def _csv(store: Store) -> bytes:
    """The view ``wide`` for spreadsheets; only ``runs`` where it has too many columns."""
    view = "wide" if len(store.wide_columns()) <= MOST_COLUMNS else "runs"
    found = store.sql(f"SELECT * FROM {view} ORDER BY started, run_id")
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([csv_cell(name) for name in found.columns])
    writer.writerows([csv_cell(cell) for cell in row] for row in found.fetchall())
    return text.getvalue().encode("utf-8", "replace")


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
    return f"'{text}" if text.startswith(_FORMULA) and not _is_number(text) else text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


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
        if view.name in ("runs", "params", "summary", "metrics")
    }
    return (json.dumps(views, indent=2, ensure_ascii=True) + "\n").encode()
