"""Amounts of memory as people type them: ``500MB``, ``2 GB``, ``1.5GiB``."""

from __future__ import annotations

import re

import click

_SIZE = re.compile(r"(\d+(?:\.\d+)?) *([kmgt]?)(i?)b?", re.IGNORECASE)
_STEPS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


def size(text: str) -> int:
    """The number of bytes; ValueError where the text means none.

    >>> size("1.5GB"), size("1GiB")
    (1500000000, 1073741824)
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise ValueError(text)
    step = 1024 if found[3] else 1000
    return int(float(found[1]) * step ** _STEPS[found[2].lower()])


def memory(text: str) -> int:
    """The type of options such as ``--memory``: an error shows how amounts are written."""
    try:
        return size(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is no size; write 500MB or 2GB.") from None


SIZE = memory
