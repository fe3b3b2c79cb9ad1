"""The facts of a run: kinds, columns, types and file names. Both wings meet here.

A run is a log of facts. A fact is one row of one long, typed table; facts are only ever added.
This module is the format's single definition: the writer, the readers and the documentation
(``site/pages/format.md``) are all made from it.

Version history of ``FORMAT``
    1   2026-11  first version
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

FORMAT = 1

MARKER = "runfolio.json"
RUNS = "runs"
PACKS = "packs"
BLOBS = "blobs"
TOMBS = "tombs"
SNAPSHOTS = "snapshots"
TMP = "tmp"
CACHE = ".runfolio"

RUN_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
JOURNAL_NAME = re.compile(r"j-(?P<writer>[0-9a-f]{12})-(?P<lo>\d{12})\.rfj")
PART_NAME = re.compile(r"p-(?P<writer>[0-9a-f]{12})-(?P<lo>\d{12})-(?P<hi>\d{12})\.parquet")
PACK_NAME = re.compile(r"c-(?P<seal>[0-9a-f]{32})\.parquet")
SNAPSHOT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
TOMB_NAME = re.compile(r"x-(?P<run>[a-z0-9][a-z0-9_-]{0,63})-(?P<writer>[0-9a-f]{12})\.parquet")


def journal_name(writer: str, lo: int) -> str:
    """Name of the journal of ``writer`` whose first fact is number ``lo``."""
    return f"j-{writer}-{lo:012d}.rfj"


def part_name(writer: str, lo: int, hi: int) -> str:
    """Name of the part that covers facts ``lo`` <= seq < ``hi`` of ``writer``."""
    return f"p-{writer}-{lo:012d}-{hi:012d}.parquet"


def pack_name(seal: str) -> str:
    """Name of the pack with this seal, 32 hex digits: the same name means the same bytes."""
    return f"c-{seal}.parquet"


def tomb_name(run_id: str, writer: str) -> str:
    """Name of the part that says that a run was purged; ``writer`` holds nothing else."""
    return f"x-{run_id}-{writer}.parquet"


@dataclass(frozen=True)
class Column:
    """One column of the facts table; ``type`` is the Arrow type's name."""

    name: str
    type: str
    null: bool
    help: str


COLUMNS: tuple[Column, ...] = (
    Column("run_id", "string", False, "The run that the fact belongs to."),
    Column(
        "writer",
        "string",
        False,
        "Who wrote it: 12 hex digits, new for every process and start (rank, worker, resume).",
    ),
    Column(
        "seq",
        "int64",
        False,
        "Number of the fact within its writer, from 0 without gaps. "
        "(writer, seq) names a fact for ever.",
    ),
    Column("time", "timestamp[us]", False, "When it was said, UTC, without a time zone."),
    Column("kind", "string", False, "What kind of fact it is; see the kinds."),
    Column("key", "string", False, "What it is about: a metric, a param, a tag, a path; or ''."),
    Column("step", "int64", True, "The step of a point; null where there is none."),
    Column("value", "double", True, "The number; null where the fact is not a number."),
    Column("text", "string", True, "The text or JSON; null where there is none."),
)


class Kind(StrEnum):
    """The kinds of facts; ``KINDS`` explains the columns of each."""

    START = "start"
    PARAM = "param"
    METRIC = "metric"
    SYSTEM = "system"
    TAG = "tag"
    UNTAG = "untag"
    NOTE = "note"
    ARTIFACT = "artifact"
    HISTOGRAM = "histogram"
    MATRIX = "matrix"
    DATASET = "dataset"
    MODEL = "model"
    USE = "use"
    OUTPUT = "output"
    END = "end"
    RENAME = "rename"
    DROP = "drop"
    UNDO = "undo"
    TRASH = "trash"
    RESTORE = "restore"
    PURGE = "purge"
    HIDDEN = "hidden"


#: Sections of ``start`` facts: the fact's key, and what its JSON text holds.
START_SECTIONS: dict[str, str] = {
    "run": "Identity, said first by each writer of a training process: name, experiment, group, "
    "parent, resumed (bool), rank, tool (runfolio's version), capture (what was switched on).",
    "host": "user, host, os, machine, cpu, cpu_count, memory_bytes, gpus (list of names), cwd.",
    "command": "argv (list, secrets masked), executable, script (path), entry (script, module, "
    "notebook, interactive).",
    "python": "version, implementation, prefix.",
    "packages": "A map of package name to version.",
    "git": "commit, branch, remote (credentials removed), dirty (bool), root, subdirectory, "
    "untracked (list of names), diff_digest (blob of the diff, null when clean or too large).",
    "source": "path, digest (blob of the script or notebook), kind (script or notebook).",
    "seed": "value, where (seed_everything or the param's name), libraries (list).",
}

