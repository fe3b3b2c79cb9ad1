"""One look at all the files of a store."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from runfolio import schema
from runfolio.store import files
from runfolio.store.folder import Folder
from runfolio.store.problem import Problem

_TOMB = schema.TOMB_NAME.fullmatch
_FRESH_SECONDS = 2.0
_LOOKS = 3


@dataclass(frozen=True)
class Listing:
    """The store's files by kind, each sorted; ``unknown`` are names that nothing here made.

    Files of purged runs are left out; a pack may still hold facts of one (``purged``).
    """

    folder: Folder
    packs: tuple[Path, ...]
    parts: tuple[Path, ...]
    journals: tuple[Path, ...]
    unknown: tuple[Path, ...]
    problems: tuple[Problem, ...]
    tombs: tuple[Path, ...] = ()

    def name(self, path: Path) -> str:
        """The path relative to the store, with /; strange bytes are shown as U+FFFD."""
        return relative_name(self.folder, path)

    @cached_property
    def purged(self) -> frozenset[str]:
        """Ids of the runs that were purged."""
        found = (schema.TOMB_NAME.fullmatch(path.name) for path in self.tombs)
        return frozenset(match["run"] for match in found if match)


def relative_name(folder: Folder, path: Path) -> str:
    """``path`` relative to the store, with /; strange bytes are shown as U+FFFD."""
    return files.printable(path.relative_to(folder.path).as_posix())


def run_of(path: Path) -> str:
    """The run that a file belongs to, going by its folder."""
    return files.printable(path.parent.name)


def list_store(folder: Folder) -> Listing:
    """List the store; directories that changed just now are listed until they hold still."""
    kinds_of_files = ("pack", "part", "journal", "tomb", "unknown")
    found: dict[str, list[Path]] = {kind: [] for kind in kinds_of_files}
    problems: list[Problem] = []
    _sort_out(folder, folder.packs, {"pack": schema.PACK_NAME}, found, problems)
    _sort_out(folder, folder.tombs, {"tomb": schema.TOMB_NAME}, found, problems)
    gone = {match["run"] for path in found["tomb"] if (match := _TOMB(path.name))}
    kinds = {"part": schema.PART_NAME, "journal": schema.JOURNAL_NAME}
    for home in _run_dirs(folder, found["unknown"], problems):
        if home.name in gone:
            continue
        _sort_out(folder, home, kinds, found, problems)
    return Listing(
        folder,
        tuple(sorted(found["pack"])),
        tuple(sorted(found["part"])),
        tuple(sorted(found["journal"])),
        tuple(sorted(found["unknown"])),
        tuple(problems),
        tuple(sorted(found["tomb"])),
    )


def _run_dirs(folder: Folder, unknown: list[Path], problems: list[Problem]) -> Iterator[Path]:
    for entry in sorted(_entries(folder, folder.runs, problems), key=lambda entry: entry.name):
        path = folder.runs / entry.name
        if entry.is_symlink():
            problems.append(_link(folder, path))
        elif entry.is_dir(follow_symlinks=False):
            yield path
        else:
            unknown.append(path)


def _sort_out(
    folder: Folder,
    home: Path,
    kinds: dict[str, re.Pattern[str]],
    found: dict[str, list[Path]],
    problems: list[Problem],
) -> None:
    for entry in _entries(folder, home, problems):
        path = home / entry.name
        kind = next((kind for kind, name in kinds.items() if name.fullmatch(entry.name)), "unknown")
        if kind != "unknown" and entry.is_symlink():
            problems.append(_link(folder, path))
        elif kind != "unknown" and not entry.is_file(follow_symlinks=False):
            found["unknown"].append(path)
        else:
            found[kind].append(path)


def _entries(folder: Folder, path: Path, problems: list[Problem]) -> list[os.DirEntry[str]]:
    """The directory's entries; a listing while files move may miss some, so look again."""
    try:
        listed = _look(path)
        for _ in range(_LOOKS - 1):
            if time.time() - path.stat().st_mtime > _FRESH_SECONDS:
                break
            again = _look(path)
            if [entry.name for entry in again] == [entry.name for entry in listed]:
                break
            listed = again
    except FileNotFoundError:
        return []
    except OSError as error:
        run_id = files.printable(path.name) if path.parent == folder.runs else None
        problems.append(
            Problem(
                "folder-unreadable",
                relative_name(folder, path),
                run_id,
                f"The folder cannot be read: {error.strerror or error}.",
                "Nothing in it is shown.",
            )
        )
        return []
    return listed


def _look(path: Path) -> list[os.DirEntry[str]]:
    with os.scandir(path) as entries:
        return list(entries)


def _link(folder: Folder, path: Path) -> Problem:
    name = path.name if path.parent == folder.runs else path.parent.name
    return Problem(
        "link",
        relative_name(folder, path),
        files.printable(name),
        "It is a symbolic link; links are not followed, since they can lead out of the store.",
        "Nothing behind it is shown. Copy the files into the store instead.",
    )
