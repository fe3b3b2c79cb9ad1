"""Opening a store by what people call it, without loading what only addresses need."""

from __future__ import annotations

from pathlib import Path

from runfolio.store.folder import Folder


def opened(place: str | Path) -> Folder:
    """The store at a path, or the mirror of an address, brought up to date (``store.places``).

    StoreNotFoundError, StoreVersionError; StoreError when an address does not answer.
    """
    if ":/" not in str(place):
        return Folder.open(place)
    from runfolio.store.places import reach

    return reach(place)


def to_log_into(place: str | Path) -> Folder:
    """The store at a path, made if it is not there; of an address, the mirror, without asking it.

    UsageError for an address that can only be read, MissingPackageError where a library lacks.
    """
    if ":/" in str(place):
        from runfolio.store.mirrors import address_of

        address = address_of(place)
        if address:
            from runfolio.store.mirror import spool

            return spool(address)
    return Folder.create(Path(place).expanduser())


def contents_file(folder: Folder, digest: str) -> Path:
    """Where the contents with this digest lie; of a mirror, they are fetched first.

    The file may still be missing: then nobody has it.
    """
    path = folder.blob_path(digest)
    if folder.origin and not path.exists():
        from runfolio.store.places import blob_file

        return blob_file(folder, digest)
    return path
