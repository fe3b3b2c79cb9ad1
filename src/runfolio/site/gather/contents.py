"""What a stored file holds, as far as a page can show it: what it begins with, its rows, its text.

A name proves nothing: pictures, sound and film are shown only where their contents begin as such
files do.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runfolio.site.numbers import format_number

TABLE_ROWS, TABLE_COLUMNS = 100, 30
TABLE_BYTES = 5_000_000
CELL_TEXT = 120
TEXT_BYTES = 20_000
#: Characters of texts and tables that a page holds of all artifacts together.
PAGE_TEXT = 80_000

#: Pictures that are shown: suffix -> how the contents begin.
PICTURES: dict[str, tuple[bytes, ...]] = {
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".jpg": (b"\xff\xd8\xff",),
    ".jpeg": (b"\xff\xd8\xff",),
    ".gif": (b"GIF87a", b"GIF89a"),
    ".webp": (b"RIFF",),
    ".svg": (b"<svg", b"<?xml", b"<!--", b"<!DOCTYPE svg"),
}
#: Sound and film that browsers play by themselves; for .mp4 and .m4a see ``_ISO``.
SOUNDS: dict[str, tuple[bytes, ...]] = {
    ".wav": (b"RIFF",),
    ".mp3": (b"ID3", b"\xff\xfb", b"\xff\xf3", b"\xff\xf2"),
    ".ogg": (b"OggS",),
    ".oga": (b"OggS",),
    ".opus": (b"OggS",),
    ".flac": (b"fLaC",),
    ".m4a": (),
}
FILMS: dict[str, tuple[bytes, ...]] = {
    ".mp4": (),
    ".webm": (b"\x1a\x45\xdf\xa3",),
    ".ogv": (b"OggS",),
}
_ISO = {".m4a", ".mp4"}
TEXTS = {".txt", ".rst", ".json", ".jsonl", ".yaml", ".yml", ".toml", ".ini", ".cfg"}
TEXTS |= {".log", ".py", ".sh", ".tex", ".diff", ".patch", ".r", ".jl", ".sql"}
PROSE = {".md", ".markdown"}
#: Suffixes that a browser opens as a document that may hold scripts.
ACTIVE = {".html", ".htm", ".xhtml", ".xht", ".shtml", ".mht", ".mhtml", ".xml", ".xsl", ".svg"}
ACTIVE |= {".svgz", ".xslt", ".hta"}
#: Whatever could run or hide something that runs: scripts under any prefix, elements of HTML,
#: entities, style sheets that transform, and encodings in which ``<script`` has other bytes.
_SCRIPTED = re.compile(
    rb"<(?:[^\s<>/]*:)?(?:script|foreignobject|iframe|handler|listener)|[\s/\"']on\w+\s*="
    rb"|javascript:|&#|<!entity|1999/xhtml|<\?xml-stylesheet"
    rb"|\x1b|\bencoding\s*=\s*[\"'](?!utf-8[\"'])",
    re.I,
)


@dataclass(frozen=True)
class Table:
    """Heads as (name, 'num' or ''), the first rows, and how many rows there are."""

    heads: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, ...], ...]
    count: int

    @property
    def size(self) -> int:
        """Characters that the table takes on a page."""
        return sum(len(cell) + 20 for row in self.rows for cell in row)


def harmless(path: Path, suffix: str) -> bool:
    """Whether a browser runs nothing of a file with this suffix when somebody opens it."""
    return suffix not in ACTIVE or (suffix == ".svg" and _still_picture(path, head_of(path)))


def seen_as(suffix: str, head: bytes) -> str:
    """image, audio or video where name and contents agree; '' for everything else."""
    if suffix in PICTURES:
        return "image" if begins(suffix, head) else ""
    for word, known in (("audio", SOUNDS), ("video", FILMS)):
        if suffix in known:
            right = head[4:8] == b"ftyp" if suffix in _ISO else head.startswith(known[suffix])
            return word if right else ""
    return ""


def head_of(path: Path) -> bytes:
    """The first bytes of a file."""
    with path.open("rb") as file:
        return file.read(256)


def begins(suffix: str, head: bytes) -> bool:
    """Whether contents begin as those of a picture with this suffix do."""
    if suffix == ".svg":
        head = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return head.startswith(PICTURES[suffix])


def _still_picture(path: Path, head: bytes) -> bool:
    """Whether an SVG holds nothing that runs when somebody opens it by itself."""
    return begins(".svg", head) and not _SCRIPTED.search(path.read_bytes())


def read_table(path: Path, suffix: str) -> Table | None:
    """The beginning of a table file; None if it is none."""
    if suffix == ".parquet":
        return _parquet(path)
    if suffix in (".csv", ".tsv") and path.stat().st_size <= TABLE_BYTES:
        return _csv(path, "\t" if suffix == ".tsv" else ",")
    return None


def _parquet(path: Path) -> Table | None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path, page_checksum_verification=True)
        if file.metadata.num_rows * max(1, file.metadata.num_columns) > 50_000_000:
            return None
        names = file.schema_arrow.names[:TABLE_COLUMNS]
        batch = next(file.iter_batches(TABLE_ROWS, columns=names), None)
        found = batch.to_pylist() if batch else []
        rows = tuple(tuple(_shown(row[n]) for n in names) for row in found[:TABLE_ROWS])
        return Table(_heads(names, rows), rows, file.metadata.num_rows)
    except (pa.ArrowException, OSError, ValueError, OverflowError, LookupError):
        return None  # damaged, or with times that Python has no date or no zone for


def _csv(path: Path, delimiter: str) -> Table | None:
    text = path.read_bytes().decode("utf-8-sig", "replace").replace("\0", "\ufffd")
    kept, count = [], 0
    try:
        for row in csv.reader(io.StringIO(text), delimiter=delimiter):
            if count <= TABLE_ROWS:
                kept.append(tuple(cell[:CELL_TEXT] for cell in row[:TABLE_COLUMNS]))
            count += bool(row)
    except csv.Error:
        return None
    if count < 2:
        return None
    width = len(kept[0])
    rows = tuple((*row[:width], *[""] * (width - len(row))) for row in kept[1:] if row)
    return Table(_heads(kept[0], rows), rows, count - 1)


def _heads(names: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    """The names of the columns; those that hold nothing but numbers are marked."""
    columns = zip(*rows, strict=True) if rows else iter([()] * len(names))
    return tuple(
        (name, "num" if any(cells) and all(map(_is_number, filter(None, cells))) else "")
        for name, cells in zip(names, columns, strict=False)
    )


def _is_number(text: str) -> bool:
    try:
        float(text.replace(",", "").replace("\u2212", "-"))
    except ValueError:
        return False
    return True


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return format_number(value)
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return text[:CELL_TEXT]


def read_text(path: Path) -> str:
    """The beginning of a text file; '' if it is none."""
    with path.open("rb") as file:
        data = file.read(TEXT_BYTES)
    if b"\0" in data:
        return ""
    text = data.decode("utf-8", "replace")
    return text + "\n…" if path.stat().st_size > TEXT_BYTES else text


class Room:
    """How many characters of artifacts a page still has room for."""

    def __init__(self, room: int = PAGE_TEXT) -> None:
        self._room = room

    def take(self, size: int) -> bool:
        """Whether there is room for so many characters; then they are taken."""
        if size > self._room:
            return False
        self._room -= size
        return True
