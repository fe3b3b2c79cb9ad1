"""One look at all the files of a store.

A look may be given what an earlier one found (``Known``): a directory that has not changed since is
then not listed again, so that a look at a large store is a few system calls a run.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from runfolio import schema
from runfolio.store import files
from runfolio.store.folder import Folder
from runfolio.store.mark import Mark
from runfolio.store.problem import Problem
from runfolio.store.settled import Settled

_FRESH_SECONDS = 2.0
_LOOKS = 3
_LINK = "link"
#: What a repair or a merge calls a broken file that it sets aside.
BROKEN = re.compile(r"(?P<name>.+)\.broken\d*")
_KINDS_OF_RUN = {"part": schema.PART_NAME, "journal": schema.JOURNAL_NAME}


class Spot(NamedTuple):
    """A file's place: the name of its directory relative to the store, with /, and its own."""

    home: str
    name: str

    @property
    def text(self) -> str:
        """The path relative to the store, as the system knows it."""
        return f"{self.home}/{self.name}"

    @property
    def shown(self) -> str:
        """The path relative to the store; strange bytes are shown as U+FFFD."""
        return files.printable(self.text)

    @property
    def run(self) -> str:
        """The run that a file belongs to, going by its folder."""
        return files.printable(self.home.rpartition("/")[2])


@dataclass(frozen=True)
class Home:
    """A directory as it was: its mark, and its entries as (name, kind)."""

    mark: Mark
    entries: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Listing:
    """The store's files by kind, each sorted; ``unknown`` are names that nothing here made.

    Files of purged runs are left out; a pack may still hold facts of one (``purged``).
    ``homes``: the directories that held still, for the next look. ``began``: when the look began.
    ``settled``: groups of files that are as they were said to be; they are left out.
    """

    folder: Folder
    spots: Mapping[str, Sequence[Spot]]
    problems: tuple[Problem, ...]
    homes: Mapping[str, Home] = field(default_factory=dict, repr=False)
    began: float = 0.0
    settled: Settled = field(default_factory=Settled, repr=False)

    def path(self, spot: Spot) -> Path:
        """Where the file lies."""
        return self.folder.path / spot.home / spot.name

    @property
    def packs(self) -> tuple[Path, ...]:
        """The packs."""
        return self._paths("pack")

    @property
    def parts(self) -> tuple[Path, ...]:
        """The parts of runs."""
        return self._paths("part")

    @property
    def journals(self) -> tuple[Path, ...]:
        """The journals."""
        return self._paths("journal")

    @property
    def tombs(self) -> tuple[Path, ...]:
        """The tombs of purged runs."""
        return self._paths("tomb")

    @property
    def unknown(self) -> tuple[Path, ...]:
        """Names that nothing here made."""
        return self._paths("unknown")

    @cached_property
    def aside(self) -> tuple[tuple[Spot, str], ...]:
        """The files that were set aside as broken, with their old names."""
        found = ((spot, BROKEN.fullmatch(spot.name)) for spot in self.spots["unknown"])
        return tuple((spot, match["name"]) for spot, match in found if match)

    def _paths(self, kind: str) -> tuple[Path, ...]:
        return tuple(self.path(spot) for spot in self.spots[kind])

    def name(self, path: Path) -> str:
        """The path relative to the store, with /; strange bytes are shown as U+FFFD."""
        return relative_name(self.folder, path)

    @cached_property
    def purged(self) -> frozenset[str]:
        """Ids of the runs that were purged."""
        found = (schema.TOMB_NAME.fullmatch(spot.name) for spot in self.spots["tomb"])
        return frozenset(match["run"] for match in found if match)


def relative_name(folder: Folder, path: Path) -> str:
    """``path`` relative to the store, with /; strange bytes are shown as U+FFFD."""
    return files.printable(path.relative_to(folder.path).as_posix())


def run_of(path: Path) -> str:
    """The run that a file belongs to, going by its folder."""
    return files.printable(path.parent.name)


def held_still(mark: Mark, now: float) -> bool:
    """Whether nobody can change the file any more without giving it another mark.

    Clocks of file systems are coarse: of two changes right after each other the second may leave
    the times as they are.
    """
    return now - max(mark[1], mark[2]) / 1e9 > _FRESH_SECONDS


def list_store(
    folder: Folder,
    known: Mapping[str, Home] | None = None,
    settled: Settled | None = None,
) -> Listing:
    """List the store; directories that changed just now are listed until they hold still.

    ``known``: what ``homes`` of an earlier look said; ``settled``: what was known once and for all.
    """
    return _Look(folder, known or {}, settled or Settled()).listing()


