"""What makes a field of the configuration an option."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def about(
    help: str,
    *,
    example: str = "",
    check: str = "",
    minimum: float | None = None,
    maximum: float | None = None,
) -> Mapping[str, Any]:
    """What makes a field an option: ``example`` is TOML, ``check`` names a rule of ``values``."""
    return {
        "help": help,
        "example": example,
        "check": check,
        "minimum": minimum,
        "maximum": maximum,
    }
