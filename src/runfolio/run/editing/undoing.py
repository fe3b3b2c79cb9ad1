"""Which correction is taken back."""

from __future__ import annotations

from collections.abc import Sequence

from runfolio.errors import UsageError
from runfolio.query.rows import Change
from runfolio.schema import Kind

#: What ``undo`` takes back. Tags and notes are said anew, the trash has ``restore``.
UNDOABLE = (Kind.RENAME, Kind.DROP)
#: So many characters of a writer tell corrections apart for people.
SHORT = 6


def name_of(change: Change) -> str:
    """The correction's full name: which fact of which writer it is."""
    return f"{change.writer}:{change.seq}"


def to_undo(changes: Sequence[Change], which: str | None) -> Change:
    """The correction that ``which`` names (or the beginning of its name); None: the newest.

    UsageError if there is none, if several fit, or if a later one builds on it.
    """
    known = [each for each in changes if each.action in UNDOABLE]
    open_ones = [each for each in known if not each.undone]
    if which is None:
        if not open_ones:
            raise UsageError(
                "There is no rename or drop to take back.", hint="What happened: runfolio log RUN"
            )
        return open_ones[-1]
    fits = [each for each in known if which and name_of(each).startswith(which)]
    if len(fits) != 1:
        names = ", ".join(f"{name_of(each)[:SHORT]} ({each.action})" for each in open_ones[-5:])
        raise UsageError(
            f"{len(fits) or 'No'} corrections are called {which!r}.",
            hint=f"There are: {names}" if names else "There is nothing to take back.",
        )
    if fits[0].undone:
        raise UsageError(f"The correction {which!r} was taken back before.")
    _require_last(fits[0], open_ones)
    return fits[0]


def _require_last(change: Change, open_ones: Sequence[Change]) -> None:
    """Refuse where a later correction speaks of the name that this one gave."""
    if change.action != Kind.RENAME or not change.key.startswith("metric:"):
        return
    later = open_ones[open_ones.index(change) + 1 :]
    for each in reversed(later):
        if each.key in (change.text, f"metric:{change.text}"):
            raise UsageError(
                f"A later {each.action} speaks of {change.text!r}.",
                hint=f"Take that back first: {name_of(each)[:SHORT]}",
            )
