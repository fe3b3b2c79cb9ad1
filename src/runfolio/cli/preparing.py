"""Make a site ready to go before the world: the copy for others, its size, the last look."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from runfolio.cli.building import Progress
from runfolio.cli.sizing import check_ahead, check_size
from runfolio.errors import PublishError

if TYPE_CHECKING:
    from runfolio.config import Config
    from runfolio.publish.scan import Scan
    from runfolio.query.privacy import Named
    from runfolio.site.build import BuildReport
    from runfolio.site.kept import Kept
    from runfolio.store.folder import Folder


@dataclass(frozen=True)
class Ready:
    """A site that was built for others and looked through."""

    config: Config
    report: BuildReport
    files: Mapping[str, Path]
    scan: Scan


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
    from runfolio.publish.policy import kept_of
    from runfolio.publish.public import public_place, public_store
    from runfolio.query.store import Store
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


def made_ready(config: Config, *, host: str, shown: bool, since: Callable[[Path], str]) -> Ready:
    """The site for others, judged before and after it is built by what ``host`` takes.

    ``since`` says from when on the front page tells what has moved, given where the copy lies.
    """
    from runfolio.publish.gate import last_look
    from runfolio.publish.hosts import space_card
    from runfolio.publish.tree import site_files
    from runfolio.site.build import build

    public = public_copy(config)
    out = public.place.with_suffix(".site")
    site = dataclasses.replace(config.site, since=since(Path(public.config.store)))
    public = dataclasses.replace(public, config=dataclasses.replace(public.config, site=site))
    config = dataclasses.replace(config, site=site)
    check_ahead(public.config, public.folder, public.kept, host, out)
    progress = Progress(shown=shown)
    try:
        report = build(
            public.config, out=out, progress=progress.step, contents=public.folder, kept=public.kept
        )
    finally:
        progress.clear()
    files = site_files(report.out)
    if config.publish.host == "huggingface":
        card = public.place.with_suffix(".card")
        card.write_text(space_card(config.site.title), encoding="utf-8", newline="\n")
        files["README.md"] = card
    check_size(files, public.config, public.folder, public.kept, host)
    clean = public.place.with_suffix(".clean")
    return Ready(config, report, files, last_look(files, public.named, config.publish, clean))
