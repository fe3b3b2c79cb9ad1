"""How wide a text is: for pictures that are drawn without a browser.

The widths are those of Arial and of fonts of the same measure (Liberation Sans, Helvetica), in
thousandths of the font's size. What is not in the table gets the width of its kind.
"""

from __future__ import annotations

import re
import unicodedata

#: Characters of one width, by that width.
_WIDTHS = {
    191: "'",
    222: "ijl",
    260: "|",
    278: " !,./:;I[\\]ft",
    333: "()-`r",
    334: "{}",
    355: '"',
    389: "*",
    469: "^",
    500: "Jckvsxyz",
    556: "#$0123456789?L_abdeghnopqu",
    584: "+<=>~",
    611: "FTZ",
    667: "&ABEKPSVXY",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    889: "%",
    944: "W",
    1000: "…",
    1015: "@",
}
_BY_CHARACTER = {each: width for width, group in _WIDTHS.items() for each in group}
_WIDE, _OTHER = 1000, 600
_UNSAID = re.compile("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
#: Bold letters are this much wider on average.
BOLD = 1.07


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """The width of ``text`` in a font of ``size``, in the same unit."""
    total = sum(map(_thousandths, text))
    return total * size / 1000 * (BOLD if bold else 1)


def one_line(text: str) -> str:
    """``text`` on one line, without what XML cannot hold."""
    return " ".join(_UNSAID.sub(" ", text).split())


def fitted(text: str, size: float, room: float, *, bold: bool = False) -> str:
    """``text``, cut with an ellipsis where it is wider than ``room``."""
    text = one_line(text)
    if text_width(text, size, bold=bold) <= room:
        return text
    room -= text_width("…", size, bold=bold)
    while text and text_width(text, size, bold=bold) > room:
        text = text[: -max(1, len(text) // 20)]
    return f"{text.rstrip()}…"


def wrapped(text: str, size: float, room: float, lines: int, *, bold: bool = False) -> list[str]:
    """``text`` in at most so many lines; the last one is cut where there is more."""
    words = one_line(text).split()
    found: list[str] = []
    while words and len(found) < lines - 1:
        line = words.pop(0)
        while words and text_width(f"{line} {words[0]}", size, bold=bold) <= room:
            line += f" {words.pop(0)}"
        if text_width(line, size, bold=bold) > room:
            words.insert(0, line)
            break
        found.append(line)
    rest = fitted(" ".join(words), size, room, bold=bold)
    return [*found, rest] if rest else found


def _thousandths(character: str) -> int:
    known = _BY_CHARACTER.get(character)
    if known is not None:
        return known
    if unicodedata.combining(character) or unicodedata.category(character) == "Cf":
        return 0
    plain = unicodedata.normalize("NFD", character)[0]
    if plain in _BY_CHARACTER:
        return _BY_CHARACTER[plain]
    return _WIDE if unicodedata.east_asian_width(character) in "WF" else _OTHER