KINDS: dict[Kind, str] = {
    Kind.START: "key: section; text: JSON of the section (identity and environment).",
    Kind.PARAM: "key: dotted name; text: the value as JSON; value: the number if it is one "
    "(NaN and infinities have text '\"nan\"', '\"inf\"', '\"-inf\"' beside the value).",
    Kind.METRIC: "key: name; step; value; text: exact decimal of an integer above 2^53, else null.",
    Kind.SYSTEM: "key: name such as cpu.percent; value; machine metrics sampled in the background.",
    Kind.TAG: "key: tag; text: its value, '' for a plain tag. The last fact wins.",
    Kind.UNTAG: "key: tag that is taken away.",
    Kind.NOTE: "key: name of the note ('' is the main one); text: Markdown. The last one wins.",
    Kind.ARTIFACT: "key: path inside the run, with /; step; value: bytes; text: JSON with digest "
    "(sha256; null where a reference was not read), type (file, image, figure, table, text, "
    "source, model, audio, html), media_type, caption, uri (only of a reference: where it lies, "
    "since the store does not hold it), source (where it was fetched), rows, columns, width, "
    "height.",
    Kind.HISTOGRAM: "key: name; step; text: JSON with edges (n+1 numbers) and counts (n).",
    Kind.MATRIX: "key: name; step; text: JSON with labels and rows (a confusion matrix: rows are "
    "the true labels, columns the predicted ones).",
    Kind.DATASET: "key: name; value: bytes; text: JSON with role, digest, rows, columns, schema, "
    "source, blob (digest of the stored contents, null when only described).",
    Kind.MODEL: "key: registered name; text: JSON with action, artifact (path), digest, version, "
    "alias, text. action register (or null, without a version) makes a version; alias (or null, "
    "with a version), unalias and note are about one, in the run that made it: the one with this "
    "artifact and digest, else the one with this number. A note without artifact and version is "
    "about the model. Versions are counted from 1 by (time, writer, seq) of their registration "
    "over all runs.",
    Kind.USE: "key: what the run started from: name of a model, or path of an artifact; value: "
    "bytes; text: JSON with type (model or artifact), run and path (whose, which), digest, files "
    "(how many), and for a model version (as counted then) and alias (as asked for).",
    Kind.OUTPUT: "key: stdout or stderr; step: line number; text: the line.",
    Kind.END: "key: finished, failed or killed; value: seconds by the monotonic clock; text: JSON "
    "with exit_code, exception (type, message, traceback), dropped (points lost to a full disk).",
    Kind.RENAME: "key: what is renamed (metric:NAME, run, or experiment: the run moves to it); "
    "text: the new name.",
    Kind.DROP: "key: metric; text: JSON with from and to (steps, inclusive), or all, or facts "
    "({writer: [[lo, hi], …]}: those of the metric with lo <= seq < hi) and where (how people "
    "chose them; never run again); points (how many that were). What is logged later stays.",
    Kind.UNDO: "key: WRITER:SEQ of a rename or drop, which no longer counts.",
    Kind.TRASH: "The run is in the trash from now on; text: JSON with author and reason.",
    Kind.RESTORE: "The run is out of the trash again; text: JSON with author.",
    Kind.PURGE: "The run was removed and its id is never used again: whatever else is found of it "
    "is not shown; text: JSON with author, reason, name, facts (how many went), blobs (digests "
    "that it named) and models (name, digest and time of each version that it registered, time in "
    "microseconds since 1970: they still count, so that later versions keep their numbers). Stands "
    "in a tomb, after the section author.",
    Kind.HIDDEN: "A fact that a copy for others leaves out stands there as this, with an empty key "
    "and nothing else, so that the numbers of the facts around it stay. It says nothing.",
}

#: Facts that people add later (tags, notes, corrections) carry who said it in a start fact of
#: their own writer: section "author" with user and host. Such a writer has no "run" section.
AUTHOR_SECTION = "author"
