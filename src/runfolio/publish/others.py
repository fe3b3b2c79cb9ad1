"""Runs from elsewhere in a site for others: with consent alone, and through the gate of ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from runfolio.publish.public import public_store
from runfolio.query.origins import Origin
from runfolio.query.privacy import Profile
from runfolio.query.store import Store


@dataclass(frozen=True)
class Others:
    """The copies for others, and the names of the sources that stay home."""

    origins: tuple[Origin, ...]
    home: tuple[str, ...]


def going_out(
    sources: Sequence[Origin], ids: Mapping[str, Sequence[str]], profile: Profile
) -> Others:
    """What may be published of the sources; ``ids``: their runs that are to go out, by origin.

    A site without names (``profile.salt``) shows none of them: where they are from would tell whose
    it is. Of what nobody else can read, it is not said where it lies.
    """
    origins, home = [], []
    for origin in sources:
        wanted = ids.get(origin.name, ())
        if not wanted:
            continue
        if not origin.goes_out or profile.salt:
            home.append(origin.name)
            continue
        with Store.open(origin.folder) as store:
            copy = public_store(store, profile, wanted)
        where = origin.where if origin.public else ""
        origins.append(replace(origin, folder=copy.path, where=where))
    return Others(tuple(origins), tuple(home))
