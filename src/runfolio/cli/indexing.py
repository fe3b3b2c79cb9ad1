"""Refresh the index and tell what was new: ``runfolio index``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runfolio.cli.terminal import say, say_json
from runfolio.errors import DamagedStoreError
from runfolio.site.numbers import format_bytes

if TYPE_CHECKING:
    from runfolio.cli.call import Call
    from runfolio.query.index import Indexed


def index_store(call: Call, *, rebuild: bool, as_json: bool) -> None:
    """Bring the index up to date, and print what it holds and what was new."""
    from runfolio.query.index import refresh

    tell(refresh(call.folder, rebuild=rebuild), as_json=as_json)


def tell(done: Indexed, *, as_json: bool) -> None:
    """Print what the index holds and what was done for it."""
    if as_json:
        say_json(
            {
                "runs": done.runs,
                "new": done.new,
                "segments": len(done.layers),
                "bytes": done.bytes,
                "seconds": done.seconds,
                "folder": done.shelf,
            }
        )
    else:
        say(summary(done))


def summary(done: Indexed) -> str:
    """One line: what the index holds, and what was done for it."""
    runs = f"{done.runs:,} run{'' if done.runs == 1 else 's'}"
    if done.shelf is None:
        return f"{runs}; there is no folder that an index can be written to."
    news = f"{done.new:,} new" if done.new else "nothing new"
    return f"{runs} ({news}), {format_bytes(done.bytes)} in {done.seconds:.1f} s"


def check_store(call: Call, *, as_json: bool) -> None:
    """Compare the index with the store itself; DamagedStoreError if they differ."""
    from runfolio.query.index_check import check_index

    done = check_index(call.folder)
    if as_json:
        say_json({"views": done.views, "differing": done.differing})
    elif not done.differing:
        say(f"The index says what the store says: {done.views} views are equal.")
    if done.differing:
        raise DamagedStoreError(
            f"The index differs from the store: {', '.join(done.differing)}.",
            hint="runfolio index --rebuild makes it anew.",
        )
