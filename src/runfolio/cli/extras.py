"""What ``runfolio show`` tells beside params and metrics: distributions, kin, restarts, failure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from runfolio.cli.curves import bars
from runfolio.cli.tables import Column, folded, layout, pairs
from runfolio.cli.terminal import safe
from runfolio.query.rows import Histogram, Matrix, RunView
from runfolio.site.numbers import decimals_for, format_number

if TYPE_CHECKING:
    from runfolio.query.store import Store

#: A matrix with more labels is told in one line.
MOST_LABELS = 12
#: So many relatives of a kind are named; `runfolio lineage` names all.
MOST_KIN = 8


@dataclass(frozen=True)
class Kin:
    """Another run and what the two share; ``relation`` is parent, child, from or used by."""

    relation: str
    run_id: str
    name: str
    what: str = ""


@dataclass(frozen=True)
class Extras:
    """``resumed``: when the run was taken up again; ``more_error``: lines that ``error`` lacks.

    ``page``: address of the page of a run from elsewhere, if one is known.
    """

    histograms: tuple[Histogram, ...] = ()
    matrices: tuple[Matrix, ...] = ()
    resumed: tuple[datetime, ...] = ()
    kin: tuple[Kin, ...] = ()
    traceback: str = ""
    more_error: int = 0
    page: str = ""


def extras_of(store: Store, view: RunView) -> Extras:
    """The extras of a run, one small question each."""
    message = _message(store, view)
    return Extras(
        tuple(store.histograms_by_run([view.id]).get(view.id, ())),
        tuple(store.matrices_by_run([view.id]).get(view.id, ())),
        _resumed(store, view),
        (*_family(store, view), *_lineage(store, view)),
        store.tracebacks([view.id]).get(view.id, "") or (message if "\n" in message else ""),
        message.strip().count("\n"),
        store.origins[view.run.origin].page(view.id) if view.run.origin else "",
    )


def _message(store: Store, view: RunView) -> str:
    """What the exception said that ended the run, in full."""
    if not view.run.error:
        return ""
    rows = store.rows(
        "SELECT text FROM facts WHERE run_id = ? AND kind = 'end' ORDER BY time DESC LIMIT 1",
        [view.id],
    )
    try:
        found = json.loads(rows[0][0])["exception"]["message"] if rows else ""
    except (KeyError, TypeError, ValueError):
        return ""
    return found if isinstance(found, str) else ""


def _resumed(store: Store, view: RunView) -> tuple[datetime, ...]:
    rows = store.rows(
        "SELECT time FROM facts WHERE run_id = ? AND kind = 'start' AND key = 'run' "
        "AND TRY_CAST(TRY_CAST(text AS JSON) ->> '$.resumed' AS BOOLEAN) ORDER BY time",
        [view.id],
    )
    return tuple(row[0] for row in rows)


def _family(store: Store, view: RunView) -> list[Kin]:
    """The run that started this one, and those that it started."""
    names = _names(store, [*filter(None, [view.run.parent]), *view.children])
    found = [Kin("child", run_id, names.get(run_id, run_id)) for run_id in view.children]
    if parent := view.run.parent:
        found.insert(0, Kin("parent", parent, names.get(parent, parent)))
    return found


def _names(store: Store, ids: Sequence[str]) -> dict[str, str]:
    rows = store.rows(
        "SELECT run_id, name FROM runs WHERE run_id IN (SELECT unnest(?::VARCHAR[]))", [list(ids)]
    )
    return dict(rows)


def _lineage(store: Store, view: RunView) -> list[Kin]:
    """Runs that made what this one used, and runs that used what this one made."""
    rows = store.rows(
        "SELECT DISTINCT CASE WHEN l.run_id = $1 THEN 'from' ELSE 'used by' END AS relation, "
        "r.run_id, r.name, concat_ws(' ', l.kind, l.name, l.version) AS what "
        "FROM lineage l JOIN runs r "
        "ON r.run_id = CASE WHEN l.run_id = $1 THEN l.origin ELSE l.run_id END "
        "WHERE l.direction = 'input' AND (l.run_id = $1 OR l.origin = $1) "
        "AND l.run_id IS DISTINCT FROM l.origin ORDER BY relation, r.name, r.run_id, what",
        [view.id],
    )
    return [Kin(*row) for row in rows]


# --- as text ------------------------------------------------------------------------------------


def kin_lines(kin: Sequence[Kin], run_id: str, width: int | None) -> list[str]:
    """A line for each relation and run; long lists are cut."""
    rows: list[tuple[str, str]] = []
    left = 0
    for relation in dict.fromkeys(each.relation for each in kin):
        found = [each for each in kin if each.relation == relation]
        rows += [(relation, _kin_text(each)) for each in found[:MOST_KIN]]
        left += max(0, len(found) - MOST_KIN)
    if left:
        rows.append(("", f"and {left:,} more: runfolio lineage {run_id}"))
    return pairs(rows, width)


def _kin_text(kin: Kin) -> str:
    name = kin.name if kin.name == kin.run_id else f"{kin.name} ({kin.run_id})"
    return f"{name}: {kin.what}" if kin.what else name


def histogram_lines(histograms: Sequence[Histogram], width: int | None) -> list[str]:
    """One row a histogram: its last step, from where to where, and its shape."""
    last = {each.key: each for each in histograms}
    steps = {key: sum(each.key == key for each in histograms) for key in last}
    rows = [
        [
            f"  {safe(key)}",
            "" if each.step is None else f"{each.step:,}",
            f"{steps[key]:,}",
            format_number(sum(each.counts), 0),
            format_number(each.edges[0]),
            format_number(each.edges[-1]),
            bars(each.counts),
        ]
        for key, each in last.items()
    ]
    columns = [
        Column("  name", longest=32),
        Column("step", right=True),
        Column("of", right=True),
        Column("values", right=True),
        Column("from", right=True),
        Column("to", right=True),
        Column("shape", whole=True),
    ]
    return layout(columns, rows, width).text.split("\n") if rows else []


def matrix_lines(matrices: Sequence[Matrix], width: int | None) -> list[str]:
    """The last step of each matrix as a table; a large one in words."""
    lines: list[str] = []
    for key, each in {each.key: each for each in matrices}.items():
        step = "" if each.step is None else f", step {each.step:,}"
        told = folded(f"{safe(key)}{step}: {_share(each)}", 1000 if width is None else width - 2)
        lines += [f"  {line}" for line in told]
        if len(each.labels) <= MOST_LABELS and (width is None or width >= 40):
            lines += [f"    {line}" for line in _grid(each, width and width - 4)]
    return lines


def _share(matrix: Matrix) -> str:
    total = sum(map(sum, matrix.rows))
    right = sum(row[index] for index, row in enumerate(matrix.rows))
    labels = f"{len(matrix.labels):,} labels"
    return f"{labels}, {right / total:.1%} on the diagonal" if total > 0 else labels


def _grid(matrix: Matrix, width: int | None) -> list[str]:
    """Rows are the true labels, columns the predicted ones."""
    decimals = decimals_for([cell for row in matrix.rows for cell in row])
    columns = [Column("", longest=16), *(Column(label, right=True) for label in matrix.labels)]
    rows = [
        [label, *(format_number(cell, decimals) for cell in row)]
        for label, row in zip(matrix.labels, matrix.rows, strict=True)
    ]
    table = layout(columns, rows, width)
    hidden = [f"({len(table.hidden)} more columns)"] if table.hidden else []
    return [*table.text.split("\n"), *hidden]


def record(extras: Extras) -> dict[str, Any]:
    """The extras for programs."""
    return {
        "histograms": [
            {"key": h.key, "step": h.step, "edges": h.edges, "counts": h.counts}
            for h in extras.histograms
        ],
        "matrices": [
            {"key": m.key, "step": m.step, "labels": m.labels, "rows": m.rows}
            for m in extras.matrices
        ],
        "resumed": list(extras.resumed),
        "kin": [
            {"relation": k.relation, "run_id": k.run_id, "name": k.name, "what": k.what}
            for k in extras.kin
        ],
        "traceback": extras.traceback or None,
    }
