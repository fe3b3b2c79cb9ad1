"""Compact a store and tell what came of it: ``runfolio compact``."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from runfolio.cli.failures import warn
from runfolio.cli.terminal import safe, say, say_json
from runfolio.site.numbers import format_bytes

if TYPE_CHECKING:
    from runfolio.cli.call import Call
    from runfolio.store.compact import Compaction

_NAMED = 3


def compact_store(call: Call, *, dry_run: bool, grace: float, as_json: bool) -> None:
    """Compact the store, and print what was done and what will go when."""
    from runfolio.store.compact import compact

    done = compact(call.folder, dry_run=dry_run, grace=grace)
    if as_json:
        say_json(record(done))
    elif dry_run:
        _foretell(done)
    else:
        _tell(done)


def record(done: Compaction) -> dict[str, Any]:
    """The compaction for programs; paths relative to the store."""
    from runfolio.store.listing import relative_name

    def names(paths: tuple[Any, ...]) -> list[str]:
        return [relative_name(done.folder, path) for path in paths]

    return {
        "store": done.folder.path,
        "dry_run": done.dry_run,
        "runs": done.runs,
        "files_before": done.files_before,
        "files_after": done.files_after,
        "bytes_before": done.bytes_before,
        "bytes_after": done.bytes_after,
        "pack_count": done.pack_count,
        "packs": names(done.packs),
        "sealed": names(done.sealed),
        "removed": names(done.removed),
        "waiting": names(done.waiting),
        "waiting_bytes": done.waiting_bytes,
        "due": done.due,
        "live": list(done.live),
        "damaged": list(done.damaged),
    }


def _tell(done: Compaction) -> None:
    if done.sealed:
        say(
            f"{_count(len(done.sealed), 'journal')} that {_were(done.sealed)} left behind made "
            f"into {'parts' if len(done.sealed) > 1 else 'a part'}"
        )
    if done.packs:
        packs = _count(len(done.packs), "pack")
        say(f"{_count(done.runs, 'run')} packed into {packs}, {format_bytes(_bytes(done))}")
    if done.removed:
        say(f"{_count(len(done.removed), 'file')} removed, which packs stand for")
    if not (done.packs or done.removed or done.sealed or done.waiting):
        now = f"{_count(done.files_after, 'file')}, {format_bytes(done.bytes_after)}"
        say(f"nothing to compact: {now}")
        return _tell_of_left(done)
    say(
        f"before: {_count(done.files_before, 'file')}, {format_bytes(done.bytes_before)}; "
        f"now: {_count(done.files_after, 'file')}, {format_bytes(done.bytes_after)}"
    )
    if done.waiting and done.due is not None:
        _tell_of_waiting(done, done.due)
    _tell_of_left(done)


def _tell_of_waiting(done: Compaction, due: datetime) -> None:
    """What goes later, and when: in the time of the person who reads it."""
    one = len(done.waiting) == 1
    local = due.replace(tzinfo=UTC).astimezone()
    when = local.strftime("%H:%M" if local.date() == datetime.now().date() else "%Y-%m-%d %H:%M")
    say(
        f"{_count(len(done.waiting), 'file')} ({format_bytes(done.waiting_bytes)}) "
        f"{'is' if one else 'are'} needed no more, but for commands that read the store right now: "
        f"run this again after {when}, and {'it goes' if one else 'they go'}"
        f"{' from the copy on this machine' if done.folder.origin else ''}"
    )


def _foretell(done: Compaction) -> None:
    if not done.waiting and not done.sealed:
        say("nothing to compact")
    elif done.pack_count:
        packs = _count(done.pack_count, "pack")
        say(f"would pack {_count(done.runs, 'run')} into {packs}")
    say(
        f"now: {_count(done.files_before, 'file')}, {format_bytes(done.bytes_before)}; then: "
        f"{_count(done.files_after, 'file')}, at most {format_bytes(done.bytes_after)}"
    )
    _tell_of_left(done)


def _tell_of_left(done: Compaction) -> None:
    live, damaged = done.live, done.damaged
    if live:
        goes = "goes on and stays as it is" if len(live) == 1 else "go on and stay as they are"
        say(f"{_count(len(live), 'run')} still {goes}: {_some(live)}")
    if damaged:
        has = "has damaged files and stays as it is"
        have = "have damaged files and stay as they are"
        warn(
            f"{_count(len(damaged), 'run')} {has if len(damaged) == 1 else have}: {_some(damaged)}",
            "runfolio verify tells what is wrong",
        )


def _bytes(done: Compaction) -> int:
    return sum(path.stat().st_size for path in done.packs)


def _some(run_ids: tuple[str, ...]) -> str:
    more = len(run_ids) - _NAMED
    return ", ".join(map(safe, run_ids[:_NAMED])) + (f" and {more:,} more" if more > 0 else "")


def _were(things: tuple[Any, ...]) -> str:
    return "was" if len(things) == 1 else "were"


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
