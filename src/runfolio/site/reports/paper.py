"""Paper tables: a pivot with its best cells marked, and the same as LaTeX, Markdown, CSV, HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from runfolio.config import PaperConfig
from runfolio.errors import RunfolioError
from runfolio.query.boards import Asked
from runfolio.query.pivot import Pivot, PivotCell, pivot
from runfolio.site.gather.context import Context
from runfolio.site.labels import short_values
from runfolio.site.material import Material
from runfolio.site.names import slug_of
from runfolio.site.numbers import decimals_for, format_number
from runfolio.site.pages import PaperCell, PaperTable
from runfolio.site.reports.blocks import Block
from runfolio.site.reports.desk import Desk, told
from runfolio.site.reports.exports import EXPORTS
from runfolio.site.reports.settings import Options, SettingsError, nearest
from runfolio.site.reports.values import STATS
from runfolio.site.table import natural
from runfolio.site.words import _

#: Params that tell methods and datasets apart, where nobody configured a table.
METHODS = (
    "method", "model", "algorithm", "architecture", "arch", "network", "estimator", "classifier",
    "policy", "agent", "baseline", "smoothing",
)  # fmt: skip
DATASETS = ("dataset", "data", "task", "benchmark", "environment", "env", "domain", "corpus")
_MOST = 40
_LINKED = 24


def paper_table(context: Context, store: Asked, paper: PaperConfig) -> PaperTable:
    """The table of a configuration; QueryError where it cannot be asked."""
    return _shown(context, paper, pivot(store, paper))


def paper_block(desk: Desk, block: Block, options: Options) -> PaperTable:
    """The table of a block: a configured one by name, or one of its own."""
    name = options.text("table")
    if name:
        known = {paper.name: paper for paper in desk.context.config.papers}
        if name not in known:
            hint = nearest(name, known) or f"; there are: {', '.join(known) or 'none'}"
            options.wrong("table", f"there is no table {name}{hint}")
        options.done()
        paper = known[name]
    else:
        paper = _given(options)
    _refuse_unknown(desk.material, paper, block.line)
    try:
        table = paper_table(desk.context, desk.store, paper)
    except RunfolioError as error:
        raise SettingsError((block.line, told(error))) from None
    if not table.rows:
        raise SettingsError((block.line, "no run has the rows, columns and metrics of this table"))
    return replace(table, slug=f"{desk.slug}-{block.line}")


def _given(options: Options) -> PaperConfig:
    """The configuration that a block holds itself."""
    defaults = {each.name: each.default for each in fields(PaperConfig)}
    texts = {
        key: options.text(key)
        for key in ("title", "columns", "filter", "baseline", "description", "experiment")
    }
    digits = options.number("digits", -1, least=-1, most=15)
    found: dict[str, Any] = {
        **texts,
        "experiment": texts["experiment"] or None,
        "rows": options.text("rows", needed=True),
        "metrics": options.names("metrics"),
        "stat": options.choice("stat", STATS, "best"),
        "digits": None if digits < 0 else digits,
        "factor": float(options.number("factor", 1, least=1, most=1_000_000)),
        "spread": options.flag("spread", bool(defaults["spread"])),
        "second": options.flag("second", bool(defaults["second"])),
    }
    if not found["metrics"]:
        options.wrong("metrics", "metrics is missing, e.g. “metrics: [test/accuracy]”")
    options.done()
    return PaperConfig(**found)


def _refuse_unknown(material: Material, paper: PaperConfig, line: int) -> None:
    known = {key for found in material.summary.values() for key in found}
    wrong = [key for key in paper.metrics if key not in known]
    if wrong:
        raise SettingsError(
            *((line, f"no run has a metric {key}{nearest(key, sorted(known))}") for key in wrong)
        )


def default_paper(material: Material) -> PaperConfig | None:
    """A table where a store has methods and datasets, else None: most of its cells are filled."""
    values: dict[str, dict[str, str]] = {}
    for run_id, params in material.params.items():
        for key in (*METHODS, *DATASETS):
            if key in params:
                values.setdefault(key, {})[run_id] = params[key].text
    for rows in METHODS:
        for columns in DATASETS:
            found = _fit(material, values.get(rows, {}), values.get(columns, {}))
            if found:
                title = _(
                    "{metric} by {rows} and {columns}", metric=found, rows=rows, columns=columns
                )
                return PaperConfig(
                    name="paper", title=title, rows=rows, columns=columns, metrics=(found,)
                )
    return None


def _fit(material: Material, rows: Mapping[str, str], columns: Mapping[str, str]) -> str:
    """The metric of a table of these rows and columns; '' where they make no table."""
    both = [run_id for run_id in rows if run_id in columns and run_id in material.board_of]
    metrics = [material.board_of[run_id].metric for run_id in both]
    if not metrics:
        return ""
    metric = max(sorted(set(metrics)), key=metrics.count)
    valued = [run_id for run_id in both if metric in material.summary.get(run_id, {})]
    cells = {(rows[run_id], columns[run_id]) for run_id in valued}
    down, across = len({row for row, _ in cells}), len({column for _, column in cells})
    fits = 2 <= down <= _MOST and 2 <= across <= _MOST and 2 * len(cells) > down * across
    return metric if fits else ""


def _shown(context: Context, paper: PaperConfig, found: Pivot) -> PaperTable:
    material = context.material
    columns = sorted(found.columns, key=lambda text: (natural(text), text))[:_MOST]
    rows = sorted(found.rows, key=lambda text: (text != paper.baseline, natural(text), text))[
        :_MOST
    ]
    places = [(column, metric) for metric in paper.metrics for column in columns]
    digits = {metric: _digits(material, paper, found, metric) for metric in paper.metrics}
    marked = {place: _places(found, rows, place, digits[place[1]]) for place in places}
    table = tuple(
        (
            row,
            tuple(
                _cell(material, paper, found.cells.get((row, *place)), digits[place[1]])
                for place in places
            ),
        )
        for row in rows
    )
    marks = {
        (row, at): marked[place].get(row, 0) for row in rows for at, place in enumerate(places)
    }
    uneven = len({one.runs for _, line in table for one in line if one.runs}) > 1
    names = _names(material, paper.rows, rows)
    cells = tuple(
        (
            names[row],
            tuple(_marked(paper, one, marks[row, at], uneven) for at, one in enumerate(line)),
        )
        for row, line in table
    )
    made = PaperTable(
        slug=slug_of(paper.name) or "table",
        title=paper.title or _("Results"),
        corner=paper.rows.rpartition(":")[2],
        groups=_groups(material, paper, columns),
        heads=_heads(material, paper, found, [*_names(material, paper.columns, columns).values()]),
        rows=cells,
        note=_note(paper, found),
        description_html=context.markdown.render(paper.description).html,
        exports=(),
        sql=found.sql,
        baseline=names.get(paper.baseline, ""),
    )
    return replace(made, exports=tuple((name, write(made)) for name, write in EXPORTS.items()))


def _names(material: Material, key: str, texts: Sequence[str]) -> dict[str, str]:
    """What rows or columns are called: those of a param of numbers as pages write numbers."""
    key = key.removeprefix("param:")
    known = [params[key] for params in material.params.values() if key in params]
    number = bool(known) and all(param.number is not None for param in known)
    return dict(zip(texts, short_values([(text, number) for text in texts]), strict=True))


def _digits(material: Material, paper: PaperConfig, found: Pivot, metric: str) -> int | None:
    """Decimals of all cells of a metric."""
    if paper.digits is not None:
        return paper.digits
    known = material.metrics.get(metric)
    if known and known.digits is not None and paper.factor == 1:
        return known.digits
    return decimals_for([cell.mean for (_, _, key), cell in found.cells.items() if key == metric])


def _places(
    found: Pivot, rows: Sequence[str], place: tuple[str, str], digits: int | None
) -> dict[str, int]:
    """1 for the best rows of a column, 2 for the second; what looks alike shares its place."""
    column, metric = place
    means = {
        row: found.cells[row, column, metric].mean
        for row in rows
        if (row, column, metric) in found.cells
    }
    if len(means) < 2:
        return {}
    sign = -1 if found.directions[metric] == "max" else 1
    texts = {row: format_number(mean, digits) for row, mean in means.items()}
    order = list(dict.fromkeys(texts[row] for row in sorted(means, key=lambda r: sign * means[r])))
    if len(order) < 2:
        return {}
    return {row: order.index(text) + 1 for row, text in texts.items() if text in order[:2]}


def _marked(paper: PaperConfig, cell: PaperCell, place: int, uneven: bool) -> PaperCell:
    shown = uneven and cell.runs > 0
    return replace(cell, place=place if place == 1 or paper.second else 0, shown=shown)


def _cell(
    material: Material, paper: PaperConfig, cell: PivotCell | None, digits: int | None
) -> PaperCell:
    if cell is None:
        return PaperCell("")
    text = format_number(cell.mean, digits)
    spread = ""
    if paper.spread and cell.std is not None:
        spread = format_number(cell.std, digits)
    count = len(cell.runs)
    names = [material.runs[run_id].name for run_id in cell.runs[:5]]
    title = _("{n} runs: {names}", n=count, names=", ".join(names)) if count > 1 else names[0]
    path = material.refs[cell.runs[0]].path
    if 1 < count <= _LINKED:
        path = "compare.html#runs=" + ",".join(cell.runs)
    return PaperCell(text, spread, count, title=title + (" …" if count > 5 else ""), path=path)


def _groups(
    material: Material, paper: PaperConfig, columns: Sequence[str]
) -> tuple[tuple[str, int], ...]:
    """The upper heads: the metrics, where there are columns below each."""
    if not paper.columns:
        return ()
    return tuple((material.title_of(metric), len(columns)) for metric in paper.metrics)


def _heads(
    material: Material, paper: PaperConfig, found: Pivot, columns: Sequence[str]
) -> tuple[tuple[str, int], ...]:
    way = {"max": 1, "min": -1}
    return tuple(
        (column if paper.columns else material.title_of(metric), way[found.directions[metric]])
        for metric in paper.metrics
        for column in columns
    )


def _note(paper: PaperConfig, found: Pivot) -> str:
    """What the cells are: the mean over how many runs."""
    counts = [len(cell.runs) for cell in found.cells.values()]
    if not counts or max(counts) == 1:
        return _("One run a cell.")
    low, high = min(counts), max(counts)
    runs = f"{low}" if low == high else f"{low}–{high}"
    words = _("Mean over {n} runs a cell", n=runs)
    if low != high:
        words = _("Mean over {n} runs a cell (in brackets)", n=runs)
    if paper.spread:
        words += _(", ± standard deviation (n − 1)")
    return f"{words}."
