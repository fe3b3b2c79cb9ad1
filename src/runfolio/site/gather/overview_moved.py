"""What has moved since a chosen moment: runs that came, records that fell, ranks that changed."""

from __future__ import annotations

from runfolio.query.diff import BoardDiff, Move, StoreDiff
from runfolio.site.gather.context import Context, listed
from runfolio.site.gather.overview_records import gain, shown_value
from runfolio.site.material import Board, shown_time
from runfolio.site.pages import Link, Moved, RankMove, RecordCard
from runfolio.site.words import _

MOST_RUNS = 8
MOST_RANKS = 8
#: Ranks below this one are not news.
LAST_RANK = 10


def moved_since(context: Context, diff: StoreDiff | None) -> Moved | None:
    """The difference as the front page shows it; None where no moment was chosen."""
    if diff is None or diff.before.as_of is None:
        return None
    boards = {board.name: board for board in context.material.boards}
    pairs = [(boards[each.name], each) for each in diff.boards if each.name in boards]
    records = tuple(card for board, each in pairs if (card := _record(context, board, each)))
    ranks = [move for board, each in pairs for move in _ranks(context, board, each)]
    # Who came up is news; who was passed is its shadow.
    ranks.sort(key=lambda move: (not move.up, int(move.after.removeprefix("#") or LAST_RANK + 1)))
    added = sorted(diff.added, key=lambda each: each.run.started, reverse=True)
    refs = context.material.refs
    time = shown_time(diff.before.as_of)
    counts = _counts(len(diff.added), len(diff.changed), len(diff.gone))
    return Moved(
        since=f"{time} UTC",
        sentence=_sentence(records, counts),
        records=records,
        ranks=tuple(ranks[:MOST_RANKS]),
        more_ranks=max(0, len(ranks) - MOST_RANKS),
        added=tuple(refs[each.run.run_id] for each in added[:MOST_RUNS]),
        more_added=max(0, len(added) - MOST_RUNS),
    )


def _sentence(records: tuple[RecordCard, ...], counts: str) -> str:
    told = [
        _(
            "{run} took the lead of {board} with {value}, from {before}",
            run=each.run.name, board=each.board.text, value=each.value, before=each.before,
        )
        if each.before
        else _(
            "{run} is the first to lead {board}, with {value}",
            run=each.run.name, board=each.board.text, value=each.value,
        )
        for each in records[:2]
    ]  # fmt: skip
    said = listed(told)
    if not said and not counts:
        return _("Nothing has moved.")
    return " ".join(f"{part}." for part in (said, counts) if part)


def _counts(added: int, changed: int, gone: int) -> str:
    words = []
    if added:
        one = added == 1
        words.append(_("1 run is new") if one else _("{n} runs are new", n=f"{added:,}"))
    if changed:
        words.append(_("{n} changed", n=f"{changed:,}"))
    if gone:
        words.append(_("{n} gone", n=f"{gone:,}"))
    return ", ".join(words)


def _record(context: Context, board: Board, diff: BoardDiff) -> RecordCard | None:
    """The new leader of a leaderboard, or the old one with a better value."""
    before, after = diff.leader(0), diff.leader(1)
    value = after.values[1] if after else None
    if after is None or value is None or after.run_id not in context.material.refs:
        return None
    old = before.values[0] if before else None
    if old is not None and (value - old) * board.direction <= 0:
        return None
    material = context.material
    return RecordCard(
        board=Link(board.path, board.title),
        metric=material.title_of(board.metric),
        run=material.refs[after.run_id],
        value=shown_value(material, board, value),
        before="" if old is None else shown_value(material, board, old),
        before_run=material.refs.get(before.run_id) if before else None,
        gain="" if old is None else gain(material, board, old, value),
        by=material.runs[after.run_id].user or "",
    )


def _ranks(context: Context, board: Board, diff: BoardDiff) -> list[RankMove]:
    """The rows that have another rank among the first ones; the leader is told as a record."""
    return [_move(context, board, move) for move in diff.moves if _news(context, move)]


def _news(context: Context, move: Move) -> bool:
    before, after = move.ranks
    best = min(before or LAST_RANK + 1, after or LAST_RANK + 1)
    return before != after and best <= LAST_RANK and move.run_id in context.material.refs


def _move(context: Context, board: Board, move: Move) -> RankMove:
    before, after = move.ranks
    value = move.values[1]
    better = before is None or (after is not None and after < before)
    return RankMove(
        board=Link(board.path, board.title),
        run=context.material.refs[move.run_id],
        name=next((each.name for each in board.places if each.exact == move.name), move.name),
        before=f"#{before}" if before else "",
        after=f"#{after}" if after else "",
        value="" if value is None else shown_value(context.material, board, value),
        up=better,
    )
