"""What is in the store about a run that is to go on: its name, its experiment, its last step."""

from __future__ import annotations

import contextlib
import json
import os
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runfolio import schema
from runfolio.schema import Kind
from runfolio.store.coverage import Ranges, contains, union
from runfolio.store.folder import Folder

#: Time in microseconds, writer, number, kind, key and text of a fact.
_Said = tuple[int, str, int, str, str, str]
#: What a rename changes, by its key.
_RENAMED = {"run": "name", "experiment": "experiment"}


@dataclass(frozen=True)
class Past:
    """What earlier processes said of a run; ``found`` is False if there was none.

    ``replaced``: (field, value) that a process said and people changed later.
    """

    found: bool = False
    name: str = ""
    experiment: str = ""
    group: str | None = None
    parent: str | None = None
    next_step: int = 0
    replaced: frozenset[tuple[str, str]] = frozenset()

    def now(self, field: str, given: str) -> str:
        """``given``, a name or experiment, or what people replaced it by in the meantime.

        A script that is run again says what it always said; that takes back no correction.
        """
        corrected: str = getattr(self, field)
        return corrected if (field, given) in self.replaced else given


def usual_experiment() -> str:
    """The experiment of a run that names none: RUNFOLIO_EXPERIMENT, else ``default``."""
    return os.environ.get("RUNFOLIO_EXPERIMENT") or "default"


def read(folder: Folder, run_id: str) -> Past:
    """The past of ``run_id``, from its own files and the packs; damaged files are passed over."""
    tables = [*_own(folder.run_dir(run_id)), *_packed(folder, run_id)]
    return _told(tables) if tables else Past()


def _own(home: Path) -> Iterator[Any]:
    """The tables of the run's parts, and of those journals that are in no part yet."""
    try:
        names = sorted(path.name for path in home.iterdir() if path.is_file())
    except OSError:
        return
    from runfolio.store.journal import read_journal
    from runfolio.store.parts import read_part, table_of

    sealed: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for name in names:
        if schema.PART_NAME.fullmatch(name):
            with contextlib.suppress(Exception):  # `runfolio verify` names what cannot be read
                footer, table = read_part(home / name)
                for writer, ranges in footer.coverage.items():
                    sealed[writer] += ranges
                yield table
    for name in names:
        match = schema.JOURNAL_NAME.fullmatch(name)
        if match is None:
            continue
        with contextlib.suppress(Exception):
            if not _is_sealed(home / name, union(sealed[match["writer"]])):
                journal = read_journal(home / name)
                yield table_of(journal.run_id, journal.writer, journal.rows)


def _is_sealed(path: Path, sealed: Ranges) -> bool:
    """Whether all facts of a journal are known from parts, going by its two ends."""
    from runfolio.store.journal import glance

    seen = glance(path)
    return seen.end is not None and contains(sealed, union([(seen.lo, seen.end.seq)]))


def _packed(folder: Folder, run_id: str) -> Iterator[Any]:
    """The facts of the run that live in packs; other runs' are not read."""
    if not folder.packs.is_dir():
        return
    from runfolio.store.packs import Pack

    for path in sorted(folder.packs.glob("c-*.parquet")):
        with contextlib.suppress(Exception), Pack.open(path) as pack:
            if run_id in pack.runs():
                yield pack.run(run_id)


def _told(tables: Iterable[Any]) -> Past:
    """What the tables say; the points are not looked at one by one."""
    import pyarrow.compute as pc

    last_step = -1
    said: list[_Said] = []
    for table in tables:
        kinds = table.column("kind")
        steps = table.filter(pc.equal(kinds, _scalar(Kind.METRIC))).column("step")
        top = pc.max(steps).as_py()
        last_step = last_step if top is None else max(last_step, top)
        told = pc.equal(kinds, _scalar(Kind.START))
        for kind in (Kind.RENAME, Kind.UNDO):
            told = pc.or_(told, pc.equal(kinds, _scalar(kind)))
        said += _rows(table.filter(told))
    facts = _identity(sorted(said))
    return Past(
        found=True,
        name=str(facts.get("name") or ""),
        experiment=str(facts.get("experiment") or ""),
        group=facts.get("group"),
        parent=facts.get("parent"),
        next_step=last_step + 1,
        replaced=frozenset(_replaced(sorted(said), facts)),
    )


def _identity(said: list[_Said]) -> dict[str, Any]:
    """Who the run is: what its processes said, and what people called it later."""
    facts: dict[str, Any] = {}
    renames = {(writer, seq) for writer, seq, _, _ in _renames(said)}
    for _, writer, seq, kind, key, text in said:
        if kind == Kind.START and key == "run":
            facts.update({name: each for name, each in _json(text).items() if each})
        elif (writer, seq) in renames:
            facts[_RENAMED[key]] = text
    return facts


def _renames(said: Iterable[_Said]) -> Iterator[tuple[str, int, str, str]]:
    """Writer, number, field and new value of the corrections of the run's identity that count."""
    undone = {key for _, _, _, kind, key, _ in said if kind == Kind.UNDO}
    for _, writer, seq, kind, key, text in said:
        counts = kind == Kind.RENAME and text and f"{writer}:{seq}" not in undone
        if counts and key in _RENAMED:
            yield writer, seq, _RENAMED[key], text


def _replaced(said: list[_Said], facts: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What processes said and people changed to what holds now."""
    last = {field: text for _, _, field, text in _renames(said)}
    for _, _, _, kind, key, text in said:
        if kind == Kind.START and key == "run":
            for field, value in _json(text).items():
                if field in last and value != facts.get(field) == last[field]:
                    yield field, str(value)


def _rows(table: Any) -> Iterator[_Said]:
    """The facts of a table, each once; text is '' where there is none."""
    names = ("writer", "seq", "kind", "key", "text")
    columns = [table.column("time").cast("int64"), *(table.column(name) for name in names)]
    for *row, text in zip(*(column.to_pylist() for column in columns), strict=True):
        yield (*row, text or "")


def _scalar(text: str) -> Any:
    """An Arrow text, made of its bytes: ``pa.scalar`` would import pandas."""
    import pyarrow as pa

    data = text.encode()
    buffers = [None, pa.py_buffer(array("i", [0, len(data)])), pa.py_buffer(data)]
    return pa.Array.from_buffers(pa.string(), 1, buffers)[0]


def _json(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
