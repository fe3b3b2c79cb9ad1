"""Merging is the union of files: what one store lacks is copied from another, and that is all.

Facts are only ever added and a file never changes, so it does not matter in which order stores are
merged, how often, or whether a copy stopped in the middle. Every file is copied under ``tmp/``,
checked there and renamed: it is whole or it is not there.
"""

from __future__ import annotations

from collections.abc import Collection

from runfolio import schema
from runfolio.errors import StoreVersionError, UsageError
from runfolio.store import contents
from runfolio.store.copied import Copied, Progress
from runfolio.store.folder import Folder
from runfolio.store.intake import take_in
from runfolio.store.source import LocalSource


def merge(
    target: Folder,
    *sources: Folder,
    runs: Collection[str] | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> tuple[Copied, ...]:
    """Copy into ``target`` what it lacks of each source; ``runs``: of these runs alone.

    StoreVersionError before anything is copied if a source holds what a newer runfolio wrote;
    UsageError if a source is the target itself. OSError if the target cannot be written.
    """
    places = [LocalSource(folder) for folder in sources]
    for folder in sources:
        if folder.path.resolve() == target.path.resolve():
            raise UsageError(
                f"{folder.path} cannot be merged into itself.", hint="Name another store."
            )
    for place in places:
        refuse_newer(place, target)
    return tuple(
        take_in(target, place, runs=runs, dry_run=dry_run, progress=progress) for place in places
    )


def refuse_newer(source: LocalSource, target: Folder) -> None:
    """StoreVersionError if a file that ``target`` lacks has a newer format than this runfolio."""
    found = source.entries().values()
    new = [each.name for each in found if not (target.path / each.name.text).exists()]
    version, name = contents.newest_of([(each, source.folder.path / each.text) for each in new])
    if contents.is_newer(version):
        raise StoreVersionError(
            f"{source.label} holds {name}, which has format {version}; this runfolio knows up to "
            f"{schema.FORMAT}. Nothing was copied.",
            hint="Update runfolio: pip install --upgrade runfolio",
        )
