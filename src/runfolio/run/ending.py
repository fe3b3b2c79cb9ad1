"""How a process ends, and what that means for the runs that are still open."""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any, NoReturn

from runfolio.environment import command
from runfolio.environment.secrets import without_credentials
from runfolio.run import active

SIGTERM_EXIT = 128 + 15
SIGINT_EXIT = 128 + 2
_TRACE_LIMIT = 64 << 10
_MESSAGE_LIMIT = 4 << 10


def verdict(error: BaseException | None) -> tuple[str, int | None]:
    """Status and exit code of a run that ended with ``error``.

    ``sys.exit()`` and ``sys.exit(0)`` finish a run; Ctrl-C kills it; all else is a failure.
    """
    if error is None:
        return "finished", 0
    if isinstance(error, SystemExit):
        code = error.code
        if code is None or code == 0:
            return "finished", 0
        return "failed", code if isinstance(code, int) else 1
    if isinstance(error, KeyboardInterrupt):
        return "killed", SIGINT_EXIT
    if isinstance(error, GeneratorExit):
        return "killed", None
    return "failed", 1


def describe(error: BaseException | None) -> dict[str, str] | None:
    """Type, message and traceback of an exception; None for an orderly exit."""
    if error is None or (isinstance(error, SystemExit) and not isinstance(error.code, str)):
        return None
    import traceback

    kind = type(error)
    name = (
        kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}"
    )
    try:
        message = str(error)
        trace = "".join(traceback.format_exception(kind, error, error.__traceback__))
    except Exception:  # an exception whose own text fails
        message = trace = ""
    return {
        "type": name,
        "message": without_credentials(message[:_MESSAGE_LIMIT]),
        "traceback": without_credentials(trace[-_TRACE_LIMIT:]),
    }


class _ProcessEnd:
    """Watches for the end of the process while runs are open.

    Stands before ``sys.excepthook`` and ``sys.exit`` (to learn why), at ``atexit`` and, where
    nobody else handles it, at SIGTERM (to finish the runs). All of them are passed on. What
    cannot be seen without ``with``: the code of a ``SystemExit`` that is raised by hand.
    """

    def __init__(self) -> None:
        self._registered = False
        # What we stand before; None where we do not. Somebody who came later may stand before
        # us in turn: then we stay where we are, or two hooks would call each other for ever.
        self._excepthook: Callable[..., Any] | None = None
        self._exit: Callable[..., NoReturn] | None = None
        self._signal = False
        self._error: BaseException | None = None
        self._last: BaseException | None = None

    def watch(self) -> None:
        """Begin to watch; called for each new run."""
        self._error = None
        self._last = getattr(sys, "last_value", None)
        if not self._registered:
            atexit.register(self._at_exit)
            self._registered = True
        if self._excepthook is None:
            self._excepthook, sys.excepthook = sys.excepthook, self._on_exception
        if self._exit is None:
            self._exit, sys.exit = sys.exit, self._on_exit
        if not self._signal and threading.current_thread() is threading.main_thread():
            self._watch_signal()

    def _watch_signal(self) -> None:
        try:
            if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
                signal.signal(signal.SIGTERM, self._on_signal)
                self._signal = True
        except (ValueError, OSError):  # a subinterpreter or an embedded Python
            return

    def rest(self) -> None:
        """Give everything back once no run is open, unless somebody else stands before us."""
        if active.open_runs():
            return
        if self._excepthook is not None and sys.excepthook == self._on_exception:
            sys.excepthook, self._excepthook = self._excepthook, None
        if self._exit is not None and sys.exit == self._on_exit:
            sys.exit, self._exit = self._exit, None
        if self._signal and threading.current_thread() is threading.main_thread():
            try:
                if signal.getsignal(signal.SIGTERM) == self._on_signal:
                    signal.signal(signal.SIGTERM, signal.SIG_DFL)
                self._signal = False
            except (ValueError, OSError):
                return

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> Any:
        if not _interactive():
            self._error = error
        return (self._excepthook or sys.__excepthook__)(kind, error, trace)

    def _on_exit(self, code: Any = None) -> NoReturn:
        if threading.current_thread() is threading.main_thread():
            self._error = SystemExit(code)
        if self._exit is not None:
            self._exit(code)
        raise SystemExit(code)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        for run in active.open_runs():
            run.finish("killed", exit_code=SIGTERM_EXIT)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    def _why(self) -> BaseException | None:
        """What ended the process. Python itself notes it too, if another hook stands before us."""
        last = getattr(sys, "last_value", None)
        if self._error is None and last is not self._last and not _interactive():
            return last
        return self._error

    def _at_exit(self) -> None:
        error = self._why()
        status, code = verdict(error)
        for run in active.open_runs():
            run.finish(status, exit_code=code, exception=error)


def _interactive() -> bool:
    """Whether a person sits at a prompt: errors are part of the work there, and it goes on."""
    return hasattr(sys, "ps1") or command.shell() is not None


process_end = _ProcessEnd()
