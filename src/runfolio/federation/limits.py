"""What a source may cost, and the error that says that it is refused."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from runfolio.errors import RunfolioError

#: Most of one source, whatever it says of itself.
MOST_RUNS = 100_000
MOST_ROWS = 30_000_000
MOST_FILES = 200_000
MOST_TEXT = 4 * 1024 * 1024
#: Bytes that files may unfold to, for each byte that may be fetched.
UNFOLDING = 8
#: Seconds that the whole reading of a source may take, and bytes that it may have in memory.
SECONDS = 300.0
MEMORY = 4 * 1024**3


class RefusedError(RunfolioError):
    """A source is not read: which file, and why."""

    slug = "refused"

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(f"{file}: {reason}" if file else reason)


@dataclass
class Budget:
    """What is left of the bytes and seconds that a source may take."""

    bytes: int
    until: float = field(default_factory=lambda: time.monotonic() + SECONDS)

    @classmethod
    def of(cls, megabytes: int, seconds: float = SECONDS) -> Budget:
        """A fresh one."""
        return cls(megabytes * 1_000_000, time.monotonic() + seconds)

    def spend(self, file: str, count: int) -> None:
        """RefusedError when so many bytes of a file are too many."""
        self.bytes -= count
        if self.bytes < 0:
            raise RefusedError(file, "there is more than may be fetched (megabytes in [[source]])")

    def seconds(self, file: str) -> float:
        """Seconds that are left; RefusedError when none are."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise RefusedError(file, "it takes too long to come")
        return left
