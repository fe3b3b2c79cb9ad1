"""Sessions: one for each writer of a run, and whether it lives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from runfolio.store.journal import Glance, Journal
from runfolio.store.parts import Footer
from runfolio.store.status import STALLED_SECONDS, ProcessMark, is_gone

State = Literal["closed", "alive", "dead", "stalled"]


@dataclass(frozen=True)
class Session:
    """One writer of a run.

    ``state``: "closed" in order; "alive" as far as can be seen; "dead" for certain, without a
    close; "stalled" without a sign of life for three minutes. In a copy, for others or
    from elsewhere, a writer is alive that was so when it was copied. ``last_seen``: UTC, naive.
    """

    run_id: str
    writer: str
    state: State
    last_seen: datetime


def session_of(
    run_id: str,
    writer: str,
    footers: Sequence[Footer],
    glances: Sequence[Glance],
    journals: Sequence[Journal],
    now: float,
) -> Session:
    """The session of one writer from what its files say; ``now`` in seconds of the epoch."""
    ends = {footer.ends[writer] for footer in footers if writer in footer.ends}
    closed = [look.end.time for look in glances if look.end is not None and look.end.closed]
    state: State
    if closed or "closed" in ends:
        state = "closed"
    elif "dead" in ends:
        state = "dead"
    elif not glances and any(writer in footer.living for footer in footers):
        state = "alive"
    else:
        state = _alive(glances, now)
    return Session(run_id, writer, state, _moment(last_sign(writer, footers, glances, journals)))


def last_sign(
    writer: str, footers: Sequence[Footer], glances: Sequence[Glance], journals: Sequence[Journal]
) -> int:
    """The last sign of life of a writer that its files know of, in microseconds of the epoch."""
    seen = [footer.seen.get(writer, 0) for footer in footers]
    seen += [journal.last // 1000 for journal in journals]
    seen += [look.end.time // 1000 for look in glances if look.end and look.end.closed]
    if not any(seen):
        seen = [int(look.mtime * 1e6) for look in glances]
    return max(seen, default=0)


def _alive(glances: Sequence[Glance], now: float) -> State:
    """State of a writer that did not end in order; its last journal with a header knows best."""
    if not glances:
        return "stalled"
    headers = [look.header for look in glances if look.header is not None]
    if headers:
        last = max(headers, key=lambda header: header.lo)
        if is_gone(ProcessMark(last.pid, last.start, last.boot)):
            return "dead"
    return "alive" if now - max(look.mtime for look in glances) < STALLED_SECONDS else "stalled"


def _moment(micros: int) -> datetime:
    try:
        return datetime.fromtimestamp(micros / 1e6, UTC).replace(tzinfo=None)
    except (OverflowError, OSError, ValueError):
        return datetime(1970, 1, 1)
