"""What a publish is asked for beside the configuration."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runfolio.errors import UsageError


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
    no_cname: bool
    options: Mapping[str, Any]

    @classmethod
    def of(cls, **given: Any) -> Wanted:
        """From the flags of the command; those that were given count above ``[publish]``.

        UsageError for flags that would be passed over, or that contradict each other.
        """
        _require_fitting(given)
        if given.pop("no_history"):
            given["history"] = 1
        own = {field.name: given.pop(field.name) for field in dataclasses.fields(cls)[:-1]}
        return cls(**own, options={key: each for key, each in given.items() if each is not None})


#: What only a branch has, by the name of its flag.
_OF_BRANCH = {
    "remote": "--remote",
    "branch": "--branch",
    "dest": "--dest",
    "history": "--keep-history",
    "no_history": "--no-history",
    "cname": "--cname",
    "no_cname": "--no-cname",
    "adopt": "--adopt",
}
_TWICE = (("history", "no_history"), ("cname", "no_cname"))


def _require_fitting(given: Mapping[str, Any]) -> None:
    asked = [flag for name, flag in _OF_BRANCH.items() if given[name] not in (None, False)]
    place = "--to" if given["to"] else "--single-file" if given["single_file"] else ""
    if place and asked:
        raise UsageError(
            f"{asked[0]} is about a branch, and {place} publishes to none.",
            hint=f"Leave out {place} or {', '.join(asked)}.",
        )
    for one, other in _TWICE:
        if given[one] is not None and given[other]:
            flags = f"{_OF_BRANCH[one]} and {_OF_BRANCH[other]}"
            raise UsageError(f"{flags} contradict each other.", hint="Give one of them.")
    if given["wait"] and place:
        raise UsageError(
            f"--wait asks the address of a branch, and {place} publishes to none.",
            hint="What was written is there when the command ends.",
        )
    if given["wait"] and given["dry_run"]:
        raise UsageError(
            "--wait has nothing to wait for: --dry-run publishes nothing.",
            hint="Give one of them.",
        )
