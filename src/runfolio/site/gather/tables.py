"""Columns of run tables: what is shown of runs beside each other.

Columns that are the same for all runs, or that only few runs have, start hidden; a table of 300
params stays a table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from runfolio.query.filter import RUN_KEYS
from runfolio.query.rows import Param, Run
from runfolio.query.stats import mean_of
from runfolio.site.gather.context import Context, listed
from runfolio.site.gather.hooked import hooked_columns
from runfolio.site.gather.leading import counting
from runfolio.site.gather.tables_versus import (
    OTHERS,
    Other,
    Standing,
    digits_in,
    group_columns,
    standing,
    versus_columns,
    versus_words,
)
from runfolio.site.material import Board, Material, seconds_of
from runfolio.site.sparkline import spark
from runfolio.site.table import Column, OtherValues, RunTable
from runfolio.site.words import _

SHOWN_METRICS = 3
SHOWN_PARAMS = 6
#: Columns that a data file carries at most; more would make it a burden, and nobody reads them.
MOST_METRICS = 60
MOST_PARAMS = 120
MOST_NAMES = 50

#: The runs of each row: one, or those of a group.
Rows = Sequence[Sequence[str]]


def board_table(
    context: Context,
    board: Board,
    found: Standing | None = None,
    others: Mapping[str, Other] | None = None,
) -> RunTable:
    """The runs of a leaderboard in rank order; ``found`` is how they stand, if known already.

    ``others`` is how they stand by other values of the metric, where readers can ask for them.
    """
    material = context.material
    ids = [place.run_id for place in board.places]
    rows = [place.members for place in board.places]
    found = found or standing(material, board)
    others = others or {}
    primary = replace(
        _primary(material, board), stats=_stats(material, rows, board.metric, tuple(OTHERS))
    )
    tested = any(each.tested for each in (found, *(other.found for other in others.values())))
    trend = Column(
        "trend",
        _("Trend"),
        "spark",
        [spark(material.trends.get((run_id, board.metric), ())) for run_id in ids],
        title=_("{metric} over the best run of the group", metric=board.metric)
        if board.grouped
        else _("{metric} over the run", metric=board.metric),
    )
    columns = [
        Column(
            "run", _("Group") if board.grouped else _("Run"), "run", [p.name for p in board.places]
        ),
        primary,
        *_following(material, board, found, tested),
        *([trend] if any(trend.values) else []),
        *_metrics(material, rows, board.metrics, board.chosen, without=board.metric),
        *hooked_columns(context, ids, board),
        *(_group_ends(context, rows) if board.grouped else _run_columns(context.runs(ids))),
        *_params(material, rows, board.params, board.chosen),
        *(() if board.grouped else _ends(context.runs(ids))),
    ]
    refs = material.refs
    members = tuple(tuple(refs[i] for i in row) for row in rows) if board.grouped else ()
    return RunTable(
        board.slug,
        tuple(replace(refs[p.run_id], name=p.name) for p in board.places),
        tuple(columns),
        primary.key,
        ((primary.key, -board.direction),),
        found.own,
        context.tag_paths,
        members,
        _singles(material, board),
        {name: _other(material, other, tested) for name, other in others.items()},
        _compared_by(board.group_by),
        tuple(place.exact for place in board.places) if members else (),
    )


def _primary(material: Material, board: Board) -> Column:
    """The metric that ranks: each row's value, of a group the mean and its spread."""
    digits = digits_in(material, board)
    return Column(
        f"m:{board.metric}",
        material.title_of(board.metric),
        "num",
        [place.value for place in board.places],
        "Metrics",
        board.direction,
        unit=material.unit_of(board.metric),
        digits=digits,
        exact=digits is None,
        bar=True,
        title=_about(board),
        spreads=[place.spread for place in board.places] if board.grouped else (),
        stat=board.stat,
    )


def _following(
    material: Material, board: Board, found: Standing, tested: bool
) -> tuple[Column, ...]:
    """The columns that follow from the values of the ranking one."""
    return (
        *(group_columns(material, board, found) if board.grouped else ()),
        *versus_columns(material, board, found, tested),
    )


def _other(material: Material, other: Other, tested: bool) -> OtherValues:
    board = other.board
    return OtherValues(
        (_primary(material, board), *_following(material, board, other.found, tested)),
        _singles(material, board),
        versus_words(material, board, other.found),
    )


def _singles(material: Material, board: Board) -> dict[str, float | None]:
    """The value of each run of a group."""
    return {i: material.value_of(board, i) for i in board.run_ids} if board.grouped else {}


def _compared_by(keys: Sequence[str]) -> tuple[str, ...]:
    """What ``compare.html#group=`` takes to make the groups of a leaderboard; see its script.

    Of the columns of runs it knows a few; for others it groups by all params but the seed.
    """
    own = {"experiment", "group", "status", "origin"}
    if any(key in RUN_KEYS and key not in own for key in keys):
        return ("seed",)
    return tuple(key if key in own else f"p:{key}" for key in keys)


