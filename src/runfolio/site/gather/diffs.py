"""The uncommitted changes of a run, file by file, as far as a page has room for them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from runfolio.site.pages import DiffFile

#: Characters of all files together that a page shows, and files of which it shows anything.
PAGE_TEXT = 60_000
MOST_FILES = 200
LINE_TEXT = 500
#: A file whose changes are longer starts closed.
OPEN_LINES = 120

_GIT = re.compile(r'^diff --git "?a/(?P<old>.*?)"? "?b/(?P<new>.*?)"?$')
_HUNK = re.compile(r"^@@ -\d+(?:,(?P<old>\d+))? \+\d+(?:,(?P<new>\d+))? @@")
#: What happened to a file, and the lines of git that tell it, in the same order.
# said:
_WORDS = ("new", "deleted", "renamed", "binary", "binary")
_LINES = ("new file mode", "deleted file mode", "rename from", "GIT binary patch", "Binary files")


@lru_cache(maxsize=32)
def diff_files(text: str) -> tuple[tuple[DiffFile, ...], bool]:
    """The files of a unified diff with their lines, and whether all of it is shown."""
    found = [_file(lines) for lines in _parts(text.split("\n"))]
    room, shown = PAGE_TEXT, []
    whole = len(found) <= MOST_FILES
    for each in found[:MOST_FILES]:
        size = sum(len(line) for _, line in each.lines)
        if size > room:
            each, whole = replace(each, lines=_cut(each.lines, room), opened=False), False
        room = max(0, room - size)
        shown.append(each)
    return tuple(shown), whole


def _parts(lines: Sequence[str]) -> Iterator[list[str]]:
    """The lines of each file, from its header on."""
    part: list[str] = []
    old = new = 0  # lines of the hunk that are still to come; in one, a "---" is a line that went
    for at, line in enumerate(lines):
        inside = old > 0 or new > 0
        if line.startswith("diff --git ") or (not inside and _plain_header(part, lines, at)):
            if _tells(part):
                yield part
            part, inside, old, new = [], False, 0, 0
        part.append(line)
        if hunk := _HUNK.match(line):
            old, new = int(hunk["old"] or 1), int(hunk["new"] or 1)
        elif inside:
            old -= line[:1] in (" ", "-", "")
            new -= line[:1] in (" ", "+", "")
    if _tells(part):
        yield part


def _plain_header(part: Sequence[str], lines: Sequence[str], at: int) -> bool:
    """Whether a file begins at a ``---`` without git's own line before it."""
    if not lines[at].startswith("--- ") or not "".join(lines[at + 1 : at + 2]).startswith("+++ "):
        return False
    return not (part and part[0].startswith("diff --git ") and not _has_hunk(part))


def _has_hunk(part: Sequence[str]) -> bool:
    return any(line.startswith("@@ ") for line in part)


def _tells(part: Sequence[str]) -> bool:
    return any(line.strip() for line in part)


def _file(lines: Sequence[str]) -> DiffFile:
    """One file's part: the header read, the hunks as lines with their classes."""
    start = next((at for at, line in enumerate(lines) if line.startswith("@@ ")), len(lines))
    head, body = lines[:start], list(lines[start:])
    while body and not body[-1]:
        body.pop()
    old, new = _names(head)
    word = next(
        (
            word
            for mark, word in zip(_LINES, _WORDS, strict=True)
            for line in head
            if line.startswith(mark)
        ),
        "",
    )
    shown = tuple((_class(line), line[:LINE_TEXT]) for line in body)
    return DiffFile(
        name=new or old or "changes",
        word=word,
        was=old if old and new and old != new else "",
        added=sum(kind == "add" for kind, _ in shown),
        cut=sum(kind == "cut" for kind, _ in shown),
        lines=shown,
        opened=len(shown) <= OPEN_LINES,
    )


def _names(head: Sequence[str]) -> tuple[str, str]:
    """The old and the new name of a file; '' where there was or is none."""
    old = new = ""
    for line in head:
        if found := _GIT.match(line):
            old, new = found["old"], found["new"]
        elif line.startswith("--- "):
            old = _path(line[4:], "a/")
        elif line.startswith("+++ "):
            new = _path(line[4:], "b/")
    return old, new


def _path(text: str, prefix: str) -> str:
    path = text.partition("\t")[0].strip().strip('"')
    return "" if path == "/dev/null" else path.removeprefix(prefix)


def _class(line: str) -> str:
    if line.startswith("@@"):
        return "at"
    return {"+": "add", "-": "cut", "\\": "note"}.get(line[:1], "")


def _cut(lines: Sequence[tuple[str, str]], room: int) -> tuple[tuple[str, str], ...]:
    kept = []
    for kind, line in lines:
        room -= len(line)
        if room < 0:
            break
        kept.append((kind, line))
    return tuple(kept)
