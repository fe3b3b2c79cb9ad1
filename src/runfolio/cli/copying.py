"""The copy of a store for others: what ``[publish]`` lets out."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from runfolio.errors import PublishError

if TYPE_CHECKING:
    from runfolio.config import Config
    from runfolio.query.privacy import Named
    from runfolio.site.kept import Kept
    from runfolio.store.folder import Folder


@dataclass(frozen=True)
class Public:
    """The copy of a store for others, beside the store itself (``folder``).

    ``config`` names the copy; ``place`` is where what belongs to it lies, by suffix.
    """

    config: Config
    folder: Folder
    place: Path
    kept: Kept
    named: Named


def public_copy(config: Config) -> Public:
    """The copy of what ``[publish]`` lets out; PublishError where that is nothing."""
    from runfolio.publish.gate import named, profile_of
    from runfolio.publish.public import public_place, public_store
    from runfolio.query.store import Store
    from runfolio.site.policy import kept_of
    from runfolio.store.folder import Folder

    folder = Folder.open(config.store)
    profile = profile_of(config.publish, folder.store_id)
    with Store.open(folder.path, config=config) as store:
        ids = store.run_ids(config.publish.filter)
        if not ids:
            raise PublishError(
                "No run is to go out.",
                hint="[publish] filter says which do; runfolio ls tells more.",
            )
        kept = kept_of(config.publish, store, ids)
        public = public_store(store, profile, ids)
        people = named(store)
    copied = dataclasses.replace(config, store=public.path)
    return Public(copied, folder, public_place(folder, profile), kept, people)
