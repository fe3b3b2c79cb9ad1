"""Authors and works as people write them in ``[citation]``: names, ORCID iDs, DOIs.

Ada Lovelace (0000-0002-1825-0097)      the last word is the family name, with its particles
van der Berg, Jo                        or family name first, before a comma
{The Digits Team}                       in braces: a group, which has no family name
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_ORCID = re.compile(r"(?:https?://orcid\.org/)?(\d{4}-\d{4}-\d{4}-\d{3}[\dX])")
_BEHIND = re.compile(r"^(?P<name>.*?)\s*\((?P<id>[^()]*)\)$", re.DOTALL)
_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:\s*)?(10\.\d{4,9}/[!-~]+)", re.IGNORECASE)
_SMALL: Final = """
    af al av da das de del della den der des di do dos du el la le ten ter van vom von zu zum
"""
_PARTICLES: Final = frozenset(_SMALL.split())


@dataclass(frozen=True)
class Author:
    """A person (``family``, ``given``) or a group (``family`` alone, ``group``)."""

    family: str
    given: str = ""
    orcid: str = ""
    group: bool = False
    affiliation: str = ""

    @property
    def name(self) -> str:
        """The name in the order of speech."""
        return f"{self.given} {self.family}".strip()


def author_of(text: str) -> Author:
    """The author that a text names; ValueError, with what is wrong, where it names none."""
    text = " ".join(text.split())
    orcid = ""
    if found := _BEHIND.match(text):
        orcid, text = orcid_of(found["id"]), found["name"]
    if not text.strip("{}, ") or not text.isprintable():
        raise ValueError('expected a name, e.g. "Ada Lovelace (0000-0002-1825-0097)"')
    if text.startswith("{") and text.endswith("}") and len(text) > 2:
        return Author(text[1:-1].strip(), orcid=orcid, group=True)
    if "," in text:
        family, _, given = (part.strip() for part in text.partition(","))
        if not family:
            raise ValueError("a family name stands before the comma")
        return Author(family, given, orcid)
    words = text.split(" ")
    at = len(words) - 1
    while at > 1 and words[at - 1].lower() in _PARTICLES and words[at - 1].islower():
        at -= 1
    return Author(" ".join(words[at:]), " ".join(words[:at]), orcid)


def orcid_of(text: str) -> str:
    """An ORCID iD as 0000-0000-0000-0000; ValueError where it is none.

    The last sign checks the others (ISO 7064, MOD 11-2, as orcid.org describes it).
    """
    found = _ORCID.fullmatch(text.strip())
    if not found:
        raise ValueError("in brackets stands an ORCID iD, e.g. (0000-0002-1825-0097)")
    digits = found[1].replace("-", "")
    total = 0
    for digit in digits[:-1]:
        total = (total + int(digit)) * 2
    check = (12 - total % 11) % 11
    if digits[-1] != ("X" if check == 10 else str(check)):
        raise ValueError(f"{found[1]} is no ORCID iD: its last sign does not fit the others")
    return found[1]


def doi_of(text: str) -> str:
    """A DOI as 10.…/…; ValueError where it is none."""
    found = _DOI.fullmatch(text.strip())
    if not found or set(found[1]) & set('<>"{}\\^`|'):
        raise ValueError('expected a DOI, e.g. "10.5281/zenodo.1234567"')
    return found[1]


def checked_author(value: str, base: Path) -> str:
    """The rule for ``authors``."""
    author_of(value)
    return value


def checked_doi(value: str, base: Path) -> str:
    """The rule for ``doi``."""
    return doi_of(value)
