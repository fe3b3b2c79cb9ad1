"""When the best of a leaderboard moved, by which run, and what was different about that run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from runfolio.query import diff_code
from runfolio.query.diff import Item, Patch
from runfolio.query.diff_runs import change_of, param_items
from runfolio.query.rows import Param, Run
from runfolio.store.folder import Folder

#: Records that are told in full: the newest ones. There are few even of thousands of runs.
MOST_RECORDS = 20


class Kept(Protocol):
    """What a progression needs of a store."""

    folder: Folder

    def environment_by_run(
        self, run_ids: Sequence[str] | None = None
    ) -> dict[str, dict[str, dict[str, Any]]]:
        """The environment of some runs."""


@dataclass(frozen=True)
class Record:
    """A run that beat all runs that started before it.

    ``before`` is the run that held the record, None for the first one; ``gain`` is new minus old
    and ``percent`` its share of the old value. ``params`` are those that differ between the two,
    ``commits`` their short commits where these differ. ``lines`` counts the added and removed lines
    of what the two runs kept of their code (scripts and uncommitted changes), None where nothing
    can be compared or nothing differs.
    """

    run_id: str
    started: datetime
    value: float
    before: str | None = None
    gain: float | None = None
    percent: float | None = None
    params: tuple[Item, ...] = ()
    commits: tuple[str, str] | None = None
    lines: tuple[int, int] | None = None


def record_places(values: Sequence[float], direction: int) -> list[int]:
    """Indexes at which the best so far was beaten; the first value always counts."""
    found = [0] if values else []
    for index, value in enumerate(values):
        if (value - values[found[-1]]) * direction > 0:
            found.append(index)
    return found


def progression(
    store: Kept,
    runs: Mapping[str, Run],
    params: Mapping[str, Mapping[str, Param]],
    values: Mapping[str, float],
    direction: int,
) -> tuple[Record, ...]:
    """The records among the runs that have a value, the oldest first.

    Of more than ``MOST_RECORDS`` the older ones come without what changed.
    """
    order = sorted(values, key=lambda run_id: (runs[run_id].started, run_id))
    holders = [order[at] for at in record_places([values[run_id] for run_id in order], direction)]
    told = holders[-MOST_RECORDS - 1 :]
    environments = store.environment_by_run(told) if len(told) > 1 else {}
    found = []
    for before, run_id in zip([None, *holders], holders, strict=False):
        run = runs[run_id]
        if before is None or before not in told:
            gain, percent = change_of(values[before], values[run_id]) if before else (None, None)
            found.append(Record(run_id, run.started, values[run_id], before, gain, percent))
            continue
        pair = (before, run_id)
        gain, percent = change_of(values[before], values[run_id])
        items = param_items(params.get(before, {}), params.get(run_id, {}))
        patches = diff_code.patches(
            (store.folder, store.folder),
            (environments.get(before, {}), environments.get(run_id, {})),
            pair,
        )
        found.append(
            Record(
                run_id=run_id,
                started=run.started,
                value=values[run_id],
                before=before,
                gain=gain,
                percent=percent,
                params=tuple(item for item in items if not item.same),
                commits=_commits(runs[before], run),
                lines=_lines(patches),
            )
        )
    return tuple(found)


def _commits(before: Run, after: Run) -> tuple[str, str] | None:
    pair = (before.git_commit or "", after.git_commit or "")
    if pair[0] == pair[1] or not all(pair):
        return None
    return pair[0][:8], pair[1][:8]


def _lines(patches: Sequence[Patch]) -> tuple[int, int] | None:
    """Added and removed lines of all patches; None where no lines are known."""
    lines = [line for patch in patches for line in patch.lines]
    added = sum(line.startswith("+") and not line.startswith("+++") for line in lines)
    removed = sum(line.startswith("-") and not line.startswith("---") for line in lines)
    return (added, removed) if added or removed else None
