"""Columns that the user's hooks add to tables of runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runfolio.query.store import Store
from runfolio.site.gather.context import Context
from runfolio.site.hooks import Hook, Hooks, Value, column_values
from runfolio.site.material import Board, Material
from runfolio.site.table import Column

MOST_NAMES = 50


def hooked_values(hooks: Hooks, store: Store, material: Material) -> dict[str, Mapping[str, Value]]:
    """The values of every column by run: each function is called once for a build.

    BuildError where one fails, or is for a leaderboard that does not exist.
    """
    boards = {word for board in material.boards for word in (board.name, board.slug)}
    for hook in hooks.columns:
        wanted = hook.options["board"]
        if wanted and wanted not in boards:
            known = ", ".join(sorted(board.name for board in material.boards)) or "none"
            raise hook.error(f"is for the leaderboard {wanted!r}; there are: {known}")
    return {hook.name: column_values(hook, store, material.runs) for hook in hooks.columns}


def hooked_columns(
    context: Context, ids: Sequence[str], board: Board | None = None
) -> list[Column]:
    """The columns for the runs ``ids`` of a leaderboard, or of another table."""
    names = {board.name, board.slug} if board else set()
    return [
        _column(hook, [context.hooked[hook.name].get(run_id) for run_id in ids])
        for hook in context.hooks.columns
        if not hook.options["board"] or hook.options["board"] in names
    ]


def _column(hook: Hook, values: Sequence[Value]) -> Column:
    """Numbers where all values are, else categories or texts."""
    options = hook.options
    better = {"max": 1, "min": -1}.get(options["better"], 0)
    key, label = f"h:{hook.name}", options["label"]
    title = options["help"] or (hook.function.__doc__ or "").strip().partition("\n")[0]
    if all(value is None or isinstance(value, int | float) for value in values):
        return Column(
            key, label, "num", values, "Hooks", better, options["show"], options["unit"],
            options["digits"], title=title,
        )  # fmt: skip
    texts = [None if value is None else str(value) for value in values]
    kind = "cat" if len(set(texts)) <= MOST_NAMES else "str"
    return Column(key, label, kind, texts, "Hooks", show=options["show"], title=title)
