"""Ways out beside a branch: a folder, a zip archive, a bucket."""

from __future__ import annotations

import hashlib
import json
import mimetypes
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runfolio.errors import MissingPackageError, PublishError, UnsafeError
from runfolio.publish.tree import MANIFEST, parsed, refuse_loss
from runfolio.store.files import temp_path

#: All entries of an archive bear this date, so that the same site gives the same bytes.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_PACKED = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".parquet", ".zip", ".gz", ".mp4", ".mp3")

#: Called with (files done, files in all).
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Sent:
    """What came of it: the place, files written and removed, and the bytes of those written."""

    place: str
    written: int
    removed: int
    bytes: int


def to_zip(files: Mapping[str, Path], target: Path) -> Sent:
    """One archive of the site in a folder of its name; the same site gives the same bytes."""
    root = target.stem
    temp = temp_path(target.parent, target.name, "publish")
    try:
        with zipfile.ZipFile(temp, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for name, path in sorted(files.items()):
                entry = zipfile.ZipInfo(f"{root}/{name}", _EPOCH)
                packed = name.lower().endswith(_PACKED)
                entry.compress_type = zipfile.ZIP_STORED if packed else zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, path.read_bytes())
        temp.replace(target)
    except OSError as error:
        raise _not_written(target, error) from error
    finally:
        temp.unlink(missing_ok=True)
    return Sent(str(target), len(files), 0, target.stat().st_size)


def to_folder(files: Mapping[str, Path], target: Path) -> Sent:
    """The site in a folder: what differs is written, files of an older site are removed.

    UnsafeError where the folder holds what no site wrote. The manifest comes last.
    """
    manifest = _read(target / MANIFEST)
    older = names_in(manifest)
    if target.is_dir() and any(target.iterdir()) and older is None:
        raise UnsafeError(
            f"{target} holds files that are no site of runfolio.",
            hint="Name an empty or a new folder.",
        )
    if older is not None:
        refuse_loss(parsed(manifest or b""), files)
    written = size = 0
    try:
        for name in sorted(files, key=lambda name: (name == MANIFEST, name)):
            data, there = files[name].read_bytes(), target / name
            if _read(there) == data:
                continue
            there.parent.mkdir(parents=True, exist_ok=True)
            temp = temp_path(there.parent, there.name, "publish")
            temp.write_bytes(data)
            temp.replace(there)
            written, size = written + 1, size + len(data)
        gone = sorted((older or set()) - set(files))
        for name in gone:
            (target / name).unlink(missing_ok=True)
    except OSError as error:
        raise _not_written(target, error) from error
    return Sent(str(target), written, len(gone), size)


def to_bucket(files: Mapping[str, Path], address: str, progress: Progress | None = None) -> Sent:
    """The site in a bucket (s3://bucket/path, gs://bucket/path): pages after what they need.

    Files that are there with the same contents are not sent again; files of an older site are
    removed last. PublishError when the bucket does not answer.
    """
    disk, root = _bucket(address)
    try:
        old = _manifest_of(disk, f"{root}/{MANIFEST}")
        refuse_loss(old, files)
        before = old.get("files", {})
        todo = [name for name in sorted(files, key=_turn) if _is_new(name, files[name], before)]
        size = 0
        for number, name in enumerate(todo):
            if progress:
                progress(number, len(todo))
            kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
            disk.pipe_file(f"{root}/{name}", files[name].read_bytes(), ContentType=_typed(kind))
            size += files[name].stat().st_size
        gone = sorted(set(before) - set(files))
        if gone:
            disk.rm([f"{root}/{name}" for name in gone])
    except UnsafeError:
        raise
    except Exception as error:  # each backend has errors of its own
        raise PublishError(
            f"{address} does not take the site: {error}",
            hint="What was there is still there, or newer. Run it again.",
        ) from error
    return Sent(address, len(todo), len(gone), size)


def read_manifest(place: str) -> bytes | None:
    """The manifest of the site at a place of ``--to``; None where there is none.

    PublishError for an address that is none, MissingPackageError where a library is needed.
    """
    if ":/" in place:
        disk, root = _bucket(place)
        try:
            return bytes(disk.cat_file(f"{root}/{MANIFEST}"))
        except Exception:  # each backend has errors of its own
            return None
    path = Path(place)
    if path.suffix.lower() != ".zip":
        return _read(path / MANIFEST)
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read(f"{path.stem}/{MANIFEST}")
    except (OSError, KeyError, zipfile.BadZipFile):
        return None


def _turn(name: str) -> tuple[int, str]:
    """Data and scripts first, then pages, then the front page, the manifest last."""
    order = 0 if not name.endswith(".html") else 1 if name != "index.html" else 2
    return (3 if name == MANIFEST else order, name)


def _is_new(name: str, path: Path, before: Mapping[str, Any]) -> bool:
    known = before.get(name)
    return name == MANIFEST or not known or known[1] != _digest(path, len(known[1]))


def _digest(path: Path, length: int) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:length]


def _typed(kind: str) -> str:
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def _bucket(address: str) -> tuple[Any, str]:
    try:
        import fsspec

        disk, root = fsspec.url_to_fs(address)
    except ImportError as error:
        raise MissingPackageError(
            f"To publish to {address}, a library is missing: {error.name}.",
            hint="pip install 'runfolio[remote]'",
        ) from error
    except ValueError as error:
        raise PublishError(f"{address} is no address of a bucket: {error}") from error
    return disk, str(root).rstrip("/")


def _manifest_of(disk: Any, path: str) -> Mapping[str, Any]:
    try:
        data = disk.cat_file(path)
    except FileNotFoundError:
        return {}
    try:
        found = json.loads(data)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def names_in(data: bytes | None) -> set[str] | None:
    """The files that a manifest names; None if it is none."""
    try:
        found = json.loads(data or b"")["files"]
    except (ValueError, KeyError, TypeError):
        return None
    names = {str(name) for name in found} | {MANIFEST}
    return {name for name in names if ".." not in Path(name).parts and not Path(name).is_absolute()}


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError:
        return None


def _not_written(target: Path, error: OSError) -> PublishError:
    return PublishError(
        f"{target} cannot be written: {error.strerror or error}.",
        hint="Choose another place with --to.",
    )
