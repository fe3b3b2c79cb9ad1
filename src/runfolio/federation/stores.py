"""Another store as a source: here, in a bucket, or on a web server; its facts alone are fetched."""

from __future__ import annotations

import json
from hashlib import blake2b
from pathlib import Path
from typing import Any

from runfolio import schema
from runfolio.errors import StoreError, StoreNotFoundError
from runfolio.federation.limits import MOST_FILES, MOST_ROWS, UNFOLDING, Budget, RefusedError
from runfolio.federation.places import Web
from runfolio.store.codecs import check_codecs
from runfolio.store.elsewhere import Remote, read_marker
from runfolio.store.folder import Folder
from runfolio.store.footers import PartError
from runfolio.store.intake import take_in
from runfolio.store.mirror import adopt, mirror
from runfolio.store.mirrors import address_of, is_web
from runfolio.store.names import FILE_LIST
from runfolio.store.remote import remote_of
from runfolio.store.source import Entry, LocalSource
from runfolio.store.web import entries_of

_MOST_LIST = 64 * 1024 * 1024
_MOST_MARKER = 64 * 1024


class WebStore:
    """A store on a web server, read as from a stranger."""

    local = False

    def __init__(self, place: Web) -> None:
        self.label = place.address.rstrip("/")
        self._place = place

    def marker(self) -> dict[str, Any] | None:
        """What the marker says; None where there is no store."""
        data = self._place.read(schema.MARKER, _MOST_MARKER)
        return None if data is None else read_marker(self.label, data)

    def entries(self) -> dict[str, Entry]:
        """The files of the list; names that no file of a store has are left out."""
        data = self._place.read(FILE_LIST, _MOST_LIST)
        if data is None:
            raise StoreNotFoundError(f"There is no {FILE_LIST} at {self.label}.")
        try:
            return dict(entries_of(json.loads(data)))
        except (ValueError, TypeError, AttributeError, LookupError, RecursionError):
            raise RefusedError(FILE_LIST, "it cannot be understood") from None

    def path(self, entry: Entry) -> None:
        """Nothing of it lies here."""
        return None

    def fetch(self, entry: Entry, target: Path) -> None:
        """Fetch a file; it must have the size that the list says."""
        size = self._place.save(entry.name.text, target)
        if size is None:
            raise FileNotFoundError(f"{self.label}/{entry.name.text} is gone")
        if size != entry.size:
            raise RefusedError(entry.name.text, f"it has {size:,} bytes, listed are {entry.size:,}")

    def send(self, text: str, path: Path, *, new: bool = True) -> bool:
        """Refused."""
        raise StoreError(f"{self.label} can only be read.")

    def size(self, text: str) -> int | None:
        """Unknown: no contents are fetched."""
        return None


def remote_source(where: str, budget: Budget, *, private: bool) -> Remote | None:
    """The store at an address; None where there is none. StoreError, MissingPackageError."""
    address = address_of(where)
    if is_web(address):
        remote: Remote = WebStore(Web(f"{address}/", budget, private=private))
    else:
        remote = remote_of(address)
    return remote


def state_of(entries: dict[str, Entry]) -> str:
    """A digest of the files of a store, by names, sizes and times."""
    state = blake2b(digest_size=16)
    for text, entry in sorted(entries.items()):
        if entry.name.sort != "blob":
            state.update(f"{text} {entry.size} {entry.mtime_ns}\n".encode())
    return state.hexdigest()


def folder_state(path: Path) -> str:
    """The same of a folder here, without a look into any file."""
    return state_of(LocalSource(Folder.planned(path)).entries())


def check_amount(entries: dict[str, Entry], budget: Budget) -> None:
    """RefusedError where a store lists more than may be fetched."""
    facts = [entry for entry in entries.values() if entry.name.sort != "blob"]
    if len(facts) > MOST_FILES:
        raise RefusedError("", f"it has {len(facts):,} files; at most {MOST_FILES:,} are read")
    if sum(entry.size for entry in facts) > budget.bytes:
        raise RefusedError("", "it has more than may be fetched (megabytes in [[source]])")


def mirrored(remote: Remote, marker: dict[str, Any], where: str) -> Folder:
    """The mirror of a store, brought up to date, without the contents of artifacts."""
    folder = mirror(address_of(where))
    adopt(folder, str(marker.get("store", "")))
    take_in(folder, remote, blobs=False)
    return Folder.open(folder.path)


def check_unfolding(folder: Folder, budget: Budget) -> None:
    """RefusedError where files say that they unfold to more than is read; damage comes later."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    most = budget.bytes * UNFOLDING
    rows = 0
    for text in LocalSource(folder).entries():
        if not text.endswith(".parquet"):
            continue
        try:
            with (folder.path / text).open("rb") as file:
                check_codecs(file)
                metadata = pq.read_metadata(file)
        except (PartError, pa.ArrowException, OSError):
            continue  # the reader of the store names what is damaged
        rows += metadata.num_rows
        for at in range(metadata.num_row_groups):
            group = metadata.row_group(at)
            most -= sum(
                max(0, group.column(n).total_uncompressed_size) for n in range(group.num_columns)
            )
        if most < 0 or rows > MOST_ROWS:
            raise RefusedError(text, f"it unfolds to too much, or to more than {MOST_ROWS:,} facts")
