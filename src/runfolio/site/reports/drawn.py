"""The chart block: Vega-Lite in YAML over the rows of a query, or a Python function by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runfolio.errors import RunfolioError
from runfolio.site.engine import DrawingError, compiled
from runfolio.site.gather.context import DataFile
from runfolio.site.output import hashed_name
from runfolio.site.pages import ReportPart
from runfolio.site.payloads import script
from runfolio.site.reports.answers import Answer, answer_table, json_value
from runfolio.site.reports.blocks import Block
from runfolio.site.reports.charts import MOST_ROWS, TABLE, ChartSpec, chart_spec
from runfolio.site.reports.desk import Desk, Made, told
from runfolio.site.reports.settings import Options, SettingsError, nearest
from runfolio.site.reports.stills import still_svg
from runfolio.site.words import _

#: Rows of the table beside a chart; the chart's own file has them all.
SHOWN_ROWS = 100
_LONGEST = 400
#: What a spec of several charts is called.
_COMPOSED = {
    "layer": "Layer",
    "hconcat": "HConcat",
    "vconcat": "VConcat",
    "concat": "Concat",
    "repeat": "Repeat",
    "facet": "Facet",
}


def chart(desk: Desk, block: Block, options: Options, number: int) -> Made:
    """A chart with its still picture, its data file, its rows as a table, and what made it."""
    query, function = options.text("query"), options.text("function")
    spec = options.rest()
    if bool(query) == bool(function) and (query or "data" not in spec):
        words = "give the chart a query, a function, or data of its own"
        raise SettingsError((block.line, words))
    if function:
        drawn, answer = _from_function(desk, block, function, spec)
        code, language = block.code.strip(), "yaml"
    else:
        drawn, answer = _from_spec(desk, block, query, spec)
        code, language = query.strip() or block.code.strip(), "sql" if query else "yaml"
    name = f"{desk.slug}-{number}"
    try:
        still = still_svg(drawn, f"{name}-still")
        spec = compiled(drawn.live())
    except DrawingError as error:
        raise SettingsError((block.line, str(error))) from None
    data = script("vega", name, {"spec": spec})
    file = DataFile(hashed_name(f"data/reports/{name}.js", data), data)
    table = answer_table(answer, desk.material, SHOWN_ROWS)
    part = ReportPart(
        "chart",
        id=name,
        svg_html=still,
        summary=_("A chart of {n} rows; the table below it has its numbers.", n=len(answer.rows)),
        data_path=file.path,
        heads=table.heads,
        rows=table.rows,
        note=_cut(len(answer.rows)),
        code=code,
        language=language,
    )
    return Made(part, (file,))


def _cut(count: int) -> str:
    if count <= SHOWN_ROWS:
        return ""
    return _("the first {n} of {all} rows", n=f"{SHOWN_ROWS:,}", all=f"{count:,}")


def _from_spec(
    desk: Desk, block: Block, query: str, spec: Mapping[str, Any]
) -> tuple[ChartSpec, Answer]:
    answer, rows = None, None
    if query:
        try:
            answer = desk.answers.ask(query)
        except RunfolioError as error:
            raise SettingsError((block.line, told(error))) from None
        if len(answer.rows) > MOST_ROWS:
            words = f"the query gives {len(answer.rows):,} rows, more than a chart's {MOST_ROWS:,}"
            raise SettingsError((block.line, f"{words}; group them, or take fewer"))
        rows = [
            {name: json_value(value) for name, value in zip(answer.names, row, strict=True)}
            for row in answer.rows
        ]
    _validate(block, spec, with_data=rows is None)
    drawn = _checked(block, spec, rows)
    return drawn, answer or _answer_of(drawn.rows)


def _from_function(
    desk: Desk, block: Block, name: str, given: Mapping[str, Any]
) -> tuple[ChartSpec, Answer]:
    from altair.utils.schemapi import SchemaValidationError

    hooks = desk.context.hooks.charts
    hook = hooks.get(name)
    if hook is None:
        hint = nearest(name, hooks) or (
            f"; there are: {', '.join(sorted(hooks))}"
            if hooks
            else "; name the file of functions as [site] hooks in runfolio.toml"
        )
        raise SettingsError((block.line, f"there is no chart function {name}{hint}"))
    try:
        made = hook.call(desk.store, **given)
        spec = made.to_dict() if hasattr(made, "to_dict") else made
    except RunfolioError as error:
        raise SettingsError((block.line, " ".join(error.message.split()))) from None
    except (SchemaValidationError, ValueError, TypeError) as error:
        raise SettingsError((block.line, f"{name}: {_short(error)}")) from None
    if not isinstance(spec, Mapping):
        kind = type(made).__name__
        raise SettingsError((block.line, f"{name} gave {kind}; expected an Altair chart or a dict"))
    drawn = _checked(block, json_value(spec), None)
    return drawn, _answer_of(drawn.rows)


def _checked(
    block: Block, spec: Mapping[str, Any], rows: Sequence[Mapping[str, Any]] | None
) -> ChartSpec:
    try:
        drawn = chart_spec(spec, rows)
    except (ValueError, RecursionError) as error:
        raise SettingsError((block.line, str(error))) from None
    if len(drawn.rows) > MOST_ROWS:
        words = f"the chart has {len(drawn.rows):,} rows, more than {MOST_ROWS:,}"
        raise SettingsError((block.line, words))
    return drawn


def _validate(block: Block, spec: Mapping[str, Any], *, with_data: bool) -> None:
    """Altair knows what Vega-Lite allows, and says it in words."""
    import altair as alt
    from altair.utils.schemapi import SchemaValidationError

    given = dict(spec) if with_data else {**spec, "data": {"name": TABLE}}
    kind = next((word for key, word in _COMPOSED.items() if key in given), "Unit")
    model = getattr(alt, f"TopLevel{kind}Spec")
    try:
        model.from_dict(given, validate=False).to_dict()
    except (SchemaValidationError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise SettingsError((block.line, f"this is no Vega-Lite: {_short(error)}")) from None


def _short(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _answer_of(rows: Sequence[Mapping[str, Any]]) -> Answer:
    """Rows of a chart as the table beside it has them."""
    names = tuple(dict.fromkeys(str(name) for row in rows for name in row))
    return Answer(names, tuple(tuple(row.get(name) for name in names) for row in rows), True)
