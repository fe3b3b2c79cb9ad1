"""Artifacts on a run's page: which are published, under what name, and how they are shown.

What strangers made is data, never code: pictures, sound and film are shown as such, tables and
texts as text, Markdown cleaned; everything else can only be downloaded, and what a browser would
run (HTML, SVG with scripts) is published under a name that makes it text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from runfolio.environment.secrets import without_credentials
from runfolio.query.rows import Artifact
from runfolio.site.gather.contents import (
    FILMS,
    PICTURES,
    PROSE,
    SOUNDS,
    TEXTS,
    Room,
    harmless,
    head_of,
    read_table,
    read_text,
    seen_as,
)
from runfolio.site.kept import MOST_BYTES
from runfolio.site.names import safe_file, short_hash
from runfolio.site.numbers import format_bytes, format_number
from runfolio.site.pages import ArtifactView, ImageSeries
from runfolio.site.words import _

MOST_SHOWN = 200
#: Of artifacts that a policy keeps off the site: no file is that small.
NONE = -1

Prose = Callable[[str, str, Mapping[str, str]], str]


@dataclass(frozen=True)
class Copy:
    """A stored file to publish: where in the site, where it lies, the digest of its contents."""

    path: str
    source: Path
    digest: str


@dataclass(frozen=True)
class Artifacts:
    """What a page shows: pictures over steps, the other artifacts, the files to publish.

    ``published`` leads from the path of an artifact to its copy; ``left`` are not told of;
    ``withheld`` are told of, but their files are not published though the store has them.
    """

    series: tuple[ImageSeries, ...]
    views: tuple[ArtifactView, ...]
    copies: tuple[Copy, ...]
    published: Mapping[str, str]
    left: int = 0
    withheld: int = 0


def artifacts_of(
    run_id: str,
    artifacts: Sequence[Artifact],
    blob_path: Callable[[str], Path],
    prose: Prose = lambda name, text, published: "",
    most: int = MOST_BYTES,
) -> Artifacts:
    """The artifacts of a run as shown; ``prose`` makes clean HTML of (name, Markdown, links).

    Files of more than ``most`` bytes stay in the store (``NONE``: all of them).
    """
    counts = Counter(artifact.path for artifact in artifacts)
    shown = _newest(artifacts)
    room = Room()
    look = _Look(run_id, blob_path, room, most)
    pairs = [_view(look, each, counts[each.path] > 1) for each in shown]
    views, copies = _apart(shown, pairs)
    published = {view.name: view.path for view in views if view.path}
    views = [
        replace(view, html=prose(view.name, view.text, published), text="")
        if view.show == "prose"
        else view
        for view in views
    ]
    series, rest = _series(shown, views)
    left = len(artifacts) - len(shown)
    views = sorted(rest, key=_place)
    return Artifacts(series, tuple(views), tuple(copies), published, left, look.withheld)


def _apart(
    shown: Sequence[Artifact], pairs: Sequence[tuple[ArtifactView, Copy | None]]
) -> tuple[list[ArtifactView], list[Copy]]:
    """Views and copies, with other names where two copies would meet on some disk."""
    taken = Counter(copy.path.casefold() for _view, copy in pairs if copy)
    taken.update(
        str(folder).casefold()
        for _view, copy in pairs
        if copy
        for folder in PurePosixPath(copy.path).parents
    )
    views, copies = [], []
    for artifact, (view, copy) in zip(shown, pairs, strict=True):
        if copy and taken[copy.path.casefold()] > 1:
            pure = PurePosixPath(copy.path)
            mark = short_hash(f"{artifact.path}\n{artifact.step}")
            path = str(pure.with_name(f"{pure.stem}-{mark}{pure.suffix}"))
            view, copy = replace(view, path=path), replace(copy, path=path)
        views.append(view)
        if copy:
            copies.append(copy)
    return views, copies


def _series(
    shown: Sequence[Artifact], views: Sequence[ArtifactView]
) -> tuple[tuple[ImageSeries, ...], list[ArtifactView]]:
    """Pictures that were logged again and again under one name, and everything else."""
    frames: dict[str, list[tuple[int, ArtifactView]]] = {}
    for artifact, view in zip(shown, views, strict=True):
        if view.show == "image" and artifact.step is not None:
            frames.setdefault(artifact.path, []).append((artifact.step, view))
    several = {path: found for path, found in frames.items() if len(found) > 1}
    series = tuple(
        ImageSeries(
            f"series-{short_hash(path)}",
            path,
            tuple(view for _step, view in sorted(found, key=lambda pair: pair[0])),
        )
        for path, found in several.items()
    )
    inside = {id(view) for found in several.values() for _step, view in found}
    return series, [view for view in views if id(view) not in inside]


def _place(view: ArtifactView) -> tuple[int, bool]:
    """Where a view stands: what reads as a page first, then what one looks at, then the rest."""
    order = ("prose", "image", "video", "audio", "table", "text", "")
    card = "card" in view.name.lower() or "readme" in view.name.lower()
    return order.index(view.show), not card


def _newest(artifacts: Sequence[Artifact]) -> list[Artifact]:
    """At most ``MOST_SHOWN``; of files that were logged again and again, the last steps stay."""
    if len(artifacts) <= MOST_SHOWN:
        return list(artifacts)
    order = sorted(artifacts, key=lambda a: (a.step is not None, -(a.step or 0), a.path))
    kept = {id(artifact) for artifact in order[:MOST_SHOWN]}
    return [artifact for artifact in artifacts if id(artifact) in kept]


@dataclass
class _Look:
    """Where the contents of a run's artifacts lie, and what may be shown; counts what may not."""

    run_id: str
    blob_path: Callable[[str], Path]
    room: Room
    most: int
    withheld: int = 0


