"""What is known once and for all: groups of files that nobody has touched, of runs that are over.

A group stands alone: no other file holds facts of its runs or of its writers. Of most stores each
run's directory is one; a pack is one together with what was said of its runs later. As long as the
files of a group are as they were, nothing of it has to be planned again.

It is kept in columns, since a large store has tens of thousands of them: a command that finds
nothing new reads them in a few milliseconds.
"""

from __future__ import annotations

import json
import os
import sys
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import compress
from operator import attrgetter
from typing import Any

from runfolio.store.mark import Mark

#: Columns of the tables: text (t) or whole number (q); the first one is the group's number.
_TABLES = {
    "homes": "qtqqq",  # directory; times and inode
    "files": "qtqqqq",  # path; size, times and inode
    "runs": "qttq",  # run id, key, facts
    "sessions": "qtttt",  # run id, writer, state, last sign of life (ISO)
    "groups": "qt",  # what it adds to the store's digest, hex
}
_ORDER = f"{sys.byteorder} {array('q').itemsize}"
_OF_HOME = attrgetter("st_mtime_ns", "st_ctime_ns", "st_ino")
_OF_FILE = attrgetter("st_size", "st_mtime_ns", "st_ctime_ns", "st_ino")
#: Between the texts of a column: JSON has it as it is, and no store names a file with it.
_BETWEEN = "\x7f"


@dataclass(frozen=True)
class Group:
    """Directories and files with their marks, and what they say.

    ``runs``: id, key, number of facts. ``sessions``: run id, writer, state, last sign of life
    (ISO). ``sum``: what it adds to the store's digest.
    """

    homes: Sequence[tuple[str, Mark]]
    files: Sequence[tuple[str, Mark]]
    runs: Sequence[tuple[str, str, int]]
    sessions: Sequence[tuple[str, str, str, str]]
    sum: int


def _empty() -> dict[str, list[Any]]:
    return {name: [_column(kind, ()) for kind in kinds] for name, kinds in _TABLES.items()}


def _column(kind: str, values: Iterable[Any]) -> Any:
    return array("q", values) if kind == "q" else list(values)


