"""What of a plan stands for itself, and can be settled once nobody touches it any more."""

from __future__ import annotations

from dataclasses import dataclass

from runfolio.store.sessions import Session


@dataclass(frozen=True)
class Standing:
    """Places, and runs and writers that have facts nowhere else.

    ``places``: directories and packs, relative to the store. ``lasting``: nothing but a change of
    these files can change what is said here. ``sum``: what it adds to the digest.
    """

    places: tuple[str, ...]
    runs: tuple[str, ...]
    sessions: tuple[Session, ...]
    lasting: bool
    sum: int


class Joined:
    """Names that belong together, directly or over others."""

    def __init__(self) -> None:
        self._over: dict[str, str] = {}

    def add(self, name: str, *others: str) -> None:
        """These belong together."""
        top = self.first(name)
        for other in others:
            self._over[self.first(other)] = top

    def first(self, name: str) -> str:
        """One name for all that belong together."""
        found = self._over.setdefault(name, name)
        while found != self._over[found]:
            found = self._over[found]
        self._over[name] = found
        return found
