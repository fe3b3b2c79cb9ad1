"""What other engines need to read a store: ``runfolio sql --files`` and ``--views``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from runfolio.cli.failures import warn
from runfolio.cli.terminal import safe, say, say_json
from runfolio.errors import UsageError

if TYPE_CHECKING:
    from runfolio.cli.call import Call
    from runfolio.query.sources import Sources


def print_views(call: Call, engine: str, rest: Path | None, *, as_json: bool) -> None:
    """Print the views as plain SQL over this store's files; as JSON, a list of statements."""
    from runfolio.query.portable import script, statements
    from runfolio.query.sources import sources

    _require_free(rest)
    if as_json:
        found = sources(call.folder, rest)
        say_json(statements(call.folder, call.config, engine, found))
    else:
        say(script(call.folder, call.config, engine, rest))


def print_files(call: Call, rest: Path | None, *, as_json: bool) -> None:
    """Print the Parquet files that hold each fact once; after a tab, which facts, if not all."""
    from runfolio.query.sources import sources

    _require_free(rest)
    found = sources(call.folder, rest)
    if as_json:
        say_json(record(found))
        return
    for each in found.files:
        say(safe(str(each.path)) + (f"\t{each.where}" if each.where else ""))
    if found.missing:
        warn(f"{found.missing}.", "write them to a file: runfolio sql --files --rest rest.parquet")


def record(found: Sources) -> dict[str, Any]:
    """The files for programs."""
    return {
        "files": [
            {
                "path": str(Path(each.path).resolve()),
                "facts": each.facts,
                "where": each.where,
                "ranges": each.ranges,
            }
            for each in found.files
        ],
        "unsealed": dict(found.unsealed),
    }


def _require_free(rest: Path | None) -> None:
    """Refuse a file that could not be written, before anything is read."""
    if rest is not None and not rest.parent.is_dir():
        raise UsageError(f"There is no folder {rest.parent}.", hint=f"mkdir {rest.parent}")
    if rest is not None and rest.suffix != ".parquet":
        raise UsageError(f"{rest} must end in .parquet.", hint="--rest rest.parquet")
