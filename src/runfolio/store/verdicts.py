"""What was found out about files before, so that a file that nobody touched is not read again.

A file is the same as long as its size, times and inode are. What a look says is kept for the next
one only if the file had held still for a while before: two changes right after each other may leave
the same time. Nothing here is believed of a file that looks different, so that what was kept may be
old, of another store, or a stranger's.
"""

from __future__ import annotations

import dataclasses
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from runfolio.store import files as file_calls
from runfolio.store import frames
from runfolio.store.footers import Footer, PartError
from runfolio.store.journal import End, Glance, Journal, Rows, glance, parse_journal
from runfolio.store.listing import Home, Listing, Spot, held_still
from runfolio.store.mark import Mark, mark_of
from runfolio.store.reading import Part, look
from runfolio.store.settled import Settled, dumped, packed, unpacked

VERSION = 6
_OF_PLACE = ("path", "rows")


@dataclass(frozen=True)
class Kept:
    """What is known of a store's directories and files, by their paths relative to it."""

    homes: Mapping[str, Home] = field(default_factory=dict)
    files: Mapping[str, list[Any]] = field(default_factory=dict)
    settled: Settled = field(default_factory=Settled)

    @classmethod
    def parse(cls, data: bytes) -> Kept:
        """What was kept; nothing if the bytes are not exactly what was written."""
        at = data.index(b"\n")
        if data[:at] != _seal(memoryview(data)[at + 1 :]):
            return cls()
        end = data.index(b"\n", at + 1)
        found = json.loads(data[at + 1 : end])
        if found["version"] != VERSION:
            return cls()
        homes = {
            home: Home((0, *mark), tuple(zip(unpacked(names), unpacked(kinds), strict=True)))
            for home, (mark, names, kinds) in found["homes"].items()
        }
        settled = Settled.parse(found["settled"], memoryview(data)[end + 1 :])
        return cls(homes, found["files"], settled)

    def encode(self) -> bytes:
        """The bytes to keep."""
        settled, numbers = self.settled.encode()
        content = {
            "version": VERSION,
            "homes": {home: _home_out(each) for home, each in self.homes.items()},
            "files": self.files,
            "settled": settled,
        }
        body = dumped(content) + b"\n" + numbers
        return _seal(body) + b"\n" + body


def _home_out(home: Home) -> list[Any]:
    names, kinds = zip(*home.entries, strict=True) if home.entries else ((), ())
    return [home.mark[1:], packed(names), packed(kinds)]


def _seal(body: bytes | memoryview) -> bytes:
    return blake2b(body, digest_size=16).hexdigest().encode()


