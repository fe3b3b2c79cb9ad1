"""How two stores differ, or two moments of one: runs that came, changed and went, and the ranks.

Runs are told apart by id. Leaderboards of both sides are ranked by the same rule, the one that
holds after: else a leaderboard that chose another metric would seem to move.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from runfolio.query import diff_words
from runfolio.query.boards import Board
from runfolio.query.diff import (
    Added,
    BoardDiff,
    Changed,
    Compared,
    Gone,
    Item,
    Move,
    Side,
    StoreDiff,
)
from runfolio.query.diff_runs import items, metric_items, verdict_of
from runfolio.query.direction import known
from runfolio.query.ranking_sql import core_sql
from runfolio.query.rows import Run, Summary
from runfolio.store.tombs import purged_ids

#: What can be said of a run later, or by a run that goes on: (section, SELECT run_id, key, text).
_SAID = (
    ("param", "SELECT run_id, key, text FROM params"),
    ("tag", "SELECT run_id, tag, value FROM tags"),
    ("note", "SELECT run_id, key, text FROM notes"),
    (
        "dataset",
        "SELECT run_id, concat_ws(' ', name, role), coalesce(digest, 'no digest') FROM datasets",
    ),
    (
        "file",
        "SELECT run_id, path || coalesce(' (step ' || step || ')', ''), "
        "coalesce(digest, uri, 'reference') FROM artifacts",
    ),
    (
        "model",
        "SELECT run_id, name || ' version ' || version, coalesce(alias, artifact, '') FROM models",
    ),
)
_FIELDS = ("name", "experiment", "group", "status", "error")


def diff_stores(before: Compared, after: Compared) -> StoreDiff:
    """What differs from the store ``before`` to the store ``after``."""
    runs = (_by_id(before), _by_id(after))
    trashed = {row[0] for row in before.rows("SELECT run_id FROM trashed")}
    added = [
        Added(run, restored=run_id in trashed)
        for run_id, run in runs[1].items()
        if run_id not in runs[0]
    ]
    gone = _gone(after, [run for run_id, run in runs[0].items() if run_id not in runs[1]])
    changed = _changed(before, after, runs)
    boards = _boards(before, after)
    return StoreDiff(
        Side(before.path, before.as_of, len(runs[0])),
        Side(after.path, after.as_of, len(runs[1])),
        diff_words.of_stores(boards, added, changed, gone),
        boards,
        tuple(added),
        changed,
        gone,
    )


def _by_id(store: Compared) -> dict[str, Run]:
    return {run.run_id: run for run in store.runs_table()}


def _gone(after: Compared, runs: Sequence[Run]) -> tuple[Gone, ...]:
    """The runs that are not there any more, and where they went as far as the store says."""
    if not runs:
        return ()
    found = after.rows("SELECT run_id, author, reason FROM trashed ORDER BY run_id")
    trashed = {run_id: (author or "", reason or "") for run_id, author, reason in found}
    purged = purged_ids(after.folder)
    return tuple(
        Gone(run, "trash", *trashed[run.run_id])
        if run.run_id in trashed
        else Gone(run, "purged" if run.run_id in purged else "")
        for run in runs
    )


# --- runs of both sides -----------------------------------------------------------------------


def _changed(
    before: Compared, after: Compared, runs: tuple[dict[str, Run], dict[str, Run]]
) -> tuple[Changed, ...]:
    states = (before.states(), after.states())
    ids = [
        run_id
        for run_id in runs[1]
        if run_id in runs[0] and states[0].get(run_id) != states[1].get(run_id)
    ]
    if not ids:
        return ()
    said = [_said(store, runs[side], ids) for side, store in enumerate((before, after))]
    summaries = [_summaries(store, ids) for store in (before, after)]
    found = []
    for run_id in ids:
        differing = [item for item in items(said[0][run_id], said[1][run_id]) if not item.same]
        measured = [
            item
            for item in metric_items(
                summaries[0].get(run_id, {}), summaries[1].get(run_id, {}), after.config
            )
            if item.change != "same" or item.points[0] != item.points[1]
        ]
        if differing or measured:
            change = Changed(
                runs[0][run_id], runs[1][run_id], _unprefixed(differing), tuple(measured)
            )
            found.append(change)
    return tuple(found)


def _said(store: Compared, runs: dict[str, Run], ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """Run id to all that was said of it, by section and name."""
    found: dict[str, dict[str, str]] = {run_id: {} for run_id in ids}
    for run_id in ids:
        for field in _FIELDS:
            value = getattr(runs[run_id], field)
            if value not in (None, ""):
                found[run_id][f"0 {field}"] = str(value)
    for section, select in _SAID:
        rows = store.rows(f"{select} WHERE run_id IN (SELECT unnest(?::VARCHAR[]))", [list(ids)])
        for run_id, key, text in rows:
            found[run_id][f"1 {section} {key}".rstrip()] = text
    return found


def _unprefixed(items: Iterable[Item]) -> tuple[Item, ...]:
    """The items without the digit that sorts the run's own fields before the rest."""
    return tuple(Item(item.key[2:], item.before, item.after, item.same) for item in items)


