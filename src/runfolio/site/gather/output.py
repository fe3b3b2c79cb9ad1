"""What a run printed: its last lines on the page, all of them in files beside it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from runfolio.query.rows import OutputLine, OutputTail
from runfolio.site.ansi import ansi_pieces
from runfolio.site.gather.context import DataFile
from runfolio.site.output import hashed_name
from runfolio.site.pages import LogLine
from runfolio.site.payloads import script

#: Lines and characters that the page itself holds; the rest is a file.
PAGE_LINES = 300
PAGE_TEXT = 40_000
LINE_TEXT = 2_000

_ERROR = re.compile(r"\b(?:CRITICAL|FATAL|ERROR)\b|^Traceback \(|^[\w.]{0,100}(?:Error|Exception):")
_WARN = re.compile(r"\bWARN(?:ING)?\b|\b\w*Warning:|^warning:")
_DEBUG = re.compile(r"\b(?:DEBUG|TRACE)\b")


@dataclass(frozen=True)
class Printed:
    """The lines on the page, how many there are, and the files with all of them ('' if none)."""

    lines: tuple[LogLine, ...] = ()
    total: int = 0
    path: str = ""
    data_path: str = ""
    files: tuple[DataFile, ...] = ()


def printed(run_id: str, output: OutputTail, *, whole: bool = True) -> Printed:
    """What the page of a run shows of its output, and (``whole``) the files beside it."""
    first = output.total - len(output.lines) + 1
    lines = tuple(log_line(first + at, line) for at, line in enumerate(output.lines))
    shown = _last(lines)
    if len(shown) == output.total or not whole:
        return Printed(shown, output.total)
    text = "".join(f"{''.join(piece for piece, _ in line.pieces)}\n" for line in lines)
    if len(lines) < output.total:
        text = f"… {output.total - len(lines):,} earlier lines are in the store\n{text}"
    text_file = DataFile(f"data/runs/{run_id}.output.txt", text.encode("utf-8", "replace"))
    earlier = lines[: len(lines) - len(shown)]
    data = script("output", run_id, _payload(earlier))
    more = DataFile(hashed_name(f"data/runs/{run_id}.output.js", data), data)
    return Printed(shown, output.total, text_file.path, more.path, (text_file, more))


def log_line(number: int, line: OutputLine) -> LogLine:
    """One line as the page shows it."""
    text = line.text
    if len(text) > LINE_TEXT:
        text = text[:LINE_TEXT] + " …"
    pieces = ansi_pieces(text)
    plain = "".join(piece for piece, _ in pieces)
    looks = ("err" if line.stream == "stderr" else "", level_of(plain))
    return LogLine(number, pieces, " ".join(look for look in looks if look))


def level_of(line: str) -> str:
    """error, warn, debug or '', by the words that loggers and Python use."""
    head = line[:200]
    for look, pattern in (("error", _ERROR), ("warn", _WARN), ("debug", _DEBUG)):
        if pattern.search(head):
            return look
    return ""


def _last(lines: Sequence[LogLine]) -> tuple[LogLine, ...]:
    """The last lines that a page has room for."""
    room, count = PAGE_TEXT, 0
    for line in reversed(lines[-PAGE_LINES:]):
        room -= sum(len(piece) for piece, _ in line.pieces)
        if room < 0 and count:
            break
        count += 1
    return tuple(lines[len(lines) - count :])


def _payload(lines: Sequence[LogLine]) -> dict[str, object]:
    """The lines before those of the page: a text, or pieces where it is coloured."""
    return {
        "v": 1,
        "first": lines[0].number if lines else 1,
        "lines": [
            line.pieces[0][0] if len(line.pieces) == 1 and not line.pieces[0][1] else line.pieces
            for line in lines
        ],
        "looks": {str(at): line.look for at, line in enumerate(lines) if line.look},
    }
