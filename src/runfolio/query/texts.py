"""What runs printed, for search: each kind of line once a run, of all runs in one query."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runfolio.query.store import Store

#: Kinds of lines of a run that count, the last ones, and letters of a line.
MOST_LINES = 40
MOST_LETTERS = 200


def printed_lines(store: Store, run_ids: Sequence[str] | None = None) -> dict[str, list[str]]:
    """Run id to lines that it printed (all runs for None), in order.

    Lines that differ only in their numbers are one kind, and the last one stands for it: a
    thousand lines of progress become one. Of each run the last kinds are told.
    """
    where = "" if run_ids is None else "WHERE list_contains(?, run_id)"
    given = [] if run_ids is None else [list(run_ids)]
    return dict(store.rows(_LINES.format(where=where), given))


_LINES = rf"""
WITH printed AS (
    SELECT run_id, time, line AS number, left(text, {MOST_LETTERS}) AS said FROM output {{where}}
),
kinds AS (
    SELECT run_id, max(time) AS last, max(coalesce(number, 0)) AS place,
        arg_max(said, (time, coalesce(number, 0), said)) AS said
    FROM printed
    WHERE regexp_matches(said, '\S')
    GROUP BY run_id, regexp_replace(said, '[0-9]+([.,:e+-]+[0-9]+)*', '0', 'g')
),
counted AS (
    SELECT *, row_number() OVER (
        PARTITION BY run_id ORDER BY last DESC, place DESC, said DESC
    ) AS back
    FROM kinds
)
SELECT run_id, list(said ORDER BY back DESC) AS lines
FROM counted WHERE back <= {MOST_LINES}
GROUP BY run_id
ORDER BY run_id
"""
