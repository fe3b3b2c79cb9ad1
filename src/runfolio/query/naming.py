"""Which run people mean: by its id, the beginning of its id, or its name."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

import duckdb

from runfolio.errors import AmbiguousRunError, RunNotFoundError

#: (run id, name)
Named = tuple[str, str]


def resolve(database: duckdb.DuckDBPyConnection, text: str, store: Path) -> str:
    """The id of the run with this id, unique beginning of an id, or name.

    RunNotFoundError names the nearest runs, AmbiguousRunError the first five that fit.
    """
    known = database.execute(
        "SELECT run_id, name FROM runs ORDER BY started DESC, run_id DESC"
    ).fetchall()
    exact = [run for run in known if run[0] == text]
    named = [run for run in known if run[1] == text]
    begun = [run for run in known if text and run[0].startswith(text)]
    for found in (exact, named, begun):
        if len(found) == 1:
            return str(found[0][0])
        if found:
            raise _ambiguous(text, found)
    raise _not_found(database, text, known, store)


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
        "SELECT run_id FROM trashed WHERE run_id = ? OR name = ? ORDER BY time DESC, run_id",
        [text, text],
    ).fetchone()
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
