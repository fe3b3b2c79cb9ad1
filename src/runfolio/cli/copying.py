"""The copy of a store for others: what ``[publish]`` lets out."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from runfolio.cli.failures import warn
from runfolio.cli.terminal import safe
from runfolio.errors import PublishError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runfolio.config import Config
    from runfolio.query.identity import Named
    from runfolio.query.origins import Origin
    from runfolio.site.kept import Kept
    from runfolio.store.folder import Folder


@dataclass(frozen=True)
class Public:
    """The copy of a store for others, beside the store itself (``folder``).

    ``config`` names the copy; ``place`` is where what belongs to it lies, by suffix. ``origins``:
    runs from elsewhere that go out too; ``home``: sources whose runs do not.
    """

    config: Config
    folder: Folder
    place: Path
    kept: Kept
    named: Named
    origins: tuple[Origin, ...] = ()
    home: tuple[str, ...] = ()

    @property
    def site(self) -> Path:
        """Where the site for others is built."""
        return self.place.with_suffix(".site")


def public_copy(config: Config, sources: Sequence[Origin] = ()) -> Public:
    """The copy of what ``[publish]`` lets out; PublishError where that is nothing."""
    from runfolio.publish.gate import named, profile_of
    from runfolio.publish.nameless import without_names
    from runfolio.publish.others import going_out
    from runfolio.publish.public import public_place, public_store
    from runfolio.query.store import Store
    from runfolio.site.citing.work import without_people
    from runfolio.site.policy import kept_of
    from runfolio.store.folder import Folder

    folder = Folder.open(config.store)
    profile = profile_of(config.publish, folder.store_id)
    with Store.open(folder.path, config=config, origins=sources) as store:
        wanted = store.runs(config.publish.filter).select("run_id, origin").fetchall()
        ids: defaultdict[str, list[str]] = defaultdict(list)
        for run_id, origin in wanted:
            ids[origin].append(run_id)
        if not ids:
            raise PublishError(
                "No run is to go out.",
                hint="[publish] filter says which do; runfolio ls tells more.",
            )
        kept = kept_of(config.publish, store, [run_id for run_id, _ in wanted])
        people = everybody(config, named(store)) if profile.salt else named(store)
        others = going_out(tuple(store.origins.values()), ids, profile)
    with Store.open(folder.path, config=config) as store:
        public = public_store(store, profile, ids.get("", ()), people=people)
    place = public_place(folder, profile)
    if profile.salt:
        pages = place.with_suffix(".pages")
        config = without_names(without_people(config), people, profile, pages)
    copied = dataclasses.replace(config, store=public.path)
    return Public(copied, folder, place, kept, people, others.origins, others.home)


def everybody(config: Config, named: Named) -> Named:
    """Whom an anonymous site must not name: the people of the store, of git, and of citations."""
    from runfolio.publish.nameless import whom
    from runfolio.site.citing.work import work_of

    work = work_of(config, "")
    return whom(config, named, work.authors, (work.repository, work.software[2]))


def tell_home(names: Sequence[str], *, anonymous: bool) -> None:
    """Say which sources are not published, and why."""
    for name in names:
        if anonymous:
            warn(f"source {safe(name)}: its runs stay home, since the site is anonymous")
        else:
            warn(
                f"source {safe(name)}: its runs stay home, since not everybody can read them",
                f'publish = "yes" in its [[source]] lets them out, if {safe(name)} agrees',
            )
