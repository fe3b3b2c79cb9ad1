"""What the entries of feeds say: a title, and a small table of the result and the params."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup, escape

from runfolio.query.rows import Run
from runfolio.site.gather.context import Context
from runfolio.site.gather.overview_records import Broken, changed_words, gain, shown_value
from runfolio.site.labels import short_param
from runfolio.site.material import Board, better
from runfolio.site.numbers import format_duration, short_number
from runfolio.site.words import _

MOST_ROWS = 12


def run_title(context: Context, run: Run, board: Board | None) -> str:
    """A run in one line: its name, its result, and its state where that is not 'finished'."""
    material = context.material
    value = material.value_of(board, run.run_id) if board else None
    parts = [named(run)]
    if board is not None and value is not None:
        parts.append(f"{material.title_of(board.metric)} {shown_value(material, board, value)}")
    if run.status != "finished":
        parts.append(run.status)
    return " · ".join(parts)


def named(run: Run) -> str:
    """The name of a run; of one from elsewhere with its origin."""
    return f"{run.name} ({run.origin})" if run.origin else run.name


def run_html(context: Context, run: Run) -> str:
    """A run as two tables: what came out, and what it was told."""
    material = context.material
    results = []
    for key, found in sorted(material.summary.get(run.run_id, {}).items()):
        value, _step = better(found, material.directions.get(key, 0))
        if value is not None:
            shown = material.shown(key, short_number(value, 6))
            results.append((material.title_of(key), shown))
    params = [
        (each.key, short_param(each)) for each in material.params.get(run.run_id, {}).values()
    ]
    head = [_("Experiment"), run.experiment], [_("Status"), run.status]
    times = [_("Duration"), format_duration(run.seconds) or "–"]
    tables = [table([*head, times]), _part(_("Metrics"), results), _part(_("Params"), params)]
    error = Markup("<p>{}</p>").format(run.error) if run.error else ""
    return str(Markup("").join([error, *tables]))


def record_html(context: Context, broken: Broken) -> tuple[str, str]:
    """A record in words, and as HTML with what was told otherwise."""
    material, board, record = context.material, broken.board, broken.record
    value = shown_value(material, board, record.value)
    name = named(material.runs[record.run_id])
    before = material.runs.get(record.before or "")
    if before is None or broken.before is None:
        words = _(
            "{run} is the first on {board}, with {value}.",
            run=name, board=board.title, value=value,
        )  # fmt: skip
    else:
        words = _(
            "{run} leads {board} with {value}; before, {other} led with {old}.",
            run=name, board=board.title, value=value, other=named(before),
            old=shown_value(material, board, broken.before),
        )  # fmt: skip
    rows = [(material.title_of(board.metric), value)]
    if broken.before is not None:
        rows.append((_("Gain"), gain(material, board, broken.before, record.value)))
    changed = changed_words(record)
    if changed:
        rows.append((_("What changed"), changed))
    return words, str(Markup("<p>{}</p>").format(words) + table(rows))


def table(rows: Iterable[Iterable[str]]) -> Markup:
    """Rows of texts as an HTML table, all of them escaped."""
    lines = [Markup("<tr><th>{}</th><td>{}</td></tr>").format(*row) for row in rows]
    return Markup("<table>") + Markup("").join(lines) + Markup("</table>")


def _part(title: str, rows: list[tuple[str, str]]) -> Markup:
    """A heading and the first rows of a table; nothing where there are none."""
    if not rows:
        return Markup("")
    shown = rows[:MOST_ROWS]
    more = len(rows) - len(shown)
    rest = Markup("<p>{}</p>").format(_("{n} more", n=more)) if more else Markup("")
    return Markup("<h3>") + escape(title) + Markup("</h3>") + table(shown) + rest
