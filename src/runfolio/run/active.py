"""Which runs are open, and which of them is the active one here."""

from __future__ import annotations

import os
from contextvars import ContextVar
from typing import Protocol


class OpenRun(Protocol):
    """What the process must be able to do with a run that nobody finished."""

    def finish(
        self,
        status: str = "finished",
        *,
        exit_code: int | None = None,
        exception: BaseException | None = None,
    ) -> None:
        """End the run."""


_active: ContextVar[OpenRun | None] = ContextVar("runfolio_active_run", default=None)
#: The seed that was set before a run was open, and the libraries that took it.
_seed: ContextVar[tuple[int, list[str]] | None] = ContextVar("runfolio_seed", default=None)
# The process-wide list serves the end of the process; its only other reader is ``active``.
_open: dict[int, OpenRun] = {}
_home = os.getpid()


def enter(run: OpenRun) -> None:
    """Make ``run`` the active run of this context."""
    global _home
    if os.getpid() != _home:  # a forked child: the parent's runs are not its to finish
        _home = os.getpid()
        _open.clear()
    _open[id(run)] = run
    _active.set(run)


def leave(run: OpenRun, before: OpenRun | None) -> None:
    """Take ``run`` out; ``before`` becomes active again if ``run`` was and if it is still open."""
    _open.pop(id(run), None)
    if _active.get() is run:
        _active.set(before if before is not None and id(before) in _open else None)


def active() -> OpenRun | None:
    """The active run of this context.

    In a thread that was started without a context: the run of the process, if it has just one.
    """
    run = _active.get()
    if run is None and len(_open) == 1:
        return next(iter(_open.values()))
    return run


def open_runs() -> list[OpenRun]:
    """The runs that this process has to finish, the newest first."""
    return list(_open.values())[::-1] if os.getpid() == _home else []


def seeded(value: int, libraries: list[str]) -> None:
    """Remember the seed for the runs that this context opens from now on."""
    _seed.set((value, libraries))


def seed() -> tuple[int, list[str]] | None:
    """The seed that was set last in this context, and the libraries that took it."""
    return _seed.get()
