"""Sealing: the facts of an ended journal become a part. Also the helper process that does it.

    python -m runfolio.store.seal STORE JOURNAL…

The journal stays; ``store.clean`` removes it when a part has covered it for ten minutes.
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path

from runfolio import schema
from runfolio.store import files, parts
from runfolio.store.coverage import count
from runfolio.store.folder import Folder
from runfolio.store.journal import Journal, read_journal
from runfolio.store.status import this_process


def seal_journal(folder: Folder, path: Path, *, dead: bool = False) -> Path | None:
    """Seal the journal at ``path``; the part's path, None if it holds no facts.

    ``dead``: the writer is known to be dead, and the part says so.
    A part that is there already is verified and kept. OSError or PartError if it cannot be made.
    """
    journal = read_journal(path)
    if not journal.rows:
        return None
    lo, hi = journal.ranges[0][0], journal.ranges[-1][1]
    target = path.with_name(schema.part_name(journal.writer, lo, hi))
    table = parts.table_of(journal.run_id, journal.writer, journal.rows)
    footer = footer_of(journal, parts.digest_of(table), dead=dead)
    if target.exists():
        with contextlib.suppress(parts.PartError):
            if parts.read_part(target)[0].digest == footer.digest:
                return target
    parts.write_part(table, footer, target, temp_for(folder, target.name))
    return target


def footer_of(journal: Journal, digest: str, *, dead: bool = False) -> parts.Footer:
    """The footer of the part that a journal becomes."""
    writer = journal.writer
    ends = {writer: "closed"} if journal.end is not None and journal.end.closed else {}
    if dead:
        ends[writer] = "dead"
    return parts.Footer(
        coverage={writer: journal.ranges},
        runs={writer: journal.run_id},
        ends=ends,
        seen={writer: journal.last // 1000},
        rows=count(journal.ranges),
        digest=digest,
    )


def temp_for(folder: Folder, name: str) -> Path:
    """Where this process makes ``name``; the path says whose it is, for ``store.clean``."""
    mark = this_process()
    return files.temp_path(folder.tmp, name, f"{mark.boot}-{mark.pid}-{mark.start}")


def main(arguments: list[str]) -> int:
    """Seal the given journals, and remove those of their run that were sealed long ago.

    Returns 1 if one of them failed.
    """
    from runfolio.store.clean import clean

    folder = Folder.planned(arguments[0])
    failed = 0
    for path in arguments[1:]:
        try:
            seal_journal(folder, Path(path))
        except Exception:  # the journal stays and is sealed later
            failed = 1
    for run_id in {Path(path).parent.name for path in arguments[1:]}:
        clean(folder, run_id=run_id)
    return failed


if __name__ == "__main__":
    if hasattr(os, "nice"):  # out of the way of the training process
        with contextlib.suppress(OSError):
            os.nice(10)
    sys.exit(main(sys.argv[1:]))
