"""What people said about a run after the fact: who, when, what."""

from __future__ import annotations

from collections.abc import Sequence

from runfolio.query.history import change_words
from runfolio.query.rows import Change
from runfolio.site.material import shown_time
from runfolio.site.pages import Later


def later_words(changes: Sequence[Change]) -> tuple[Later, ...]:
    """The changes of a run in words, the newest first."""
    return tuple(
        Later(shown_time(change.time), change.author or "", words, change.undone)
        for change, words in reversed(change_words(changes))
    )
