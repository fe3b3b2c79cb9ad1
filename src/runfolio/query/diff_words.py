"""The sentence that says what moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from runfolio.query.direction import known

if TYPE_CHECKING:
    from runfolio.query.diff import Added, BoardDiff, Changed, Gone, Item, MetricItem, Move

#: So many leaderboards, params and metrics are named in a sentence.
NAMED = 3


def number(value: float | None) -> str:
    """A number as a sentence says it: four significant digits."""
    if value is None:
        return "no value"
    size = abs(value)
    if 1e4 <= size < 1e12:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def step(before: float | None, after: float | None, metric: str) -> str:
    """The difference with its sign; of a share such as an accuracy in points (hundredths)."""
    if before is None or after is None or after == before:
        return ""
    delta = after - before
    if is_share(metric, before, after):
        return f"{_signed(delta * 100)} pt"
    return _signed(delta)


def is_share(metric: str, *values: float) -> bool:
    """Whether the values are parts of one, and the name says that more is better."""
    from runfolio.query.direction import infer

    shares = all(0 <= value <= 1 for value in values)
    return shares and known(metric) and infer(metric)[0] == "max"


def _signed(delta: float) -> str:
    size = abs(delta)
    text = f"{size:,.0f}" if 1e4 <= size < 1e12 else f"{size:.2g}" if size < 1 else f"{size:.3g}"
    return f"{'+' if delta > 0 else '-'}{text}"


# --- two runs ---------------------------------------------------------------------------------


def of_runs(
    metrics: Sequence[MetricItem], sections: Mapping[str, Sequence[Item]], patched: bool
) -> str:
    """The first metric and what else differs, in one sentence."""
    said = []
    if metrics and metrics[0].change != "same":
        said.append(_metric(metrics[0]))
    elif metrics:
        said.append("equal metrics")
    params = [item.key for item in sections["params"] if not item.same]
    if params:
        verb = "differs" if len(params) == 1 else "differ"
        word = "param" if len(params) == 1 else "params"
        said.append(f"{len(params)} {word} {verb}: {_some(params)}")
    elif sections["params"]:
        said.append("equal params")
    said += [_code(sections["code"], patched), _one("data", sections["data"])]
    packages = sum(1 for item in sections["packages"] if not item.same)
    if packages:
        said.append(f"{packages} package{'s differ' if packages > 1 else ' differs'}")
    return "; ".join(filter(None, said)) + "." if any(said) else "Nothing to compare."


def _metric(item: MetricItem) -> str:
    if item.change in ("added", "removed"):
        return f"{item.key} is {'new' if item.change == 'added' else 'gone'}"
    told = ", ".join(filter(None, [step(item.before, item.after, item.key), item.verdict]))
    values = f"{number(item.before)} to {number(item.after)}"
    return f"{item.key} from {values}" + (f" ({told})" if told else "")


def _code(items: Sequence[Item], patched: bool) -> str:
    if not items:
        return ""
    telling = ("commit", "work tree", "script")
    differs = patched or any(not item.same for item in items if item.key in telling)
    return "other code" if differs else "same code"


def _one(name: str, items: Sequence[Item]) -> str:
    if not items:
        return ""
    return f"same {name}" if all(item.same for item in items) else f"other {name}"


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:NAMED])
    return shown if len(names) <= NAMED else f"{shown} and {len(names) - NAMED} more"


# --- two stores -------------------------------------------------------------------------------


def of_stores(
    boards: Sequence[BoardDiff],
    added: Sequence[Added],
    changed: Sequence[Changed],
    gone: Sequence[Gone],
) -> str:
    """Who leads now where something moved, and how many runs came, changed and went."""
    moved = sorted((board for board in boards if board.moved), key=_weight)
    said = [_board(board) for board in moved[:NAMED]]
    if len(moved) > NAMED:
        more = len(moved) - NAMED
        said.append(f"{more} more leaderboard{'s' if more > 1 else ''} moved.")
    counts = [
        f"{len(found):,} {word}"
        for found, word in ((added, "added"), (changed, "changed"), (gone, "gone"))
        if found
    ]
    if counts:
        first, *rest = counts
        count, _, word = first.partition(" ")
        runs = "run" if count == "1" else "runs"
        said.append(", ".join([f"{count} {runs} {word}", *rest]) + ".")
    return " ".join(said) if said else "Nothing differs."


def _weight(board: BoardDiff) -> int:
    """New leaders first, then leaders with a new value, then the others."""
    before, after = board.leader(0), board.leader(1)
    if before is None or after is None or before.run_id != after.run_id:
        return 0
    return 1 if before.values[0] != after.values[1] else 2


def _board(board: BoardDiff) -> str:
    before, after = board.leader(0), board.leader(1)
    if after is None:
        return f"{board.name}: no run leads any more." if before else f"{board.name}: no leader."
    value = number(after.values[1])
    if before is None:
        return f"{board.name}: {after.name} leads with {value}, the first to do so."
    told = step(before.values[0], after.values[1], board.metric)
    told = f" ({told})" if told else ""
    if before.run_id != after.run_id:
        return (
            f"{board.name}: {after.name} leads with {value}{told}; "
            f"before, {before.name} led with {number(before.values[0])}."
        )
    if told:
        return f"{board.name}: {after.name} still leads, now with {value}{told}."
    return f"{board.name}: {after.name} still leads with {value}; {_moves(board.moved)}."


def _moves(moves: Sequence[Move]) -> str:
    counts: dict[str, int] = {}
    for move in moves:
        word = {"new": "new", "gone": "gone"}.get(move.word, "moved")
        counts[word] = counts.get(word, 0) + 1
    return ", ".join(f"{count} {word}" for word, count in counts.items()) + " behind it"
