"""Merge, push and pull stores, and tell what came of it."""

from __future__ import annotations

import dataclasses
import shlex
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click

from runfolio.cli.failures import warn
from runfolio.cli.terminal import is_terminal, safe, say, say_json
from runfolio.errors import DamagedStoreError, StoreError, StoreNotFoundError

if TYPE_CHECKING:
    from runfolio.cli.call import Call
    from runfolio.store.copied import Copied
    from runfolio.store.folder import Folder

F = TypeVar("F", bound=Callable[..., Any])
_SHOWN = 5


@dataclass(frozen=True)
class Wish:
    """Which runs, and how to tell of it."""

    runs: tuple[str, ...]
    filter: str
    dry_run: bool
    as_json: bool

    def of(self, folder: Folder) -> list[str] | None:
        """Ids of the runs of ``folder`` that are wanted; None for all."""
        if not self.runs and not self.filter:
            return None
        from runfolio.query.store import Store

        with Store.open(folder.path) as store:
            found = set(store.run_ids(self.filter)) if self.filter else set()
            return sorted(found | {store.resolve(run) for run in self.runs})


def chosen_options(function: F) -> F:
    """``--run``, ``--filter`` and ``--dry-run``, given together with --json as one ``wish``."""

    @wraps(function)
    def gathered(
        *args: Any, runs: tuple[str, ...], filter: str, dry_run: bool, as_json: bool, **named: Any
    ) -> Any:
        return function(*args, wish=Wish(runs, filter, dry_run, as_json), **named)

    for option in (
        click.option("--dry-run", is_flag=True, help="Only tell what would be copied."),
        click.option("--filter", default="", metavar="FILTER", help="Only runs that it matches."),
        click.option(
            "--run", "runs", multiple=True, metavar="RUN", help="Only this run (again: and that)."
        ),
    ):
        gathered = option(gathered)
    return gathered  # type: ignore[return-value]  # the same command with its options


def merge_stores(call: Call, sources: Sequence[str], into: str | None, wish: Wish) -> None:
    """Merge other stores into this one, or into one that is made."""
    from runfolio.store.folder import Folder
    from runfolio.store.merge import merge
    from runfolio.store.opening import opened

    others = [opened(each) for each in sources]
    if into is None:
        target = _target(call, sources)
    else:
        target = Folder.planned(into) if wish.dry_run else Folder.create(into)
    copied: list[Copied] = []
    for other in others:
        with _Progress(f"merging {other.path}") as progress:
            runs = wish.of(other)
            copied += merge(target, other, runs=runs, dry_run=wish.dry_run, progress=progress)
    _tell(copied, wish)


def _target(call: Call, sources: Sequence[str]) -> Folder:
    """The store that others are merged into; it has to be there."""
    try:
        return call.folder
    except StoreNotFoundError as error:
        made = f"runfolio merge {' '.join(map(shlex.quote, sources))}"
        hint = f"To make it: {made} --into {shlex.quote(str(call.asked.store))}"
        raise StoreNotFoundError(error.message, hint=hint) from None


def push_store(call: Call, place: str, wish: Wish) -> None:
    """Copy this store to another place, or send what waits in the mirror of one."""
    from runfolio.store.places import push

    folder = call.folder if place else call.nearby
    with _Progress(f"sending to {place or folder.origin}") as progress:
        copied = push(folder, place, runs=wish.of(folder), dry_run=wish.dry_run, progress=progress)
    _tell([copied], wish)


def pull_store(call: Call, place: str, wish: Wish) -> None:
    """Copy another place into this store, which is made if it is not there."""
    from runfolio.store.opening import opened
    from runfolio.store.places import pull

    chosen = wish.of(opened(place)) if place and (wish.runs or wish.filter) else None
    target = _landing(call, place, wish) if place else call.folder
    with _Progress(f"fetching from {place}") as progress:
        copied = pull(target, place, runs=chosen, dry_run=wish.dry_run, progress=progress)
    _tell([copied], wish)


def _landing(call: Call, place: str, wish: Wish) -> Folder:
    """Where a pull goes: this store, or a new one as soon as the place has shown one."""
    from runfolio.store.folder import Folder
    from runfolio.store.opening import opened

    try:
        return call.folder
    except StoreNotFoundError:
        opened(place)
    path = call.config.store
    return Folder.planned(path) if wish.dry_run else Folder.create(path)


def _tell(copied: Sequence[Copied], wish: Wish) -> None:
    """Print what came of it; an error at the end if not all is well."""
    if wish.as_json:
        say_json([dataclasses.asdict(each) for each in copied])
    else:
        for each in copied:
            _tell_one(each)
    waiting = sum(len(each.waiting) for each in copied)
    why = next((each.error for each in copied if each.error), "")
    conflicts = sum(len(each.conflicts) for each in copied)
    problems = sum(len(each.problems) for each in copied)
    if problems:
        raise DamagedStoreError(
            f"{_count(problems, 'damaged file')} not copied; the rest was.",
            hint="runfolio verify, called on the store that they come from, tells what is lost",
        )
    if waiting:
        raise StoreError(
            f"{_count(waiting, 'file')} could not be sent: {safe(why)}",
            hint="They are kept here. Call runfolio push again when the place answers.",
        )
    if conflicts:
        raise StoreError(
            f"{_count(conflicts, 'file')} had other contents there than here; both are kept.",
            hint="runfolio verify names them",
        )


def _tell_one(copied: Copied) -> None:
    from runfolio.site.numbers import format_bytes

    source, target = safe(copied.source), safe(copied.target)
    word = "would be copied" if copied.dry_run else "copied"
    if copied.files:
        amount = f"{_count(copied.files, 'file')} ({format_bytes(copied.bytes)})"
        runs = f" of {_count(len(copied.runs), 'run')}" if copied.runs else ""
        say(f"{amount}{runs} {word} from {source} into {target}")
    else:
        say(f"nothing new in {source} for {target}")
    for text, names in (
        ("damaged here, replaced by a good copy", copied.healed),
        ("left as it is, since its run is at work", copied.kept),
        ("purged, not copied", copied.purged),
    ):
        _list(text, names)
    for problem in copied.problems[:_SHOWN]:
        warn(f"{safe(problem.path)}: {safe(problem.message)} {safe(problem.cost)}")
    for name in copied.conflicts[:_SHOWN]:
        warn(f"{safe(name)}: other contents under one name; this is the second file")


def _list(text: str, names: Sequence[str]) -> None:
    for name in names[:_SHOWN]:
        say(f"{text}: {safe(name)}")
    if len(names) > _SHOWN:
        say(f"{text}: {len(names) - _SHOWN:,} more")


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


class _Progress:
    """One line on a terminal's standard error that is rewritten and goes away."""

    def __init__(self, what: str) -> None:
        self._what = safe(what)
        self._shown = 0.0
        self._wanted = is_terminal(sys.stderr)

    def __enter__(self) -> _Progress:
        return self

    def __call__(self, done: int, total: int, size: int) -> None:
        now = time.monotonic()
        if not self._wanted or total == 0 or now - self._shown < 0.1:
            return
        self._shown = now
        sys.stderr.write(f"\r\x1b[K{self._what}: {done:,} of {total:,} files")
        sys.stderr.flush()

    def __exit__(self, *_: object) -> None:
        if self._shown:
            sys.stderr.write("\r\x1b[K")
            sys.stderr.flush()
