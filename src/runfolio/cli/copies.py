"""Is a downloaded snapshot, as zip or folder, what the store says? For ``snapshot --verify``."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runfolio.cli.terminal import safe, say
from runfolio.errors import UsageError

if TYPE_CHECKING:
    from runfolio.config import Config
    from runfolio.store.folder import Folder
    from runfolio.store.plan import Snapshot
    from runfolio.store.record import Record

_SUMS, _ABOUT = "data/SHA256SUMS", "snapshot.json"
_MOST_BYTES = 4_000_000_000
_SHOWN = 8


@dataclass(frozen=True)
class Copy:
    """What was found: files that are not what their list says, and those that the store denies.

    ``shows`` says which facts the copy shows ('' where no profile of ours gives its digest).
    """

    files: int
    broken: tuple[str, ...]
    shows: str
    others: tuple[str, ...] = ()
    rewritten: int = 0

    @property
    def ok(self) -> bool:
        """Whether it is the snapshot."""
        return bool(self.shows) and not self.broken and not self.others

    def as_dict(self) -> dict[str, Any]:
        """For programs."""
        return {"ok": self.ok, **dataclasses.asdict(self)}

    def tell(self) -> None:
        """For people."""
        whole = self.files - len(self.broken)
        say(f"copy:  {whole:,} of {self.files:,} files are what its {_SUMS} says")
        for name in self.broken[:_SHOWN]:
            say(f"  {safe(name)}: damaged, or not there")
        if not self.shows:
            return say("  its digest is none that this store gives: it is of other facts")
        say(f"  it is of {self.shows}")
        for name in self.others[:_SHOWN]:
            say(f"  {safe(name)}: the store says something else")
        if not self.others:
            more = f" ({self.rewritten:,} written by another version)" if self.rewritten else ""
            say(f"  the store gives the same data{more}")


def compare_copy(folder: Folder, config: Config, record: Record, path: Path) -> Copy:
    """Compare a zip or folder with its own list of digests, and with the store."""
    files = _read(path)
    listed = dict(_listed(files[_SUMS]))
    broken = [
        name
        for name, digest in listed.items()
        if hashlib.sha256(files.get(name, b"")).hexdigest() != digest or name not in files
    ]
    said = _said(files.get(_ABOUT, b""))
    if said.get("files") != f"sha256:{hashlib.sha256(files[_SUMS]).hexdigest()}":
        broken.append(_SUMS)
    for shows, config_now, found, digest in _candidates(folder, config, record):
        if said.get("digest") == f"sha256:{digest}" and said.get("name") == record.name:
            others, rewritten = _against(config_now, found, files)
            return Copy(len(listed) + 1, tuple(broken), shows, others, rewritten)
    return Copy(len(listed) + 1, tuple(broken), "")


def _candidates(
    folder: Folder, config: Config, record: Record
) -> Iterator[tuple[str, Config, Snapshot, str]]:
    """What a copy may show: everything, what [publish] lets out, or that without names."""
    from runfolio.cli.copying import everybody
    from runfolio.publish.frozen import opened
    from runfolio.publish.gate import named
    from runfolio.query.store import Store
    from runfolio.store.frozen import frozen
    from runfolio.store.plan import snapshot

    found = snapshot(folder)
    with Store(found, config) as store:
        people = named(store)
    yield "all facts", config, frozen(found, record), record.digest
    for anonymous in dict.fromkeys((config.publish.anonymous, False, True)):
        wish = dataclasses.replace(config.publish, anonymous=anonymous)
        wanted = dataclasses.replace(config, publish=wish)
        nobody = everybody(config, people) if anonymous else people
        seen, digest = opened(found, record, wanted, nobody)
        word = "with pseudonyms" if anonymous else "as [publish] lets it out"
        yield f"the facts {word}", wanted, seen, digest


def _against(
    config: Config, found: Snapshot, files: Mapping[str, bytes]
) -> tuple[tuple[str, ...], int]:
    """(data files that say something else, files of equal tables but other bytes)."""
    from runfolio.query.store import Store
    from runfolio.site.downloads import parquet, site_files

    others, rewritten = [], 0
    with Store(found, config) as store:
        points = sum(run.points for run in store.runs_table())
        for name, data, _words in site_files(store, points):
            if name not in files or files[name] == data:
                continue
            rewritten += 1
            if name.endswith(".parquet"):
                theirs, ours = (_table(each) for each in (files[name], data))
                if theirs is None or parquet(theirs) != parquet(ours):
                    others.append(name)
    return tuple(others), rewritten - len(others)


def _table(data: bytes) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.read_table(pa.BufferReader(data)).combine_chunks()
    except (pa.ArrowException, OSError):
        return None


def _listed(sums: bytes) -> Iterator[tuple[str, str]]:
    for line in sums.decode("utf-8", "replace").splitlines():
        digest, _, name = line.partition("  ")
        yield f"data/{name}", digest


def _said(data: bytes) -> Mapping[str, Any]:
    try:
        found = json.loads(data)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _read(path: Path) -> dict[str, bytes]:
    """The files of a copy by their path in it; UsageError where it is none."""
    try:
        files = _of_folder(path) if path.is_dir() else _of_zip(path)
    except (OSError, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise UsageError(f"{safe(path)} cannot be read: {error}") from None
    if _SUMS not in files:
        raise UsageError(
            f"{safe(path)} is no copy of a snapshot: it has no {_SUMS}.",
            hint="Name the zip from the list of snapshots, or the folder that it holds.",
        )
    return files


def _of_folder(path: Path) -> dict[str, bytes]:
    wanted = [path / _ABOUT, *sorted((path / "data").glob("*"))]
    return {
        each.relative_to(path).as_posix(): each.read_bytes() for each in wanted if each.is_file()
    }


def _of_zip(path: Path) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    left = _MOST_BYTES
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            name = entry.filename.partition("/")[2]
            if name != _ABOUT and not name.startswith("data/"):
                continue
            with archive.open(entry) as file:
                files[name] = file.read(left + 1)
            left -= len(files[name])
            if left < 0:
                raise UsageError(f"{safe(path)} unfolds to too much.")
    return files
