"""Reads whatever bytes it is given, within bounds of memory and time; answers how it went.

Each request is a length (4 bytes) and so many bytes, of which the first says what they are meant to
be: a journal, a part, a pack or a header. The answer is a line: "read N", or the class of the error
that a reader meets. A crash, a hang or too much memory is the end of this process.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from pathlib import Path

import pyarrow.compute
import pyarrow.parquet  # noqa: F401  before the bound is set

from runfolio.store import frames
from runfolio.store.footers import PartError
from runfolio.store.journal import NewerJournalError, parse_journal
from runfolio.store.packs import Pack
from runfolio.store.parts import parse_part, read_footer, table_of

MEMORY = 400 << 20
SECONDS = 10
JOURNAL = Path("runs/r1/j-0123456789ab-000000000000.rfj")


def journal(data: bytes) -> int:
    """Facts of a journal; a frame is given its right checksum so that more than CRCs is tried."""
    read = parse_journal(JOURNAL, data)
    return table_of(read.run_id, read.writer, read.rows).num_rows


def part(data: bytes) -> int:
    """Facts of a part."""
    return parse_part(data)[1].num_rows


def pack(data: bytes) -> int:
    """Facts of a pack, run by run."""
    path = Path(os.environ["FUZZ_PLACE"]) / "c-00000000000000000000000000000000.parquet"
    path.write_bytes(data)
    read_footer(path)
    with Pack.open(path) as opened:
        return sum(opened.run(run_id).num_rows for run_id in opened.runs())


def header(data: bytes) -> int:
    """1 if the bytes begin with a header."""
    return int(frames.read_header(data) is not None)


READERS = {b"j": journal, b"p": part, b"c": pack, b"h": header}


def answer(data: bytes) -> str:
    """How reading went."""
    try:
        return f"read {READERS[data[:1]](data[1:])}"
    except (PartError, NewerJournalError) as error:
        return type(error).__name__


def main() -> None:
    held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + MEMORY, held + MEMORY))
    stdin = sys.stdin.buffer
    while head := stdin.read(4):
        data = stdin.read(int.from_bytes(head, "little"))
        signal.alarm(SECONDS)
        print(answer(data), flush=True)
        signal.alarm(0)


if __name__ == "__main__":
    main()
