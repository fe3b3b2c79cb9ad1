"""Tombs: one small part for each run that was purged. It hides whatever is left of the run.

A tomb lies at ``tombs/x-<run_id>-<writer>.parquet``. Its name alone says that the run is purged, so
that looking costs one listing; its two facts say who did it, when and why. It is an immutable file
like all others: it merges by being copied, and a copy of the run that comes back stays hidden.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from runfolio import schema
from runfolio.schema import AUTHOR_SECTION, Kind
from runfolio.store import parts
from runfolio.store.folder import Folder
from runfolio.store.frames import Told
from runfolio.store.journal import Rows
from runfolio.store.seal import temp_for

if TYPE_CHECKING:
    import pyarrow as pa

_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True)
class Tomb:
    """What is known of a run that was purged; a damaged tomb knows the run's id alone.

    ``time``: UTC, naive; when it was purged. ``blobs``: digests of the contents that it named.
    """

    run_id: str
    writer: str
    path: Path
    time: datetime = _EPOCH
    name: str = ""
    author: str = ""
    reason: str = ""
    facts: int = 0
    blobs: tuple[str, ...] = ()


def tomb_paths(folder: Folder) -> tuple[Path, ...]:
    """The tombs of a store, sorted; only names are looked at."""
    try:
        names = sorted(entry.name for entry in os.scandir(folder.tombs) if entry.is_file())
    except (FileNotFoundError, NotADirectoryError):
        return ()
    return tuple(folder.tombs / name for name in names if schema.TOMB_NAME.fullmatch(name))


def purged_ids(folder: Folder) -> frozenset[str]:
    """Ids of the runs that were purged; no file is read."""
    return frozenset(_names(path)[0] for path in tomb_paths(folder))


def purged(folder: Folder) -> dict[str, Tomb]:
    """The runs that were purged by id; where copies of a store purged one twice, the first time."""
    found: dict[str, Tomb] = {}
    for path in tomb_paths(folder):
        tomb = _read(path)
        known = found.get(tomb.run_id)
        if known is None or _EPOCH < tomb.time < known.time or known.time == _EPOCH:
            found[tomb.run_id] = tomb
    return found


def lay(
    folder: Folder,
    run_id: str,
    *,
    name: str,
    author: dict[str, str],
    reason: str,
    facts: int,
    blobs: Sequence[str],
    models: Sequence[Mapping[str, object]] = (),
    time_ns: int,
) -> Tomb:
    """Write the tomb of a run, whole and durable. From then on no reader shows the run.

    ``author``: user and host. ``models``: name, digest and time of the versions that it registered,
    which still count. OSError if the disk does not take it; then nothing has changed.
    """
    writer = os.urandom(6).hex()
    text = {
        "author": author.get("user", ""),
        "reason": reason,
        "name": name,
        "facts": facts,
        "blobs": sorted(blobs),
        **({"models": [dict(each) for each in models]} if models else {}),
    }
    table = _table(run_id, writer, author, text, time_ns // 1000)
    footer = parts.Footer(
        coverage={writer: ((0, table.num_rows),)},
        runs={writer: run_id},
        ends={writer: "closed"},
        seen={writer: time_ns // 1000},
        rows=table.num_rows,
        digest=parts.digest_of(table),
    )
    target = folder.tombs / schema.tomb_name(run_id, writer)
    parts.write_part(table, footer, target, temp_for(folder, target.name))
    return _read(target)


def _table(
    run_id: str, writer: str, author: dict[str, str], text: dict[str, object], micros: int
) -> pa.Table:
    rows = Rows()
    said = [(Kind.START, AUTHOR_SECTION, author), (Kind.PURGE, "", text)]
    for seq, (kind, key, content) in enumerate(said):
        encoded = json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
        told = Told(kind.encode(), key.encode(), False, 0, False, 0.0, True, encoded)
        rows.add_fact(seq, micros, told)
    return parts.table_of(run_id, writer, rows)


def _names(path: Path) -> tuple[str, str]:
    """Run and writer of a tomb by its name."""
    match = schema.TOMB_NAME.fullmatch(path.name)
    assert match is not None
    return match["run"], match["writer"]


def _read(path: Path) -> Tomb:
    run_id, writer = _names(path)
    try:
        _, table = parts.read_part(path)
        (row,) = [row for row in table.to_pylist() if row["kind"] == Kind.PURGE]
        text = json.loads(row["text"])
        return Tomb(
            run_id,
            writer,
            path,
            row["time"],
            str(text.get("name") or ""),
            str(text.get("author") or ""),
            str(text.get("reason") or ""),
            int(text.get("facts") or 0),
            tuple(map(str, text.get("blobs") or ())),
        )
    except (parts.PartError, OSError, ValueError, TypeError, AttributeError):
        return Tomb(run_id, writer, path)  # the plan and verify name the damage
