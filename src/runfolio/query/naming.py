"""Which run people mean: by its id, the beginning of its id, or its name."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

import duckdb

from runfolio.errors import AmbiguousRunError, RunNotFoundError

#: (run id, name)
Named = tuple[str, str]


_SHOWN = "SELECT run_id, name FROM runs ORDER BY started DESC, run_id DESC"
_HIDDEN = "SELECT run_id, name FROM trashed ORDER BY time DESC, run_id DESC"


#: What to add where a store is asked for a run that may be one of its sources.
AWAY = "A run of a [[source]] is only changed where it comes from."


def resolve(
    database: duckdb.DuckDBPyConnection,
    text: str,
    store: Path,
    *,
    hidden: bool = False,
    more: str = "",
) -> str:
    """The id of the run with this id, unique beginning of an id, or name.

    ``hidden``: also runs that are in the trash or were purged, where no other one fits.
    RunNotFoundError names the nearest runs (and says ``more``), AmbiguousRunError the first five
    that fit.
    """
    known = database.execute(_SHOWN).fetchall()
    found = _fitting(text, known)
    if found is None and hidden:
        found = _fitting(text, database.execute(_HIDDEN).fetchall())
    if found is None:
        error = _not_found(database, text, known, store)
        raise (
            RunNotFoundError(error.message, hint=f"{error.hint.rstrip('.')}. {more}")
            if more
            else error
        )
    return found


def _fitting(text: str, known: Sequence[Named]) -> str | None:
    """The id of the one run that fits; None if none does, AmbiguousRunError if several do."""
    exact = [run for run in known if run[0] == text]
    named = [run for run in known if run[1] == text]
    begun = [run for run in known if text and run[0].startswith(text)]
    for found in (exact, named, begun):
        if len(found) == 1:
            return str(found[0][0])
        if found:
            raise _ambiguous(text, found)
    return None


def nearest(text: str, names: Sequence[str]) -> str:
    """A hint with the names that are like a mistyped one, or with some that there are."""
    near = difflib.get_close_matches(text, names, n=3, cutoff=0.3)
    if near:
        return f"Nearest: {', '.join(near)}"
    return f"There are: {', '.join(names[:5])}" if names else "There are none."


def newest_of_name(database: duckdb.DuckDBPyConnection, name: str) -> tuple[str | None, int]:
    """The id of the newest run of this name (None if there is none), and how many there are."""
    found = database.execute(
        "SELECT run_id FROM runs WHERE name = ? ORDER BY started DESC, run_id DESC", [name]
    ).fetchall()
    return (str(found[0][0]) if found else None), len(found)


def _ambiguous(text: str, found: Sequence[Named]) -> AmbiguousRunError:
    shown = ", ".join(
        run_id if name == run_id else f"{run_id} ({name})" for run_id, name in found[:5]
    )
    more = f" and {len(found) - 5} more" if len(found) > 5 else ""
    return AmbiguousRunError(
        f"{text!r} fits {len(found)} runs: {shown}{more}.", hint="Give the id, or more of it."
    )


def _not_found(
    database: duckdb.DuckDBPyConnection, text: str, known: Sequence[Named], store: Path
) -> RunNotFoundError:
    trashed = database.execute(
        "SELECT run_id, state, author, strftime(time, '%Y-%m-%d') FROM trashed "
        "WHERE run_id = ? OR name = ? ORDER BY state DESC, time DESC, run_id",
        [text, text],
    ).fetchone()
    if trashed and trashed[1] == "purged":
        return RunNotFoundError(
            f"The run {text!r} was purged on {trashed[3]} by {trashed[2] or 'someone'}.",
            hint=f"What is known of it: runfolio log {trashed[0]}",
        )
    if trashed:
        return RunNotFoundError(
            f"The run {text!r} is in the trash.", hint=f"runfolio restore {trashed[0]}"
        )
    if not known:
        return RunNotFoundError(
            f"There is no run {text!r}: the store {store} has no runs.",
            hint="Log one with runfolio.init().",
        )
    names = list(dict.fromkeys(each for run in known for each in run))
    near = difflib.get_close_matches(text, names, n=3, cutoff=0.3)
    hint = f"Nearest: {', '.join(near)}" if near else "All runs: runfolio ls"
    return RunNotFoundError(f"There is no run {text!r} in {store}.", hint=hint)
