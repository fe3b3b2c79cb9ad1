"""One run as text: ``runfolio show``."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from runfolio.cli import extras
from runfolio.cli.curves import sparkline
from runfolio.cli.extras import Extras
from runfolio.cli.listing import STATUS_COLORS, age
from runfolio.cli.tables import NARROW, Column, folded, layout, pairs
from runfolio.cli.terminal import can_write, safe, safe_lines
from runfolio.query.direction import infer
from runfolio.query.rows import RunView, Summary
from runfolio.site.numbers import format_bytes, format_duration, format_number

if TYPE_CHECKING:
    from runfolio.query.curves import Curve
    from runfolio.query.reproduce import Reproduction

#: A terminal shows so many lines of commands; a list of packages can have hundreds.
COMMANDS_SHOWN = 16


def text(
    view: RunView,
    curves: Sequence[Curve],
    reproduction: Reproduction,
    width: int | None,
    more: Extras | None = None,
) -> str:
    """Everything that helps a person at a terminal, section by section; empty ones are left out."""
    more = more or Extras()
    sections = [
        _head(view, more, width),
        _section("Note", _note(view)),
        _section("Params", pairs([(each.key, each.text) for each in view.params.values()], width)),
        _section("Metrics", _metrics(view, curves, width)),
        _section("Histograms", extras.histogram_lines(more.histograms, width)),
        _section("Matrices", extras.matrix_lines(more.matrices, width)),
        _section("Files", _files(view, width)),
        _section("Models", _models(view, width)),
        _section("Data", _datasets(view, width)),
        _section("Started from", _uses(view, width)),
        _section("Related runs", extras.kin_lines(more.kin, view.id, width)),
        _section("Environment", pairs(_environment(view), width)),
        _section(
            "Can it be repeated?", [*_verdict(reproduction, width), *_checks(reproduction, width)]
        ),
        _section("To repeat it", _commands(view, reproduction)),
    ]
    return "\n\n".join(section for section in sections if section)


def record(view: RunView, reproduction: Reproduction, more: Extras | None = None) -> dict[str, Any]:
    """The same for programs, in full."""
    return {
        **dataclasses.asdict(view.run),
        **extras.record(more or Extras()),
        "params": {
            each.key: each.number if each.type in ("int", "float") else each.text
            for each in view.params.values()
        },
        "metrics": {key: _without_key(row) for key, row in view.summary.items()},
        "notes": dict(view.notes),
        "environment": dict(view.environment),
        "artifacts": [dataclasses.asdict(each) for each in view.artifacts],
        "datasets": [dataclasses.asdict(each) for each in view.datasets],
        "models": [dataclasses.asdict(each) for each in view.models],
        "uses": [dataclasses.asdict(each) for each in view.uses],
        "changes": [dataclasses.asdict(each) for each in view.changes],
        "children": list(view.children),
        "reproducible": {
            "verdict": reproduction.verdict,
            "items": [dataclasses.asdict(each) for each in reproduction.items],
            "commands": reproduction.commands,
        },
    }


def _without_key(row: Summary) -> dict[str, Any]:
    fields = dataclasses.asdict(row)
    fields.pop("key")
    return fields


def _section(title: str, lines: Iterable[str]) -> str:
    found = list(lines)
    return "\n".join([click.style(title, bold=True), *found]) if found else ""


def _head(view: RunView, more: Extras, width: int | None) -> str:
    run = view.run
    now = datetime.now(UTC).replace(tzinfo=None)
    color = dict(STATUS_COLORS).get(run.status)
    status = click.style(run.status, fg=color) if color else run.status
    rows = [
        ("id", run.run_id),
        ("origin", " ".join(filter(None, [run.origin, more.page]))),
        ("experiment", run.experiment),
        ("group", run.group or ""),
        ("started", f"{run.started:%Y-%m-%d %H:%M:%S} UTC ({age(run.started, now)})"),
        ("resumed", _resumed(more)),
        ("took", format_duration(run.seconds)),
        ("tags", " ".join(run.tags)),
        ("error", run.error or ""),
        ("in full", _more_error(view, more)),
        ("lost", f"{run.dropped:,} points" if run.dropped else ""),
    ]
    title = f"{click.style(safe(run.name), bold=True)}  {status}"
    return "\n".join([title, *pairs([row for row in rows if row[1]], width)])


def _resumed(more: Extras) -> str:
    """How often the run was taken up again, and when last."""
    count = len(more.resumed)
    if not count:
        return ""
    times = "once" if count == 1 else f"{count:,} times"
    return f"{times}, last {more.resumed[-1]:%Y-%m-%d %H:%M:%S} UTC"


def _more_error(view: RunView, more: Extras) -> str:
    """What the line of the error leaves out, and how to see it."""
    if not more.traceback:
        return ""
    lines = f"{more.more_error} more line{'s' if more.more_error > 1 else ''}, and the traceback"
    return f"{lines if more.more_error else 'traceback'}: runfolio show {view.id} --traceback"


def _note(view: RunView) -> list[str]:
    lines = []
    for key, note in view.notes.items():
        lines += [f"  {safe(key)}:"] if key else []
        lines += [f"  {line}" for line in safe_lines(note).rstrip().split("\n")]
    return lines


def _metrics(view: RunView, curves: Sequence[Curve], width: int | None) -> list[str]:
    drawn = {curve.key: curve.values for curve in curves}
    rows = []
    for row in view.summary.values():
        direction, _ = infer(row.key)
        best, step = row.best(direction)
        rows.append(
            [
                f"  {safe(row.key)}",
                format_number(row.last),
                format_number(best),
                "" if step is None else format_number(step),
                f"{row.points:,}" + (f" ({row.bad} bad)" if row.bad else ""),
                sparkline(drawn.get(row.key, ()), 24),
            ]
        )
    columns = [
        Column("  name", longest=32),
        Column("last", right=True),
        Column("best", right=True),
        Column("at step", right=True),
        Column("points", right=True),
        Column("curve", whole=True),
    ]
    return layout(columns, rows, width).text.split("\n") if rows else []


def _files(view: RunView, width: int | None) -> list[str]:
    rows = [
        (
            each.path,
            " ".join(
                filter(
                    None,
                    [
                        each.type or "",
                        "" if each.step is None else f"step {each.step}",
                        format_bytes(each.size),
                        each.uri or "",
                        each.caption or "",
                    ],
                )
            ),
        )
        for each in view.artifacts
    ]
    return pairs(rows, width)


def _models(view: RunView, width: int | None) -> list[str]:
    rows = [
        (
            each.name,
            ", ".join(filter(None, [f"version {each.version}", each.alias, each.artifact])),
        )
        for each in view.models
    ]
    return pairs(rows, width)


def _uses(view: RunView, width: int | None) -> list[str]:
    rows = []
    for each in view.uses:
        origin = each.origin_name or each.origin
        told = [each.type or "", origin and f"by {origin}", format_bytes(each.size)]
        rows.append((each.name, ", ".join(filter(None, told))))
    return pairs(rows, width)


def _datasets(view: RunView, width: int | None) -> list[str]:
    rows = []
    for each in view.datasets:
        size = f"{each.rows:,} rows" if each.rows is not None else format_bytes(each.size)
        digest = f"digest {each.digest[:12]}" if each.digest else ""
        rows.append((each.name, ", ".join(filter(None, [each.role or "", size, digest]))))
    return pairs(rows, width)


def _environment(view: RunView) -> list[tuple[str, str]]:
    run = view.run
    packages = view.environment.get("packages", {})
    commit = (run.git_commit or "")[:12]
    if commit and run.git_dirty:
        commit += " with uncommitted changes"
    rows = [
        ("command", run.command or ""),
        ("python", run.python or ""),
        ("packages", f"{len(packages)} recorded" if packages else ""),
        ("host", " ".join(filter(None, [run.user and f"{run.user} on", run.host]))),
        ("git", " ".join(filter(None, [commit, run.git_branch and f"({run.git_branch})"]))),
        ("remote", run.git_remote or ""),
        ("seed", "" if run.seed is None else str(run.seed)),
    ]
    return [row for row in rows if row[1]]


def _verdict(reproduction: Reproduction, width: int | None) -> list[str]:
    room = 1000 if width is None else width - 2
    return [f"  {part}" for part in folded(safe(reproduction.verdict), room)]


def _checks(reproduction: Reproduction, width: int | None) -> list[str]:
    marks = _MARKS if can_write("".join(_MARKS.values())) else _ASCII_MARKS
    lines = []
    for each in reproduction.items:
        mark = click.style(marks[each.ok], fg=_MARK_COLORS[each.ok])
        first, *more = pairs([(f"{each.name:<8}", each.detail)], width and width - 4, indent=0)
        lines += [f"  {mark} {first}", *(f"    {line}" for line in more)]
        if each.ok is not True and each.how:
            space = " " * (14 if width is None or width >= NARROW else 5)
            room = 1000 if width is None else width - len(space)
            lines += [click.style(space + part, dim=True) for part in folded(safe(each.how), room)]
    return lines


_MARKS = {True: "✓", False: "✗", None: "~"}
_ASCII_MARKS = {True: "+", False: "-", None: "~"}
_MARK_COLORS = {True: "green", False: "red", None: "yellow"}


def _commands(view: RunView, reproduction: Reproduction) -> list[str]:
    """The commands; of a long list of packages only the beginning."""
    lines = safe_lines(reproduction.commands).split("\n") if reproduction.commands else []
    if len(lines) > COMMANDS_SHOWN:
        cut = len(lines) - COMMANDS_SHOWN
        note = f"# {cut} more lines: runfolio show {view.id} --commands"
        head = COMMANDS_SHOWN - 3
        lines = [*lines[:head], note, *lines[-3:]]
    return [f"  {line}" for line in lines]
