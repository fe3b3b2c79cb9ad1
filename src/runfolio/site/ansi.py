"""Terminal colours as pieces of text with classes, so that a page shows what a terminal showed.

Escape sequences that are no colours (cursor moves, titles, links) are taken out; nothing of a line
can leave its place on the page.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

#: Colours, then everything else that a terminal acts on.
_ESCAPE = re.compile(
    r"\x1b\[(?P<sgr>[0-9;:]{0,64})m"
    r"|\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
#: What one line may be cut into; a line of more colours stays without the rest of them.
MOST_PIECES = 400
_BASIC = ("", "red", "green", "yellow", "blue", "magenta", "cyan", "")

Piece = tuple[str, str]


@dataclass
class _Pen:
    """How the text looks from here on."""

    color: str = ""
    bold: bool = False
    faint: bool = False
    italic: bool = False
    under: bool = False

    def classes(self) -> str:
        named = (
            (self.color and f"a-{self.color}", bool(self.color)),
            ("a-bold", self.bold),
            ("a-faint", self.faint),
            ("a-italic", self.italic),
            ("a-under", self.under),
        )
        return " ".join(name for name, wanted in named if wanted)

    def take(self, codes: list[int]) -> None:
        """Follow the numbers of one escape sequence."""
        at = 0
        while at < len(codes):
            code = codes[at]
            if code in (38, 48):
                color, taken = _extended(codes[at + 1 :])
                self.color = color if code == 38 else self.color
                at += taken
            elif 30 <= code <= 37 or 90 <= code <= 97:
                self.color = _BASIC[code % 10]
                self.faint = code == 90 or (self.faint and code < 90)
            else:
                self._plain(code)
            at += 1

    def _plain(self, code: int) -> None:
        if code == 0:
            self.color, self.bold, self.faint, self.italic, self.under = "", *(4 * [False])
        elif code in (1, 2):
            self.bold, self.faint = self.bold or code == 1, self.faint or code == 2
        elif code == 22:
            self.bold = self.faint = False
        elif code in (3, 23):
            self.italic = code == 3
        elif code in (4, 24):
            self.under = code == 4
        elif code == 39:
            self.color = ""


def ansi_pieces(text: str) -> tuple[Piece, ...]:
    """``text`` in pieces of (text, classes); one piece where it has no colours."""
    if "\x1b" not in text:
        return ((_CONTROL.sub("", text), ""),)
    pen, pieces, start = _Pen(), list[Piece](), 0
    for match in _ESCAPE.finditer(text):
        _put(pieces, text[start : match.start()], pen)
        start = match.end()
        given = match["sgr"]
        if given is not None and len(pieces) < MOST_PIECES:
            pen.take([int(each or 0) for each in re.split("[;:]", given)])
    _put(pieces, text[start:], pen)
    return tuple(pieces) or (("", ""),)


def _put(pieces: list[Piece], text: str, pen: _Pen) -> None:
    shown, classes = _CONTROL.sub("", text), pen.classes()
    if not shown:
        return
    if pieces and pieces[-1][1] == classes:
        pieces[-1] = (pieces[-1][0] + shown, classes)
    else:
        pieces.append((shown, classes))


def _extended(rest: list[int]) -> tuple[str, int]:
    """The name of a colour of 256 or 16 million, and how many numbers told it."""
    if rest[:1] == [5] and len(rest) > 1:
        return _of_256(rest[1]), 2
    if rest[:1] == [2] and len(rest) > 3:
        return _nearest(*(min(each, 255) for each in rest[1:4])), 4
    return "", len(rest)


def _of_256(code: int) -> str:
    if code < 16:
        return _BASIC[code % 8]
    if code >= 232:
        return ""
    red, green, blue = ((code - 16) // 36, (code - 16) // 6 % 6, (code - 16) % 6)
    return _nearest(red * 51, green * 51, blue * 51)


def _nearest(red: int, green: int, blue: int) -> str:
    """The basic colour with the same strong parts; '' for greys."""
    low, high = min(red, green, blue), max(red, green, blue)
    if high - low < 40:
        return ""
    middle = (low + high) / 2
    return _BASIC[(red > middle) + 2 * (green > middle) + 4 * (blue > middle)]
