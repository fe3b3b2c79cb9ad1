"""What the program prints, line by line, as a person would see it on the screen at the end."""

from __future__ import annotations

import os
import re
import sys
import threading
from collections.abc import Callable
from typing import Any

LINES_LIMIT = 10_000
BYTES_LIMIT = 2 << 20
LINE_LIMIT = 8_192

# Colours, cursor movements, window titles: signs for the terminal, not text.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")


class Lines:
    """Cuts a stream of text into lines; a line that is drawn over keeps its last state.

    A progress bar writes ``\\r`` a thousand times and is one line in the end.
    """

    def __init__(self) -> None:
        self._open = ""

    def feed(self, text: str) -> list[str]:
        """The lines that ``text`` completes."""
        if "\n" not in text:
            self._open = self._last_state(self._open + text)
            return []
        *complete, self._open = (self._open + text).split("\n")
        self._open = self._last_state(self._open)
        return [self._shown(line) for line in complete]

    def rest(self) -> list[str]:
        """The line that was begun and not ended, if there is one."""
        line, self._open = self._shown(self._open), ""
        return [line] if line else []

    @staticmethod
    def _last_state(line: str) -> str:
        """``line`` without what was drawn over, so that it stays short while a bar moves."""
        if "\r" in line:
            body = line.rstrip("\r")
            returns = "\r" if len(body) < len(line) else ""
            line = body.rpartition("\r")[2] + returns
        return line[-4 * LINE_LIMIT :]

    @staticmethod
    def _shown(line: str) -> str:
        line = line.rstrip("\r").rpartition("\r")[2]
        if "\x1b" in line:
            line = _ESCAPES.sub("", line)
        line = line.rstrip()
        return line if len(line) <= LINE_LIMIT else f"{line[:LINE_LIMIT]} …"


class Tap:
    """Listens to one stream by standing before its ``write``; the stream object stays the same.

    So terminals are still seen as terminals, logging handlers made earlier are heard, and nothing
    that holds ``sys.stdout`` has to be told. What C code writes to the file descriptor passes by.
    """

    def __init__(self, stream: Any, hear: Callable[[str], None]) -> None:
        self._stream = stream
        self._hear = hear
        self._listening = False
        self._placed = False
        self._pid = os.getpid()

    def start(self) -> bool:
        """Begin to listen; False if the stream does not let itself be heard (or is None)."""
        try:
            self._before = vars(self._stream).get("write")
            self._write = self._stream.write
            self._stream.write = self._tapped
        except (AttributeError, TypeError):
            return False
        self._listening = self._placed = True
        return True

    def _tapped(self, text: Any) -> Any:
        written = self._write(text)
        if self._listening and os.getpid() == self._pid:
            try:
                self._hear(text)
            except Exception:  # to print must work, whatever happens to the record of it
                self._listening = False
        return written

    def stop(self) -> None:
        """Listen no more and take ourselves out, unless somebody else stands before us now."""
        if not self._placed:
            return
        self._placed = self._listening = False
        if vars(self._stream).get("write") == self._tapped:
            if self._before is None:
                del self._stream.write
            else:
                self._stream.write = self._before


class Output:
    """Records stdout and stderr of this process until ``stop``.

    ``record(stream, number, line)`` is called for each line, at most 10,000 lines or 2 MiB; after
    that one last line says that the rest is not kept.
    """

    def __init__(self, record: Callable[[str, int, str], None]) -> None:
        self._record = record
        self._lock = threading.RLock()  # a signal handler may print in the middle of a print
        self._numbers = 0
        self._bytes = 0
        self._full = False
        self._lines = {"stdout": Lines(), "stderr": Lines()}
        self._taps = [Tap(sys.stdout, lambda text: self._hear("stdout", text))]
        if sys.stderr is not sys.stdout:
            self._taps.append(Tap(sys.stderr, lambda text: self._hear("stderr", text)))

    def start(self) -> None:
        """Begin to listen to both streams."""
        for tap in self._taps:
            tap.start()

    def stop(self) -> None:
        """Give the streams back and record the lines that were begun and not ended."""
        for tap in self._taps:
            tap.stop()
        for name, lines in self._lines.items():
            for line in lines.rest():
                self._keep(name, line)

    def _hear(self, name: str, text: str) -> None:
        if self._full or not isinstance(text, str):
            return
        with self._lock:
            for line in self._lines[name].feed(text):
                self._keep(name, line)

    def _keep(self, name: str, line: str) -> None:
        if self._full:
            return
        self._bytes += len(line) + 1
        if self._numbers >= LINES_LIMIT or self._bytes > BYTES_LIMIT:
            self._full = True
            line = f"runfolio keeps {LINES_LIMIT:,} lines or 2 MiB of output; the rest is left out."
            name = "stderr"
        self._record(name, self._numbers, line)
        self._numbers += 1
