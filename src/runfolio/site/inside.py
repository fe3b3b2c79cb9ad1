"""A site within a site: what it writes goes into a folder of the outer one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from runfolio.site.output import Output, Sink, Written

#: What only the root of a site needs.
OF_ROOT = frozenset({".nojekyll", "404.html", "sitemap.xml"})


class Inner(Sink, Protocol):
    """A site within another one: written, or only counted."""

    @property
    def paths(self) -> list[str]:
        """What it has, as the outer site knows it."""

    def read(self, path: str) -> bytes:
        """A file that was just taken."""

    def undo(self) -> None:
        """Take back everything."""


class Inside(Output):
    """The folder ``folder`` of ``outer`` as an output of its own; it has no manifest."""

    def __init__(self, outer: Output, folder: str) -> None:
        self.outer = outer
        self.folder = folder
        self.out: Path = outer.out / folder
        self.old_keys: Mapping[str, Any] = {}
        self.paths: list[str] = []

    def add(self, path: str, data: bytes) -> None:
        """Write ``data`` at ``path``."""
        if path not in OF_ROOT:
            self.outer.add(self._whole(path), data)

    def copy(self, path: str, source: Path, sha256: str) -> None:
        """Copy a stored file to ``path``."""
        self.outer.copy(self._whole(path), source, sha256)

    def __contains__(self, path: str) -> bool:
        return f"{self.folder}/{path}" in self.outer

    def pages(self) -> list[str]:
        """The paths of all pages so far, in order."""
        return sorted(
            path.removeprefix(f"{self.folder}/") for path in self.paths if path.endswith(".html")
        )

    def complete(self) -> bool:
        """Whether there is nothing to do: the outer site asks before it begins."""
        return False

    def has(self, paths: Iterable[str]) -> bool:
        """Whether a file of an older build could be taken over; the outer site does that."""
        return False

    def finish(self, keys: Mapping[str, Any], tool: str) -> Written:
        """Nothing more to do; the outer site tells what was written."""
        return Written(len(self.paths), 0, 0, 0, 0, ())

    def read(self, path: str) -> bytes:
        """A file that was just written."""
        return (self.outer.new / self.folder / path).read_bytes()

    def undo(self) -> None:
        """Take away all that was written."""
        self.outer.discard(self.paths)
        self.paths = []

    def _whole(self, path: str) -> str:
        whole = f"{self.folder}/{path}"
        self.paths.append(whole)
        return whole
