"""Shares of an index that were computed apart: written to a folder, and taken into a store's index.

Machines that see the same disk need none of this: each computes its share (``refresh`` with
``shard``) into the store's own index. Jobs that share no disk leave theirs in a folder that travels
as it likes; ``bring_in`` believes a file only if it is, byte for byte, the one that was written.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runfolio.errors import RunfolioError, StoreError, UsageError
from runfolio.query.segment import remove, segment_version
from runfolio.query.shelf import Shelf

if TYPE_CHECKING:
    from runfolio.store.folder import Folder


def shard_of(text: str) -> tuple[int, int]:
    """``"3/8"``, the third of eight shares, as ``refresh`` wants it: (2, 8)."""
    first, slash, last = text.partition("/")
    if slash and first.isdecimal() and last.isdecimal() and 1 <= int(first) <= int(last):
        return int(first) - 1, int(last)
    raise UsageError(
        f"{text!r} is no share.", hint="Shares are counted from one: --shard 1/8 to --shard 8/8"
    )


def take_out(folder: Folder, out: Path) -> int:
    """Copy what the store's index holds to the folder ``out``; how many runs those are."""
    found = _shelf(folder).segments()
    out.mkdir(parents=True, exist_ok=True)
    for segment in found:
        target = out / segment.path.name
        shutil.copyfile(segment.path, target)
        note = {
            "version": segment_version(),
            "digest": _digest(target),
            "rows": segment.rows,
            "runs": dict(segment.runs),
        }
        target.with_suffix(".json").write_text(json.dumps(note), encoding="utf-8")
    return len({run_id for segment in found for run_id in segment.runs})


def bring_in(folder: Folder, homes: Sequence[Path]) -> int:
    """Take what ``take_out`` wrote to these folders into the store's index; how many runs.

    RunfolioError if a file is damaged or of another version; then nothing is taken.
    """
    shelf = _shelf(folder)
    copies: list[tuple[Path, dict[str, Any]]] = []
    try:
        for home in homes:
            if not home.is_dir():
                raise UsageError(f"There is no folder {home}.")
            for note in sorted(home.glob("seg-*.json")):
                content = _noted(note)
                temp = shelf.temp()
                copies.append((temp, content))
                try:
                    shutil.copyfile(note.with_suffix(".duckdb"), temp)
                except FileNotFoundError:
                    raise _refused(note, "it is missing") from None
                if _digest(temp) != content["digest"]:
                    raise _refused(note, "it is not whole")
    except BaseException:
        for temp, _ in copies:
            remove(temp)
        raise
    for temp, content in copies:
        shelf.add(temp, content["runs"], content["rows"])
    return len({run_id for _, content in copies for run_id in content["runs"]})


def _noted(note: Path) -> dict[str, Any]:
    """What a note says of the file beside it."""
    try:
        found = json.loads(note.read_bytes())
        content = {name: found[name] for name in ("version", "digest", "rows", "runs")}
    except (ValueError, TypeError, LookupError):
        raise _refused(note, "it was not written with --out") from None
    if content["version"] != segment_version():
        raise _refused(note, "another version of runfolio or DuckDB computed it")
    return content


def _refused(note: Path, reason: str) -> RunfolioError:
    return RunfolioError(
        f"{note.with_suffix('.duckdb')} cannot be taken into the index: {reason}.",
        hint="Compute that share again: runfolio index --shard I/N --out DIR",
    )


def _shelf(folder: Folder) -> Shelf:
    found = Shelf.of(folder)
    if found is None:
        raise StoreError(f"There is no folder that an index of {folder.path} can be written to.")
    return found


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