@dataclass(frozen=True)
class Settled:
    """All such groups of a store, none of which has a run or a writer in common with another."""

    tables: Mapping[str, Sequence[Any]] = field(default_factory=_empty)

    def __len__(self) -> int:
        return len(self.tables["groups"][0])

    def touched(self, root: str) -> set[int]:
        """The groups of which a directory or file is not as it was."""
        groups, paths, *marks = self.tables["homes"]
        found = _changed(root, groups, paths, marks, _OF_HOME)
        groups, paths, *marks = self.tables["files"]
        return found | _changed(root, groups, paths, marks, _OF_FILE)

    def without(self, groups: Collection[int]) -> Settled:
        """The same without some groups."""
        if not groups:
            return self
        tables = {}
        for name, kinds in _TABLES.items():
            columns = self.tables[name]
            keep = [group not in groups for group in columns[0]]
            tables[name] = [
                _column(kind, compress(column, keep))
                for kind, column in zip(kinds, columns, strict=True)
            ]
        return Settled(tables)

    def joined(self, groups: Iterable[Group]) -> Settled:
        """The same with more groups."""
        found: dict[str, list[tuple[Any, ...]]] = {name: [] for name in _TABLES}
        first = max(self.tables["groups"][0], default=0) + 1
        for number, group in enumerate(groups, first):
            found["homes"] += [(number, home, *mark[1:]) for home, mark in group.homes]
            found["files"] += [(number, path, *mark) for path, mark in group.files]
            found["runs"] += [(number, *run) for run in group.runs]
            found["sessions"] += [(number, *session) for session in group.sessions]
            found["groups"].append((number, f"{group.sum:x}"))
        tables = {}
        for name, kinds in _TABLES.items():
            more = list(zip(*found[name], strict=True)) or [()] * len(kinds)
            tables[name] = [
                old + _column(kind, new)
                for kind, old, new in zip(kinds, self.tables[name], more, strict=True)
            ]
        return Settled(tables)

    @property
    def homes(self) -> Sequence[str]:
        """The directories, relative to the store."""
        return list(self.tables["homes"][1])

    @property
    def files(self) -> Sequence[str]:
        """The files, relative to the store."""
        return list(self.tables["files"][1])

    @cached_property
    def runs(self) -> dict[str, str]:
        """The key of each run."""
        _, run_ids, keys, _ = self.tables["runs"]
        return dict(zip(run_ids, keys, strict=True))

    @cached_property
    def rows(self) -> dict[str, int]:
        """The number of facts of each run."""
        _, run_ids, _, rows = self.tables["runs"]
        return dict(zip(run_ids, rows, strict=True))

    @property
    def sessions(self) -> Iterator[tuple[str, str, str, str]]:
        """Run id, writer, state and last sign of life (ISO) of each session."""
        return zip(*self.tables["sessions"][1:], strict=True)

    @property
    def columns(self) -> Sequence[Sequence[str]]:
        """The same by columns."""
        return self.tables["sessions"][1:]

    @property
    def sum(self) -> int:
        """What all of them add to the store's digest."""
        return sum(int(each, 16) for each in self.tables["groups"][1])

    def of_runs(self, run_ids: Collection[str]) -> set[int]:
        """The groups of these runs."""
        return self._groups("runs", 1, run_ids)

    def of_writers(self, writers: Collection[str]) -> set[int]:
        """The groups of these writers."""
        return self._groups("sessions", 2, writers)

    def _groups(self, table: str, column: int, wanted: Collection[str]) -> set[int]:
        columns = self.tables[table]
        if set(wanted).isdisjoint(columns[column]):
            return set()
        chosen = set(wanted)
        pairs = zip(columns[0], columns[column], strict=True)
        return {group for group, text in pairs if text in chosen}

    def encode(self) -> tuple[Any, bytes]:
        """What stands in JSON, and the numbers that come after it."""
        texts, numbers = {}, []
        for name, kinds in _TABLES.items():
            columns = list(zip(kinds, self.tables[name], strict=True))
            texts[name] = [packed(column) for kind, column in columns if kind == "t"]
            numbers += [column.tobytes() for kind, column in columns if kind == "q"]
        return {"order": _ORDER, "texts": texts}, b"".join(numbers)

    @classmethod
    def parse(cls, found: Any, numbers: bytes | memoryview) -> Settled:
        """What ``encode`` gave; ValueError or LookupError if it is nothing like it."""
        if found["order"] != _ORDER:
            return cls()
        rest, tables = memoryview(numbers), {}
        for name, kinds in _TABLES.items():
            unpacked_texts = [unpacked(column) for column in found["texts"][name]]
            size = 8 * len(unpacked_texts[0])
            texts = iter(unpacked_texts)
            columns: list[Any] = []
            for kind in kinds:
                if kind == "t":
                    columns.append(next(texts))
                    continue
                columns.append(array("q"))
                columns[-1].frombytes(rest[:size])
                rest = rest[size:]
            tables[name] = columns
        return cls(tables)


def _changed(
    root: str,
    groups: Sequence[int],
    paths: Sequence[str],
    marks: Sequence[Sequence[int]],
    mark_of: Callable[[os.stat_result], tuple[int, ...]],
) -> set[int]:
    """The groups of the paths that have other marks now, or are gone."""
    seen = zip(groups, map(f"{root}/".__add__, paths), zip(*marks, strict=True), strict=True)
    stat, found = os.lstat, set()
    for group, path, mark in seen:
        try:
            if mark_of(stat(path)) != mark:
                found.add(group)
        except OSError:
            found.add(group)
    return found


def packed(texts: Sequence[str]) -> str | list[str]:
    """A column of texts as one text, which JSON reads several times as fast as many; else as it is.

    ``unpacked`` gives them back.
    """
    joined = _BETWEEN.join(texts)
    return joined if texts and joined.count(_BETWEEN) == len(texts) - 1 else list(texts)


def unpacked(found: str | list[str]) -> list[str]:
    """What ``packed`` was given."""
    return found.split(_BETWEEN) if isinstance(found, str) else found


def dumped(content: Any) -> bytes:
    """JSON in one line."""
    return json.dumps(content, separators=(",", ":")).encode()