class _Look:
    def __init__(self, folder: Folder, known: Mapping[str, Home], settled: Settled) -> None:
        self.folder = folder
        self.root = str(folder.path)
        self.known = known
        self.began = time.time()
        self.settled = settled.without(settled.touched(self.root))
        self.problems: list[Problem] = []
        self.homes: dict[str, Home] = {}
        kinds = ("pack", "part", "journal", "tomb", "unknown")
        self.found: dict[str, list[Spot]] = {kind: [] for kind in kinds}

    def listing(self) -> Listing:
        done = set(self.settled.files)
        self._sort_out(schema.PACKS, {"pack": schema.PACK_NAME}, done)
        self._sort_out(schema.TOMBS, {"tomb": schema.TOMB_NAME})
        buried = (schema.TOMB_NAME.fullmatch(spot.name) for spot in self.found["tomb"])
        gone = {match["run"] for match in buried if match}
        still = set(self.settled.homes)
        for name in self._run_names():
            home = f"{schema.RUNS}/{name}"
            if home not in still and name not in gone:
                self._sort_out(home, _KINDS_OF_RUN)
        return Listing(
            self.folder,
            {kind: sorted(spots) for kind, spots in self.found.items()},
            tuple(self.problems),
            self.homes,
            self.began,
            self.settled,
        )

    def _run_names(self) -> Iterable[str]:
        """Names of the directories of runs; other things among them are told of."""
        for name, kind in self._entries(schema.RUNS, {}):
            if kind == "folder":
                yield name
            elif kind == _LINK:
                self._link(Spot(schema.RUNS, name), name)
            else:
                self.found["unknown"].append(Spot(schema.RUNS, name))

    def _sort_out(
        self, home: str, kinds: Mapping[str, re.Pattern[str]], done: Collection[str] = ()
    ) -> None:
        """Sort the entries of a directory by their kinds, but those that need no look."""
        for name, kind in self._entries(home, kinds):
            if done and f"{home}/{name}" in done:
                continue
            if kind == _LINK:
                parent, _, run = home.rpartition("/")
                self._link(Spot(home, name), run if parent == schema.RUNS else None)
            else:
                self.found["unknown" if kind == "folder" else kind].append(Spot(home, name))

    def _entries(
        self, home: str, kinds: Mapping[str, re.Pattern[str]]
    ) -> tuple[tuple[str, str], ...]:
        """The directory's entries; a listing while files move may miss some, so look again."""
        path = f"{self.root}/{home}"
        try:
            found = os.stat(path)  # noqa: PTH116  a Path for each run costs more than its look
            mark = (0, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
            known = self.known.get(home)
            if known is None or known.mark != mark:
                known = Home(mark, _patient_look(path, mark, kinds))
        except FileNotFoundError:
            return ()
        except OSError as error:
            self._unreadable(home, error)
            return ()
        if held_still(mark, self.began):
            self.homes[home] = known
        return known.entries

    def _unreadable(self, home: str, error: OSError) -> None:
        parent, _, name = home.rpartition("/")
        self.problems.append(
            Problem(
                "folder-unreadable",
                files.printable(home),
                files.printable(name) if parent == schema.RUNS else None,
                f"The folder cannot be read: {error.strerror or error}.",
                "Nothing in it is shown.",
            )
        )

    def _link(self, spot: Spot, run: str | None) -> None:
        self.problems.append(
            Problem(
                "link",
                spot.shown,
                files.printable(run) if run is not None else None,
                "It is a symbolic link; links are not followed, since they can lead out of the "
                "store.",
                "Nothing behind it is shown. Copy the files into the store instead.",
            )
        )


def _patient_look(
    path: str, mark: Mark, kinds: Mapping[str, re.Pattern[str]]
) -> tuple[tuple[str, str], ...]:
    listed = _look(path, kinds)
    for _ in range(_LOOKS - 1):
        if held_still(mark, time.time()):
            break
        again = _look(path, kinds)
        if again == listed:
            break
        listed = again
        found = os.stat(path)  # noqa: PTH116
        mark = (0, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
    return listed


def _look(path: str, kinds: Mapping[str, re.Pattern[str]]) -> tuple[tuple[str, str], ...]:
    with os.scandir(path) as entries:
        return tuple(sorted((entry.name, _kind(entry, kinds)) for entry in entries))


def _kind(entry: os.DirEntry[str], kinds: Mapping[str, re.Pattern[str]]) -> str:
    """What an entry is: one of ``kinds``, folder, link or unknown."""
    kind = next((kind for kind, name in kinds.items() if name.fullmatch(entry.name)), "unknown")
    if entry.is_symlink():
        # a strange name is nobody's business, but a directory of a run could hide behind one
        return _LINK if kind != "unknown" or not kinds else "unknown"
    if entry.is_dir(follow_symlinks=False):
        return "folder"
    if kind != "unknown" and not entry.is_file(follow_symlinks=False):
        return "unknown"
    return kind
