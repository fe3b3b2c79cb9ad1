"""Texts to words for search, the same here and in ``search-words.js`` (a shared table tests both).

Letters lose case, accents and width (NFKD, marks dropped), so that ``Ångström`` is found by
``angstrom``. A number stays whole (``0.001``). Chinese and Japanese have no spaces: a stretch of
them is told as its pairs of letters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

LONGEST_WORD = 40
LONGEST_PAIR = 80

_TOKEN = re.compile(r"[0-9]+(?:\.[0-9]+)*(?:e[+-]?[0-9]+)?(?![^\W_])|[^\W_]+")
_UNSPACED = re.compile(
    "([\u2e80-\u2fff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]+)"
)
#: Letters that NFKD leaves as they are and that people type otherwise.
_PLAIN = str.maketrans(
    {
        "ß": "ss",
        "æ": "ae",
        "œ": "oe",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "ħ": "h",
        "ı": "i",
        "ς": "σ",
    }
)


def folded(text: str) -> str:
    """``text`` without case, accents and width."""
    if text.isascii():
        return text.lower()
    return "".join(map(_folded, text))


@lru_cache(maxsize=4096)
def _folded(letter: str) -> str:
    """One code point, by itself: what stands around it never matters."""
    parts = (
        part.lower()
        for part in unicodedata.normalize("NFKD", letter)
        if not unicodedata.category(part).startswith("M")
    )
    return "".join(parts).translate(_PLAIN)


@lru_cache(maxsize=65536)
def words_of(text: str, *, asked: bool = False) -> tuple[str, ...]:
    """The words of a text; ``asked`` for a query, whose unspaced letters are only pairs."""
    found: list[str] = []
    for token in _TOKEN.findall(folded(text)):
        if token.isascii():
            found.append(token[:LONGEST_WORD])
            continue
        for part in filter(None, _UNSPACED.split(token)):
            found += _pairs(part, asked) if _UNSPACED.match(part) else [part[:LONGEST_WORD]]
    return tuple(dict.fromkeys(found))


def pair_of(key: str, value: str) -> str:
    """A param or tag with its value as one word: ``lr=0.1``."""
    text = " ".join(folded(f"{key.strip()}={value.strip()}").split())
    return text[:LONGEST_PAIR]


def place_of(word: str) -> bytes:
    """A sort key in the order in which scripts compare texts (by UTF-16 units)."""
    return word.encode("utf-16-be", "surrogatepass")


def _pairs(text: str, asked: bool) -> Iterable[str]:
    pairs = [text[at : at + 2] for at in range(len(text) - 1)]
    return pairs if asked and pairs else [*pairs, text[-1]]
