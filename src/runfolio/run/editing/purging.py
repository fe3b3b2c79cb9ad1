"""A purge from the question what goes to the last removed file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from runfolio.errors import RunNotFoundError, StoreError, UnsafeError
from runfolio.query.shelf import Shelf
from runfolio.query.store import Store
from runfolio.run.editing import selection
from runfolio.run.editing.selection import Named
from runfolio.store import purge
from runfolio.store.folder import Folder
from runfolio.store.purge import Purged

_DIGESTS = (
    "SELECT run_id, unnest(regexp_extract_all(text, '[0-9a-f]{64}')) AS digest FROM facts "
    "WHERE kind NOT IN ('metric', 'system', 'output', 'purge')"
)


def chosen(store: Store, texts: Iterable[str]) -> list[Named]:
    """The runs that are meant: in the trash, or purged before, so that a purge can be finished."""
    found = []
    for text in texts:
        try:
            found.append(selection.in_trash(store, text))
        except RunNotFoundError:
            found.append(_purged(store, text))
    return list(dict.fromkeys(found))


def _purged(store: Store, text: str) -> Named:
    rows = store.sql(
        "SELECT run_id, name FROM trashed WHERE state = 'purged' AND (run_id = $1 OR name = $1) "
        "ORDER BY time DESC, run_id",
        [text],
    ).fetchall()
    if not rows:
        raise RunNotFoundError(
            f'There is no run "{text}" in the trash.',
            hint="Only runs in the trash are purged: runfolio trash RUN",
        )
    return Named(*rows[0])


def look(store: Store, runs: Iterable[Named]) -> list[Purged]:
    """What a purge of the runs would remove. UnsafeError if a process still writes to one."""
    names = {each.run_id: each.name for each in runs}
    _require_ended(store, names)
    ids = list(names)
    counts = dict(
        store.rows(
            "SELECT run_id, count(*) FROM facts WHERE list_contains($1, run_id) GROUP BY run_id",
            [ids],
        )
    )
    own = named_by(store, ids)
    return purge.look(store.folder, names, facts=counts, blobs=own, used=used(store, ids))


def carry_out(
    store: Store, plans: list[Purged], author: dict[str, str], reason: str
) -> list[Purged]:
    """Purge the runs; what was removed. ``store`` is closed on the way, since its files go."""
    folder = store.folder
    ids = [plan.run_id for plan in plans]
    own = named_by(store, ids)
    try:
        purge.bury(
            folder, plans, author=author, reason=reason, blobs=own, models=registered(store, ids)
        )
    except OSError as error:
        raise StoreError(
            f"The store {folder.path} cannot be written ({error.strerror or error}), so the run "
            "stays in the trash.",
            hint="Look at its permissions, and whether the disk is full.",
        ) from None
    store.close()
    done = purge.clear(folder, plans)
    _forget(folder, ids)
    return [_without_blobs(folder, plan) for plan in done]


def _forget(folder: Folder, run_ids: Iterable[str]) -> None:
    """Remove what the index holds of the runs, and what it holds of nobody knows which runs."""
    shelf = Shelf.of(folder)
    if shelf is None:
        return
    gone = set(run_ids)
    kept = {each.path for each in shelf.segments() if not gone & set(each.runs)}
    for path in shelf.path.glob("seg-*.duckdb"):
        if path not in kept:
            shelf.drop(path)


def _without_blobs(folder: Folder, plan: Purged) -> Purged:
    if not plan.blobs:
        return plan
    with Store.open(folder.path) as now:
        still_used = used(now, ())
        busy = bool(now.rows("SELECT 1 FROM internal.sessions WHERE state = 'alive' LIMIT 1"))
    gone = purge.clear_blobs(folder, plan.blobs, used=still_used, busy=busy)
    return replace(plan, blobs=gone)


def named_by(store: Store, run_ids: Iterable[str]) -> dict[str, set[str]]:
    """The digests that the facts of each run name."""
    found: dict[str, set[str]] = {}
    rows = store.rows(f"{_DIGESTS} AND list_contains($1, run_id)", [list(run_ids)])
    for run_id, digest in rows:
        found.setdefault(run_id, set()).add(digest)
    return found


def registered(store: Store, run_ids: Iterable[str]) -> dict[str, list[dict[str, object]]]:
    """The model versions that each run registered; without them later ones would be renumbered."""
    found: dict[str, list[dict[str, object]]] = {}
    rows = store.rows(
        "SELECT run_id, name, digest, epoch_us(time) FROM internal.registered "
        "WHERE list_contains($1, run_id) ORDER BY name, version",
        [list(run_ids)],
    )
    for run_id, name, digest, time in rows:
        found.setdefault(run_id, []).append({"name": name, "digest": digest, "time": time})
    return found


def used(store: Store, without: Iterable[str]) -> set[str]:
    """The digests that any fact of another run names."""
    rows = store.rows(f"{_DIGESTS} AND NOT list_contains($1, run_id)", [list(without)])
    return {digest for _, digest in rows}


def _require_ended(store: Store, names: dict[str, str]) -> None:
    alive = store.rows(
        "SELECT DISTINCT run_id FROM internal.sessions "
        "WHERE state = 'alive' AND list_contains($1, run_id) ORDER BY run_id",
        [list(names)],
    )
    if alive:
        run_id = alive[0][0]
        raise UnsafeError(
            f"A process still writes to the run {run_id} ({names[run_id]}).",
            hint="Stop it first, or wait until it has ended.",
        )
