"""What the commands know of the terminal: width, colour, which characters it takes.

Texts out of a store are other people's: ``safe`` makes control characters visible before they
reach a terminal, so that no name can move the cursor, change colours or hide text.
"""

from __future__ import annotations

import json
import math
import os
import re
import shutil
import sys
from datetime import date, datetime, time
from pathlib import Path
from typing import IO, Any

import click

#: C0 and C1 controls, DEL, line separators, direction overrides, and halves of surrogate pairs.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)
_SHORT = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}


def prepare() -> None:
    """Let no character break the output: what an encoding lacks is written as ``\\u2026``."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def safe(text: object) -> str:
    """``text`` on one line, with control characters made visible."""
    return _UNSAFE.sub(_visible, str(text))


def safe_lines(text: str) -> str:
    """Like ``safe``, but lines stay lines and tabs stay tabs."""
    return re.sub(_UNSAFE, lambda found: found[0] if found[0] in "\n\t" else _visible(found), text)


def _visible(found: re.Match[str]) -> str:
    char = found[0]
    code = ord(char)
    return _SHORT.get(char) or (f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}")


def is_terminal(stream: IO[Any] | None = None) -> bool:
    """Whether a person reads ``stream`` (default: standard output)."""
    stream = stream or sys.stdout
    return bool(getattr(stream, "isatty", lambda: False)())


def in_color(stream: IO[Any] | None = None) -> bool:
    """Whether ``stream`` takes colours: a terminal, no NO_COLOR, not a dumb one."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(os.environ.get("FORCE_COLOR")) or is_terminal(stream)


def width() -> int | None:
    """Columns of the terminal; None where output goes to a file or pipe and needs no cutting."""
    if not is_terminal() and "COLUMNS" not in os.environ:
        return None
    return max(shutil.get_terminal_size((80, 24)).columns, 10)


def can_write(text: str) -> bool:
    """Whether standard output's encoding has all characters of ``text``."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def say(text: str = "", *, err: bool = False, nl: bool = True) -> None:
    """Print a text that is safe already; styles are dropped where colours are not wanted."""
    click.echo(text, err=err, nl=nl, color=in_color(sys.stderr if err else sys.stdout))


def say_json(value: Any) -> None:
    """Print a value as JSON: two spaces, NaN and infinities as null, times as ISO 8601."""
    click.echo(json_text(value, indent=2))


def json_text(value: Any, *, indent: int | None = None) -> str:
    """JSON without characters that act on a terminal; where the locale is ASCII, in ASCII."""
    ascii = not can_write("é")
    text = json.dumps(plain(value), ensure_ascii=ascii, indent=indent, allow_nan=False)
    escaped = re.sub(_UNSAFE, lambda found: _json_escape(found[0]), text)
    return escaped


def _json_escape(char: str) -> str:
    # The only raw control characters that json.dumps writes are its own line ends.
    return char if char == "\n" else f"\\u{ord(char):04x}"


def plain(value: Any) -> Any:
    """A value as JSON knows it; numbers that JSON lacks become None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(each) for each in value]
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if value is None or isinstance(value, str | int | bool):
        return value
    return value.as_posix() if isinstance(value, Path) else str(value)
