"""Which clock counts: those of several machines differ, and any of them may be set back.

Order within a writer is the order in which things were said; what is said about a run later comes
after all that it said itself; how old a file is, is told by the clock of the file system it is on.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from runfolio import schema
from runfolio.store import files
from runfolio.store.folder import Folder
from runfolio.store.footers import PartError
from runfolio.store.journal import NewerJournalError, glance, read_journal
from runfolio.store.parts import peek_footer

Clock = Callable[[], int]


def never_back(clock: Clock, start: int = -(2**63)) -> Clock:
    """The same clock (ns), standing still while it would go back, and never before ``start``."""
    last = start

    def now() -> int:
        nonlocal last
        moment = clock()
        if moment < last:
            return last
        last = moment
        return moment

    return now


def store_now(cache: Path) -> float:
    """Seconds of the epoch by the clock of the store's file system.

    A probe in the store's cache folder asks it; where there is none or it cannot be written, this
    machine's clock has to do.
    """
    probe = cache / f"clock-{os.getpid()}-{secrets.token_hex(3)}"
    try:
        os.close(files.create(probe))
    except OSError:
        return time.time()
    try:
        return probe.stat().st_mtime
    except OSError:
        return time.time()
    finally:
        with contextlib.suppress(OSError):
            probe.unlink()


def last_said(folder: Folder, run_id: str) -> int:
    """The last moment (ns) that the files of a run know of; 0 if there is none."""
    last = 0
    home = folder.run_dir(run_id)
    with contextlib.suppress(OSError):
        for path in sorted(home.iterdir()):
            with contextlib.suppress(OSError, PartError, NewerJournalError):
                if schema.PART_NAME.fullmatch(path.name):
                    last = max(last, *(seen * 1000 for seen in peek_footer(path).seen.values()))
                elif schema.JOURNAL_NAME.fullmatch(path.name):
                    end = glance(path).end
                    last = max(last, end.time if end else read_journal(path).last)
    with contextlib.suppress(OSError):
        for path in sorted(folder.packs.iterdir()):
            with contextlib.suppress(OSError, PartError):
                footer = peek_footer(path)
                writers = (writer for writer, run in footer.runs.items() if run == run_id)
                last = max([last, *(footer.seen.get(writer, 0) * 1000 for writer in writers)])
    return last