class KnownFiles:
    """Looks at the files of a plan, and only reads those that were not known as they are now.

    Journals that were read keep their rows (``rows``). ``learned``: something is known now that was
    not before.
    """

    def __init__(self, listing: Listing, kept: Kept) -> None:
        self._listing = listing
        self._root = str(listing.folder.path)
        self._old = kept
        self._new: dict[Spot, list[Any]] = {}
        self._marks: dict[Spot, Mark] = {}
        self.rows: dict[Spot, Journal] = {}
        self.learned = False

    def part(self, spot: Spot) -> Part:
        """What a part or pack covers, by its footer; ``checked`` says if its rows are verified."""
        record = self._known(spot)
        if record is None:
            try:
                part, checked = look(self._listing.path(spot))
                record = ["part", checked, _footer_out(part.footer), part.lost]
            except PartError as error:
                record = ["bad", error.code, str(error)]
            self._keep(spot, record)
        if record[0] == "bad":
            raise PartError(record[1], record[2])
        if record[0] == "part":
            _, _, footer, lost = record
            return Part(_footer_in(footer), {name: _tuples(each) for name, each in lost.items()})
        raise OSError(None, record[1])

    def checked(self, spot: Spot) -> bool:
        """Whether the rows of a part or pack were verified as they are now."""
        record = self._new.get(spot)
        return record is None or record[0] != "part" or bool(record[1])

    def confirm(self, spot: Spot) -> None:
        """The rows of a part were verified."""
        record = self._new.get(spot)
        if record is not None and record[0] == "part" and not record[1]:
            self._keep(spot, ["part", True, *record[2:]])

    def condemn(self, spot: Spot, error: PartError) -> None:
        """The rows of a part are damaged: from now on nothing of it is used."""
        self._keep(spot, ["bad", error.code, str(error)])

    def lose(self, spot: Spot, writer: str) -> None:
        """The facts of a writer in a pack cannot be read."""
        kind, checked, footer, lost = self._new[spot]
        ranges = _footer_in(footer).coverage[writer]
        self._keep(spot, [kind, checked, footer, {**lost, writer: ranges}])

    def unreadable(self, spot: Spot, error: OSError) -> None:
        """The system cannot read a file; this is not kept, since it may be able to next time."""
        self._new[spot] = ["unreadable", error.strerror or str(error)]

    def glance(self, spot: Spot) -> Glance:
        """Both ends of a journal."""
        path = self._listing.path(spot)
        record = self._known(spot)
        if record is None or record[0] != "journal":
            return glance(path)
        found = dict(record[2])
        found.update(header=_header(found["header"]), end=_end(found["end"]))
        return Glance(path=path, **found)

    def journal(self, spot: Spot) -> tuple[Journal, str]:
        """A journal, without its rows if it is known, and the digest of its bytes."""
        path = self._listing.path(spot)
        record = self._known(spot)
        if record is not None and record[0] == "journal":
            return _journal_in(path, record[1]), str(record[3])
        seen = glance(path)
        data = _bytes_of(path)
        journal = parse_journal(path, data)
        self.rows[spot] = journal
        seal = blake2b(data, digest_size=16).hexdigest()
        if len(data) == seen.size:
            self._keep(spot, ["journal", _flat(journal), _flat(seen), seal])
        return journal, seal

    def kept(self, settled: Settled | None = None) -> Kept:
        """What is worth keeping for the next look; nothing more of what is settled."""
        settled = settled or Settled()
        done, gone = set(settled.homes), set(settled.files)
        now = self._listing.began
        files = {
            spot.text: [*self._marks[spot], *record]
            for spot, record in self._new.items()
            if record[0] != "unreadable"
            and spot.text not in gone
            and held_still(self._marks[spot], now)
        }
        homes = {home: each for home, each in self._listing.homes.items() if home not in done}
        return Kept(homes, files, settled)

    @property
    def marks(self) -> Mapping[Spot, Mark]:
        """The files that were looked at, with their marks."""
        return self._marks

    def _known(self, spot: Spot) -> list[Any] | None:
        """What is known of a file as it is now."""
        if spot in self._new:
            return self._new[spot]
        text = f"{self._root}/{spot.home}/{spot.name}"
        mark = mark_of(os.stat(text, follow_symlinks=False))  # noqa: PTH116  no Path for each file
        self._marks[spot] = mark
        old = self._old.files.get(spot.text)
        if old is None or tuple(old[:4]) != mark:
            return None
        self._new[spot] = old[4:]
        return old[4:]

    def _keep(self, spot: Spot, record: list[Any]) -> None:
        self._new[spot] = record
        self.learned = self.learned or held_still(self._marks[spot], self._listing.began)


def _bytes_of(path: Path) -> bytes:
    fd = os.open(path, os.O_RDONLY | file_calls.BINARY | file_calls.NOFOLLOW | file_calls.NONBLOCK)
    with os.fdopen(fd, "rb") as file:
        return file.read()


def _footer_out(footer: Footer) -> list[Any]:
    return [getattr(footer, each.name) for each in dataclasses.fields(footer)]


def _footer_in(values: list[Any]) -> Footer:
    coverage, runs, ends, seen, rows, digest, groups, parts, living = values
    ranges = {writer: _tuples(each) for writer, each in coverage.items()}
    origins = {writer: _tuples(each) for writer, each in parts.items()}
    return Footer(ranges, runs, ends, seen, rows, digest, tuple(groups), origins, tuple(living))


def _flat(found: Journal | Glance) -> dict[str, Any]:
    """The fields that are no path and no rows, as JSON has them."""
    flat = {each.name: getattr(found, each.name) for each in dataclasses.fields(found)}
    for name in ("header", "end"):
        flat[name] = None if flat[name] is None else list(dataclasses.astuple(flat[name]))
    return {name: value for name, value in flat.items() if name not in _OF_PLACE}


def _journal_in(path: Path, flat: Mapping[str, Any]) -> Journal:
    found = {name: _tuples(value) for name, value in flat.items()}
    found.update(header=_header(flat["header"]), end=_end(flat["end"]))
    return Journal(path=path, rows=Rows(), **found)


def _header(values: list[Any] | None) -> frames.Header | None:
    return None if values is None else frames.Header(*values)


def _end(values: list[Any] | None) -> End | None:
    return None if values is None else End(*values)


def _tuples(value: Any) -> Any:
    """Lists of JSON as tuples."""
    return tuple(map(_tuples, value)) if isinstance(value, list | tuple) else value
