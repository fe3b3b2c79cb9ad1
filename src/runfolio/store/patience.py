"""Trying again what a network refused, and saying in one line what went wrong in the end."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import TypeVar

from runfolio.environment.secrets import without_credentials
from runfolio.errors import RunfolioError, StoreError

T = TypeVar("T")

TRIES = 4
_FIRST_SECONDS = 0.5
_MOST_SECONDS = 8.0

#: Answers that will be the same the next time.
_LASTING = (RunfolioError, FileNotFoundError, PermissionError, FileExistsError, NotImplementedError)
_LASTING_NAMES = {
    "NoCredentialsError",
    "PartialCredentialsError",
    "ProfileNotFound",
    "TokenRetrievalError",
    "RepositoryNotFoundError",
    "GatedRepoError",
}


def timeout() -> float:
    """Seconds to wait for an answer: RUNFOLIO_TIMEOUT, else 60."""
    try:
        return max(0.1, float(os.environ.get("RUNFOLIO_TIMEOUT", "")))
    except ValueError:
        return 60.0


def patiently(call: Callable[[], T], *, tries: int = TRIES) -> T:
    """The result of ``call``, tried up to ``tries`` times with longer and longer pauses."""
    for attempt in range(tries):
        try:
            return call()
        except _LASTING:
            raise
        except Exception as error:  # what a network library may raise is no closed set
            if attempt == tries - 1 or _lasts(error):
                raise
            time.sleep(min(_FIRST_SECONDS * 2**attempt, _MOST_SECONDS))
    raise AssertionError("at least one try")


def _lasts(error: BaseException) -> bool:
    """Whether the answer will be the same the next time."""
    code = getattr(error, "code", None)
    refused = isinstance(code, int) and 400 <= code < 500 and code not in (408, 425, 429)
    return refused or type(error).__name__ in _LASTING_NAMES


def unreachable(place: str, error: BaseException) -> StoreError:
    """What to tell of a place that did not answer as it should; never with credentials."""
    reason = without_credentials(str(error) or type(error).__name__).split("\n")[0][:300]
    hint = "Try again later; what was logged is kept on this machine until then."
    if type(error).__name__ in _LASTING_NAMES or isinstance(error, PermissionError):
        hint = "Look at your credentials and at what they allow, with the provider's own tools."
    return StoreError(f"{place}: {reason.rstrip('.')}.", hint=hint)
