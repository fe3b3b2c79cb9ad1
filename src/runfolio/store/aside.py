"""Files that a repair or a merge set aside as ``.broken``: what is lost with them, if anything.

A broken file whose facts or contents are elsewhere by now costs nothing. One whose are not stays a
problem for as long as it lies there, so that a repair never makes a loss look like health.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from runfolio import schema
from runfolio.store.coverage import Ranges, count, minus, spell, union
from runfolio.store.folder import Folder
from runfolio.store.footers import PartError
from runfolio.store.journal import Journal
from runfolio.store.listing import BROKEN, Listing, relative_name, run_of
from runfolio.store.parts import peek_footer, read_footer
from runfolio.store.problem import Problem

_NOTE = "A broken file that was set aside; nothing reads it."
_ADVICE = "Nothing is lost with it: what it held is elsewhere. Remove it when you like."
_CURE = "Bring a good copy back under its old name, or remove the file to accept the loss."


def broken_files(
    folder: Folder, listing: Listing, read: Iterable[Journal]
) -> Iterator[tuple[bool, Problem]]:
    """Each file that was set aside: whether something is lost with it, and what."""
    aside = [listing.path(spot) for spot, _ in listing.aside]
    if not aside:
        return
    held = _held(listing, read)
    for path in aside:
        lost = _lost(path, held)
        name = relative_name(folder, path)
        run_id = run_of(path) if path.parent.parent == folder.runs else None
        if lost:
            message = "A broken file that was set aside, and what it held is in no good file."
            yield True, Problem("set-aside", name, run_id, message, f"{lost} {_CURE}")
        else:
            yield False, Problem("set-aside", name, run_id, _NOTE, _ADVICE)


def _held(listing: Listing, read: Iterable[Journal]) -> dict[str, Ranges]:
    """The facts that good files hold, by writer."""
    spans: dict[str, list[tuple[int, int]]] = {}
    for path in (*listing.packs, *listing.parts, *listing.tombs):
        with contextlib.suppress(PartError, OSError):
            for writer, ranges in read_footer(path).coverage.items():
                spans.setdefault(writer, []).extend(ranges)
    for journal in read:
        spans.setdefault(journal.writer, []).extend(journal.ranges)
    return {writer: union(found) for writer, found in spans.items()}


def _lost(path: Path, held: Mapping[str, Ranges]) -> str:
    """What is lost with the file, '' for nothing."""
    match = BROKEN.fullmatch(path.name)
    name = match["name"] if match else ""
    if part := schema.PART_NAME.fullmatch(name):
        return _facts({part["writer"]: ((int(part["lo"]), int(part["hi"])),)}, held)
    if schema.PACK_NAME.fullmatch(name) or schema.TOMB_NAME.fullmatch(name):
        if _is_good(path.with_name(name)):
            return ""
        try:
            return _facts(peek_footer(path).coverage, held)
        except (PartError, OSError):
            return "Nobody can say which facts: its own list of them is broken, too."
    return ""  # a journal is set aside only when parts hold all that can be read of it


def _is_good(path: Path) -> bool:
    """Whether a good file is back under the old name."""
    try:
        read_footer(path)
    except (PartError, OSError):
        return False
    return True


def _facts(coverage: Mapping[str, Ranges], held: Mapping[str, Ranges]) -> str:
    missing = {writer: minus(ranges, held.get(writer, ())) for writer, ranges in coverage.items()}
    missing = {writer: ranges for writer, ranges in missing.items() if ranges}
    number = sum(map(count, missing.values()))
    if not number:
        return ""
    writer, ranges = next(iter(missing.items()))
    of = f"{spell(ranges)[:80]} of writer {writer}"
    more = f" and {len(missing) - 1:,} more writers" if len(missing) > 1 else ""
    return f"{number:,} fact{'s' * (number != 1)} ({of}{more})."
