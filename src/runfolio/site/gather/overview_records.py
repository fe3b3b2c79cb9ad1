"""Records as the front page and the feeds tell them: which run moved a best, from what, how."""

from __future__ import annotations

from dataclasses import dataclass

from runfolio.query.progression import Record
from runfolio.site.gather.context import Context
from runfolio.site.labels import short_texts
from runfolio.site.material import Board, Material, shown_time
from runfolio.site.numbers import format_number, short_number
from runfolio.site.pages import Link, RecordCard
from runfolio.site.words import _

MOST_PARAMS = 3


@dataclass(frozen=True)
class Broken:
    """A record with its leaderboard, and the value that it beat (None: it was the first)."""

    board: Board
    record: Record
    before: float | None = None


def newest_records(material: Material, most: int) -> tuple[Broken, ...]:
    """The newest records of all leaderboards, the newest first.

    Not of those that rank groups: a single run that is better than all others leads none of them.
    """
    found = []
    for board in material.boards:
        if board.grouped:
            continue
        values = {each.run_id: each.value for each in board.records}
        found += [Broken(board, each, values.get(each.before or "")) for each in board.records]
    found.sort(key=lambda it: (it.record.started, it.board.slug, it.record.run_id), reverse=True)
    return tuple(found[:most])


def record_card(context: Context, broken: Broken) -> RecordCard:
    """A record as pages show it."""
    material, board, record = context.material, broken.board, broken.record
    old = broken.before
    return RecordCard(
        board=Link(board.path, board.title),
        metric=material.title_of(board.metric),
        run=material.refs[record.run_id],
        value=shown_value(material, board, record.value),
        before="" if old is None else shown_value(material, board, old),
        before_run=material.refs.get(record.before or ""),
        gain="" if old is None else gain(material, board, old, record.value),
        time=shown_time(record.started),
        by=material.runs[record.run_id].user or "",
        change=changed_words(record),
    )


def changed_words(record: Record) -> str:
    """What the run was told otherwise than the one before it: 'lr 0.1 → 0.2, …'; '' for nothing."""
    shown = []
    for item in record.params[:MOST_PARAMS]:
        ends = (_("none") if text is None else text for text in (item.before, item.after))
        before, after = map(_cut, short_texts(list(ends)))
        shown.append(f"{item.key} {before} → {after}")
    more = len(record.params) - MOST_PARAMS
    if more > 0:
        shown.append(_("{n} more", n=more))
    return ", ".join(shown)


def shown_value(material: Material, board: Board, value: float) -> str:
    """A value of a leaderboard's metric as all pages show it."""
    return material.shown(board.metric, short_number(value, 6))


def gain(material: Material, board: Board, before: float, after: float) -> str:
    """The difference with its sign: '+0.012'; '' where there is none to show."""
    text = format_number(after - before, material.digits_of(board.metric))
    if not any(digit in text for digit in "123456789"):
        return ""
    return text if text.startswith("-") else f"+{text}"


def _cut(text: str) -> str:
    return text if len(text) <= 24 else f"{text[:23]}…"
