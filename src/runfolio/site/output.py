"""The one door to the output folder: collects files, writes what changed, swaps at the end.

Files go into a new folder beside the old site. A file that did not change is a hard link to the
old one, so the next publish sees it untouched. ``finish`` swaps the folders; whatever happens
before leaves the old site as it was. Nothing that a build did not write is ever removed: such
files are taken over. The manifest ``runfolio-site.json`` says what the build wrote.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol

from runfolio.errors import BuildError, UnsafeError
from runfolio.site.swap import clear_stale, sibling, swap

MANIFEST = "runfolio-site.json"
FORMAT = 1
#: Parts that no path of a site has: absolute ones, and ways out of it.
_ODD_PARTS = frozenset({"", ".", ".."})
#: Names that carry their content's hash: pages still open in a browser may ask for the old ones,
#: so the previous generation stays for one more build.
HASHED = re.compile(r"(assets|data)/.*-[0-9a-f]{10}\.(js|css)")


@dataclass(frozen=True)
class Written:
    """What a build did to the folder: counts of files, and paths with the reason."""

    files: int
    bytes: int
    written: int
    unchanged: int
    removed: int
    explain: tuple[tuple[str, str], ...]


class Sink(Protocol):
    """Where the pages and files of a build go: a folder, or a count of them.

    ``old_keys``: what the manifest of the site before says.
    """

    out: Path
    old_keys: Mapping[str, Any]

    def add(self, path: str, data: bytes) -> None:
        """Take a file."""

    def copy(self, path: str, source: Path, sha256: str) -> None:
        """Take a file that lies somewhere."""

    def __contains__(self, path: str) -> bool:
        """Whether it has a file."""

    def pages(self) -> list[str]:
        """The paths of all pages so far, in order."""

    def complete(self) -> bool:
        """Whether the site before still has all files that it was made of."""

    def totals(self) -> tuple[int, int, int, int]:
        """Of the site before: files, bytes, pages, and runs."""

    def has(self, paths: Iterable[str]) -> bool:
        """Whether the site before holds all ``paths``."""

    def reuse(self, paths: Iterable[str]) -> None:
        """Take over files of the site before."""

    def finish(self, keys: Mapping[str, Any], tool: str) -> Written:
        """Add the manifest, and put the new site in place."""


class Output:
    """A site in the making. Use it in ``with``; without ``finish`` the old site stays."""

    def __init__(self, out: Path, *, away_from: Iterable[Path] = (), force: bool = False) -> None:
        self.out = Path(os.path.realpath(out))
        refuse_unsafe(self.out, away_from)
        clear_stale(self.out)
        manifest = {} if force else read_manifest(self.out)
        self._old_files: dict[str, list[Any]] = read_manifest(self.out).get("files", {})
        self._old_kept: list[str] = read_manifest(self.out).get("kept", [])
        self.old_keys: Mapping[str, Any] = manifest.get("keys", {})
        self._files: dict[str, tuple[int, str]] = {}
        self._folded: dict[str, str] = {}
        self._explain: list[tuple[str, str]] = []
        self._counts = {"written": 0, "unchanged": 0}
        self._folders: set[str] = set()
        self.new = sibling(self.out, "new")

    def __enter__(self) -> Output:
        try:
            self.new.mkdir(parents=True)
        except OSError as error:
            raise BuildError(
                f"Cannot write beside {self.out}: {error.strerror}",
                hint="Choose another folder with --out.",
            ) from error
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        shutil.rmtree(self.new, ignore_errors=True)

    def add(self, path: str, data: bytes) -> None:
        """Write ``data`` at ``path``, or link the old file when it holds the same."""
        target = self._claim(path)
        self._files[path] = (len(data), digest(data))
        old = self.out / path
        if path in self._old_files and _size(old) == len(data) and old.read_bytes() == data:
            self._link(old, target)
            self._counts["unchanged"] += 1
            return
        Path(target).write_bytes(data)
        self._note_written(path)

    def copy(self, path: str, source: Path, sha256: str) -> None:
        """Copy a stored file to ``path``; ``sha256`` names its content and saves comparing it."""
        target = self._claim(path)
        size = source.stat().st_size
        self._files[path] = (size, sha256)
        old = self.out / path
        if self._old_files.get(path) == [size, sha256] and _size(old) == size:
            self._link(old, target)
            self._counts["unchanged"] += 1
            return
        shutil.copyfile(source, target)
        self._note_written(path)

    def discard(self, paths: Iterable[str]) -> None:
        """Take back files that this build wrote."""
        for path in paths:
            if self._files.pop(path, None) is not None:
                self._folded.pop(path.casefold(), None)
                (self.new / path).unlink(missing_ok=True)

    def __contains__(self, path: str) -> bool:
        return path in self._files

    def pages(self) -> list[str]:
        """The paths of all pages so far, in order."""
        return sorted(path for path in self._files if path.endswith(".html"))

    def complete(self) -> bool:
        """Whether the old site still has all files that it was made of."""
        return bool(self._old_files) and self.has(self._old_files)

    def totals(self) -> tuple[int, int, int, int]:
        """Of the old site: files, bytes, pages, and runs."""
        sizes = [size for size, _ in self._old_files.values()]
        pages = sum(path.endswith(".html") for path in self._old_files)
        size = sum(sizes) + max(0, _size(self.out / MANIFEST))
        return len(sizes) + 1, size, pages, len(self.old_keys.get("runs", {}))

    def has(self, paths: Iterable[str]) -> bool:
        """Whether the old site holds all ``paths`` as it wrote them (by their sizes)."""
        root = str(self.out)
        return all(
            path in self._old_files and _size(f"{root}/{path}") == self._old_files[path][0]
            for path in paths
        )

    def reuse(self, paths: Iterable[str]) -> None:
        """Take over files of the old site whose key says that they would come out the same."""
        root = str(self.out)
        for path in paths:
            target = self._claim(path)
            size, name = self._old_files[path]
            self._files[path] = (size, name)
            self._link(f"{root}/{path}", target)
            self._counts["unchanged"] += 1

    def finish(self, keys: Mapping[str, Any], tool: str) -> Written:
        """Add the manifest, take over what is not ours, and put the new site in place."""
        kept = self._keep_previous()
        removed = self._removed(kept)
        self._take_over_foreign(kept)
        manifest = {
            "format": FORMAT,
            "tool": tool,
            "files": {path: list(self._files[path]) for path in sorted(self._files)},
            "keys": dict(sorted(keys.items())),
            **({"kept": kept} if kept else {}),
        }
        text = json.dumps(manifest, sort_keys=True, separators=(",", ":")) + "\n"
        self._old_files.setdefault(MANIFEST, [])
        self.add(MANIFEST, text.encode())
        if self._counts["written"] or removed:
            swap(self.new, self.out)
        return Written(
            files=len(self._files),
            bytes=sum(size for size, _ in self._files.values()),
            written=self._counts["written"],
            unchanged=self._counts["unchanged"],
            removed=len(removed),
            explain=(*self._explain, *((path, "removed: nothing needs it") for path in removed)),
        )

    def _claim(self, path: str) -> str:
        """The file to write for ``path``; refuses odd paths and a second writer of one path."""
        if "\\" in path or not _ODD_PARTS.isdisjoint(path.split("/")):
            raise BuildError(f"A page asks for an impossible path: {path!r}")
        other = self._folded.setdefault(path.casefold(), path)
        if path in self._files or other != path:
            raise BuildError(
                f"Two pages want to be {path!r}" + (f" (and {other!r})" if other != path else ""),
                hint="Rename one of them, for example a Markdown page or a leaderboard.",
            )
        return self._place(path)

    def _place(self, path: str) -> str:
        """Where the new site has ``path``, in a folder that is there."""
        folder = path.rpartition("/")[0]
        if folder not in self._folders:
            (self.new / folder).mkdir(parents=True, exist_ok=True)
            self._folders.add(folder)
        return f"{self.new}/{path}"

    def _note_written(self, path: str) -> None:
        self._counts["written"] += 1
        self._explain.append((path, "changed" if path in self._old_files else "new"))

    def _keep_previous(self) -> list[str]:
        """Hashed files of the last build that the new one no longer names; linked over."""
        kept = []
        for path in sorted(self._old_files.keys() - self._files.keys()):
            if not HASHED.fullmatch(path):
                continue
            old = self.out / path
            if old.is_file():
                self._link(old, self._place(path))
                kept.append(path)
        return kept

    def _removed(self, kept: list[str]) -> list[str]:
        gone = {*self._old_files, *self._old_kept} - set(self._files) - set(kept) - {MANIFEST}
        return sorted(path for path in gone if (self.out / path).exists())

    def _take_over_foreign(self, kept: list[str]) -> None:
        """Bring over files of the old folder that no build wrote, such as CNAME."""
        if not self.out.is_dir():
            return
        ours = {*self._old_files, *self._old_kept, *kept, MANIFEST}
        root = str(self.out)
        for folder, names, files in os.walk(root):
            names.sort()
            inside = folder[len(root) + 1 :].replace(os.sep, "/")
            if not names and not files:  # git takes a folder without its empty refs/ for none
                (self.new / inside).mkdir(parents=True, exist_ok=True)
            links = [name for name in names if (Path(folder) / name).is_symlink()]
            for name in sorted(files) + links:
                path = f"{inside}/{name}" if inside else name
                if path in ours:
                    continue
                if path in self._files:
                    raise BuildError(
                        f"{path} in {self.out} was not written by a build, but a page is so named",
                        hint=f"Move {path} away, then build again.",
                    )
                self._link(f"{folder}/{name}", self._place(path))

    @staticmethod
    def _link(source: Path | str, target: str) -> None:
        try:
            os.link(source, target, follow_symlinks=False)
        except OSError:  # no hard links here, or across file systems
            shutil.copy2(source, target, follow_symlinks=False)


def digest(data: bytes) -> str:
    """A short name for contents, the same on every machine."""
    return hashlib.sha256(data).hexdigest()[:32]


def hashed_name(path: str, data: bytes) -> str:
    """``a/b.js`` with its content's hash: ``a/b-0123456789.js``."""
    stem, dot, suffix = path.rpartition(".")
    return f"{stem}-{hashlib.sha256(data).hexdigest()[:10]}{dot}{suffix}"


