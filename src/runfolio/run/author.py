"""Facts that people add later, each with who said it."""

from __future__ import annotations

from collections.abc import Sequence

from runfolio.environment import host
from runfolio.run.recorder import Fact, to_json
from runfolio.schema import AUTHOR_SECTION, Kind
from runfolio.store.folder import Folder
from runfolio.store.writer import Writer


def author() -> dict[str, str]:
    """Who is at the keyboard: user and host."""
    return {"user": host.user(), "host": host.host()}


def annotate(folder: Folder, run_id: str, facts: Sequence[Fact]) -> None:
    """Add facts to a run (tags, notes, corrections, trash) under a writer of their own.

    ``facts`` are tuples of kind, key, step, value and text, written all or none; the writer's
    first fact says who adds them. Raises ``UsageError`` for an id that is none.
    """
    with Writer(folder, run_id) as writer:
        who: Fact = (Kind.START, AUTHOR_SECTION, None, None, to_json(author()))
        writer.facts([who, *facts])
