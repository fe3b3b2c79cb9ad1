"""What a disk may hold after a power cut, made from a trace of system calls.

The model is that of a journaling file system at its worst. A file keeps what was synced; of what
was written later it keeps all, nothing, half, or zeros. Of the changes to a directory's entries
since its last sync any may be lost, not only the newest ones (above three: the newest ones).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations, product
from pathlib import Path, PurePosixPath
from typing import Any

Operation = tuple[Any, ...]
#: One disk: the contents of each file by its path, and the paths of its directories.
State = tuple[dict[str, bytes], frozenset[str]]


@dataclass
class _File:
    data: bytes = b""
    synced: bytes = b""

    def variants(self) -> list[bytes]:
        """What the file may hold after a power cut."""
        new = len(self.data) - len(self.synced)
        if new <= 0 or not self.data.startswith(self.synced):
            return list({self.data: None, self.synced: None})
        half = self.data[: len(self.synced) + new // 2]
        zeros = self.synced + bytes(new)
        return list(dict.fromkeys([self.data, self.synced, half, zeros]))


@dataclass
class _Folder:
    """Entries that are safe, and the changes since: (name, inode or None for removed)."""

    safe: dict[str, int] = field(default_factory=dict)
    changes: list[tuple[str, int | None]] = field(default_factory=list)

    def survivors(self) -> list[tuple[int, ...]]:
        """Which changes may outlive a power cut, as their places in the list."""
        places = range(len(self.changes))
        if len(places) > 3:
            return [tuple(places[:kept]) for kept in range(len(places) + 1)]
        return [chosen for size in range(len(places) + 1) for chosen in combinations(places, size)]

    def entries(self, kept: Iterable[int]) -> dict[str, int]:
        """The entries when only these changes are kept."""
        found = dict(self.safe)
        for name, inode in (self.changes[place] for place in kept):
            if inode is None:
                found.pop(name, None)
            else:
                found[name] = inode
        return found


class Disk:
    """The disk after a prefix of the trace; ``states`` are what a power cut may leave of it."""

    def __init__(self) -> None:
        self.files: dict[int, _File] = {}
        self.folders: dict[int, _Folder] = {0: _Folder()}
        self.names: dict[str, int] = {".": 0}
        self.next = 1

    def do(self, operation: Operation) -> None:
        """Apply one operation of the trace."""
        kind, *arguments = operation
        getattr(self, f"_{kind}")(*arguments)

    def _parent(self, path: str) -> tuple[_Folder, str]:
        pure = PurePosixPath(path)
        return self.folders[self.names[str(pure.parent)]], pure.name

    def _enter(self, path: str, inode: int | None) -> None:
        folder, name = self._parent(path)
        folder.changes.append((name, inode))
        if inode is None:
            del self.names[path]
        else:
            self.names[path] = inode

    def _create(self, path: str) -> None:
        if path not in self.names:
            self.files[self.next] = _File()
            self._enter(path, self.next)
            self.next += 1

    def _mkdir(self, path: str) -> None:
        self.folders[self.next] = _Folder()
        self._enter(path, self.next)
        self.next += 1

    def _write(self, path: str, data: bytes) -> None:
        self.files[self.names[path]].data += data

    def _truncate(self, path: str, size: int) -> None:
        file = self.files[self.names[path]]
        file.data = file.data[:size]

    def _sync(self, path: str) -> None:
        inode = self.names[path]
        if inode in self.files:
            self.files[inode].synced = self.files[inode].data
        else:
            folder = self.folders[inode]
            folder.safe, folder.changes = folder.entries(range(len(folder.changes))), []

    def _unlink(self, path: str) -> None:
        self._enter(path, None)

    def _rename(self, source: str, target: str) -> None:
        inode = self.names[source]
        self._enter(target, inode)
        self._enter(source, None)

    def _link(self, source: str, target: str) -> None:
        self._enter(target, self.names[source])

    def states(self) -> Iterator[State]:
        """Every disk that a power cut now may leave."""
        folders = sorted(self.folders)
        for kept in product(*(self.folders[inode].survivors() for inode in folders)):
            entries = {
                inode: self.folders[inode].entries(places)
                for inode, places in zip(folders, kept, strict=True)
            }
            yield from self._contents(entries)

    def _contents(self, entries: dict[int, dict[str, int]]) -> Iterator[State]:
        places: dict[str, int] = {}
        made: list[str] = []
        self._walk(0, "", entries, places, made)
        inodes = sorted(set(places.values()))
        for choice in product(*(self.files[inode].variants() for inode in inodes)):
            held = dict(zip(inodes, choice, strict=True))
            yield {path: held[inode] for path, inode in places.items()}, frozenset(made)

    def _walk(
        self,
        inode: int,
        prefix: str,
        entries: dict[int, dict[str, int]],
        places: dict[str, int],
        made: list[str],
    ) -> None:
        for name, child in entries[inode].items():
            if child in self.folders:
                made.append(prefix + name)
                self._walk(child, f"{prefix}{name}/", entries, places, made)
            else:
                places[prefix + name] = child


def lay_out(state: State, root: Path) -> None:
    """Make the files of a state under ``root``."""
    contents, made = state
    root.mkdir(parents=True)
    for path in sorted(made):
        (root / path).mkdir()
    for path, data in contents.items():
        (root / path).write_bytes(data)
