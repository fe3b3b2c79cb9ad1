"""A difference as tables: what the terminal and Markdown have in common.

Texts in the blocks are as the runs logged them; whoever writes them out makes them safe.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from runfolio.cli.curves import sparklines
from runfolio.cli.tables import Column
from runfolio.cli.terminal import can_write
from runfolio.query.diff import (
    Added,
    BoardDiff,
    Changed,
    Gone,
    Item,
    MetricItem,
    Move,
    Patch,
    RunDiff,
    StoreDiff,
)
from runfolio.site.numbers import decimals_for, format_bytes, format_duration, format_number

#: Texts from this length on stand on lines of their own, one below the other.
LONG = 44
CURVE = 12
MARKS = {"added": "+", "removed": "-", "changed": "~", "same": "="}
MARK_COLORS = (("+", "green"), ("-", "red"), ("~", "yellow"))
_VERDICTS = (("better", "green"), ("worse", "red"))
_WORDS = (("gone", "yellow"), ("new", "cyan"), ("no rank", "yellow"), ("ranked", "cyan"))
_TITLES = {"data": "Datasets", "run": "Run"}


@dataclass(frozen=True)
class Block:
    """A part of the answer: a table, then long texts, patches, and a note below.

    ``short`` are the rows in words (name, what is said of it), for places too narrow for a table.
    """

    title: str
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    short: tuple[tuple[str, str], ...] = ()
    long: tuple[Item, ...] = ()
    patches: tuple[Patch, ...] = ()
    note: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not (self.rows or self.long or self.patches or self.note)


# --- two runs -----------------------------------------------------------------------------------


def of_runs(diff: RunDiff, only: Sequence[str], *, every: bool) -> list[Block]:
    """The blocks of two runs: who they are, then each section with what differs."""
    blocks = [_who(diff)]
    for name in only:
        if name == "metrics":
            blocks.append(_metrics(diff, every=every))
        else:
            blocks.append(_items(name, diff, every=every))
    return [block for block in blocks if not block.is_empty]


def _who(diff: RunDiff) -> Block:
    """Id, start and length of both runs."""
    sides = (diff.before, diff.after)
    rows = [
        ("id", *(run.run_id for run in sides)),
        ("experiment", *(run.experiment for run in sides)),
        ("status", *(run.status for run in sides)),
        ("started", *(f"{run.started:%Y-%m-%d %H:%M:%S}" for run in sides)),
        ("took", *(format_duration(run.seconds) for run in sides)),
    ]
    columns = (Column(""), *(Column(label, longest=32) for label in diff.labels))
    return Block("", columns, tuple(rows), tuple((row[0], _arrow(*row[1:])) for row in rows))


def _arrow(before: str | None, after: str | None) -> str:
    """What stands for a change where there is no table."""
    if before == after:
        return f"= {after}"
    if before is None or after is None:
        return f"- {before}" if after is None else f"+ {after}"
    return f"{before or 'empty'} {'→' if can_write('→') else '->'} {after or 'empty'}"


def _items(name: str, diff: RunDiff, *, every: bool) -> Block:
    found = _shown_as(name, diff.section(name))
    chosen = [item for item in found if every or not item.same]
    long = tuple(item for item in chosen if not item.same and _is_long(item))
    rows = [item for item in chosen if item not in long]
    heads = [Column(label, longest=32) for label in diff.labels]
    columns = (Column("", whole=True, colors=MARK_COLORS), Column("", longest=36), *heads)
    equal = sum(item.same for item in found)
    return Block(
        _TITLES.get(name, name.capitalize()),
        columns,
        tuple(
            (MARKS[item.change], item.key, _cell(item.before), _cell(item.after)) for item in rows
        ),
        tuple((item.key, _arrow(item.before, item.after)) for item in rows),
        long,
        diff.patches if name == "code" else (),
        _equal(equal) if chosen and equal and not every else "",
    )


def _shown_as(name: str, items: Iterable[Item]) -> list[Item]:
    """The items with readable values: durations, sizes, tags and notes without a text."""
    found = []
    for item in items:
        if name == "notes" and not item.key:
            item = Item("main note", item.before, item.after, item.same)
        if name == "tags":
            item = Item(item.key, _set(item.before), _set(item.after), item.same)
        if name == "run" and item.key == "seconds":
            item = Item("took", _duration(item.before), _duration(item.after), item.same)
        if name == "environment" and item.key == "memory":
            item = Item("memory", _memory(item.before), _memory(item.after), item.same)
        found.append(item)
    return found


def _set(value: str | None) -> str | None:
    return "set" if value == "" else value


def _duration(seconds: str | None) -> str | None:
    return None if seconds is None else format_duration(float(seconds))


def _memory(count: str | None) -> str | None:
    return format_bytes(float(count)) if count and count.isdecimal() else count


def _is_long(item: Item) -> bool:
    texts = (item.before or "", item.after or "")
    return any(len(text) > LONG or "\n" in text for text in texts)


def _row(item: Item) -> tuple[str, ...]:
    return MARKS[item.change], item.key, _cell(item.before), _cell(item.after)


def _cell(text: str | None) -> str:
    return "" if text is None else text or '""'


def _equal(count: int) -> str:
    return f"({count:,} equal; --all shows {'it' if count == 1 else 'them'})"


def _metrics(diff: RunDiff, *, every: bool) -> Block:
    chosen = [item for item in diff.metrics if every or item.change != "same"]
    equal = sum(item.change == "same" for item in diff.metrics)
    has_curves = any(len(curve) > 1 for item in chosen for curve in item.curves)
    heads = [Column(label, right=True) for label in diff.labels]
    columns = [
        Column("metric", longest=32),
        *heads,
        Column("delta", right=True),
        Column("", whole=True, colors=_VERDICTS),
        Column("%", right=True),
        Column("of", whole=True),
    ]
    if has_curves:
        columns += [Column(f"curve of {diff.labels[0]}", whole=True), Column("and the other")]
    rows = []
    for item in chosen:
        curves = sparklines(*item.curves, CURVE) if has_curves else ()
        rows.append((item.key, *_measured(item), *curves))
    return Block(
        "Metrics",
        tuple(columns),
        tuple(rows),
        tuple((item.key, _metric_words(item)) for item in chosen),
        note=_equal(equal) if chosen and equal and not every else "",
    )


def _measured(item: MetricItem) -> tuple[str, ...]:
    """before, after, delta, verdict, percent and stat as texts."""
    before, after = _values(item)
    verdict = {"added": "new", "removed": "gone"}.get(item.change, item.verdict)
    return before, after, delta_text(item.delta), verdict, percent_text(item.percent), item.stat


def _values(item: MetricItem) -> tuple[str, str]:
    decimals = decimals_for([item.before, item.after]) if item.change == "changed" else None
    texts = [
        format_number(value, decimals) if value is not None else ("none" if points else "")
        for value, points in zip((item.before, item.after), item.points, strict=True)
    ]
    if texts[0] == texts[1] and item.before != item.after:  # too near for so few decimals
        texts = [repr(value) if value is not None else "" for value in (item.before, item.after)]
    return texts[0], texts[1]


def _metric_words(item: MetricItem) -> str:
    before, after, delta, verdict, percent, stat = _measured(item)
    told = ", ".join(filter(None, [delta, percent, verdict]))
    values = _arrow(before or None, after or None)
    return f"{values} ({told})" if told else f"{values} ({stat})"


def delta_text(delta: float | None) -> str:
    """A difference with its sign; '' where there is none."""
    if not delta:
        return ""
    return ("+" if delta > 0 else "-") + format_number(float(f"{abs(delta):.3g}"))


def percent_text(percent: float | None) -> str:
    """A share in percent with its sign: ``+0.71%``, ``-12.3%``, ``+1,234%``."""
    if not percent:
        return ""
    size = abs(percent)
    if size < 0.005 or size >= 1e6:
        return ""
    return (
        f"{percent:+,.2f}%"
        if size < 10
        else f"{percent:+,.1f}%"
        if size < 100
        else f"{percent:+,.0f}%"
    )


# --- two stores ---------------------------------------------------------------------------------


def of_stores(
    diff: StoreDiff, only: Sequence[str], most: int | None, *, every: bool
) -> list[Block]:
    """The blocks of two stores; tables of more than ``most`` rows are cut and say so."""
    blocks: list[Block] = []
    if "leaderboards" in only:
        boards = [board for board in diff.boards if every or board.moved]
        blocks += [_board(board, most, every=every) for board in boards]
    if "added" in only:
        blocks.append(_runs("Added", [_added(each) for each in diff.added], most))
    if "changed" in only:
        blocks.append(_changed(diff.changed, most))
    if "gone" in only:
        blocks.append(_runs("Gone", [_gone(each) for each in diff.gone], most))
    return [block for block in blocks if not block.is_empty]


def _board(board: BoardDiff, most: int | None, *, every: bool) -> Block:
    moves = board.moves if every else board.moved
    values = [value for move in moves for value in move.values]
    decimals = decimals_for(values)
    rows = [_move(move, decimals) for move in moves]
    short = [(f"{row[0] or '-'}. {row[2]}", _move_words(row)) for row in rows]
    better = {"max": "larger is better", "min": "smaller is better"}[board.direction]
    state = {(False, True): ", new", (True, False): ", gone"}.get(board.here, "")
    colors = (*_WORDS, *((row[6], "green" if row[6][:2] == "up" else "red") for row in rows))
    columns = (
        Column("rank", right=True),
        Column("was", right=True),
        Column("run", longest=32),
        Column("value", right=True),
        Column("before", right=True),
        Column("delta", right=True),
        Column("", whole=True, colors=tuple(dict(reversed(colors)).items())),
    )
    title = f"{board.title}: {board.metric} ({better}){state}"
    return _listed(title, columns, rows, short, most)


def _move(move: Move, decimals: int | None) -> tuple[str, ...]:
    before, after = move.values
    delta = after - before if before is not None and after is not None else None
    return (
        "" if move.ranks[1] is None else str(move.ranks[1]),
        "" if move.ranks[0] is None else str(move.ranks[0]),
        move.name,
        format_number(after, decimals),
        format_number(before, decimals),
        delta_text(delta),
        move.word,
    )


def _move_words(row: Sequence[str]) -> str:
    told = [row[3] or (f"was {row[4]}" if row[4] else "no value"), row[5], row[6]]
    return ", ".join(filter(None, told))


def _added(added: Added) -> tuple[str, ...]:
    run, why = added.run, "out of the trash" if added.restored else ""
    return run.name, run.run_id, run.experiment, run.status, why


def _gone(gone: Gone) -> tuple[str, ...]:
    why = {"trash": "in the trash", "purged": "purged", "": "not in the other"}[gone.why]
    told = why + (f": {gone.reason}" if gone.reason else "")
    told += f" ({gone.author})" if gone.author else ""
    return gone.run.name, gone.run.run_id, gone.run.experiment, gone.run.status, told


def _runs(title: str, rows: Sequence[tuple[str, ...]], most: int | None) -> Block:
    told = any(row[4] for row in rows)
    columns = [Column("run", longest=32), Column("id", whole=True), Column("experiment")]
    columns += [Column("status"), *([Column("why")] if told else [])]
    short = [(row[0], ", ".join(filter(None, (row[1], row[3], row[4])))) for row in rows]
    return _listed(title, columns, [row[: len(columns)] for row in rows], short, most)


def _changed(runs: Sequence[Changed], most: int | None) -> Block:
    rows = [row for run in runs for row in _changes(run)]
    marks = Column("", whole=True, colors=MARK_COLORS)
    columns = (Column("run", longest=24), marks, Column("what", longest=32))
    values = (Column("before", longest=24), Column("after", longest=24))
    short = [(f"{row[0]} {row[2]}", _arrow(row[3] or None, row[4] or None)) for row in rows]
    return _listed("Changed", (*columns, *values), rows, short, most)


def _changes(run: Changed) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for item in run.items:
        texts = (_set(item.before), _set(item.after)) if item.key.startswith("tag ") else ()
        before, after = texts or (item.before, item.after)
        rows.append((run.after.name, MARKS[item.change], item.key, before or "", after or ""))
    for metric in run.metrics:
        before, after = _values(metric)
        if metric.points[0] != metric.points[1]:
            counts = [f" ({count:,} points)" if count else "" for count in metric.points]
            before, after = before + counts[0], after + counts[1]
        mark = MARKS["changed" if metric.change == "same" else metric.change]
        rows.append((run.after.name, mark, f"{metric.key} ({metric.stat})", before, after))
    return rows


def _listed(
    title: str,
    columns: Sequence[Column],
    rows: Sequence[tuple[str, ...]],
    short: Sequence[tuple[str, str]],
    most: int | None,
) -> Block:
    """A block of the first rows, and a note that says how many more there are."""
    left = len(rows) - most if most else 0
    note = f"({left:,} more; --all shows {'it' if left == 1 else 'them'})" if left > 0 else ""
    return Block(title, tuple(columns), tuple(rows[:most]), tuple(short[:most]), note=note)