def _view(look: _Look, artifact: Artifact, often: bool) -> tuple[ArtifactView, Copy | None]:
    def view(**more: Any) -> ArtifactView:
        return ArtifactView(
            name=artifact.path,
            type=artifact.type or "file",
            size=format_bytes(artifact.size),
            caption=artifact.caption or "",
            step="" if artifact.step is None else format_number(artifact.step, 0),
            digest=artifact.digest or "",
            **more,
        )

    if artifact.digest is None:
        kept = _("kept elsewhere: {place}", place=without_credentials(artifact.uri or ""))
        return view(note=kept if artifact.uri else _("no contents")), None
    source = _blob(artifact.digest, look.blob_path)
    if source is None:
        return view(note=_("not published: its contents are missing in the store")), None
    if source.stat().st_size > look.most:
        look.withheld += 1
        limit = format_bytes(look.most) if look.most != NONE else ""
        told = _("not published: larger than {limit}; take it from the store", limit=limit)
        none = _("not published on this site; take it from the store")
        return view(note=told if limit else none), None
    return _published(look.run_id, artifact, often, source, view, look.room)


def _published(
    run_id: str,
    artifact: Artifact,
    often: bool,
    source: Path,
    view: Callable[..., ArtifactView],
    room: Room,
) -> tuple[ArtifactView, Copy]:
    suffix = PurePosixPath(artifact.path).suffix.lower()
    name = _name(artifact, often)
    safe = harmless(source, suffix)
    copy = Copy(f"artifacts/{run_id}/{name}{'' if safe else '.txt'}", source, artifact.digest or "")
    if not safe:
        told = _("published as text, since a browser could run scripts in it")
        return view(path=copy.path, note=told), copy
    seen = seen_as(suffix, head_of(source))
    if seen:
        return view(path=copy.path, show=seen), copy
    note = ""
    if suffix in PICTURES:
        note = _("not shown: its contents are no such picture")
    elif suffix in SOUNDS or suffix in FILMS:
        note = _("not played: its contents are no such recording")
    return _read(source, suffix, room, lambda **more: view(path=copy.path, **more), note), copy


def _read(
    source: Path, suffix: str, room: Room, view: Callable[..., ArtifactView], note: str
) -> ArtifactView:
    """A table, a text or Markdown as far as the page has room; else a line to download it."""
    full = _("not shown here: the page has enough to read; open the file")
    table = read_table(source, suffix)
    if table:
        if not room.take(table.size):
            return view(note=full)
        if table.count > len(table.rows):
            note = _("the first {n} of {all} rows", n=len(table.rows), all=f"{table.count:,}")
        return view(show="table", heads=table.heads, rows=table.rows, note=note)
    text = read_text(source) if suffix in TEXTS | PROSE else ""
    if not text:
        return view(note=note)
    if not room.take(len(text)):
        return view(note=full)
    show = "prose" if suffix in PROSE else "text"
    return view(show=show, text=text, lines=text.count("\n") + 1, note=note)


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
