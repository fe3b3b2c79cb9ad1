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


class _Size(click.ParamType):
    """The type of options such as ``--memory``."""

    name = "size"

    def convert(
        self, value: object, parameter: click.Parameter | None, context: click.Context | None
    ) -> int:
        """The number of bytes, or an error that shows how amounts are written."""
        if isinstance(value, int):
            return value
        try:
            return size(str(value))
        except ValueError:
            self.fail(f"{str(value)!r} is no size; write 500MB or 2GB.", parameter, context)


SIZE = _Size()
