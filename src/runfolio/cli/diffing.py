"""What ``runfolio diff`` does: two runs, two stores, or two moments of one store."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runfolio.cli.terminal import is_terminal, say, say_json, width
from runfolio.errors import RunNotFoundError, UsageError
from runfolio.query.diff import (
    RUN_SECTIONS,
    STORE_SECTIONS,
    Item,
    MetricItem,
    RunDiff,
    StoreDiff,
)

if TYPE_CHECKING:
    from runfolio.cli.call import Call
    from runfolio.query.store import Store

#: Rows of a table that a terminal and a comment show of many.
MOST_ROWS = 15


@dataclass(frozen=True)
class Sides:
    """What the command line compares with what: another store, two times, or a git revision."""

    other: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    base: str | None = None


def compare(
    call: Call, runs: Sequence[str], asked: Sides, *, stat: str | None
) -> RunDiff | StoreDiff:
    """The difference that the command line asks for; UsageError where it asks for none.

    Words are runs, always; stores and times are named by options. One run is compared with
    itself in the other store or at the other time, or else with the run before it.
    """
    if len(runs) > 2:
        raise UsageError("A difference has two sides: name two runs.", hint=_HINT)
    given = {"--with": asked.other, "--from": asked.since or asked.until, "--base": asked.base}
    named = [name for name, value in given.items() if value is not None]
    if len(named) > 1:
        raise UsageError(f"{' and '.join(named)} contradict each other.", hint=_HINT)
    before, after = _sides(call, asked)
    if not runs:
        if before is after:
            raise UsageError("Name two runs, another store, a time or a revision.", hint=_HINT)
        return before.diff_stores(after)
    if len(runs) == 2:
        a, b = runs
    elif before is not after:
        a = b = runs[0]
    else:
        a, b = _run_before(after, runs[0]), runs[0]
    try:
        return before.diff_runs(a, b, other=after, stat=stat or "")
    except RunNotFoundError as error:
        raise _maybe_stores(error, runs) from None


_HINT = (
    "runfolio diff A B, runfolio diff --with STORE, runfolio diff --from TIME, "
    "runfolio diff --base REV"
)


def _sides(call: Call, asked: Sides) -> tuple[Store, Store]:
    """The stores of both sides; one and the same where only runs are compared."""
    since, until = asked.since, asked.until
    if asked.other is not None:
        return call.store, call.open_store(asked.other)
    if asked.base is not None:
        return _at_base(call, asked.base), call.store
    if since is None and until is None:
        return call.store, call.store
    if since is not None and until is not None and until < since:
        raise UsageError("--to is earlier than --from.", hint="Name the earlier time by --from.")
    if since is None:
        raise UsageError("--to needs a --from.", hint=_HINT)
    before = call.at(since)
    after = call.store if until is None else call.at(until)
    return before, after


def _at_base(call: Call, base: str) -> Store:
    """The store in a git revision, until the command ends."""
    from runfolio.store.revision import at_revision

    folder = click.get_current_context().with_resource(at_revision(call.folder, base))
    return call.open_store(folder.path)


def _run_before(store: Store, text: str) -> str:
    """The run that began before this one in the same experiment."""
    run_id = store.resolve(text)
    found = store.rows(
        "SELECT p.run_id FROM runs p JOIN runs r ON p.experiment = r.experiment "
        "WHERE r.run_id = ? AND (p.started, p.run_id) < (r.started, r.run_id) "
        "ORDER BY p.started DESC, p.run_id DESC LIMIT 1",
        [run_id],
    )
    if not found:
        raise RunNotFoundError(
            f"{text!r} is the first run of its experiment.", hint="Name two runs."
        )
    return str(found[0][0])


def _maybe_stores(error: RunNotFoundError, runs: Sequence[str]) -> RunNotFoundError:
    """The error, with another hint where the words are folders of stores."""
    from runfolio.schema import MARKER

    if len(runs) == 2 and all((Path(word) / MARKER).is_file() for word in runs):
        hint = f"To compare two stores: runfolio diff --store {runs[0]} --with {runs[1]}"
        return RunNotFoundError(error.message, hint=hint)
    return error


def chosen_format(format: str | None, *, as_json: bool) -> str:
    """The format that was asked for by name or by --json."""
    if as_json and format not in (None, "json"):
        raise UsageError(f"--json and --format {format} contradict each other.")
    return "json" if as_json else format or "text"


def sections(diff: RunDiff | StoreDiff, only: str | None) -> tuple[str, ...]:
    """The sections of ``--only a,b``, in the usual order; all of them without it."""
    known = RUN_SECTIONS if isinstance(diff, RunDiff) else STORE_SECTIONS
    wanted = [each.strip() for each in (only or "").split(",") if each.strip()]
    for name in wanted:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            meant = f'; did you mean "{near[0]}"?' if near else "."
            raise UsageError(
                f'There is no section "{name}"{meant}', hint=f"There are: {', '.join(known)}"
            )
    return tuple(name for name in known if not wanted or name in wanted)


def tell(diff: RunDiff | StoreDiff, only: Sequence[str], format: str, *, every: bool) -> None:
    """Print the difference as text, Markdown or JSON."""
    from runfolio.cli import diff_blocks, diff_markdown, diff_text

    if format == "json":
        return say_json(record(diff, only))
    most = None if every or (format == "text" and not is_terminal()) else MOST_ROWS
    if isinstance(diff, RunDiff):
        blocks = diff_blocks.of_runs(diff, only, every=every)
    else:
        blocks = diff_blocks.of_stores(diff, only, most, every=every)
    if format == "md":
        return say(diff_markdown.markdown(diff.headline, blocks))
    say(diff_text.text(diff.headline, blocks, width()))
    if isinstance(diff, RunDiff) and not diff.differs(tuple(only)):
        say(click.style("\nNothing differs; --all shows what is equal.", dim=True))


def record(diff: RunDiff | StoreDiff, only: Sequence[str]) -> dict[str, Any]:
    """The difference for programs: its sections in full, each thing with its change."""
    found: dict[str, Any] = {"differs": diff.differs(tuple(only)), "headline": diff.headline}
    if isinstance(diff, StoreDiff):
        parts = {
            "leaderboards": [
                {**_plain(board), "moves": [{**_plain(m), "word": m.word} for m in board.moves]}
                for board in diff.boards
            ],
            **{name: [_plain(each) for each in getattr(diff, name)] for name in STORE_SECTIONS[1:]},
        }
    else:
        items: dict[str, Sequence[Item | MetricItem]] = {
            name: diff.metrics if name == "metrics" else diff.section(name) for name in RUN_SECTIONS
        }
        parts = {
            name: [{**_plain(item), "change": item.change} for item in part]
            for name, part in items.items()
        }
        if "code" in only:
            parts["patches"] = [_plain(patch) for patch in diff.patches]
    found |= {"before": _plain(diff.before), "after": _plain(diff.after)}
    return found | {name: part for name, part in parts.items() if name in (*only, "patches")}


def _plain(thing: Any) -> dict[str, Any]:
    return dataclasses.asdict(thing)