def read_manifest(out: Path) -> dict[str, Any]:
    """The manifest of the site in ``out``; empty if there is none, or a later format wrote it."""
    try:
        manifest = json.loads((out / MANIFEST).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    usable = isinstance(manifest, dict) and manifest.get("format") == FORMAT
    return manifest if usable else {}


def refuse_unsafe(out: Path, away_from: Iterable[Path]) -> None:
    """Raise UnsafeError where writing a site to ``out`` could destroy something else."""
    for other in (Path(os.path.realpath(path)) for path in away_from):
        if out == other or out.is_relative_to(other) or other.is_relative_to(out):
            raise UnsafeError(
                f"The site folder {out} and the store {other} lie within each other",
                hint="Choose a folder beside the store with --out.",
            )
    if out.exists() and not out.is_dir():
        raise UnsafeError(f"{out} is a file", hint="Choose a folder with --out.")
    if out.is_dir() and not (out / MANIFEST).exists() and any(out.iterdir()):
        raise UnsafeError(
            f"{out} is not empty and was not made by runfolio",
            hint="Choose an empty or new folder with --out.",
        )


def _size(path: Path | str) -> int:
    try:
        found = os.stat(path)  # noqa: PTH116  a Path for each file costs more than its look
    except (OSError, ValueError):
        return -1
    return found.st_size if stat.S_ISREG(found.st_mode) else -1
