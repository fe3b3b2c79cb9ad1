"""What a publish is asked for beside the configuration."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Wanted:
    """What the command line asks for beside the configuration."""

    to: str
    single_file: str
    side_files: bool | None
    opens: str
    password_env: str
    adopt: bool
    dry_run: bool
    wait: bool
    yes: bool
    as_json: bool
    allow: tuple[str, ...]
    options: Mapping[str, Any]

    @classmethod
    def of(cls, **given: Any) -> Wanted:
        """From the flags of the command; those that were given count above ``[publish]``."""
        if given.pop("no_history"):
            given["history"] = 1
        own = {field.name: given.pop(field.name) for field in dataclasses.fields(cls)[:-1]}
        return cls(**own, options={key: each for key, each in given.items() if each is not None})
