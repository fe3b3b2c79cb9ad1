"""Which runs are meant: by ids and names, or all that match a filter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runfolio.errors import (
    AmbiguousRunError,
    QueryError,
    RunNotFoundError,
    UsageError,
)
from runfolio.query.filter import Words, parse
from runfolio.query.store import Store


@dataclass(frozen=True)
class Named:
    """A run by its id and the name that it has now."""

    run_id: str
    name: str


def chosen(store: Store, texts: Sequence[str]) -> tuple[list[Named], bool]:
    """The runs that ``texts`` mean, and whether a filter chose them.

    Each text is an id, the beginning of one, or a name; or all texts together are one filter, of
    which a term compares something (a mistyped name is no filter). Errors as of ``Store.resolve``;
    UsageError where runs and a filter are mixed or nothing matches.
    """
    found: list[str] = []
    missing: list[tuple[str, RunNotFoundError]] = []
    for text in texts:
        try:
            found.append(store.resolve(text))
        except RunNotFoundError as error:
            missing.append((text, error))
    if missing and not _is_filter(" ".join(text for text, _ in missing)):
        raise missing[0][1]
    if missing and found:
        raise UsageError(
            f"{missing[0][0]!r} is a filter, but {found[0]} is a run.",
            hint="Give runs, or one filter.",
        )
    if missing:
        found = store.run_ids(" ".join(texts))
        if not found:
            raise UsageError(f"No run matches: {' '.join(texts)}", hint="All runs: runfolio ls")
    names = dict(store.sql("SELECT run_id, name FROM runs").fetchall())
    return [Named(each, names[each]) for each in dict.fromkeys(found)], bool(missing)


def _is_filter(text: str) -> bool:
    try:
        terms = parse(text).terms
    except QueryError:
        return any(sign in text for sign in "<>=~:")  # a filter with a mistake: let that be told
    return any(not isinstance(term, Words) for term in terms)


def in_trash(store: Store, text: str) -> Named:
    """The run in the trash with this id, name or beginning of an id.

    RunNotFoundError or UsageError (it is not in the trash, it was purged) else.
    """
    rows = store.sql(
        "SELECT run_id, name, state FROM trashed ORDER BY time DESC, run_id"
    ).fetchall()
    trash = [Named(run_id, name) for run_id, name, state in rows if state == "trashed"]
    for fits in (
        [each for each in trash if each.run_id == text],
        [each for each in trash if each.name == text],
        [each for each in trash if text and each.run_id.startswith(text)],
    ):
        if len(fits) == 1:
            return fits[0]
        if fits:
            ids = ", ".join(each.run_id for each in fits[:5])
            raise AmbiguousRunError(f'"{text}" fits {len(fits)} runs: {ids}.', hint="Give the id.")
    raise _not_in_trash(store, text)


def _not_in_trash(store: Store, text: str) -> UsageError:
    try:
        run_id = store.resolve(text)
    except RunNotFoundError as error:
        if "purged" in error.message:
            return error
    except UsageError:
        pass
    else:
        return UsageError(f"{run_id} is not in the trash.", hint="The trash: runfolio ls --trashed")
    return RunNotFoundError(
        f'There is no run "{text}" in the trash.', hint="The trash: runfolio ls --trashed"
    )
