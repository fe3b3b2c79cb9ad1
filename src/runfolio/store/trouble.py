"""Sentences about trouble, kept until a thread without locks can hand them over."""

from __future__ import annotations

import contextlib
import time
from collections import deque
from collections.abc import Callable

_EVERY_SECONDS = 60.0


class Trouble:
    """Passes on one sentence a minute, and the good end of what was told.

    The callback runs in ``deliver`` only, where no lock is held: it may log, or write to the run.
    """

    def __init__(self, callback: Callable[[str], None] | None) -> None:
        self._callback = callback
        self._news: deque[str] = deque()
        self._told_at = -_EVERY_SECONDS
        self._open = False

    def tell(self, message: str, *, good: bool = False, last: bool = False) -> None:
        """Keep a sentence about trouble, or (``good``) its end; the ``last`` one is always told."""
        now = time.monotonic()
        if good:
            if self._open:
                self._open = False
                self._news.append(message)
        elif last or now - self._told_at >= _EVERY_SECONDS:
            self._told_at, self._open = now, True
            self._news.append(message)

    def deliver(self) -> None:
        """Hand the sentences to the callback; what it raises stays here."""
        while self._news:
            message = self._news.popleft()
            if self._callback is not None:
                with contextlib.suppress(Exception):  # the boundary to the training process
                    self._callback(message)
