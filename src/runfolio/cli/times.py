"""Moments as people type them: ``2026-11-01``, ``2026-11-01 12:00``, ``2h``, ``3d``, ``now``."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import click

from runfolio.config.values import moment as read_moment

_AGO = re.compile(r"(\d+(?:\.\d+)?) *(s|min|h|d|w)(?: ago)?", re.IGNORECASE)
_UNITS = {"s": 1, "min": 60, "h": 3600, "d": 86400, "w": 604800}


def moment(text: str, now: datetime | None = None) -> datetime:
    """The moment in UTC without a zone; ValueError where the text means none.

    A date is its beginning; a time without a zone is UTC, as everywhere in runfolio.

    >>> moment("2026-11-01 12:00+02:00")
    datetime.datetime(2026, 11, 1, 10, 0)
    """
    now = now or datetime.now(UTC).replace(tzinfo=None)
    text = text.strip()
    if text.lower() == "now":
        return now
    if found := _AGO.fullmatch(text):
        try:
            return now - timedelta(seconds=float(found[1]) * _UNITS[found[2].lower()])
        except OverflowError:
            raise ValueError(text) from None
    return read_moment(text)


def time(text: str) -> datetime:
    """The type of options such as ``--from``: an error shows how moments are written."""
    try:
        return moment(text)
    except ValueError:
        raise click.BadParameter(
            f"{text!r} is no time; write 2026-11-01, 2026-11-01T12:00 (UTC), 2h or 3d."
        ) from None


TIME = time
