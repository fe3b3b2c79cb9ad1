"""How the tests' sites come to be: built, or let out through the gate of ``runfolio publish``.

RUNFOLIO_WALK_PUBLISHED=1 publishes every one of them to a folder, and a server as of a host of
project pages shows it below a path. ``make site-check`` runs all browser tests so.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from runfolio.cli.call import Call
from runfolio.cli.commands.publish import publish
from runfolio.config import Config
from runfolio.config.publishing import PublishConfig
from runfolio.federation.copies import bring
from runfolio.publish.rules import RULES
from runfolio.query.privacy import PRIVATE
from runfolio.site.build import build
from runfolio.store.folder import Folder

PUBLISHED = os.environ.get("RUNFOLIO_WALK_PUBLISHED") == "1"
#: The tests look at what scripts printed, at sources and changes, and at strings of attackers who
#: gave addresses and tokens that nobody has.
ALL_OF_IT = PublishConfig(
    show=tuple(PRIVATE),
    allow=tuple(dict.fromkeys(rule.name for rule in RULES)),
    scanner="off",
    moved=False,
)
#: Where the tests' server has it (``SUB_PATH``), on a host that nobody asks.
ADDRESS = "https://people.example.org/people/project/"


def made(config: Config, out: Path, wish: PublishConfig = ALL_OF_IT) -> Path:
    """The site of a store in the folder ``out``; where that is asked, the one for others."""
    if not PUBLISHED:
        origins = bring(config.sources, Folder.open(config.store)).origins
        return build(config, out=out, origins=origins).out
    call = Call()
    site = replace(config.site, url=config.site.url or ADDRESS)
    call.keep(replace(config, publish=wish, site=site))
    publish.main(["--to", str(out), "--yes"], obj=call, standalone_mode=False)
    return out
