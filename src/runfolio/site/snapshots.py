"""The frozen sites within a site: one for each snapshot, made once and then taken over."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runfolio.config import Config
from runfolio.errors import RunfolioError
from runfolio.query.frozen import FrozenSource, FrozenSources
from runfolio.query.store import Store
from runfolio.site.citing.croissant import PATH as CROISSANT
from runfolio.site.downloads import SUMS
from runfolio.site.freezing import config_of, folder_of
from runfolio.site.gather.citing import CFF, CSL
from runfolio.site.gather.context import state_digest
from runfolio.site.inside import Inner
from runfolio.site.material import shown_time
from runfolio.site.numbers import format_bytes
from runfolio.site.output import Sink
from runfolio.site.pages import (
    FrozenView,
    Link,
    Page,
    Site,
    SnapshotGonePage,
    SnapshotRow,
    SnapshotsPage,
)
from runfolio.site.words import _
from runfolio.store.plan import Snapshot

INDEX = "snapshots/index.html"
ABOUT = "snapshot.json"
#: All entries of an archive bear this date, so that the same snapshot gives the same bytes.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_NEWEST = 3
_SHOWN = 8

#: Builds a site of a store into an output: (configuration, store, output, banner) -> runs.
Make = Callable[[Config, Snapshot, Inner, FrozenView], int]


@dataclass(frozen=True)
class Made:
    """What came of the snapshots: rows of their list, what the next build must know, problems."""

    rows: tuple[SnapshotRow, ...]
    keys: Mapping[str, Any]
    problems: tuple[str, ...]
    pages: int

    def links(self) -> tuple[Link, ...]:
        """The newest ones, for the front page."""
        whole = [row for row in reversed(self.rows) if row.state != "gone"]
        return tuple(row.link for row in whole[:_NEWEST])


class Freezer:
    """Makes the frozen sites; ``common`` is what all pages depend on, ``inside`` begins one."""

    def __init__(
        self,
        config: Config,
        title: str,
        output: Sink,
        common: str,
        make: Make,
        inside: Callable[[str], Inner],
    ) -> None:
        self.config = config
        self.title = title
        self.output = output
        self.common = common
        self.make = make
        self.inside = inside
        self.pages = 0

    def all(self, found: FrozenSources) -> Made:
        """Every snapshot: taken over, made, or told to be gone."""
        old: Mapping[str, Any] = self.output.old_keys.get("snapshots", {})
        rows, keys, problems = [], {}, list(found.problems)
        before: FrozenSource | None = None
        for source in found.sources:
            record, problem = self._one(source, before, old.get(source.name))
            problems += [problem] if problem else []
            if record[1]["state"] != "hidden":
                rows.append(_row(source, record[1]))
            keys[source.name] = record
            before = source if record[1]["state"] == "" else before
        return Made(tuple(rows), keys, tuple(problems), self.pages)

    def _one(
        self, source: FrozenSource, before: FrozenSource | None, old: Any
    ) -> tuple[list[Any], str]:
        """[key, what there is to say, paths], and what is wrong."""
        key = state_digest(self.common, source.key, before.key if before else "")
        nothing: tuple[str, dict[str, Any], list[str]] = ("", {}, [])
        was, told, paths = old or nothing
        there = bool(paths) and self.output.has(paths)
        self.pages += there and sum(path.endswith(".html") for path in paths)
        if was == key and told.get("state") == "hidden":
            return old, ""
        why = self._lost(source)
        if not why and was == key and there and not told["state"]:
            self.output.reuse(paths)
            return [key, told, paths], ""
        if not why:
            try:
                return self._made(key, source, before), ""
            except RunfolioError as error:
                why = str(error) if source.named else _("It could not be made.")
        if there and not source.purged and told["state"] != "gone":
            self.output.reuse(paths)
            return [was, {**told, "state": "kept", "why": why}, paths], f"{source.name}: {why}"
        return self._gone(key, source, why), f"{source.name}: {why}"

    def _lost(self, source: FrozenSource) -> str:
        """What of a snapshot cannot be had any more, in a sentence; '' where it is whole."""
        if not source.lost:
            return ""
        if not source.purged:  # a damaged file whose facts lie elsewhere too costs nothing
            try:
                source.open()
                return ""
            except RunfolioError:
                pass
        if not source.named:
            return _("Some of its runs can no longer be had.")
        names = ", ".join(source.lost[:_SHOWN]) + (", …" if len(source.lost) > _SHOWN else "")
        return _("{n} of its runs can no longer be had: {names}.", n=len(source.lost), names=names)

    def _made(self, key: str, source: FrozenSource, before: FrozenSource | None) -> list[Any]:
        found, digest = source.open()
        if not found.sessions:  # of a copy for others, which shows none of its runs
            return [key, {"state": "hidden", "purged": False}, []]
        inside = self.inside(folder_of(source.name))
        config = config_of(self.config, source, self.title)
        view = FrozenView(
            source.name,
            shown_time(source.as_of or source.time),
            digest,
            "../../index.html",
            "../index.html",
            source.doi,
            f"runfolio snapshot --verify {source.name} --with {source.name}.zip",
        )
        try:
            runs = self.make(config, found, inside, view)
            moved = self._moved(config, found, before)
            about = _about(source, digest, found, inside)
            inside.add(ABOUT, about)
            archive = _archive(source.name, inside)
        except BaseException:
            inside.undo()
            raise
        self.pages += sum(path.endswith(".html") for path in inside.paths)
        path = f"{folder_of(source.name)}.zip"
        self.output.add(path, archive)
        told = {"state": "", "digest": digest, "runs": runs, "zip": len(archive), "moved": moved}
        return [key, told, [*inside.paths, path]]

    def _moved(self, config: Config, found: Snapshot, before: FrozenSource | None) -> str:
        """What is other than in the snapshot before, in a sentence."""
        if before is None:
            return ""
        with Store(before.open()[0], config) as one, Store(found, config) as other:
            return one.diff_stores(other).headline

    def _gone(self, key: str, source: FrozenSource, why: str) -> list[Any]:
        path = f"{folder_of(source.name)}/index.html"
        told = {"state": "gone", "digest": source.digest, "runs": source.runs, "why": why}
        told["purged"] = source.purged
        return [key, told, [path]]


def snapshot_pages(site: Site, made: Made) -> Iterator[Page]:
    """The list, and a page for each snapshot that is no more."""
    if not made.rows:
        return
    yield SnapshotsPage(
        path=INDEX,
        title=_("Snapshots"),
        site=site,
        description=_("States of these results that stay as they were, to be cited."),
        snapshots=tuple(reversed(made.rows)),
        verify=_verify(made.rows),
    )
    for row in made.rows:
        if row.state == "gone":
            yield SnapshotGonePage(path=row.link.path, title=row.name, site=site, row=row)


def _verify(rows: Sequence[SnapshotRow]) -> str:
    whole = [row.name for row in rows if row.archive]
    return f"runfolio snapshot --verify {whole[-1]} --with {whole[-1]}.zip" if whole else ""


def _row(source: FrozenSource, told: Mapping[str, Any]) -> SnapshotRow:
    folder = folder_of(source.name)
    size = told.get("zip")
    return SnapshotRow(
        name=source.name,
        link=Link(f"{folder}/index.html", source.name, shown_time(source.time)),
        date=shown_time(source.time),
        runs=int(told["runs"]),
        digest=str(told["digest"]),
        as_of=shown_time(source.as_of),
        doi=source.doi,
        note=source.note,
        moved=str(told.get("moved", "")),
        archive=Link(f"{folder}.zip", _("Data as zip"), format_bytes(size)) if size else None,
        state=str(told["state"]),
        why=str(told.get("why", "")),
    )


def _about(source: FrozenSource, digest: str, found: Snapshot, inside: Inner) -> bytes:
    """What a downloaded snapshot says of itself."""
    runs = sorted({each.run_id for each in found.sessions})
    said = {
        "format": 1,
        "name": source.name,
        "time": f"{source.time.isoformat()}Z",
        "as_of": f"{source.as_of.isoformat()}Z" if source.as_of else None,
        "note": source.note,
        "doi": source.doi,
        "digest": f"sha256:{digest}",
        "files": f"sha256:{hashlib.sha256(inside.read(SUMS)).hexdigest()}",
        "runs": runs,
    }
    kept = {key: value for key, value in said.items() if value}
    return (json.dumps(kept, indent=1, ensure_ascii=True) + "\n").encode()


def _archive(name: str, inside: Inner) -> bytes:
    """The data of a snapshot in one file: the same data give the same bytes."""
    listed = [line.split("  ", 1)[1] for line in inside.read(SUMS).decode().splitlines()]
    names = [ABOUT, SUMS, *(f"data/{each}" for each in listed)]
    names += [each for each in (CROISSANT, CFF, CSL) if each in inside]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for each in sorted(names):
            entry = zipfile.ZipInfo(f"{name}/{each}", _EPOCH)
            packed = each.endswith(".parquet")
            entry.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            archive.writestr(entry, inside.read(each))
    return buffer.getvalue()
