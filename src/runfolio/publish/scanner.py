"""A scanner that others keep up: Kingfisher, which knows the credentials of hundreds of services.

It looks beside our own rules, at the same texts, in this process and without the network: whether
a credential still opens anything is never tried.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING, Any

from runfolio.errors import MissingPackageError, PublishError

if TYPE_CHECKING:
    from runfolio.config.publishing import ScannerWish

PACKAGE = "kingfisher-secret-scanner"
INSTALL = "pip install 'runfolio[secrets]'"


@dataclass(frozen=True)
class Hit:
    """One credential that the scanner found: its name for the rule, what it is, all of it."""

    rule: str
    what: str
    value: str


class Scanner:
    """The installed scanner; ``name`` tells which, in which version."""

    def __init__(self, version: str) -> None:
        self.name = f"{PACKAGE} {version}"

    def look(self, text: str) -> Iterator[Hit]:
        """The credentials in a text; PublishError where the scanner fails."""
        try:
            found = _engine().scan(text.encode("utf-8", "replace"))
        except Exception as error:  # a native library has errors of its own
            raise _broken(self.name, error) from error
        for each in found:
            if each.visible:
                rule = str(each.rule_id).rpartition("/")[2]
                yield Hit(rule, f"{each.rule_name} (by Kingfisher)", str(each.secret))


@cache
def _engine() -> Any:
    """The rules, compiled; the first time on a machine it takes seconds, then they are kept."""
    from kingfisher_sdk import Rules, Scanner

    # What is packed in base64 has been unpacked before it comes here.
    return Scanner(Rules(confidence="medium"), base64=False)


def open_scanner(wish: ScannerWish) -> Scanner | None:
    """The scanner as ``[publish] scanner`` wishes it; None where there is to be or is none.

    MissingPackageError where it is required and not installed.
    """
    if wish == "off":
        return None
    try:
        return Scanner(metadata.version(PACKAGE))
    except metadata.PackageNotFoundError:
        if wish == "auto":
            return None
    raise MissingPackageError(
        '[publish] scanner = "required", and the scanner is not installed.', hint=INSTALL
    )


def _broken(name: str, error: Exception) -> PublishError:
    return PublishError(
        f"The scanner {name} failed: {error}",
        hint='scanner = "off" in [publish] looks with our own rules alone.',
    )
