"""What the files of a store are called, seen from its root: the only names that are ever copied.

Listings of other stores, buckets and web servers are written by strangers. A name that is not one
of these is never joined to a path.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from runfolio import schema
from runfolio.store.folder import is_run_id
from runfolio.store.record import is_record

Sort = Literal["tomb", "blob", "pack", "part", "journal", "snapshot"]

#: The list of files that ``push`` leaves for readers over https, whose servers do not list.
FILE_LIST = "runfolio-files.json"

_BLOB = re.compile(r"[0-9a-f]{64}")
_CONFLICT = re.compile(r".+\.conflict-[0-9a-f]{16}")


@dataclass(frozen=True)
class Name:
    """A file of a store: ``text`` is its path from the root, with /.

    ``run_id`` is '' for packs, blobs and snapshots; ``lo`` and ``hi`` are what a part or journal
    says it covers (``hi`` is 0 for a journal, whose name does not tell).
    """

    text: str
    sort: Sort
    run_id: str = ""
    writer: str = ""
    lo: int = 0
    hi: int = 0

    @property
    def file(self) -> str:
        """The last part of the path."""
        return self.text.rpartition("/")[2]


def name_of(text: str) -> Name | None:
    """The name if ``text`` is the path of a file of a store, else None."""
    match text.split("/"):
        case [schema.RUNS, run_id, file] if is_run_id(run_id):
            return _in_run(text, run_id, file)
        case [schema.PACKS, file] if schema.PACK_NAME.fullmatch(file):
            return Name(text, "pack")
        case [schema.TOMBS, file] if found := schema.TOMB_NAME.fullmatch(file):
            return Name(text, "tomb", found["run"], found["writer"])
        case [schema.SNAPSHOTS, file] if is_record(file):
            return Name(text, "snapshot")
        case [schema.BLOBS, home, file] if _BLOB.fullmatch(file) and home == file[:2]:
            return Name(text, "blob")
    return None


def _in_run(text: str, run_id: str, file: str) -> Name | None:
    if found := schema.PART_NAME.fullmatch(file):
        return Name(text, "part", run_id, found["writer"], int(found["lo"]), int(found["hi"]))
    if found := schema.JOURNAL_NAME.fullmatch(file):
        return Name(text, "journal", run_id, found["writer"], int(found["lo"]))
    return None


def conflict_name(file: str, digest: str) -> str:
    """What the second of two files of one name is called: no reader takes it for a fact's file."""
    return f"{file}.conflict-{digest[:16]}"


def is_conflict(file: str) -> bool:
    """Whether a file was kept beside another of its name."""
    return _CONFLICT.fullmatch(file) is not None
