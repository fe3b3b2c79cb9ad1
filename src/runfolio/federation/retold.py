"""The tables of a site as facts: what its runs would have said, had they been logged here."""

from __future__ import annotations

import json
import math
import re
import shlex
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from runfolio.federation.site import SiteTables
from runfolio.schema import COLUMNS, Kind
from runfolio.store.gathered import Told
from runfolio.store.parts import arrow_schema

if TYPE_CHECKING:
    import pyarrow as pa

_EPOCH = datetime(1970, 1, 1)
#: Sections of the environment that a site tells, and the keys of each; () for all of them.
TOLD_SECTIONS: Mapping[str, tuple[str, ...]] = {
    "host": ("user", "host", "os", "machine", "cpu", "cpu_count", "memory_bytes", "gpus"),
    "python": ("version", "implementation"),
    "packages": (),
    "git": ("commit", "branch", "remote", "dirty"),
    "seed": ("value", "where", "libraries"),
}
_TYPE = re.compile(r"[A-Za-z_][\w.]{0,99}")

Row = dict[str, Any]
#: time, kind, key, value, text
_Said = tuple[datetime, Kind, str, float | None, str | None]


def retold(name: str, site: SiteTables) -> Told:
    """The facts of the site's own runs, each from one writer that ends where the run does, or
    lives where the site said that it was running."""
    import pyarrow as pa

    found = site.found
    params = _by_run(found["params"])
    datasets = _by_run(found["datasets"]) if "datasets" in found else {}
    sections = _sections(_by_run(found["environment"])) if "environment" in found else {}
    points = _points(found["metrics"], site.run_ids)
    runs = {row["run_id"]: row for row in found["runs"].to_pylist()}
    pieces, ends, seen, living = [], {}, {}, set()
    for run_id in site.run_ids:
        run = runs[run_id]
        writer = blake2b(f"{name}\0{run_id}".encode(), digest_size=6).hexdigest()
        said = [
            *_identity(run, sections.get(run_id, {})),
            *_params(run["started"], params.get(run_id, ())),
            *_datasets(run["started"], datasets.get(run_id, ())),
            *_rest(run),
        ]
        pieces.append(_table(run_id, writer, said))
        if run_id in points:
            pieces.append(_numbered(points[run_id], writer, len(said)))
        over = run["status"] in ("finished", "failed", "killed")
        last = _ended(run)
        if over:
            ends[run_id, writer] = "closed"
        elif run_id in points:
            last = max(last, points[run_id]["time"][-1].as_py())
        if run["status"] == "running":
            living.add((run_id, writer))
        seen[run_id, writer] = (last - _EPOCH) // timedelta(microseconds=1)
    return Told(pa.concat_tables([arrow_schema().empty_table(), *pieces]), ends, seen, living)


def _by_run(table: pa.Table) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in table.to_pylist():
        found.setdefault(row["run_id"], []).append(row)
    return found


def _ended(run: Row) -> datetime:
    ended: datetime = run["ended"] or run["started"]
    return ended


# --- what was said --------------------------------------------------------------------------------


def _sections(rows: Mapping[str, Iterable[Row]]) -> dict[str, dict[str, Row]]:
    """Run to section to what is known, as far as a site tells it."""
    found: dict[str, dict[str, Row]] = {}
    for run_id, told in rows.items():
        for row in told:
            keys = TOLD_SECTIONS.get(row["section"])
            data = _object(row["data"])
            if keys is not None and data:
                known = {key: data[key] for key in keys if key in data} if keys else data
                found.setdefault(run_id, {})[row["section"]] = known
    return found


def _object(text: str | None) -> Row:
    try:
        data = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _identity(run: Row, sections: Mapping[str, Row]) -> Iterable[_Said]:
    """Who the run is, and where it ran."""
    told: dict[str, Row] = {
        "run": {key: run[key] for key in ("name", "experiment", "group", "parent")},
        "host": {"user": run["user"], "host": run["host"]},
        "command": {"argv": _words(run["command"]), "script": run["script"]},
        "python": {"version": run["python"]},
        "git": {
            "commit": run["git_commit"],
            "branch": run["git_branch"],
            "remote": run["git_remote"],
            "dirty": run["git_dirty"],
        },
        "seed": {"value": run["seed"]},
    }
    for section in {**told, **sections}:
        data = {**told.get(section, {}), **sections.get(section, {})}
        data = {key: value for key, value in data.items() if value is not None}
        if data:
            yield run["started"], Kind.START, section, None, json.dumps(data)


