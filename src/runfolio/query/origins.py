"""Runs from elsewhere beside our own: a store of theirs on this machine, laid beside ours.

Which origin a run has follows from the folder that it was read from, and from nothing that its
facts say: so a source cannot speak for us or for another one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb

from runfolio.query import database
from runfolio.query.index import Indexed
from runfolio.query.segment import Bucket, Opening
from runfolio.query.shelf import Shelf
from runfolio.store.folder import Folder
from runfolio.store.plan import Snapshot, snapshot

Found = Indexed | Snapshot


@dataclass(frozen=True)
class Origin:
    """Where runs come from, and the copy that is shown of them.

    ``where``: the folder or address as it may be told; ``kind``: store or site. ``site``: address
    of their own site, ending in /, or ''. ``taken`` (UTC): when the copy was made, in the state
    ``digest``; ``old``: why it is not newer than that, or ''. ``theirs``: what a run is called
    there, where that is not its id here. ``ours``: runs that are left out, since we have them.
    ``contents``: the folder that holds their files, if one on this machine does. ``public``:
    whether anybody can read it where it is; ``consent``: whether it may be published (auto, yes,
    no).
    """

    name: str
    folder: Path
    where: str
    kind: str
    site: str = ""
    taken: str = ""
    digest: str = ""
    old: str = ""
    theirs: Mapping[str, str] = field(default_factory=dict)
    ours: int = 0
    left: tuple[str, ...] = ()
    contents: Path | None = None
    public: bool = False
    consent: str = "auto"

    @property
    def goes_out(self) -> bool:
        """Whether its runs may be published with ours."""
        return self.consent == "yes" or (self.consent == "auto" and self.public)

    def page(self, run_id: str) -> str:
        """Address of a run's page on their own site; '' where none is known."""
        there = self.theirs.get(run_id, run_id)
        return f"{self.site}runs/{quote(there)}.html" if self.site else ""

    def told(self) -> tuple[Any, ...]:
        """What pages say of it; where its copy lies is not among that."""
        return (
            self.name,
            self.where,
            self.kind,
            self.site,
            self.taken,
            self.digest,
            self.old,
            sorted(self.theirs.items()),
            self.ours,
            self.left,
        )

    def as_dict(self) -> dict[str, Any]:
        """What another process needs to open the same store."""
        return {"name": self.name, "folder": str(self.folder)}


#: An origin with its store as it is now.
Beside = tuple[Origin, Found]


def connected(
    found: Found, beside: Sequence[Beside], opening: Opening | None = None
) -> duckdb.DuckDBPyConnection:
    """A locked database with the public views over our runs and those from elsewhere.

    ``opening``: the empty one, if it was asked for before the store was looked at.
    """
    every: list[tuple[str, Found]] = [
        ("", found),
        *((origin.name, each) for origin, each in beside),
    ]
    try:
        return _stacked(every, opening)
    except duckdb.Error:
        for _, each in every:
            if isinstance(each, Indexed):
                each.discard()
    plain = [
        (name, snapshot(each.folder) if isinstance(each, Indexed) else each) for name, each in every
    ]
    return _stacked(plain)


def _stacked(
    every: Sequence[tuple[str, Found]], opening: Opening | None = None
) -> duckdb.DuckDBPyConnection:
    layers: list[database.Layer] = []
    buckets: list[Bucket] = []
    silent: list[Any] = []
    for name, each in every:
        if isinstance(each, Indexed):
            layers += [replace(layer, origin=name) for layer in each.layers]
            buckets += [replace(bucket, origin=name) for bucket in each.buckets]
            silent += each.silent
        else:
            buckets.append(Bucket(each.facts(), each.sessions, name))
    own = every[0][1]
    shelf = Shelf(own.shelf) if isinstance(own, Indexed) and own.shelf else None
    return database.connect_layers(layers, buckets, silent, shelf, opening)


def joined_digest(found: Found, beside: Sequence[Beside]) -> str:
    """The state of our store, and of what lies beside it."""
    if not beside:
        return found.digest
    state = blake2b(found.digest.encode(), digest_size=16)
    for origin, each in beside:
        state.update(repr((each.digest, origin.told())).encode())
    return state.hexdigest()


def opened(origin: Origin) -> Folder:
    """The folder with the copy of an origin."""
    return Folder.open(origin.folder)
