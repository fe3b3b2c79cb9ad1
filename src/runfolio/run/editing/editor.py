"""``Editor``: corrections of the runs of one store. The public face of ``runfolio.edit(path)``."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from runfolio.config import Config
from runfolio.errors import UsageError
from runfolio.query.naming import nearest
from runfolio.query.store import Store
from runfolio.run import numbers
from runfolio.run.author import annotate, author
from runfolio.run.editing import dropping, purging, selection, undoing
from runfolio.run.editing.dropping import Dropped, Steps
from runfolio.run.editing.selection import Named
from runfolio.run.names import clean_name, clean_text
from runfolio.run.recorder import Fact
from runfolio.schema import Kind
from runfolio.store.folder import Folder, default_path

if TYPE_CHECKING:
    from runfolio.query.rows import Change
    from runfolio.store.purge import Purged


class Editor:
    """Corrects the runs of a store: ``with runfolio.edit("runs") as runs: runs.rename(…)``.

    Each correction is a newer fact with its author; what was said first stays in the history
    (``runfolio log``), and ``undo`` takes a correction back. Only ``purge`` removes anything.
    ``run`` is always an id, the beginning of one, or a name. RunNotFoundError and
    AmbiguousRunError say which runs there are; StoreError if the disk takes nothing.
    """

    def __init__(self, folder: Folder, config: Config | None = None) -> None:
        self.folder = folder
        self._config = config
        self._author = author(config)
        self._store: Store | None = None
        self._lent = False
        self._touched: set[str] = set()

    @classmethod
    def open(cls, path: str | Path | None = None, config: Config | None = None) -> Editor:
        """An ``Editor`` of the store at ``path`` (RUNFOLIO_STORE or ``runs`` if left out).

        StoreNotFoundError or StoreVersionError if it cannot be used.
        """
        return cls(Folder.open(default_path() if path is None else path), config)

    @classmethod
    def of(cls, store: Store, folder: Folder | None = None) -> Editor:
        """An editor that looks runs up in an open store; the caller closes that.

        ``folder``: where corrections are written to; that of the store if left out.
        """
        editor = cls(folder or store.folder, store.config)
        editor._store, editor._lent = store, True
        return editor

    # Names

    def rename(self, run: str, name: str) -> Named:
        """Give a run another name; the run as it was named before."""
        before = self._named(run)
        self._say(before.run_id, Kind.RENAME, "run", _new_name(name))
        return before

    def rename_metric(self, run: str, old: str, new: str) -> Named:
        """Give a metric of a run another name; where both are there, they become one series."""
        found = self._named(run)
        metrics = self._metrics(found.run_id)
        if old not in metrics:
            raise UsageError(f"{found.run_id} has no metric {old!r}.", hint=nearest(old, metrics))
        self._say(found.run_id, Kind.RENAME, f"metric:{old}", _new_name(new))
        return found

    def move(self, run: str, experiment: str) -> Named:
        """Put a run under another experiment."""
        found = self._named(run)
        self._say(found.run_id, Kind.RENAME, "experiment", _new_name(experiment))
        return found

    # Points

    def drop(
        self,
        run: str,
        metric: str,
        *,
        steps: str | int | Steps | None = None,
        where: str = "",
        all: bool = False,
        dry_run: bool = False,
    ) -> Dropped:
        """Take points of a metric away: of a range of steps, those that match, or ``all``.

        ``steps``: ``"100..200"``, ``"100.."``, ``100`` or ``(100, 200)``, both ends included.
        ``where``: a condition in SQL on the columns of the view ``metrics``, such as
        ``"value > 10"``; it chooses among the points that are there now. ``dry_run``: only look.
        UsageError where no point fits.
        """
        if (steps is not None) + bool(where) + all != 1:
            raise UsageError(
                "Say which points: a range of steps, a condition, or all of them.",
                hint="One of steps, where and all.",
            )
        run_id = self.store.resolve(run)
        span = None if steps is None else dropping.as_steps(steps)
        found, content = dropping.choose(self.store, run_id, metric, span, where)
        if dry_run:
            return found
        change = self._say(run_id, Kind.DROP, metric, dropping.text_of(content))
        return dataclasses.replace(found, change=change)

    def log_metrics(
        self, run: str, metrics: Mapping[str, object], step: int | None = None
    ) -> dict[str, float]:
        """Add points to a run, also to one that ended; its status and times stay as they are.

        The numbers by the names under which they were kept. UsageError for what is no number.
        """
        found = self._named(run)
        if step is not None and numbers.as_step(step) is None:
            raise UsageError(f"The step {step!r} is no whole number of 64 bits.")
        values = {clean_name(name): _number(name, each) for name, each in numbers.flat(metrics)}
        if not values:
            raise UsageError("No metric is given.")
        facts: list[Fact] = [(Kind.METRIC, name, step, each, None) for name, each in values.items()]
        self._add(found.run_id, facts)
        return values

    # Back

    def undo(self, run: str, change: str | None = None) -> Change:
        """Take back a rename or drop: the newest one, or that of which ``change`` begins the name.

        ``runfolio log RUN`` shows the names. Dropped points are there again at once.
        """
        view = self.store.run(run)
        found = undoing.to_undo(view.changes, change)
        self._say(view.id, Kind.UNDO, undoing.name_of(found), None)
        return found

    # Tags and notes

    def set_tag(self, run: str, name: str, value: object = "") -> None:
        """Put a tag on a run, or give it another value."""
        self._say(self.store.resolve(run), Kind.TAG, clean_name(name), clean_text(str(value)))

    def remove_tag(self, run: str, name: str) -> None:
        """Take a tag off a run; UsageError if it has none of this name."""
        view = self.store.run(run)
        tags = [tag.tag for tag in view.tags]
        if name not in tags:
            raise UsageError(f"{view.id} has no tag {name!r}.", hint=nearest(name, tags))
        self._say(view.id, Kind.UNTAG, name, None)

    def note(self, run: str, markdown: str, name: str = "") -> None:
        """Write a note on a run; an empty text takes it away."""
        self._say(self.store.resolve(run), Kind.NOTE, name, clean_text(markdown))

    # The trash

    def trash(self, *runs: str, reason: str = "") -> list[Named]:
        """Hide runs everywhere until they are restored; all are found before one is touched.

        ``runs``: runs, or the terms of one filter such as ``"status = failed"``.
        """
        found, _ = selection.chosen(self.store, runs)
        said = {"author": self._author["user"], "reason": reason}
        text = json.dumps(said, ensure_ascii=False)
        for each in found:
            self._say(each.run_id, Kind.TRASH, "", text)
        return found

    def restore(self, *runs: str) -> list[Named]:
        """Bring runs back from the trash."""
        found = [selection.in_trash(self.store, run) for run in runs]
        text = json.dumps({"author": self._author["user"]}, ensure_ascii=False)
        for each in found:
            self._say(each.run_id, Kind.RESTORE, "", text)
        return found

    def purge(self, *runs: str, reason: str = "", dry_run: bool = False) -> list[Purged]:
        """Remove runs that are in the trash for good: their facts, and contents of theirs alone.

        A tomb with who, when and why stays, and hides copies that come back. It cannot be undone.
        ``dry_run``: only look what would go. UnsafeError for a run that a process still writes.
        """
        plans = purging.look(self.store, purging.chosen(self.store, runs))
        if dry_run:
            return plans
        store, self._store, self._lent = self.store, None, False
        return purging.carry_out(store, plans, self._author, reason)

    # Life

    @property
    def store(self) -> Store:
        """The store as it is after the last correction, for questions."""
        if self._touched:
            self._forget()
        if self._store is None:
            self._store = Store.open(self.folder.path, config=self._config)
        return self._store

    def close(self) -> None:
        """Free the memory. Nothing waits to be written: each correction is kept at once."""
        self._forget()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _named(self, run: str) -> Named:
        store = self._good_for(run)
        run_id = store.resolve(run)
        ((name,),) = store.rows("SELECT name FROM runs WHERE run_id = ?", [run_id])
        return Named(run_id, name)

    def _metrics(self, run_id: str) -> list[str]:
        rows = self._good_for(run_id).rows(
            "SELECT key FROM summary WHERE run_id = ? ORDER BY key", [run_id]
        )
        return [row[0] for row in rows]

    def _good_for(self, run: str) -> Store:
        """A store that knows all about this run: the one at hand, where only others changed."""
        known = self._store if run not in self._touched else None
        if known is not None and known.rows("SELECT 1 FROM runs WHERE run_id = ?", [run]):
            return known
        return self.store

    def _say(self, run_id: str, kind: Kind, key: str, text: str | None) -> str:
        return self._add(run_id, [(kind, key, None, None, text)])

    def _add(self, run_id: str, facts: Sequence[Fact]) -> str:
        """Write the facts; the name of the first one."""
        writer = annotate(self.folder, run_id, facts, self._author)
        self._touched.add(run_id)
        return f"{writer}:1"

    def _forget(self) -> None:
        """Look at the store anew when it is next asked."""
        if self._store is not None and not self._lent:
            self._store.close()
        self._store, self._lent = None, False
        self._touched.clear()


def _new_name(name: str) -> str:
    if not name.strip():
        raise UsageError("The new name is empty.", hint="Give one with at least one letter.")
    return clean_name(name.strip())


def _number(name: str, value: object) -> float:
    try:
        return numbers.as_number(value)
    except numbers.NotANumberError as error:
        raise UsageError(f"{name} is no number: {error}.") from None
