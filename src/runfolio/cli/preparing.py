"""Make a site ready to go before the world: the copy for others, its size, the last look."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from runfolio.cli.building import Progress
from runfolio.cli.copying import public_copy, tell_home
from runfolio.cli.sizing import check_ahead, check_size

if TYPE_CHECKING:
    from runfolio.config import Config
    from runfolio.publish.scan import Scan
    from runfolio.query.origins import Origin
    from runfolio.site.build import BuildReport


@dataclass(frozen=True)
class Ready:
    """A site that was built for others and looked through."""

    config: Config
    report: BuildReport
    files: Mapping[str, Path]
    scan: Scan


def made_ready(
    config: Config,
    sources: Sequence[Origin] = (),
    *,
    host: str,
    shown: bool,
    since: Callable[[Path], str],
) -> Ready:
    """The site for others, judged before and after it is built by what ``host`` takes.

    ``since`` says from when on the front page tells what has moved, given where the copy lies.
    """
    from runfolio.publish.frozen import public_snapshots, refuse_lost
    from runfolio.publish.gate import last_look
    from runfolio.publish.hosts import space_card
    from runfolio.publish.tree import MANIFEST, site_files
    from runfolio.site.build import build
    from runfolio.site.citing.work import work_of

    public = public_copy(config, sources)
    tell_home(public.home, anonymous=config.publish.anonymous)
    site = dataclasses.replace(public.config.site, since=since(Path(public.config.store)))
    public = dataclasses.replace(public, config=dataclasses.replace(public.config, site=site))
    config = dataclasses.replace(config, site=site, citation=public.config.citation)
    frozen = public_snapshots(public.folder, config, public.named)
    check_ahead(public, frozen, host)
    progress = Progress(shown=shown)
    try:
        report = build(
            public.config,
            out=public.site,
            progress=progress.step,
            contents=public.folder,
            kept=public.kept,
            snapshots=frozen,
            origins=public.origins,
        )
    finally:
        progress.clear()
    refuse_lost(report.out / MANIFEST)
    files = site_files(report.out)
    if config.publish.host == "huggingface":
        card = public.place.with_suffix(".card")
        card.write_text(space_card(config.site.title), encoding="utf-8", newline="\n")
        files["README.md"] = card
    check_size(files, public, frozen, host)
    clean = public.place.with_suffix(".clean")
    cited = [author.name for author in work_of(config, "").authors]
    scan = last_look(files, public.named, config.publish, clean, cited)
    return Ready(config, report, files, scan)
