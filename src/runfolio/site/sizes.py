"""Sizes of sites: in all, by kind, and the largest files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from runfolio.site.kinds import KINDS, kind_of

_LARGEST = 5


@dataclass(frozen=True)
class Part:
    """Files of one kind: how many, and their bytes."""

    name: str
    files: int
    bytes: int


@dataclass(frozen=True)
class Size:
    """How large a site is: in all, by kind (largest first) and its largest files."""

    files: int
    bytes: int
    parts: tuple[Part, ...]
    largest: tuple[tuple[str, int], ...]

    def of(self, kind: str) -> int:
        """Bytes of the files of a kind."""
        return sum(part.bytes for part in self.parts if part.name == kind)


def measure(files: Mapping[str, Path]) -> Size:
    """The size of the files of a site, given by path as published and where they lie."""
    return size_of({name: path.stat().st_size for name, path in files.items()})


def size_of(sizes: Mapping[str, int]) -> Size:
    """The size of a site whose files have these sizes."""
    total: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for path, size in sizes.items():
        total[kind_of(path)] += size
        counts[kind_of(path)] += 1
    return Size(len(sizes), sum(sizes.values()), parts_of(total, counts), largest_of(sizes))


def parts_of(total: Mapping[str, int], counts: Mapping[str, int]) -> tuple[Part, ...]:
    """The kinds that there are, the largest first."""
    found = [Part(name, counts[name], total[name]) for _, name in KINDS if counts.get(name)]
    return tuple(sorted(found, key=lambda part: (-part.bytes, part.name)))


def largest_of(sizes: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """The largest files."""
    return tuple(sorted(sizes.items(), key=lambda one: (-one[1], one[0]))[:_LARGEST])
