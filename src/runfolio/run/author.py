"""Facts that people add later, each with who said it."""

from __future__ import annotations

import time
from collections.abc import Sequence

from runfolio.config import Config
from runfolio.config import load as load_config
from runfolio.environment import host
from runfolio.errors import ConfigError, StoreError
from runfolio.run.recorder import Fact, to_json
from runfolio.schema import AUTHOR_SECTION, Kind
from runfolio.store.folder import Folder
from runfolio.store.moments import last_said, never_back
from runfolio.store.writer import Writer


def author(config: Config | None = None) -> dict[str, str]:
    """Who is at the keyboard: user and host; nobody where ``capture.host`` is off.

    ``config``: the one found from here on if left out.
    """
    try:
        named = (config or load_config()).capture.host
    except (ConfigError, OSError):  # as for runs: capture as usual
        named = True
    return {"user": host.user(), "host": host.host()} if named else {"user": "", "host": ""}


def annotate(
    folder: Folder, run_id: str, facts: Sequence[Fact], who: dict[str, str] | None = None
) -> str:
    """Add facts to a run (tags, notes, corrections, trash) under a writer of their own.

    ``facts`` are tuples of kind, key, step, value and text, written all or none; the writer's
    first fact says who adds them, and they are number 1 and following. ``who``: an ``author``;
    the one at the keyboard if left out. Returns the writer's id.
    Raises ``UsageError`` for an id that is none, and ``StoreError`` if the disk did not take them:
    a training waits for the disk, but nobody waits here.
    """
    signed: Fact = (Kind.START, AUTHOR_SECTION, None, None, to_json(who or author()))
    # A correction comes after all that it may correct, also where the run's clock was ahead.
    clock = never_back(time.time_ns, last_said(folder, run_id) + 1000)
    with Writer(folder, run_id, clock=clock) as writer:
        writer.facts([signed, *facts])
    if writer.pending or writer.dropped:
        raise StoreError(
            f"The store {folder.path} cannot be written, so nothing was changed.",
            hint="Look at its permissions, and whether the disk is full.",
        )
    return writer.id
