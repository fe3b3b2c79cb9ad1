"""Which points a drop takes away, and the fact that says so.

A condition in SQL is answered once, here: the fact names the points that it chose, so that no
reader ever runs what a stranger wrote.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runfolio.errors import QueryError, UsageError
from runfolio.query.naming import nearest
from runfolio.query.store import Store

#: A condition that chooses more separate stretches of a series than this is refused.
MOST_RANGES = 100_000
_STEPS = re.compile(r"\s*(?P<low>-?\d+)?\s*(?P<dots>\.\.)?\s*(?P<high>-?\d+)?\s*")

Steps = tuple[int | None, int | None]


@dataclass(frozen=True)
class Dropped:
    """What a drop takes away.

    ``points`` of ``total`` points; ``bad`` of them are NaN or infinite. ``low`` and ``high``: the
    steps from where to where. ``change`` names the correction, for ``undo``; empty while nothing
    was written.
    """

    run_id: str
    metric: str
    points: int
    total: int
    bad: int
    low: int | None
    high: int | None
    change: str = ""


def as_steps(steps: str | int | Steps) -> Steps:
    """``100..200``, ``100..``, ``..200`` or ``100``: first and last step, both dropped."""
    if isinstance(steps, tuple):
        low, high = steps
    elif isinstance(steps, int):
        low = high = steps
    else:
        match = _STEPS.fullmatch(steps)
        if match is None or (match["low"] is None and match["high"] is None):
            raise UsageError(
                f"{steps!r} is no range of steps.", hint="For instance: 100..200, 100.., ..200, 100"
            )
        low = int(match["low"]) if match["low"] else None
        high = int(match["high"]) if match["high"] else None
        if not match["dots"]:
            low = high = low if low is not None else high
    if low is not None and high is not None and low > high:
        raise UsageError(f"No step is at least {low} and at most {high}.")
    return low, high


def choose(
    store: Store, run_id: str, metric: str, steps: Steps | None, where: str
) -> tuple[Dropped, dict[str, Any]]:
    """What goes, and the content of the fact; all points for neither steps nor a condition.

    QueryError for a mistake in the condition; UsageError where nothing fits.
    """
    _require_metric(store, run_id, metric)
    condition, given = "true", {}
    content: dict[str, Any] = {"all": True}
    if steps is not None:
        low, high = steps
        condition = "step BETWEEN coalesce($low, step) AND coalesce($high, step)"
        given = {"low": low, "high": high}
        content = {"from": low, "to": high}
    elif where:
        condition = where
        content = {"facts": _ranges(store, run_id, metric, where), "where": where}
    found = _counted(store, run_id, metric, condition, given)
    if not found.points:
        raise UsageError(
            f"No point of {metric!r} in {run_id} fits, so nothing is dropped.",
            hint=f"Its points: runfolio sql \"FROM metrics WHERE run_id = '{run_id}'\"",
        )
    return found, {**content, "points": found.points}


def text_of(content: Mapping[str, Any]) -> str:
    """The content of the fact as its text."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


_SERIES = "series AS (SELECT * FROM metrics WHERE run_id = $run AND key = $key)"


def _counted(
    store: Store, run_id: str, metric: str, condition: str, given: Mapping[str, Any]
) -> Dropped:
    answer = store.sql(
        f"WITH {_SERIES}, chosen AS (SELECT writer, seq FROM series WHERE ({condition}\n))\n"
        "SELECT count(c.seq), count(*), count(c.seq) FILTER (NOT isfinite(s.value)), "
        "min(s.step) FILTER (c.seq IS NOT NULL), max(s.step) FILTER (c.seq IS NOT NULL) "
        "FROM series s LEFT JOIN (SELECT DISTINCT * FROM chosen) c USING (writer, seq)",
        {"run": run_id, "key": metric, **given},
    )
    points, total, bad, low, high = _one(store, answer, condition)
    return Dropped(run_id, metric, points, total, bad, low, high)


def _ranges(store: Store, run_id: str, metric: str, where: str) -> dict[str, list[list[int]]]:
    """The chosen points as ranges of facts by writer.

    A range may span facts of other metrics, but no point of this one that stays. Only points of
    the series count, whatever the condition smuggles in.
    """
    chosen = store.sql(
        f"WITH {_SERIES}\nSELECT writer, seq FROM series WHERE ({where}\n)",
        {"run": run_id, "key": metric},
    )
    try:
        wanted = set(chosen.fetchall())
    except Exception as error:
        raise _explained(store, error, where) from None
    found: dict[str, list[list[int]]] = {}
    before: tuple[str, int] | None = None
    for writer, seq, gone in store.rows(
        "SELECT writer, seq, gone FROM internal.points WHERE run_id = ? AND key = ? "
        "ORDER BY writer, seq",
        [run_id, metric],
    ):
        if gone or (writer, seq) not in wanted:
            before = None
            continue
        spans = found.setdefault(writer, [])
        if before is not None and before[0] == writer:
            spans[-1][1] = seq + 1
        else:
            spans.append([seq, seq + 1])
        before = (writer, seq)
    if sum(map(len, found.values())) > MOST_RANGES:
        raise UsageError(
            f"The condition chooses more than {MOST_RANGES:,} separate stretches of {metric!r}.",
            hint="Drop them by steps, or with a simpler condition.",
        )
    return found


def _one(store: Store, answer: Any, condition: str) -> tuple[Any, ...]:
    try:
        (row,) = answer.fetchall()
    except Exception as error:
        raise _explained(store, error, condition) from None
    return tuple(row)


def _explained(store: Store, error: Exception, sql: str) -> Exception:
    """A mistake that shows when rows are fetched, such as a division of texts, in words."""
    import duckdb

    return store.explain(error, sql) if isinstance(error, duckdb.Error) else error


def _require_metric(store: Store, run_id: str, metric: str) -> None:
    keys = [
        row[0]
        for row in store.sql(
            "SELECT key FROM summary WHERE run_id = ? ORDER BY key", [run_id]
        ).fetchall()
    ]
    if metric not in keys:
        raise QueryError(f"{run_id} has no metric {metric!r}.", hint=nearest(metric, keys))
