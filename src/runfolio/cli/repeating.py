"""What ``runfolio ls --duplicates`` prints: runs of the same code, data and params, in groups."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from runfolio.cli.listing import STATUS_COLORS, age
from runfolio.cli.tables import Column, layout
from runfolio.cli.terminal import say, say_json, width

if TYPE_CHECKING:
    from runfolio.cli.call import Call

_KEYS = ("group_id", "run_id", "name", "experiment", "status", "started", "seed", "runs", "exact")


def list_duplicates(call: Call, filter: str, *, as_json: bool) -> None:
    """Print the runs that repeat another one, the newest group first; of ``filter`` or of all."""
    store = call.store
    given = [store.run_ids(filter)] if filter else [None]
    rows = store.rows(_QUERY, given)
    if as_json:
        return say_json([dict(zip(_KEYS, row, strict=True)) for row in rows])
    if not rows:
        return say("No run repeats another one (same experiment, code, data and params).")
    say(_text(rows))


_QUERY = """
WITH chosen AS (
    SELECT d.group_id, d.run_id, r.name, r.experiment, r.status, r.started, d.seed, d.runs, d.exact
    FROM duplicates d JOIN runs r ON r.run_id = d.run_id
    WHERE d.group_id IN (
        SELECT group_id FROM duplicates
        WHERE $1::VARCHAR[] IS NULL OR list_contains($1::VARCHAR[], run_id)
    )
)
SELECT * FROM chosen
ORDER BY max(started) OVER (PARTITION BY group_id) DESC, group_id, seed, started, run_id
"""


def _text(rows: Sequence[tuple[Any, ...]]) -> str:
    """One table; the group's number stands where a group begins."""
    now = datetime.now(UTC).replace(tzinfo=None)
    cells: list[list[str]] = []
    groups: list[str] = []
    for group, run_id, name, experiment, status, started, seed, _, exact in rows:
        begins = group not in groups
        groups += [group] if begins else []
        same = {True: "yes", False: "", None: "?"}[exact]
        shown = [run_id, name, experiment, status, age(started, now)]
        number = str(len(groups)) if begins else ""
        cells.append([number, *shown, "" if seed is None else str(seed), same])
    columns = [
        Column("group"),
        Column("id", whole=True),
        Column("name", longest=36),
        Column("experiment"),
        Column("status", colors=STATUS_COLORS),
        Column("started"),
        Column("seed", right=True),
        Column("same seed"),
    ]
    count = f"{len(groups):,} {'group' if len(groups) == 1 else 'groups'}"
    table = layout(columns, cells, width())
    return f"{table.text}\n\n{len(rows):,} runs in {count}: same experiment, code, data and params."
