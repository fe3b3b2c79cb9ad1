"""Texts in cells of CSV: which of them a spreadsheet would run."""

from __future__ import annotations

import re

#: Signs that begin a formula, as spreadsheets of some languages also take them in full width.
_SIGNS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?(inf|infinity|nan)", re.I | re.A)


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would take the text for a formula; numbers are none."""
    return text.startswith(_SIGNS) and not _NUMBER.fullmatch(text)