def _about(board: Board) -> str:
    """What the numbers of the ranking column are."""
    said = {"stat": board.stat, "metric": board.metric}
    if board.grouped:
        return _("mean of {stat} values of {metric}", **said)
    return _("{stat} value of {metric}", **said)


def list_table(context: Context, slug: str, ids: Sequence[str]) -> RunTable:
    """Runs of a list, the newest first, with the metrics that their leaderboards rank.

    Of each metric it shows the value that counts: that of the leaderboard, else the best one.
    """
    material = context.material
    ordered = sorted(ids, key=lambda i: (material.runs[i].started, i), reverse=True)
    rows = [(run_id,) for run_id in ordered]
    runs = context.runs(ordered)
    wanted = dict.fromkeys(material.board_of[i].metric for i in ordered if i in material.board_of)
    columns = [
        _names(runs),
        *_metrics(material, rows, tuple(wanted), chosen=bool(wanted), make=_counting),
        *hooked_columns(context, ordered),
        *_run_columns(runs),
        *_params(material, rows, (), chosen=False),
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
    return _param(material, key, [(run_id,) for run_id in ids])


def _param(material: Material, key: str, rows: Rows) -> Column:
    """One param of runs or groups; None where it differs within a group."""
    found = [common(material.params, key, row) for row in rows]
    label = key if key.strip() else _("(no name)")
    if all(param is None or param.number is not None for param in found):
        numbers = [param.number if param else None for param in found]
        return Column(f"p:{key}", label, "num", numbers, "Parameters", exact=True)
    texts = [_word(param) for param in found]
    kind = "cat" if len(set(texts)) <= MOST_NAMES else "str"
    return Column(f"p:{key}", label, kind, texts, "Parameters")


def common(params: Mapping[str, Mapping[str, Param]], key: str, row: Sequence[str]) -> Param | None:
    """The param that all runs of a group share."""
    first = params[row[0]].get(key) if row[0] in params else None
    if len(row) == 1:
        return first
    word = _word(first)
    return first if all(_word(params.get(i, {}).get(key)) == word for i in row) else None


def _group_ends(context: Context, rows: Rows) -> list[Column]:
    """How the runs of the groups are, what they have in common, and how long they took."""
    groups = [context.runs(row) for row in rows]
    states = [states_of([run.status for run in group]) for group in groups]
    plain = all(state in _STATUSES for state in states)
    columns = [Column("status", _("Status"), "status" if plain else "cat", states)]
    origins = [_origins([run.origin for run in group]) for group in groups]
    if any(origins):
        columns.append(Column("origin", _("Origin"), "cat", origins))
    tags = [
        [tag for tag in group[0].tags if all(tag in run.tags for run in group)] for group in groups
    ]
    if any(tags):
        columns.append(
            Column("tags", _("Tags"), "tags", tags, title=_("tags of all runs of the group"))
        )
    seconds = [[run.seconds for run in group if run.seconds is not None] for group in groups]
    return [
        *columns,
        Column(
            "seconds", _("Duration"), "dur", [sum(s) / len(s) if s else None for s in seconds],
            title=_("mean of the group's runs"), full=_("Mean duration"),
        ),
        Column(
            "started", _("Started"), "time",
            [int(max(seconds_of(run.started) for run in group)) for group in groups],
            title=_("when the group's last run began"), full=_("Last run started (UTC)"),
        ),
    ]  # fmt: skip


def _origins(names: Sequence[str]) -> str | None:
    """Where the runs of a group come from; None where all are of this store."""
    if not any(names):
        return None
    return ", ".join(name or _("here") for name in sorted(set(names)))


_STATUSES = ("finished", "running", "failed", "killed", "stalled")


def states_of(states: Sequence[str]) -> str:
    """'finished' where all are, else '4 finished, 1 failed'."""
    if len(set(states)) == 1:
        return states[0]
    return ", ".join(f"{states.count(word)} {_(word)}" for word in _STATUSES if word in states)


def _names(runs: Sequence[Run]) -> Column:
    return Column("run", _("Run"), "run", [run.name for run in runs])


def _run_columns(runs: Sequence[Run]) -> list[Column]:
    columns = [Column("status", _("Status"), "status", [run.status for run in runs])]
    if any(run.origin for run in runs):  # names say it already: a badge behind each
        origins = [run.origin or None for run in runs]
        columns.append(Column("origin", _("Origin"), "cat", origins, show=False))
    if any(run.tags for run in runs):
        columns.append(Column("tags", _("Tags"), "tags", [run.tags for run in runs]))
    for key, label, values in (
        ("experiment", _("Experiment"), [run.experiment for run in runs]),
        ("group", _("Group"), [run.group for run in runs]),
        ("user", _("User"), [run.user for run in runs]),
    ):
        if len(set(values)) > 1:
            kind = "cat" if len(set(values)) <= MOST_NAMES else "str"
            show = key != "user"
            columns.append(Column(key, label, kind, values, show=show))
    return columns


def _ends(runs: Sequence[Run]) -> list[Column]:
    return [
        Column("seconds", _("Duration"), "dur", [run.seconds for run in runs]),
        Column(
            "started", _("Started"), "time", [int(seconds_of(run.started)) for run in runs],
            full=_("Started (UTC)"),
        ),
    ]  # fmt: skip


def _metrics(
    material: Material,
    rows: Rows,
    wanted: Iterable[str],
    chosen: bool,
    without: str = "",
    make: Callable[[Material, Rows, str], Column] | None = None,
) -> list[Column]:
    """Metrics as ``make`` gives them (by their last value); shown are the chosen ones.

    Where none was chosen, the most telling ones are.
    """
    counts = _census(material.summary, [i for row in rows for i in row])[0]
    asked = [key for key in wanted if key in counts and key != without] if chosen else []
    others = [key for key in counts if key not in asked and key != without]
    others.sort(key=lambda key: (*interest(material, key, without), -counts[key], key))
    order = [*asked, *others][:MOST_METRICS]
    shown = asked if chosen else order[:SHOWN_METRICS]
    made = ((make or _last)(material, rows, key) for key in order)
    return [column.hidden(column.key[2:] not in shown) for column in made]


def counted_by(material: Material, table: RunTable) -> str:
    """Which values of the shown metrics of a list count, in a sentence; '' where none is shown."""
    ids = [run.id for run in table.runs]
    by_words: dict[str, list[str]] = {}
    for column in table.shown:
        if column.kind == "num" and column.key.startswith("m:"):
            key = column.key[2:]
            stat, direction = material.stat_of(key, ids), material.directions.get(key, 0)
            by_words.setdefault(counting(stat, direction), []).append(column.label)
    if len(by_words) == 1:
        return _("Metrics by each run's {which}.", which=next(iter(by_words)))
    parts = [
        _("{metric} by each run's {which}", metric=listed(labels), which=words)
        for words, labels in by_words.items()
    ]
    return f"{'; '.join(parts)}." if parts else ""


def _counting(material: Material, rows: Rows, key: str) -> Column:
    """A metric by the value that counts of each run."""
    ids = [row[0] for row in rows]
    stat, direction = material.stat_of(key, ids), material.directions.get(key, 0)
    words = counting(stat, direction)
    return replace(
        _last(material, rows, key, stats=()),
        values=[material.result(key, run_id, stat)[0] for run_id in ids],
        title=_("{metric} by each run's {which}", metric=key, which=words),
        stat=stat if direction or stat != "best" else "last",
    )


def _last(
    material: Material, rows: Rows, key: str, stats: Sequence[str] = ("min", "max")
) -> Column:
    """A metric by its last value, the mean of a group's; readers can ask for other ``stats``."""
    grouped = any(len(row) > 1 for row in rows)
    digits = material.digits_of_mean(key) if grouped else material.digits_of(key)
    return Column(
        f"m:{key}",
        material.title_of(key),
        "num",
        _stats(material, rows, key, ("last",))["last"],
        "Metrics",
        material.directions.get(key, 0),
        unit=material.unit_of(key),
        digits=digits,
        exact=digits is None,
        title=_("mean of the last values of {metric}", metric=key)
        if grouped
        else _("last value of {metric}", metric=key),
        stats=_stats(material, rows, key, stats),
        stat="last",
    )


def _stats(
    material: Material, rows: Rows, key: str, names: Sequence[str]
) -> dict[str, list[float | None]]:
    """The named values of a metric by row: a run's own, or the mean of a group's."""
    summary = material.summary
    if all(len(row) == 1 for row in rows):  # many rows: no detour over means
        single = [summary.get(row[0], {}).get(key) for row in rows]
        return {name: [getattr(each, name) if each else None for each in single] for name in names}
    found: dict[str, list[float | None]] = {name: [] for name in names}
    for row in rows:
        known = [each for i in row if (each := summary.get(i, {}).get(key))]
        for name in names:
            values = [value for each in known if (value := getattr(each, name)) is not None]
            found[name].append(mean_of(values) if values else None)
    return found


def _params(material: Material, rows: Rows, wanted: Iterable[str], chosen: bool) -> list[Column]:
    """Params: the wanted ones, those that differ, the constant ones (which start hidden)."""
    counts, differs = _census(material.params, [i for row in rows for i in row])
    asked = [key for key in wanted if key in counts]
    rest = sorted((k for k in counts if k not in asked), key=lambda k: (not differs[k], -counts[k]))
    different = [key for key in [*asked, *rest] if differs[key]]
    columns = [_param(material, key, rows) for key in [*asked, *rest][:MOST_PARAMS]]
    # What differs within every group, such as the seed, says nothing about groups.
    several = [at for at, row in enumerate(rows) if len(row) > 1]
    columns = [c for c in columns if not several or any(c.values[at] is not None for at in several)]
    left = {column.key[2:] for column in columns}
    shown = {*(asked if chosen else [key for key in different if key in left][:SHOWN_PARAMS])}
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
