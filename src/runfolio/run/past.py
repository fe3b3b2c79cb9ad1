"""What is in the store about a run that is to go on: its name, its experiment, its last step."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runfolio import schema
from runfolio.schema import Kind
from runfolio.store.folder import Folder

#: time in microseconds, kind, key, step, text
_Row = tuple[int, str, str, int | None, str | None]


@dataclass(frozen=True)
class Past:
    """What earlier processes said of a run; ``found`` is False if there was none."""

    found: bool = False
    name: str = ""
    experiment: str = ""
    group: str | None = None
    parent: str | None = None
    next_step: int = 0


def usual_experiment() -> str:
    """The experiment of a run that names none: RUNFOLIO_EXPERIMENT, else ``default``."""
    return os.environ.get("RUNFOLIO_EXPERIMENT") or "default"


def read(folder: Folder, run_id: str) -> Past:
    """The past of ``run_id``, from the files of this run alone; damaged files are passed over."""
    home = folder.run_dir(run_id)
    try:
        paths = sorted(path for path in home.iterdir() if path.is_file())
    except OSError:
        paths = []
    if paths:
        return _told(row for path in paths for row in _rows(path))
    packed = list(_packed(folder, run_id))
    return _told(packed) if packed else Past()


def _rows(path: Path) -> Iterator[_Row]:
    from runfolio.store.journal import read_journal
    from runfolio.store.parts import read_part, table_of

    try:
        if schema.JOURNAL_NAME.fullmatch(path.name):
            journal = read_journal(path)
            yield from _of_table(table_of(journal.run_id, journal.writer, journal.rows))
        elif schema.PART_NAME.fullmatch(path.name):
            yield from _of_table(read_part(path)[1])
    except Exception:  # what cannot be read cannot be gone on with; `runfolio verify` names it
        return


def _of_table(table: Any) -> Iterator[_Row]:
    columns = [table.column("time").cast("int64")]
    columns += [table.column(name) for name in ("kind", "key", "step", "text")]
    yield from zip(*(column.to_pylist() for column in columns), strict=True)


def _packed(folder: Folder, run_id: str) -> Iterator[_Row]:
    """The facts of a run that lives in packs."""
    if not folder.packs.is_dir() or not any(folder.packs.iterdir()):
        return
    from runfolio.store.plan import snapshot

    table = snapshot(folder).facts()
    import pyarrow.compute

    yield from _of_table(table.filter(pyarrow.compute.equal(table.column("run_id"), run_id)))


def _told(rows: Iterable[_Row]) -> Past:
    last_step = -1
    said: tuple[int, dict[str, Any]] = (-1, {})
    for time, kind, key, step, text in rows:
        if kind == Kind.METRIC and step is not None:
            last_step = max(last_step, step)
        elif kind == Kind.START and key == "run" and time >= said[0]:
            said = (time, _json(text))
        elif kind == Kind.RENAME and key == "run" and text and time >= said[0]:
            said = (time, {**said[1], "name": text})
    facts = said[1]
    return Past(
        found=True,
        name=str(facts.get("name") or ""),
        experiment=str(facts.get("experiment") or ""),
        group=facts.get("group"),
        parent=facts.get("parent"),
        next_step=last_step + 1,
    )


def _json(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
