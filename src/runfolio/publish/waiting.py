"""Waiting until a site is really there: its manifest at the address is the one that left."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

_FIRST_SECONDS, _LONGEST_SECONDS, _ASK_SECONDS = 2.0, 20.0, 15.0


def wait_for(
    address: str,
    manifest: bytes,
    seconds: float = 600.0,
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[str]:
    """Ask for the manifest below ``address`` until it equals ``manifest``.

    Yields what came each time ("404", "an older site", …); ends when it is there. TimeoutError
    after ``seconds``.
    """
    from runfolio.publish.tree import MANIFEST

    end = clock() + seconds
    pause = _FIRST_SECONDS
    while True:
        answer = _ask(f"{address}{MANIFEST}?{int(clock() * 1000)}", manifest)
        if answer is None:
            return
        yield answer
        if clock() + pause > end:
            raise TimeoutError(answer)
        sleep(pause)
        pause = min(pause * 1.4, _LONGEST_SECONDS)


def _ask(url: str, manifest: bytes) -> str | None:
    """None if the wanted manifest is there, else what is there instead."""
    request = urllib.request.Request(url, headers={"Cache-Control": "no-cache"})
    try:
        with urllib.request.urlopen(request, timeout=_ASK_SECONDS) as answer:
            found = answer.read(len(manifest) + 1)
    except urllib.error.HTTPError as error:
        return f"{error.code}"
    except OSError as error:
        return f"no answer ({getattr(error, 'reason', error)})"
    return None if found == manifest else "an older site"
