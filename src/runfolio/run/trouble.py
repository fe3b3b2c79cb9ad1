"""How trouble with a value is told: one warning for each cause, and never an exception."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import threading
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import CodeType
from typing import Any

#: Code that is never the caller: runfolio, and what runs its ``with`` blocks.
_INSIDE = (f"{Path(__file__).parents[1]}{os.sep}", str(contextlib.__file__))
_CAUSES = 1_000  # a training with more troubles than this has heard enough
_log = logging.getLogger("runfolio")


class RunfolioWarning(UserWarning):
    """Something could not be recorded as given; the training goes on."""


class NotRecordedError(Exception):
    """Something cannot be recorded; the message says why. Never leaves the run: it is warned."""


def _callers_level() -> int:
    """How many frames up the code lies that called runfolio, so that the warning names it."""
    level = 2
    frame = sys._getframe(2)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_INSIDE):
        frame = frame.f_back
        level += 1
    return level


def raised_by_signal(error: BaseException) -> bool:
    """Whether a signal handler of the program raised ``error`` while runfolio was at work.

    Such an error (a time limit, say) is the program's own and has to reach it.
    """
    import signal

    codes: set[CodeType | None] = set()
    for number in signal.valid_signals():
        codes.add(_code_of(signal.getsignal(number)))
    codes.discard(None)
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code in codes:
            return True
        trace = trace.tb_next
    return False


def _code_of(handler: Any) -> CodeType | None:
    """The code of a handler: a function, a method, a partial of one, or an object to call."""
    while isinstance(handler, partial):
        handler = handler.func
    if not hasattr(handler, "__code__"):
        handler = getattr(handler, "__func__", None) or vars(type(handler)).get("__call__")
    return getattr(handler, "__code__", None)


def spoken(value: object, speak: Callable[[Any], str] = str) -> str:
    """``value`` as a short text for a warning; objects whose own text fails are named by type."""
    try:
        return f"{speak(value):.200}"
    except Exception as error:
        if raised_by_signal(error):
            raise
        return f"<{type(value).__name__}>"


def warn(message: str) -> None:
    """Warn at the line of the caller outside runfolio.

    Where warnings are turned into errors the message goes to the log instead: asking Python for
    errors must not stop a training because of its records.
    """
    try:
        warnings.warn(message, RunfolioWarning, stacklevel=_callers_level())
    except Exception:
        _log.warning("%s", message)


class Trouble:
    """Warns of each cause once; safe in every thread, after a fork and in signal handlers."""

    def __init__(self) -> None:
        self._told: set[str] = set()
        self._telling = threading.local()

    def once(self, cause: str, message: str) -> None:
        """Warn with ``message`` unless this ``cause`` was told before."""
        if cause not in self._told and len(self._told) < _CAUSES:
            self._told.add(cause)
            self.always(message)

    def always(self, message: str) -> None:
        """Warn with ``message``.

        A warning that is printed may come back here as output of the program; such echoes are
        dropped.
        """
        if getattr(self._telling, "now", False):
            return
        self._telling.now = True
        try:
            warn(message)
        finally:
            self._telling.now = False
