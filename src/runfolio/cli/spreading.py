"""``runfolio index`` over several processes or machines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from runfolio.cli.indexing import tell
from runfolio.cli.terminal import safe, say
from runfolio.errors import UsageError

if TYPE_CHECKING:
    from runfolio.cli.call import Call


@dataclass(frozen=True)
class Spread:
    """Who computes what: the options of the command."""

    runner: str | None = None
    workers: int | None = None
    shard: str | None = None
    out: Path | None = None
    merge: tuple[Path, ...] = ()


def spread_index(call: Call, spread: Spread, *, rebuild: bool, as_json: bool) -> None:
    """Take in shares, compute what is missing or one share of it, and copy it out."""
    from runfolio.query.index import refresh
    from runfolio.query.runners import runner
    from runfolio.query.shards import bring_in, shard_of, take_out

    if rebuild and (spread.shard or spread.merge):
        raise UsageError(
            "--rebuild would throw away what other shares have computed.",
            hint="Once, before all shares: runfolio index --rebuild",
        )
    shard = shard_of(spread.shard) if spread.shard else None
    name = spread.runner or ("process" if spread.workers else None)
    workers = runner(name, spread.workers) if name else None
    if spread.merge:
        runs = bring_in(call.folder, spread.merge)
        say(f"took in {runs:,} run{'' if runs == 1 else 's'}", err=True)
    done = refresh(call.folder, runner=workers, shard=shard, rebuild=rebuild)
    tell(done, as_json=as_json)
    if spread.out:
        runs = take_out(call.folder, spread.out)
        say(f"{runs:,} run{'' if runs == 1 else 's'} copied to {safe(spread.out)}", err=True)
