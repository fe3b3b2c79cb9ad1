"""Where the index of a store lies: segments, a note beside each, and what is known of the files.

Everything is written under a name of its own and renamed when it is whole; nothing is changed
afterwards. A segment counts if its note says that the file is exactly the one that was written here
(size, times and inode), so that an index that was copied, cut or made by a stranger counts for
nothing. Two commands at once may both write; none waits, and none sees half of anything.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any

from runfolio.query.segment import remove, segment_version
from runfolio.store.folder import Folder
from runfolio.store.mark import Mark, mark_of
from runfolio.store.mirrors import cache_dir
from runfolio.store.verdicts import Kept

_FILES = "files.json"
_IGNORE = "# Made by runfolio: what can be made again.\n*\n"
#: Others may still be about to open what this one no longer needs.
_GRACE_SECONDS = 600.0
_TEMP_SECONDS = 24 * 3600.0


@dataclass(frozen=True)
class Segment:
    """A segment that can be used: its runs with their keys, and how many facts it holds."""

    path: Path
    runs: Mapping[str, str]
    rows: int


class Shelf:
    """The folder of an index."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def of(cls, folder: Folder) -> Shelf | None:
        """That of a store; in the user's cache where the store cannot be written; or None."""
        for place in (_in_store, _in_user_cache):
            try:
                home = place(folder)
                path = home / "index"
                path.mkdir(parents=True, exist_ok=True)
                if os.access(path, os.R_OK | os.W_OK | os.X_OK):
                    _ignore(home)
                    return cls(path)
            except (OSError, RuntimeError):  # a user without a home
                continue
        return None

    def segments(self) -> list[Segment]:
        """The segments that can be used, each with the runs that it holds."""
        found = []
        for note in sorted(self.path.glob("seg-*.json")):
            segment = _noted(note)
            if segment is not None:
                found.append(segment)
        return found

    def temp(self) -> Path:
        """A fresh path for a half-made segment."""
        return self.path / f"t-{os.getpid()}-{secrets.token_hex(6)}.tmp"

    def add(self, made: Path, runs: Mapping[str, str], rows: int) -> Segment:
        """Give a segment that was made under a ``temp`` path its name, and note what it holds."""
        target = self.path / f"seg-{secrets.token_hex(8)}.duckdb"
        made.replace(target)
        self._note(target, {"rows": rows, "runs": dict(runs)})
        return Segment(target, runs, rows)

    def views(self, shape: str) -> Path | None:
        """The database of the views of this shape, if it is the one that was made here."""
        path = self.path / f"views-{shape}.db"
        return path if _note_of(path) is not None else None

    def add_views(self, made: Path, shape: str) -> Path:
        """Keep a database of views that was made under a ``temp`` path."""
        target = self.path / f"views-{shape}.db"
        made.replace(target)
        self._note(target, {})
        return target

    def drop(self, segment: Path) -> None:
        """Let a segment go, which nobody needs any more or which cannot be used."""
        remove(segment.with_suffix(".json"))
        remove(segment)

    def kept(self) -> Kept:
        """What is known of the store's files; nothing where that cannot be read."""
        try:
            return Kept.parse((self.path / _FILES).read_bytes())
        except (OSError, ValueError, TypeError, LookupError, AttributeError):
            return Kept()

    def keep(self, kept: Kept) -> None:
        """Keep what is known of the files; the last one to say so counts."""
        with contextlib.suppress(OSError):
            self._write(self.path / _FILES, kept.encode(), sealed=True)

    def clean(self, used: Collection[Path]) -> None:
        """Remove old segments that are not used, and what dead processes left half-made."""
        now = time.time()
        with contextlib.suppress(OSError):
            for path in list(self.path.iterdir()):
                limit = _TEMP_SECONDS if path.name.startswith("t-") else _GRACE_SECONDS
                old = now - path.stat().st_mtime > limit
                kind = path.name.startswith(("seg-", "t-", "views-"))
                if kind and old and path.with_suffix(".duckdb") not in used:
                    remove(path)

    def clear(self) -> None:
        """Remove everything."""
        with contextlib.suppress(OSError):
            for path in list(self.path.iterdir()):
                remove(path)

    def size(self, segments: Collection[Path]) -> int:
        """Bytes of the segments and of what is known of the files."""
        return sum(_size(path) for path in (*segments, self.path / _FILES))

    def _note(self, target: Path, content: Mapping[str, Any]) -> None:
        """Note beside a file that it is the one that was written here, and what it holds."""
        known = {"version": segment_version(), "mark": mark_of(target.stat()), **content}
        self._write(target.with_suffix(".json"), json.dumps(known).encode())

    def _write(self, target: Path, data: bytes, *, sealed: bool = False) -> None:
        temp = self.temp()
        temp.write_bytes(data if sealed else _seal(data) + b"\n" + data)
        temp.replace(target)


def _noted(note: Path) -> Segment | None:
    """The segment that a note is about, if it is whole and the same as then."""
    path = note.with_suffix(".duckdb")
    content = _note_of(path)
    return Segment(path, content["runs"], content["rows"]) if content else None


def _note_of(path: Path) -> dict[str, Any] | None:
    """What was noted of a file, if that is whole and the file the same as then."""
    try:
        seal, _, data = path.with_suffix(".json").read_bytes().partition(b"\n")
        if seal != _seal(data):
            return None
        content: dict[str, Any] = json.loads(data)
        mark: Mark = tuple(content["mark"])
        if content["version"] != segment_version() or mark != mark_of(path.stat()):
            return None
        return content
    except (OSError, ValueError, TypeError, LookupError):
        return None


def _seal(data: bytes) -> bytes:
    return blake2b(data, digest_size=16).hexdigest().encode()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _ignore(home: Path) -> None:
    """Keep the index out of git also where the store's own list is missing."""
    path = home / ".gitignore"
    if not path.exists():
        path.write_text(_IGNORE, encoding="utf-8", newline="\n")


def _in_store(folder: Folder) -> Path:
    return folder.cache


def _in_user_cache(folder: Folder) -> Path:
    name = blake2b(os.fsencode(folder.path), digest_size=16).hexdigest()
    return cache_dir() / "indexes" / name
