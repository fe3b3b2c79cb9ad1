"""The terms of a filter as values: what ``filter`` reads and ``filter_sql`` asks for."""

from __future__ import annotations

from dataclasses import dataclass

#: Keys that are columns of ``runs``, and which column each one is.
RUN_KEYS: dict[str, str] = {
    "id": "run_id",
    "run_id": "run_id",
    "name": "name",
    "experiment": "experiment",
    "group": "group",
    "parent": "parent",
    "status": "status",
    "started": "started",
    "ended": "ended",
    "seconds": "seconds",
    "user": "user",
    "host": "host",
    "command": "command",
    "script": "script",
    "python": "python",
    "commit": "git_commit",
    "git_commit": "git_commit",
    "branch": "git_branch",
    "git_branch": "git_branch",
    "dirty": "git_dirty",
    "git_dirty": "git_dirty",
    "git_remote": "git_remote",
    "seed": "seed",
    "points": "points",
    "exit_code": "exit_code",
    "error": "error",
    "note": "note",
    "origin": "origin",
}
TIME_KEYS = frozenset({"started", "ended"})


@dataclass(frozen=True)
class Value:
    """A value as typed: its text, its number if it is one, and whether it was in quotes."""

    text: str
    number: float | None = None
    quoted: bool = False

    @property
    def glob(self) -> bool:
        """Whether ``*`` and ``?`` stand for other text."""
        return not self.quoted and ("*" in self.text or "?" in self.text)


@dataclass(frozen=True)
class Words:
    """Free text."""

    text: str
    negated: bool = False


@dataclass(frozen=True)
class Has:
    """The run has this param or metric; ``scope`` is "param" or "metric"."""

    scope: str
    key: str
    negated: bool = False


@dataclass(frozen=True)
class Tagged:
    """The run has one of these tags, each written ``name`` or ``name=value``."""

    values: tuple[Value, ...]
    negated: bool = False


@dataclass(frozen=True)
class Compare:
    """A comparison. ``scope`` is "run" (key is a column), "param", "metric" or "any" of the two."""

    scope: str
    key: str
    operator: str
    values: tuple[Value, ...]
    negated: bool = False


Term = Words | Has | Tagged | Compare
