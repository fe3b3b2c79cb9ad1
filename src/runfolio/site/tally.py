"""A site that is counted and not written: paths and sizes of what a build would write."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runfolio.site.kinds import kind_of
from runfolio.site.output import FORMAT, MANIFEST, Written
from runfolio.site.sizes import largest_of

_SHORT, _LONG = 32, 64
_COPIED = re.compile(r"(snapshots/[^/]+/)?artifacts/")
_FROZEN = re.compile(r"snapshots/([^/]+)/(.*)", re.DOTALL)


@dataclass(frozen=True)
class Heavy:
    """Bytes that a policy can take away, by run, the newest first: of the series with every point,
    and of each artifact.
    """

    curves: Sequence[float] = ()
    artifacts: Sequence[Sequence[int]] = ()


@dataclass
class Guess:
    """Of files that were not made: bytes and numbers by kind, what the manifest says of them."""

    sums: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)
    listed: int = 0
    error: float = 0.0


class Tally:
    """Takes the place of the output folder; ``sizes`` by path, and a ``guess`` of the rest.

    Of the site ``before`` (its manifest) only snapshots are taken over. ``inner`` are the sites
    within this one, ``heavy`` what of it is heavy, and ``large`` its largest files so far.
    """

    prefix = ""

    def __init__(self, before: Mapping[str, Any] | None = None) -> None:
        said = before or {}
        self.out = Path()
        self.old_keys: Mapping[str, Any] = {
            "snapshots": said.get("keys", {}).get("snapshots", {}),
        }
        self.sizes: dict[str, int] = {}
        self.guess = Guess()
        self.heavy = Heavy()
        self.large: Mapping[str, int] = {}
        self.inner: list[InnerTally] = []
        self._before: Mapping[str, Any] = said.get("files", {})
        self._named: set[str] = set()

    def add(self, path: str, data: bytes) -> None:
        """Count a file."""
        self.sizes[path] = len(data)

    def copy(self, path: str, source: Path, sha256: str) -> None:
        """Count a file that lies somewhere."""
        self.sizes[path] = source.stat().st_size

    def expect(self, paths: Iterable[str]) -> None:
        """Know of files that will be there, without counting them."""
        self._named.update(paths)

    def enlarge(self, sizes: Mapping[str, int]) -> None:
        """Remember the largest files of those that are only guessed."""
        self.large = dict(largest_of({**self.large, **sizes}))

    def __contains__(self, path: str) -> bool:
        return path in self.sizes or path in self._named

    def pages(self) -> list[str]:
        """The paths of all pages, in order."""
        within = (f"{each.prefix}{path}" for each in self.inner for path in each.pages())
        paths = {*self.sizes, *self._named, *within}
        return sorted(path for path in paths if path.endswith(".html"))

    def complete(self) -> bool:
        """There is no site before."""
        return False

    def totals(self) -> tuple[int, int, int, int]:
        """There is no site before."""
        return 0, 0, 0, 0

    def has(self, paths: Iterable[str]) -> bool:
        """Whether the site before says that it has all ``paths``."""
        return all(path in self._before for path in paths)

    def reuse(self, paths: Iterable[str]) -> None:
        """Count files of the site before."""
        self.sizes.update((path, self._before[path][0]) for path in paths)

    def finish(self, keys: Mapping[str, Any], tool: str) -> Written:
        """Count the manifest."""
        head = {"format": FORMAT, "tool": tool, "files": {}, "keys": dict(keys)}
        size = len(json.dumps(head, separators=(",", ":"))) + 1
        size += sum(listed_size(path, size) for path, size in self.sizes.items())
        for each in self.inner:
            size += each.guess.listed + sum(
                listed_size(f"{each.prefix}{path}", bytes_) for path, bytes_ in each.sizes.items()
            )
        self.sizes[MANIFEST] = size + self.guess.listed
        total = sum(self.sizes.values())
        return Written(len(self.sizes), total, len(self.sizes), 0, 0, ())

    def by_kind(self) -> tuple[Counter[str], Counter[str]]:
        """Bytes and numbers of all files by kind, but for those of the sites within."""
        sums, counts = Counter(self.guess.sums), Counter(self.guess.counts)
        for path, size in self.sizes.items():
            sums[kind_of(path)] += size
            counts[kind_of(path)] += 1
        return sums, counts

    def frozen(self) -> Iterator[tuple[Counter[str], Counter[str], Heavy]]:
        """Of each site within: bytes and numbers by kind, and what of it is heavy."""
        for each in self.inner:
            yield *each.by_kind(), each.heavy
        found: defaultdict[str, dict[str, int]] = defaultdict(dict)
        for path, size in self.sizes.items():
            if match := _FROZEN.fullmatch(path):
                found[match[1]][match[2]] = size
        for sizes in found.values():  # taken over from the site before, and counted with its files
            kinds = Counter[str]()
            for path, size in sizes.items():
                kinds[kind_of(path)] += size
            yield kinds, Counter(), _heavy_of(sizes)


class InnerTally(Tally):
    """A site within a counted one, below ``folder``; what an archive may need of it is kept."""

    def __init__(self, outer: Tally, folder: str, without: frozenset[str]) -> None:
        super().__init__()
        self.prefix = f"{folder}/"
        self._without = without
        self._data: dict[str, bytes] = {}
        outer.inner.append(self)

    def add(self, path: str, data: bytes) -> None:
        """Count a file, unless only the root of a site has it."""
        if path not in self._without:
            super().add(path, data)
            if not path.endswith((".html", ".js")):
                self._data[path] = data

    @property
    def paths(self) -> list[str]:
        """The files that were counted one by one, as the outer site knows them."""
        return [f"{self.prefix}{path}" for path in self.sizes]

    def read(self, path: str) -> bytes:
        """A file that was just counted."""
        return self._data[path]

    def undo(self) -> None:
        """Take back all that was counted."""
        self.sizes, self.guess, self.heavy, self.large = {}, Guess(), Heavy(), {}
        self._named = set()

    def finish(self, keys: Mapping[str, Any], tool: str) -> Written:
        """There is no manifest within a site."""
        return Written(len(self.sizes), 0, 0, 0, 0, ())


def listed_size(path: str, size: int) -> int:
    """Bytes of the manifest for a file: ``"path":[size,"digest"],``."""
    digest = _LONG if _COPIED.match(path) else _SHORT
    return len(json.dumps(path)) + len(str(size)) + digest + 7


def _heavy_of(sizes: Mapping[str, int]) -> Heavy:
    """What of the files of a site is heavy; ids of runs are in the order of their birth."""
    curves: defaultdict[str, float] = defaultdict(float)
    copies: defaultdict[str, list[int]] = defaultdict(list)
    for path, size in sizes.items():
        parts = path.split("/")
        if path.startswith("data/full/"):
            curves[parts[2]] += size
        elif path.startswith("artifacts/"):
            copies[parts[1]].append(size)
    return Heavy(
        [curves[run_id] for run_id in sorted(curves, reverse=True)],
        [copies[run_id] for run_id in sorted(copies, reverse=True)],
    )
