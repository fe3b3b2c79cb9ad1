"""Columns of run tables: what is shown of runs beside each other.

Columns that are the same for all runs, or that only few runs have, start hidden; a table of 300
params stays a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from runfolio.query.rows import Param, Run
from runfolio.site.gather.context import Context
from runfolio.site.gather.hooked import hooked_columns
from runfolio.site.material import Board, Material, seconds_of
from runfolio.site.sparkline import spark
from runfolio.site.table import Column, RunTable

SHOWN_METRICS = 3
SHOWN_PARAMS = 6
#: Columns that a data file carries at most; more would make it a burden, and nobody reads them.
MOST_METRICS = 60
MOST_PARAMS = 120
MOST_NAMES = 50


def board_table(context: Context, board: Board) -> RunTable:
    """The runs of a leaderboard in rank order."""
    material = context.material
    ids = [place.run_id for place in board.places]
    runs = context.runs(ids)
    number = f"mean of {board.stat} values" if board.grouped else f"{board.stat} value"
    primary = Column(
        f"m:{board.metric}",
        material.title_of(board.metric),
        "num",
        [place.value for place in board.places],
        "Metrics",
        board.direction,
        unit=material.unit_of(board.metric),
        digits=material.digits_of(board.metric),
        exact=material.digits_of(board.metric) is None,
        bar=True,
        title=f"{number} of {board.metric}",
    )
    trend = Column(
        "trend",
        "Trend",
        "spark",
        [spark(material.trends.get((run_id, board.metric), ())) for run_id in ids],
        title=f"{board.metric} over the run",
    )
    columns = [
        Column("run", "Runs" if board.grouped else "Run", "run", [p.name for p in board.places]),
        primary,
        *(_group_columns(board) if board.grouped else ()),
        *([trend] if any(trend.values) else []),
        *_metrics(material, ids, board.metrics, board.chosen, without=board.metric),
        *hooked_columns(context, ids, board),
        *_run_columns(runs),
        *_params(material, ids, board.params, board.chosen),
        *_ends(runs),
    ]
    at = [i for i, place in enumerate(board.places) if board.baseline in place.members]
    return RunTable(
        board.slug,
        tuple(replace(material.refs[p.run_id], name=p.name) for p in board.places),
        tuple(columns),
        primary.key,
        ((primary.key, -board.direction),),
        at[0] if at else None,
        context.tag_paths,
    )


def list_table(context: Context, slug: str, ids: Sequence[str]) -> RunTable:
    """Runs of a list, the newest first, with the metrics that their leaderboards rank."""
    material = context.material
    ordered = sorted(ids, key=lambda i: (material.runs[i].started, i), reverse=True)
    runs = context.runs(ordered)
    wanted = dict.fromkeys(material.board_of[i].metric for i in ordered if i in material.board_of)
    columns = [
        _names(runs),
        *_metrics(material, ordered, tuple(wanted), chosen=bool(wanted)),
        *hooked_columns(context, ordered),
        *_run_columns(runs),
        *_params(material, ordered, (), chosen=False),
        *_ends(runs),
    ]
    refs = tuple(material.refs[run_id] for run_id in ordered)
    return RunTable(slug, refs, tuple(columns), "", (("started", -1),), tag_paths=context.tag_paths)


def varying(material: Material, ids: Sequence[str]) -> list[str]:
    """Params that differ between runs, those that most runs have first."""
    counts, differs = _census(material.params, ids)
    return [key for key in _by_count(counts) if differs[key]]


def interest(material: Material, metric: str, primary: str) -> tuple[bool, bool]:
    """A sort key: metrics of the same prefix as the primary one first, then judged ones."""
    same = "/" in metric and metric.partition("/")[0] == primary.partition("/")[0]
    return (not same, not material.directions.get(metric, 0))


def param_column(material: Material, key: str, ids: Sequence[str]) -> Column:
    """One param of several runs: numbers where all are, else categories or texts."""
    found = [material.params.get(run_id, {}).get(key) for run_id in ids]
    label = key
    if all(param is None or param.number is not None for param in found):
        numbers = [param.number if param else None for param in found]
        return Column(f"p:{key}", label, "num", numbers, "Parameters", exact=True)
    texts = [_word(param) for param in found]
    kind = "cat" if len(set(texts)) <= MOST_NAMES else "str"
    return Column(f"p:{key}", label, kind, texts, "Parameters")


def _group_columns(board: Board) -> list[Column]:
    spread = [place.spread for place in board.places]
    counts = [len(place.members) for place in board.places]
    return [
        Column("spread", "±", "num", spread, "Metrics", title="standard deviation in the group"),
        Column("runs", "Runs", "num", counts, title="runs in the group"),
    ]


def _names(runs: Sequence[Run]) -> Column:
    return Column("run", "Run", "run", [run.name for run in runs])


def _run_columns(runs: Sequence[Run]) -> list[Column]:
    columns = [Column("status", "Status", "status", [run.status for run in runs])]
    if any(run.tags for run in runs):
        columns.append(Column("tags", "Tags", "tags", [run.tags for run in runs]))
    for key, label, values in (
        ("experiment", "Experiment", [run.experiment for run in runs]),
        ("group", "Group", [run.group for run in runs]),
        ("user", "User", [run.user for run in runs]),
    ):
        if len(set(values)) > 1:
            kind = "cat" if len(set(values)) <= MOST_NAMES else "str"
            show = key != "user"
            columns.append(Column(key, label, kind, values, show=show))
    return columns


def _ends(runs: Sequence[Run]) -> list[Column]:
    return [
        Column("seconds", "Duration", "dur", [run.seconds for run in runs]),
        Column("started", "Started", "time", [int(seconds_of(run.started)) for run in runs]),
    ]


def _metrics(
    material: Material,
    ids: Sequence[str],
    wanted: Iterable[str],
    chosen: bool,
    without: str = "",
) -> list[Column]:
    """Metrics by their last value; shown are the chosen ones, else the most telling ones."""
    counts, _ = _census(material.summary, ids)
    asked = [key for key in wanted if key in counts and key != without] if chosen else []
    others = [key for key in counts if key not in asked and key != without]
    others.sort(key=lambda key: (*interest(material, key, without), -counts[key], key))
    order = [*asked, *others][:MOST_METRICS]
    shown = asked if chosen else order[:SHOWN_METRICS]
    return [_metric(material, ids, key, show=key in shown) for key in order]


def _metric(material: Material, ids: Sequence[str], key: str, *, show: bool) -> Column:
    found = [material.summary.get(run_id, {}).get(key) for run_id in ids]
    return Column(
        f"m:{key}",
        material.title_of(key),
        "num",
        [each.last if each else None for each in found],
        "Metrics",
        material.directions.get(key, 0),
        show=show,
        unit=material.unit_of(key),
        digits=material.digits_of(key),
        exact=material.digits_of(key) is None,
        title=f"last value of {key}",
    )


def _params(
    material: Material, ids: Sequence[str], wanted: Iterable[str], chosen: bool
) -> list[Column]:
    """Params: the wanted ones, those that differ, the constant ones (which start hidden)."""
    counts, differs = _census(material.params, ids)
    asked = [key for key in wanted if key in counts]
    rest = sorted((k for k in counts if k not in asked), key=lambda k: (not differs[k], -counts[k]))
    different = [key for key in [*asked, *rest] if differs[key]]
    shown = {*(asked if chosen else different[:SHOWN_PARAMS])}
    columns = [param_column(material, key, ids) for key in [*asked, *rest][:MOST_PARAMS]]
    return [column.hidden(column.key[2:] not in shown) for column in columns]


def _census(
    table: Mapping[str, Mapping[str, object]], ids: Sequence[str]
) -> tuple[dict[str, int], dict[str, bool]]:
    """How many runs have each key, and whether its texts differ between the runs."""
    counts: dict[str, int] = {}
    first: dict[str, object] = {}
    differs: dict[str, bool] = {}
    for run_id in ids:
        for key, row in table.get(run_id, {}).items():
            word = _word(row) if isinstance(row, Param) else None
            counts[key] = counts.get(key, 0) + 1
            differs[key] = differs.get(key, False) or first.setdefault(key, word) != word
    for key, count in counts.items():
        differs[key] = differs[key] or count < len(ids)
    return counts, differs


def _by_count(counts: Mapping[str, int]) -> list[str]:
    return sorted(counts, key=lambda key: (-counts[key], key))


def _word(param: Param | None) -> str | None:
    return None if param is None else param.text
