"""Artifacts on a run's page: which are published, under what name, and how they are shown.

What strangers made is data, never code: pictures are shown as pictures, tables and texts as text,
everything else can only be downloaded, and what a browser would run (HTML, SVG with scripts) is
published under a name that makes it text.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from runfolio.query.rows import Artifact
from runfolio.site.names import safe_file, short_hash
from runfolio.site.numbers import format_bytes, format_number
from runfolio.site.pages import ArtifactView

MOST_BYTES = 20_000_000
MOST_SHOWN = 200
TABLE_ROWS, TABLE_COLUMNS = 50, 30
TEXT_BYTES = 20_000
#: Pictures that are shown: suffix -> how the contents begin. The suffix alone proves nothing.
PICTURES: dict[str, tuple[bytes, ...]] = {
    ".png": (b"\x89PNG\r\n\x1a\n",),
    ".jpg": (b"\xff\xd8\xff",),
    ".jpeg": (b"\xff\xd8\xff",),
    ".gif": (b"GIF87a", b"GIF89a"),
    ".webp": (b"RIFF",),
    ".svg": (b"<svg", b"<?xml", b"<!--", b"<!DOCTYPE svg"),
}
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
_TEXTS = {".txt", ".md", ".rst", ".json", ".jsonl", ".yaml", ".yml", ".toml", ".ini", ".cfg"}
_TEXTS |= {".log", ".py", ".sh", ".tex", ".diff", ".patch"}


@dataclass(frozen=True)
class Copy:
    """A stored file to publish: where in the site, where it lies, the digest of its contents."""

    path: str
    source: Path
    digest: str


def artifact_views(
    run_id: str, artifacts: Sequence[Artifact], blob_path: Callable[[str], Path]
) -> tuple[tuple[ArtifactView, ...], tuple[Copy, ...]]:
    """The artifacts of a run as shown, and the files to publish for them."""
    counts = Counter(artifact.path for artifact in artifacts)
    shown = _newest(artifacts)
    pairs = [_view(run_id, each, counts[each.path] > 1, blob_path) for each in shown]
    taken = Counter(copy.path.casefold() for _, copy in pairs if copy)
    taken.update(
        str(folder).casefold()
        for _, copy in pairs
        if copy
        for folder in PurePosixPath(copy.path).parents
    )
    views, copies = [], []
    for artifact, (view, copy) in zip(shown, pairs, strict=True):
        if copy and taken[copy.path.casefold()] > 1:
            path = _apart(copy.path, artifact)
            view, copy = replace(view, path=path), replace(copy, path=path)
        views.append(view)
        if copy:
            copies.append(copy)
    return tuple(views), tuple(copies)


def _apart(path: str, artifact: Artifact) -> str:
    """Another name for a file whose name another one has, or has but for case, or has as folder."""
    pure = PurePosixPath(path)
    mark = short_hash(f"{artifact.path}\n{artifact.step}")
    return str(pure.with_name(f"{pure.stem}-{mark}{pure.suffix}"))


def _newest(artifacts: Sequence[Artifact]) -> list[Artifact]:
    """At most ``MOST_SHOWN``; of files that were logged again and again, the last steps stay."""
    if len(artifacts) <= MOST_SHOWN:
        return list(artifacts)
    order = sorted(artifacts, key=lambda a: (a.step is not None, -(a.step or 0), a.path))
    kept = {id(artifact) for artifact in order[:MOST_SHOWN]}
    return [artifact for artifact in artifacts if id(artifact) in kept]


def _view(
    run_id: str, artifact: Artifact, often: bool, blob_path: Callable[[str], Path]
) -> tuple[ArtifactView, Copy | None]:
    def view(**more: Any) -> ArtifactView:
        return ArtifactView(
            name=artifact.path,
            type=artifact.type or "file",
            size=format_bytes(artifact.size),
            caption=artifact.caption or "",
            step="" if artifact.step is None else format_number(artifact.step, 0),
            **more,
        )

    if artifact.digest is None:
        return view(note=f"kept elsewhere: {artifact.uri}" if artifact.uri else "no contents"), None
    source = _blob(artifact.digest, blob_path)
    if source is None:
        return view(note="not published: its contents are missing in the store"), None
    size = source.stat().st_size
    if size > MOST_BYTES:
        limit = format_bytes(MOST_BYTES)
        return view(note=f"not published: larger than {limit}; take it from the store"), None
    return _published(run_id, artifact, often, source, view)


def _published(
    run_id: str, artifact: Artifact, often: bool, source: Path, view: Callable[..., ArtifactView]
) -> tuple[ArtifactView, Copy]:
    head = _head(source)
    suffix = PurePosixPath(artifact.path).suffix.lower()
    name, note = _name(artifact, often), ""
    harmless = suffix not in ACTIVE or (suffix == ".svg" and _still_picture(source, head))
    if not harmless:
        name += ".txt"
        note = "published as text, since a browser could run scripts in it"
    copy = Copy(f"artifacts/{run_id}/{name}", source, artifact.digest or "")
    if harmless and suffix in PICTURES and _begins(suffix, head):
        return view(path=copy.path, show="image"), copy
    if suffix in PICTURES and not note:
        note = "not shown: its contents are no such picture"
    shown = _table(source, suffix) if harmless else None
    if shown:
        heads, rows, count = shown
        if count > len(rows):
            note = f"the first {len(rows)} of {count:,} rows"
        return view(path=copy.path, show="table", heads=heads, rows=rows, note=note), copy
    if suffix in _TEXTS:
        text = _text(source)
        if text:
            return view(path=copy.path, show="text", text=text, note=note), copy
    return view(path=copy.path, note=note), copy


def _name(artifact: Artifact, often: bool) -> str:
    name = safe_file(artifact.path)
    if not often or artifact.step is None:
        return name
    pure = PurePosixPath(name)
    return str(pure.with_name(f"{pure.stem}-step{artifact.step}{pure.suffix}"))


def _blob(digest: str, blob_path: Callable[[str], Path]) -> Path | None:
    if not re.fullmatch(r"[0-9a-f]{64}", digest):
        return None
    path = blob_path(digest)
    return path if path.is_file() and not path.is_symlink() else None


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(256)


def _begins(suffix: str, head: bytes) -> bool:
    if suffix == ".svg":
        head = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return head.startswith(PICTURES[suffix])


def _still_picture(path: Path, head: bytes) -> bool:
    """Whether an SVG holds nothing that runs when somebody opens it by itself."""
    return _begins(".svg", head) and not _SCRIPTED.search(path.read_bytes())


Shown = tuple[tuple[str, ...], tuple[tuple[str, ...], ...], int]


def _table(path: Path, suffix: str) -> Shown | None:
    """Heads, first rows and number of rows of a table file; None if it is none."""
    if suffix == ".parquet":
        return _parquet(path)
    if suffix in (".csv", ".tsv") and path.stat().st_size <= MOST_BYTES // 4:
        return _csv(path, "\t" if suffix == ".tsv" else ",")
    return None


def _parquet(path: Path) -> Shown | None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path, page_checksum_verification=True)
        if file.metadata.num_rows * max(1, file.metadata.num_columns) > 50_000_000:
            return None
        names = file.schema_arrow.names[:TABLE_COLUMNS]
        batch = next(file.iter_batches(TABLE_ROWS, columns=names), None)
        rows = [tuple(_shown(row[n]) for n in names) for row in batch.to_pylist()] if batch else []
    except (pa.ArrowException, OSError, ValueError, OverflowError, LookupError):
        return None  # damaged, or with times that Python has no date or no zone for
    return tuple(names), tuple(rows[:TABLE_ROWS]), file.metadata.num_rows


def _csv(path: Path, delimiter: str) -> Shown | None:
    text = path.read_bytes().decode("utf-8-sig", "replace").replace("\0", "\ufffd")
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error:
        return None
    if len(rows) < 2:
        return None
    cut = [tuple(cell[:200] for cell in row[:TABLE_COLUMNS]) for row in rows[: TABLE_ROWS + 1]]
    width = len(cut[0])
    even = tuple((*row[:width], *[""] * (width - len(row))) for row in cut[1:])
    return cut[0], even, len(rows) - 1


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return format_number(value)
    text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    return text[:200]


def _text(path: Path) -> str:
    """The beginning of a text file; '' if it is none."""
    with path.open("rb") as file:
        data = file.read(TEXT_BYTES)
    if b"\0" in data:
        return ""
    text = data.decode("utf-8", "replace")
    return text + "\n…" if path.stat().st_size > TEXT_BYTES else text
