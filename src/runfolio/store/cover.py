"""What a store holds already in larger files, so that the small ones need not come again."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from runfolio.store.contents import DamagedFileError, check
from runfolio.store.coverage import Ranges, contains
from runfolio.store.names import Name
from runfolio.store.parts import Footer
from runfolio.store.source import Entry


class Cover:
    """The facts that good packs and parts of a store hold, by writer.

    A part is read only when its name says that it might stand for another; packs are all read
    when the first question is asked.
    """

    def __init__(self, root: Path, entries: dict[str, Entry]) -> None:
        self._root = root
        self._parts: defaultdict[str, list[Name]] = defaultdict(list)
        self._packs: list[Name] = []
        self._known: dict[str, dict[str, Ranges] | None] = {}
        for entry in entries.values():
            self._note(entry.name)

    def _note(self, name: Name) -> None:
        if name.sort == "part":
            self._parts[name.writer].append(name)
        elif name.sort == "pack":
            self._packs.append(name)

    def add(self, name: Name, footer: Footer | None) -> None:
        """A file that came just now, with its footer; without one, what its name says counts."""
        self._note(name)
        claim: dict[str, Ranges] = {name.writer: ((name.lo, name.hi),)}
        self._known[name.text] = claim if footer is None else footer.coverage

    def holds(self, coverage: dict[str, Ranges], but: str = "") -> bool:
        """Whether ONE good file, other than ``but``, holds all these facts."""
        if not coverage:
            return False
        for pack in self._packs:
            if pack.text != but and self._has(pack, coverage):
                return True
        if len(coverage) > 1:
            return False
        ((writer, ranges),) = coverage.items()
        wanted = (ranges[0][0], ranges[-1][1]) if ranges else (0, 0)
        return any(
            part.lo <= wanted[0] and wanted[1] <= part.hi and self._has(part, coverage)
            for part in self._parts[writer]
            if ranges and part.text != but
        )

    def _has(self, name: Name, coverage: dict[str, Ranges]) -> bool:
        held = self._coverage(name)
        return held is not None and all(
            contains(held.get(writer, ()), ranges) for writer, ranges in coverage.items()
        )

    def _coverage(self, name: Name) -> dict[str, Ranges] | None:
        """What a file holds, if it is good."""
        if name.text not in self._known:
            try:
                footer = check(name, self._root / name.text)
                self._known[name.text] = footer.coverage if footer else None
            except (DamagedFileError, OSError):
                self._known[name.text] = None
        return self._known[name.text]
