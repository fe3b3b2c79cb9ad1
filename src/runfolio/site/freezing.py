"""The configuration of a frozen site: what made its leaderboards, and nothing that changes."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

from runfolio.config import Config
from runfolio.config.recorded import restored
from runfolio.config.values import NotAllowedError
from runfolio.errors import RunfolioError
from runfolio.query.filter import parse
from runfolio.query.frozen import FrozenSource

_NOTHING = Path(os.devnull)


def config_of(config: Config, source: FrozenSource, title: str) -> Config:
    """The configuration of a frozen site: its own leaderboards, and nothing that changes."""
    url = config.site.url
    site = dataclasses.replace(
        config.site,
        title=title,
        description=source.note,
        url=f"{url.rstrip('/')}/{folder_of(source.name)}/" if url else "",
        pages=_NOTHING,
        nav=(),
        since="",
        hooks="",
        cards="none",
    )
    checks = {"filter": _filter}
    return restored(dataclasses.replace(config, site=site, checks=()), source.config, checks)


def folder_of(name: str) -> str:
    """Where the frozen site of a snapshot lies."""
    return f"snapshots/{name}"


def _filter(value: str, base: Path) -> str:
    try:
        parse(value).sql()
    except RunfolioError as error:
        raise NotAllowedError(str(error)) from None
    return value