def _summaries(store: Compared, ids: Sequence[str]) -> dict[str, dict[str, Summary]]:
    from dataclasses import fields

    names = [field.name for field in fields(Summary)]
    rows = store.rows(
        f"SELECT run_id, {', '.join(names)} FROM summary "
        "WHERE run_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY run_id, key",
        [list(ids)],
    )
    found: dict[str, dict[str, Summary]] = {}
    for run_id, *values in rows:
        found.setdefault(run_id, {})[values[0]] = Summary(*values)
    return found


# --- leaderboards -----------------------------------------------------------------------------


def _boards(before: Compared, after: Compared) -> tuple[BoardDiff, ...]:
    """The leaderboards of after, then those that only before has."""
    sides = ({b.name: b for b in before.boards()}, {b.name: b for b in after.boards()})
    names = [*sides[1], *(name for name in sides[0] if name not in sides[1])]
    found = []
    for name in names:
        board = sides[1].get(name) or sides[0][name]
        here = (name in sides[0], name in sides[1])
        config = after.config if here[1] else before.config
        configured = config.metrics.get(board.metric)
        is_known = (
            not board.default or known(board.metric) or bool(configured and configured.direction)
        )
        rows = [_ranked(store, board) for store in (before, after)]
        moves = _moves(rows[0], rows[1], board.direction if is_known else "")
        found.append(
            BoardDiff(
                board.name, board.title or board.name, board.metric, board.stat,
                board.direction, is_known, here, moves,
            )
        )  # fmt: skip
    return tuple(found)


#: Of one row: run id, name, rank and value.
_Row = tuple[str, str, int | None, float | None]


def _ranked(store: Compared, board: Board) -> dict[str, _Row]:
    """The rows of a leaderboard in rank order; of a grouped one by the group's name."""
    rows = store.rows(f"SELECT run_id, name, rank, value FROM ({core_sql(board, None)})")
    found = [(str(run_id), str(name), rank, value) for run_id, name, rank, value in rows]
    return {row[1] if board.group_by else row[0]: row for row in found}


def _moves(before: dict[str, _Row], after: dict[str, _Row], direction: str) -> tuple[Move, ...]:
    found = []
    for key in [*after, *(key for key in before if key not in after)]:
        old, new = before.get(key), after.get(key)
        row = new or old
        assert row is not None  # the key is of one of them
        values = (old[3] if old else None, new[3] if new else None)
        found.append(
            Move(
                row[0],
                row[1],
                (old[2] if old else None, new[2] if new else None),
                values,
                (old is not None, new is not None),
                verdict_of(*values, direction),
            )
        )
    return tuple(found)
