"""What came of copying files from one store to another."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from runfolio.store.names import Name
from runfolio.store.problem import Problem
from runfolio.store.source import Entry

#: Called with (files done, files in all, bytes done).
Progress = Callable[[int, int, int], None]


@dataclass(frozen=True)
class Copied:
    """What one store got from another.

    ``files``, ``bytes``, ``runs``: what was new (in a dry run: what would be). ``same``: files that
    were there, or whose facts were. ``conflicts``: second files of a name, kept under these names.
    ``problems``: damaged files of the source, which were not copied. ``healed``: our damaged files
    that gave way to good ones. ``kept``: journals that a process here is writing. ``purged``: runs
    that were left out, since they are purged. ``waiting``: files that could not be sent, and why
    (``error``).
    """

    source: str
    target: str
    files: int = 0
    bytes: int = 0
    runs: tuple[str, ...] = ()
    same: int = 0
    conflicts: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    healed: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    purged: tuple[str, ...] = ()
    waiting: tuple[str, ...] = ()
    error: str = ""
    dry_run: bool = False


@dataclass
class Tally:
    """A ``Copied`` while it is made."""

    files: int = 0
    bytes: int = 0
    same: int = 0
    runs: set[str] = field(default_factory=set)
    conflicts: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    healed: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    purged: set[str] = field(default_factory=set)
    waiting: list[str] = field(default_factory=list)
    error: str = ""

    def came(self, entry: Entry, runs: Iterable[str] = ()) -> None:
        """Count a file that is new."""
        self.files += 1
        self.bytes += entry.size
        self.runs.update(run for run in (entry.name.run_id, *runs) if run)

    def damaged(self, name: Name, code: str, message: str) -> None:
        """Note a file that is not copied."""
        run_id = name.run_id or None
        cost = "It was not copied; another copy of the store may have a good one."
        self.problems.append(Problem(code, name.text, run_id, f"{message}.", cost))

    def result(self, source: str, target: str, *, dry_run: bool) -> Copied:
        """All in order of names."""
        return Copied(
            source=source,
            target=target,
            files=self.files,
            bytes=self.bytes,
            runs=tuple(sorted(self.runs)),
            same=self.same,
            conflicts=tuple(sorted(self.conflicts)),
            problems=tuple(sorted(self.problems, key=lambda each: each.path)),
            healed=tuple(sorted(self.healed)),
            kept=tuple(sorted(self.kept)),
            purged=tuple(sorted(self.purged)),
            waiting=tuple(sorted(self.waiting)),
            error=self.error,
            dry_run=dry_run,
        )
