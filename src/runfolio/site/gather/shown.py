"""The key of a page that shows some runs beside each other: everything that it depends on."""

from __future__ import annotations

from collections.abc import Sequence

from runfolio.site.gather.context import Context, state_digest


def shown_key(context: Context, ids: Sequence[str], *more: object) -> str:
    """Equal for equal pages of these runs, in this order; ``more`` is what else such a page shows.

    In it are the runs themselves, the leaderboards and sweeps that have any of them, and how
    numbers of each metric are written, which depends on all runs.
    """
    material = context.material
    wanted = set(ids)
    boards = [
        context.board_states[board.slug]
        for board in material.boards
        if not wanted.isdisjoint(board.values)
    ]
    sweeps = [
        (context.sweep_paths[key], context.marks.get(key))
        for key, some in material.sweeps.items()
        if not wanted.isdisjoint(some)
    ]
    marks = [context.marks[run_id] for run_id in ids]
    return state_digest(
        context.common, context.hooks.state, context.metric_words, boards, sweeps, marks, more
    )
