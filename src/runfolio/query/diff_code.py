"""How the code of two runs differs, from what they kept: commits, changes, scripts.

A run keeps its uncommitted changes as a diff against its commit. Two such diffs are compared file
by file, so that only what one run had and the other had not is shown.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from runfolio.errors import RunfolioError
from runfolio.query.diff import Patch
from runfolio.store.blobs import open_blob
from runfolio.store.folder import Folder

#: Texts whose differing middle has more lines are not compared: it could take minutes.
MOST_LINES = 5000
_BYTES = 4 << 20
_FILE = re.compile(r"^diff --git (?:a/(?P<old>.*) b/)?(?P<new>.*)$")
Environment = Mapping[str, Mapping[str, Any]]


def patches(
    folders: tuple[Folder, Folder],
    environments: tuple[Environment, Environment],
    labels: tuple[str, str],
) -> tuple[Patch, ...]:
    """What differs in the code: the commits, the kept scripts, and the uncommitted changes."""
    gits = (environments[0].get("git", {}), environments[1].get("git", {}))
    sources = (environments[0].get("source", {}), environments[1].get("source", {}))
    script, covered = _script(folders, sources, labels)
    found = [_commits(gits), script, *_changes(folders, gits, labels, covered)]
    return tuple(patch for patch in found if patch is not None)


def _commits(gits: tuple[Mapping[str, Any], Mapping[str, Any]]) -> Patch | None:
    first, second = (str(git.get("commit") or "") for git in gits)
    if first == second or not (_is_commit(first) and _is_commit(second)):
        return None
    return Patch("commits", note=f"git diff {first[:12]} {second[:12]}")


def _is_commit(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9a-f]{7,64}", text))


def _script(
    folders: tuple[Folder, Folder],
    sources: tuple[Mapping[str, Any], Mapping[str, Any]],
    labels: tuple[str, str],
) -> tuple[Patch | None, str]:
    """The difference of the two kept scripts, and the path that it tells of."""
    digests = (sources[0].get("digest"), sources[1].get("digest"))
    paths = [str(source.get("path") or "script") for source in sources]
    if digests[0] == digests[1] or None in digests:
        return None, ""
    texts = [_kept(folder, digest) for folder, digest in zip(folders, digests, strict=True)]
    title = paths[1].rpartition("/")[2]
    if texts[0] is None or texts[1] is None:
        return Patch(title, note="The scripts differ; the store has lost a copy."), ""
    return _compared(title, texts[0], texts[1], labels), paths[1]


def _changes(
    folders: tuple[Folder, Folder],
    gits: tuple[Mapping[str, Any], Mapping[str, Any]],
    labels: tuple[str, str],
    covered: str,
) -> list[Patch]:
    """The files whose uncommitted changes differ; ``covered`` is told of already."""
    digests = (gits[0].get("diff_digest"), gits[1].get("diff_digest"))
    if digests[0] == digests[1] and digests[0] is not None:
        return []
    texts: list[str] = []
    for folder, git, digest, label in zip(folders, gits, digests, labels, strict=True):
        text = _kept(folder, digest) if digest else ""
        if text is None or (git.get("dirty") and not digest):
            return [Patch("uncommitted changes", note=f"Those of {label} were not kept.")]
        texts.append(text)
    before, after = (_files(text) for text in texts)
    found = []
    for path in sorted({*before, *after}):
        one, other = before.get(path), after.get(path)
        if one == other or (covered and f"/{covered}".endswith(f"/{path}")):
            continue
        if one is None or other is None:
            label = labels[1] if one is None else labels[0]
            found.append(Patch(f"{path} (changed only in {label})", _body(one or other or ())))
        else:
            lines = ("\n".join(_body(one)), "\n".join(_body(other)))
            found.append(_compared(f"changes to {path}", *lines, labels))
    return found


def _files(diff: str) -> dict[str, tuple[str, ...]]:
    """The lines of a git diff by file."""
    files: dict[str, list[str]] = {}
    current: list[str] = []
    for line in diff.split("\n"):
        if found := _FILE.match(line):
            current = files.setdefault(found["new"], [])
        else:
            current.append(line)
    return {path: tuple(lines) for path, lines in files.items()}


def _body(lines: Sequence[str]) -> tuple[str, ...]:
    """The lines of a file's diff without those that only name blobs; no empty line at the end."""
    kept = [line for line in lines if not line.startswith("index ")]
    while kept and not kept[-1]:
        kept.pop()
    return tuple(kept)


def _kept(folder: Folder, digest: Any) -> str | None:
    """The text of a blob; None where it is not there."""
    if not isinstance(digest, str):
        return None
    try:
        with open_blob(folder, digest) as file:
            return file.read(_BYTES).decode("utf-8", "replace")
    except (OSError, RunfolioError):
        return None


def _compared(title: str, before: str, after: str, labels: tuple[str, str]) -> Patch:
    """The unified diff of two texts."""
    one, other = before.splitlines(), after.splitlines()
    start, ends = _outside(one, other)
    if max(len(one), len(other)) - start - ends > MOST_LINES:
        return Patch(title, note=f"More than {MOST_LINES:,} lines lie between the differences.")
    # Lines that are equal at both ends are kept as context and take no part in the comparison.
    first = max(start - 3, 0)
    keep = max(ends - 3, 0)
    lines = list(
        difflib.unified_diff(
            one[first : len(one) - keep],
            other[first : len(other) - keep],
            *labels,
            lineterm="",
        )
    )
    return Patch(title, tuple(_moved(line, first) for line in lines))


def _outside(one: Sequence[str], other: Sequence[str]) -> tuple[int, int]:
    """How many lines are equal at the beginning, and how many at the end."""
    most = min(len(one), len(other))
    start = next((i for i in range(most) if one[i] != other[i]), most)
    ends = next((i for i in range(most - start) if one[-1 - i] != other[-1 - i]), most - start)
    return start, ends


_HUNK = re.compile(r"^@@ -(\d+)(,\d+)? \+(\d+)(,\d+)? @@")


def _moved(line: str, by: int) -> str:
    """A line of a diff; the line numbers of a hunk's head count from the text's beginning."""
    found = _HUNK.match(line) if by else None
    if not found:
        return line
    one, other = int(found[1]) + by, int(found[3]) + by
    return f"@@ -{one}{found[2] or ''} +{other}{found[4] or ''} @@"
