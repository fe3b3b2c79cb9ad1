"""The runs of the same group (a sweep, the seeds of one setting) that stand nearest to a run.

Only the best one and the nearest by rank are shown, so a new trial changes the pages of few others;
the page of the group has all of them.
"""

from __future__ import annotations

from collections.abc import Mapping

from runfolio.query.rows import Param, Run
from runfolio.site.gather.context import Context
from runfolio.site.gather.things_parts import param_texts
from runfolio.site.material import Board, comparable
from runfolio.site.numbers import short_number
from runfolio.site.pages import SiblingRow, Siblings
from runfolio.site.words import _

#: Runs above and below that are shown, and params beside them.
NEAR = 4
MOST_PARAMS = 6
VALUE_TEXT = 60


def siblings(context: Context, run: Run, board: Board | None) -> Siblings | None:
    """The runs near this one in its group; None where it has no group or is alone in it."""
    found = _near(context, run)
    if found is None:
        return None
    title, ids, more = found
    material = context.material
    params = _differing({run_id: material.params.get(run_id, {}) for run_id in ids})
    columns = [param_texts(material, key, ids) for key in params]
    table = {run_id: [texts[at] for texts in columns] for at, run_id in enumerate(ids)}
    mine = table[run.run_id]
    # Where every other run differs the colour would say nothing.
    telling = [sum(row[at] == text for row in table.values()) > 1 for at, text in enumerate(mine)]
    rows = []
    top = comparable(material.value_of(board, ids[0])) if board else None
    for run_id in ids:
        value = material.value_of(board, run_id) if board else None
        number = None if value is None else short_number(value, 6)
        shown = material.shown(board.metric, number) if board else ""
        cells = tuple(
            (_cut(text), tells and text != own)
            for text, own, tells in zip(table[run_id], mine, telling, strict=True)
        )
        best = value is not None and comparable(value) == top
        rows.append(SiblingRow(material.refs[run_id], shown, cells, run_id == run.run_id, best))
    metric = material.title_of(board.metric) if board else ""
    return Siblings(title, _group_path(context, run), metric, tuple(params), tuple(rows), more)


def nearest(context: Context, run: Run, board: Board | None) -> list[str]:
    """Ids of the other runs of the group that the page shows, the best first."""
    found = siblings(context, run, board)
    return [row.run.id for row in found.rows if not row.here] if found else []


def _near(context: Context, run: Run) -> tuple[str, tuple[str, ...], bool] | None:
    """What the group is called, the runs to show by rank, and whether it has more."""
    kind = "group" if run.group else "parent"
    at, ordered = context.material.families.get((kind, run.run_id), (0, ()))
    if len(ordered) < 2:
        return None
    shown = dict.fromkeys((ordered[0], *ordered[max(1, at - NEAR) : at + NEAR + 1]))
    title = run.group or _("the same parent")
    return title, tuple(shown), len(shown) < len(ordered)


def _differing(params: Mapping[str, Mapping[str, Param]]) -> list[str]:
    """The params that differ among some runs."""
    keys = sorted({key for found in params.values() for key in found})
    several = [key for key in keys if len({_text(each, key) for each in params.values()}) > 1]
    return several[:MOST_PARAMS]


def _text(params: Mapping[str, Param], key: str) -> str:
    return params[key].text if key in params else ""


def _group_path(context: Context, run: Run) -> str:
    """The page of the group or of the sweep; '' where there is none."""
    if run.group:
        return context.group_paths.get((run.experiment, run.group), "")
    return context.sweep_paths.get(run.parent or "", "")


def _cut(text: str) -> str:
    return text if len(text) <= VALUE_TEXT else text[: VALUE_TEXT - 1] + "…"
