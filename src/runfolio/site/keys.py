"""What all pages of a site depend on: the program and the configuration."""

from __future__ import annotations

import dataclasses
from functools import cache
from pathlib import Path

from runfolio.config import Config
from runfolio.environment.version import VERSION
from runfolio.site.gather.context import state_digest


@cache
def program_key() -> str:
    """The version and the code that makes pages: who works on it need not think of --force."""
    package = Path(__file__).parent.parent
    files = [
        *package.glob("site/**/*.py"),
        *package.glob("query/*.py"),
        package / "query/views.sql",
    ]
    return state_digest(VERSION, *(path.read_bytes() for path in sorted(files)))


def config_key(config: Config) -> str:
    """The options that any page may show."""
    # Where files lie is no part of it: what they hold has keys of its own.
    site = dataclasses.replace(
        config.site, pages=Path(), theme=Path(), logo="", hooks="", words="", since=""
    )
    return state_digest(site, config.leaderboards, sorted(config.metrics.items()))


def title_of(config: Config) -> str:
    """What a site is called that nobody named: as the project's folder."""
    base = config.source.parent if config.source else Path(config.store).resolve().parent
    return base.resolve().name or "Runs"
