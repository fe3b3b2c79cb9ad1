"""A site that is counted and not written: paths and sizes of what a build would write."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from runfolio.site.output import FORMAT, MANIFEST, Written

_SHORT, _LONG = 32, 64


class Tally:
    """Takes the place of the output folder; ``sizes`` by path. There is no site before."""

    def __init__(self) -> None:
        self.out = Path()
        self.old_keys: Mapping[str, Any] = {}
        self.sizes: dict[str, int] = {}
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

    def __contains__(self, path: str) -> bool:
        return path in self.sizes or path in self._named

    def pages(self) -> list[str]:
        """The paths of all pages, in order."""
        paths = self.sizes.keys() | self._named
        return sorted(path for path in paths if path.endswith(".html"))

    def complete(self) -> bool:
        """There is no site before."""
        return False

    def totals(self) -> tuple[int, int, int, int]:
        """There is no site before."""
        return 0, 0, 0, 0

    def has(self, paths: Iterable[str]) -> bool:
        """There is no site before."""
        return False

    def reuse(self, paths: Iterable[str]) -> None:
        """There is nothing to take over."""

    def finish(self, keys: Mapping[str, Any], tool: str) -> Written:
        """Count the manifest."""
        head = {"format": FORMAT, "tool": tool, "files": {}, "keys": dict(keys)}
        size = len(json.dumps(head, separators=(",", ":"))) + 1
        listed = sum(listed_size(path, size) for path, size in self.sizes.items())
        self.sizes[MANIFEST] = size + listed
        total = sum(self.sizes.values())
        return Written(len(self.sizes), total, len(self.sizes), 0, 0, ())


def listed_size(path: str, size: int) -> int:
    """Bytes of the manifest for a file: ``"path":[size,"digest"],``."""
    digest = _LONG if path.startswith("artifacts/") else _SHORT
    return len(json.dumps(path)) + len(str(size)) + digest + 7