def _words(command: str | None) -> list[str] | None:
    if command is None:
        return None
    try:
        return shlex.split(command)
    except ValueError:
        return [command]


def _params(began: datetime, rows: Iterable[Row]) -> Iterable[_Said]:
    for row in rows:
        if row["key"] is not None:
            value, text = row["number"], row["text"] or ""
            yield began, Kind.PARAM, row["key"], value, _as_json(value, text, row["type"])


def _as_json(value: float | None, text: str, type: str | None) -> str:
    """A param's value as facts hold it."""
    if value is not None and not math.isfinite(value):
        return json.dumps("nan" if math.isnan(value) else "inf" if value > 0 else "-inf")
    if type == "null":
        return "null"
    if type != "text":
        try:
            json.loads(text)
            return text
        except (ValueError, RecursionError):
            pass
    return json.dumps(text)


def _datasets(began: datetime, rows: Iterable[Row]) -> Iterable[_Said]:
    for row in rows:
        if row["name"] is not None:
            data = {key: row[key] for key in ("role", "digest", "rows", "columns", "source")}
            size = None if row["size"] is None else float(row["size"])
            when = row["time"] or began
            yield when, Kind.DATASET, row["name"], size, json.dumps({**data, "blob": None})


def _rest(run: Row) -> Iterable[_Said]:
    """Tags, the note, and how it ended."""
    ended = _ended(run)
    for tag in run["tags"] or ():
        if tag:
            name, _, value = tag.partition("=")
            yield ended, Kind.TAG, name or tag, None, value if name else ""
    if run["note"]:
        yield ended, Kind.NOTE, "", None, run["note"]
    if run["status"] in ("finished", "failed", "killed"):
        detail = {"exit_code": run["exit_code"], "exception": _exception(run["error"])}
        yield ended, Kind.END, run["status"], run["seconds"], json.dumps(detail)


def _exception(error: str | None) -> Row | None:
    if not error:
        return None
    kind, _, message = error.partition(": ")
    if not _TYPE.fullmatch(kind):
        kind, message = "", error
    return {"type": kind or None, "message": message, "traceback": ""}


# --- tables ---------------------------------------------------------------------------------------


def _table(run_id: str, writer: str, said: Sequence[_Said]) -> pa.Table:
    import pyarrow as pa

    rows = [
        (run_id, writer, seq, time, str(kind), key, None, value, text)
        for seq, (time, kind, key, value, text) in enumerate(said)
    ]
    schema = arrow_schema()
    columns = zip(*rows, strict=True)
    return pa.table(
        [
            pa.array(column, schema.field(each.name).type)
            for each, column in zip(COLUMNS, columns, strict=True)
        ],
        schema=schema,
    )


def _points(table: pa.Table, run_ids: Sequence[str]) -> dict[str, pa.Table]:
    """The points of each run in the order of time."""
    import pyarrow as pa
    import pyarrow.compute as pc

    whole = pc.is_in(table["run_id"], value_set=pa.array(run_ids, pa.string()))
    for column in ("key", "value", "time"):
        whole = pc.and_(whole, pc.is_valid(table[column]))
    table = table.filter(whole)
    order = [(name, "ascending") for name in ("run_id", "time", "key", "step")]
    table = table.take(pc.sort_indices(table, sort_keys=order)).combine_chunks()
    found, start = {}, 0
    counts = table["run_id"].value_counts().to_pylist() if table.num_rows else []
    for each in counts:  # in the order of first appearance, which is the order of the rows
        found[each["values"]] = table.slice(start, each["counts"])
        start += each["counts"]
    return found


def _numbered(points: pa.Table, writer: str, first: int) -> pa.Table:
    """Points as facts of a writer, from the number ``first`` on."""
    import pyarrow as pa

    many = points.num_rows
    schema = arrow_schema()
    columns = {
        "run_id": points["run_id"],
        "writer": pa.repeat(pa.scalar(writer), many),
        "seq": pa.array(range(first, first + many), pa.int64()),
        "time": points["time"],
        "kind": pa.repeat(pa.scalar(str(Kind.METRIC)), many),
        "key": points["key"],
        "step": points["step"],
        "value": points["value"],
        "text": pa.nulls(many, pa.string()),
    }
    return pa.table([columns[name] for name in schema.names], schema=schema)
