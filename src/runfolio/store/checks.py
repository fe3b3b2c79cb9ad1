"""What can be wrong with each file of a store beyond what a reader meets by itself."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from runfolio import schema
from runfolio.store.folder import Folder
from runfolio.store.footers import PartError
from runfolio.store.journal import Journal, NewerJournalError, read_journal
from runfolio.store.listing import relative_name, run_of
from runfolio.store.names import is_conflict
from runfolio.store.packs import Pack
from runfolio.store.parts import read_part
from runfolio.store.problem import Problem
from runfolio.store.record import all_records

if TYPE_CHECKING:
    import pyarrow as pa

_PERHAPS = "Nothing, unless another problem names missing facts of this run."


def marker(folder: Folder) -> Iterator[Problem]:
    """A marker that does not say which store it is; readers need only its format."""
    path = folder.path / schema.MARKER
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return  # such a store cannot be opened at all
    store_id = str(content.get("store", ""))
    if len(store_id) != 16 or set(store_id) - set("0123456789abcdef"):
        yield Problem(
            "marker-damaged",
            relative_name(folder, path),
            None,
            f"The store's id is {store_id!r:.80}, which is none: 16 hex digits.",
            "Nothing: no fact needs it.",
        )


def parts(folder: Folder, paths: Iterable[Path]) -> Iterator[Problem]:
    """Damage of parts and tombs, also where a larger file has their facts; rows out of order."""
    for path in paths:
        run_id = run_of(path) if path.parent.parent == folder.runs else None
        try:
            read_part(path)
        except PartError as error:
            yield _unused(folder, path, run_id, error)
        except OSError as error:
            yield unreadable(folder, path, run_id, error)


def packs(folder: Folder, paths: Iterable[Path]) -> Iterator[Problem]:
    """Damage of packs: every byte is looked at, and every row stands where the footer says."""
    for path in paths:
        try:
            with Pack.open(path) as pack:
                if pack.check():
                    raise PartError("part-damaged", "its bytes are not those that were sealed")
                for writer, ranges in pack.footer.coverage.items():
                    for lo, hi in ranges:
                        for table in pack.facts(writer, lo, hi):
                            _check_rising(table, writer)
        except PartError as error:
            yield _unused(folder, path, None, error)
        except OSError as error:
            yield unreadable(folder, path, None, error)


def _unused(folder: Folder, path: Path, run_id: str | None, error: PartError) -> Problem:
    name, message = relative_name(folder, path), f"The file is not used: {error}."
    return Problem(error.code, name, run_id, message, _PERHAPS)


def _check_rising(table: pa.Table, writer: str) -> None:
    """PartError unless all rows are the writer's, and their numbers rise."""
    import pyarrow.compute as pc

    writers, seqs = table.column("writer"), table.column("seq")
    if writers[0].as_py() != writer or not pc.all(pc.equal(writers, writers[0])).as_py():
        raise PartError("part-order", "it holds facts of a writer that its footer does not name")
    rising = pc.all(pc.less(seqs.slice(0, len(seqs) - 1), seqs.slice(1))).as_py()
    if rising is False:
        raise PartError("part-order", "its facts are not in the order of their numbers")


def journals(folder: Folder, paths: Iterable[Path], read: list[Journal]) -> Iterator[Problem]:
    """Damage of journals, also of those whose facts are in parts; ``read`` takes them all."""
    for path in paths:
        try:
            journal = read_journal(path)
        except NewerJournalError:
            continue  # the snapshot has said so
        except OSError as error:
            yield unreadable(folder, path, run_of(path), error)
            continue
        read.append(journal)
        if journal.damage:
            yield Problem(
                "journal-damaged",
                relative_name(folder, path),
                journal.run_id,
                f"{'; '.join(journal.damage[:3])}.",
                _PERHAPS,
            )


def chains(folder: Folder, read: Iterable[Journal]) -> Iterator[Problem]:
    """Journals of one writer that name different runs: a writer belongs to one run for ever."""
    by_writer: dict[str, list[Journal]] = {}
    for journal in read:
        by_writer.setdefault(journal.writer, []).append(journal)
    for found in by_writer.values():
        for first, second in pairwise(sorted(found, key=lambda journal: journal.lo)):
            if first.run_id != second.run_id:
                message = f"Its writer also wrote for the run {first.run_id!r}."
                yield Problem(
                    "writer-in-two-runs",
                    relative_name(folder, second.path),
                    second.run_id,
                    message,
                    "Facts may be shown in the wrong one of the two runs.",
                )


def records(folder: Folder) -> Iterator[Problem]:
    """Records of snapshots that cannot be read."""
    for problem in all_records(folder)[1]:
        path, _, message = problem.partition(": ")
        cost = "The snapshot is not shown; a copy of the store may have its record."
        yield Problem("snapshot-damaged", path, None, message, cost)


def conflicts(folder: Folder, unknown: Iterable[Path]) -> Iterator[Problem]:
    """Files that a merge kept beside others of their names."""
    for path in unknown:
        if is_conflict(path.name):
            first = path.name.rpartition(".conflict-")[0]
            message = f"Another store had other contents under the name {first}; this is its file."
            cost = "Nothing: both are kept, but what stands only in this one is not shown."
            yield Problem("conflict", relative_name(folder, path), run_of(path), message, cost)


def purged_remains(folder: Folder, purged: Iterable[str]) -> Iterator[Problem]:
    """Files of purged runs that are there, or came back with a copy."""
    for run_id in sorted(purged):
        home = folder.run_dir(run_id)
        if home.is_dir() and any(home.iterdir()):
            yield Problem(
                "purged-remains",
                relative_name(folder, home),
                run_id,
                "The run was purged, and files of it are here; no command shows them.",
                f"Nothing. Remove them for good: runfolio purge {run_id} --yes",
            )


def unreadable(folder: Folder, path: Path, run_id: str | None, error: OSError) -> Problem:
    """The problem of a file that the system does not let us read."""
    message = f"It cannot be read: {error.strerror or error}."
    return Problem("file-unreadable", relative_name(folder, path), run_id, message, "Its contents.")
