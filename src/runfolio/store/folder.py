"""Where everything of a store lies, and how a store comes to be."""

from __future__ import annotations

import json
import os
import re
import secrets
import time
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

from runfolio import schema
from runfolio.errors import StoreError, StoreNotFoundError, StoreVersionError, UsageError
from runfolio.store import files

_DIGEST = re.compile(r"[0-9a-f]{64}")
#: Names that Windows keeps for devices; they match RUN_ID but cannot be directories there.
_RESERVED = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]")
_IGNORED = "# Made by runfolio: what only this machine needs.\n/.runfolio/\n/tmp/\n"
_ATTRIBUTES = "# Made by runfolio: git changes no byte of these files, and merges none.\n* binary\n"


def default_path(env: Mapping[str, str] = os.environ) -> Path:
    """The store that is used when none is named: RUNFOLIO_STORE, else ``runs``."""
    return Path(env.get("RUNFOLIO_STORE") or "runs")


def safe_run_id(text: str) -> str:
    """A run id for any text: the text itself if it is one, else a slug and 8 hex of its hash.

    Two different texts never share an id by case, Unicode form or cleaning.
    """
    if is_run_id(text):
        return text
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:48].rstrip("-")
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    return f"{slug or 'run'}-{digest}"


def is_run_id(text: str) -> bool:
    """Whether ``text`` is the id of a run: fit for URLs and for file names on every system."""
    return bool(schema.RUN_ID.fullmatch(text)) and not _RESERVED.fullmatch(text)


@dataclass(frozen=True)
class Folder:
    """A store's folder. ``store_id`` is empty as long as the folder is only planned.

    ``origin``: the address that the folder mirrors (``store.places``), '' for all others.
    """

    path: Path
    store_id: str = field(default="", compare=False)
    origin: str = field(default="", compare=False)

    @classmethod
    def create(cls, path: Path | str) -> Folder:
        """Open the store at ``path``, making it first if it is not there.

        StoreVersionError if a newer runfolio made it; StoreError if it cannot be made.
        """
        folder = cls.planned(path)
        try:
            folder.ensure()
        except OSError as error:
            raise StoreError(
                f"The store {folder.path} cannot be made: {error.strerror or error}.",
                hint="Choose a folder that can be written, with --store or RUNFOLIO_STORE.",
            ) from error
        return cls.open(folder.path)

    @classmethod
    def open(cls, path: Path | str) -> Folder:
        """The store at ``path``; StoreNotFoundError or StoreVersionError if it cannot be used."""
        folder = cls.planned(path)
        marker = _read_marker(folder.path / schema.MARKER)
        version = marker.get("format")
        if not isinstance(version, int) or version < 1:
            raise StoreError(
                f"{folder.path / schema.MARKER} is not the marker of a store.",
                hint='It should hold {"format": 1, "store": "…"}; restore it from a copy.',
            )
        if version > schema.FORMAT:
            raise StoreVersionError(
                f"The store {folder.path} has format {version}; "
                f"this runfolio reads up to {schema.FORMAT}.",
                hint="Update runfolio: pip install --upgrade runfolio",
            )
        return cls(folder.path, str(marker.get("store", "")), _origin(folder.path, marker))

    @classmethod
    def planned(cls, path: Path | str) -> Folder:
        """The folder at ``path`` without a look at the disk; a Writer makes it when it can."""
        return cls(Path(os.path.abspath(path)))  # noqa: PTH100  resolve() would follow links

    @property
    def runs(self) -> Path:
        """Directory of the run directories."""
        return self.path / schema.RUNS

    @property
    def packs(self) -> Path:
        """Directory of the packs: many finished runs in one file."""
        return self.path / schema.PACKS

    @property
    def blobs(self) -> Path:
        """Directory of the artifacts' contents."""
        return self.path / schema.BLOBS

    @property
    def tombs(self) -> Path:
        """Directory of the tombs: one small part for each run that was purged."""
        return self.path / schema.TOMBS

    @property
    def tmp(self) -> Path:
        """Directory of half-made files, out of the way of everyone who globs."""
        return self.path / schema.TMP

    @property
    def cache(self) -> Path:
        """Directory of this machine's caches; may be deleted at any time."""
        return self.path / schema.CACHE

    def run_dir(self, run_id: str) -> Path:
        """Directory of a run; UsageError if the id could name anything else."""
        if not is_run_id(run_id):
            raise UsageError(
                f"{run_id!r} is not a run id.",
                hint=f"Lower-case letters, digits, - and _; for example {safe_run_id(run_id)!r}.",
            )
        return self.runs / run_id

    def run_ids(self) -> tuple[str, ...]:
        """Ids of the run directories, sorted; runs that live in packs only are not among them."""
        try:
            names = [entry.name for entry in os.scandir(self.runs) if entry.is_dir()]
        except FileNotFoundError:
            return ()
        return tuple(sorted(name for name in names if schema.RUN_ID.fullmatch(name)))

    def blob_path(self, digest: str) -> Path:
        """Where the blob with this SHA-256 (64 hex digits) lies; UsageError for other text."""
        if not _DIGEST.fullmatch(digest):
            raise UsageError(f"{digest!r} is not a SHA-256 digest.", hint="64 hex digits.")
        return self.blobs / digest[:2] / digest

    def ensure(self) -> None:
        """Make the store if it is not there; OSError if it cannot be made."""
        if not (self.path / schema.MARKER).exists():
            self._make()

    def _make(self) -> None:
        files.make_dirs(self.path)
        files.make_dirs(self.runs)
        for name, text in ((".gitignore", _IGNORED), (".gitattributes", _ATTRIBUTES)):
            if not (self.path / name).exists():
                (self.path / name).write_text(text, encoding="utf-8", newline="\n")
        temp = files.temp_path(self.path, schema.MARKER, str(os.getpid()))
        fd = files.create(temp)
        try:
            files.write_all(fd, marker_bytes())
            files.sync_file(fd)
        finally:
            os.close(fd)
        _appear(temp, self.path / schema.MARKER)


def marker_bytes(**more: str) -> bytes:
    """The marker of a new store, with an id of its own."""
    content = {"format": schema.FORMAT, "store": secrets.token_hex(8), **more}
    return json.dumps(content).encode() + b"\n"


def _appear(temp: Path, marker: Path) -> None:
    """Give ``temp`` its name unless another process was first; both then agree on one id."""
    try:
        os.link(temp, marker)
    except FileExistsError:
        pass
    except OSError:  # no hard links here; the race is then open for a moment
        if not marker.exists():
            temp.replace(marker)
    temp.unlink(missing_ok=True)
    files.sync_dir(marker.parent)


def _origin(path: Path, marker: Mapping[str, object]) -> str:
    if "origin" not in marker:
        return ""
    from runfolio.store.mirrors import origin_of

    return origin_of(path, marker)


def _read_marker(path: Path) -> dict[str, object]:
    """The marker's content; an empty dict if it is no JSON object."""
    for attempt in range(5):
        try:
            loaded = json.loads(path.read_bytes())
        except (FileNotFoundError, NotADirectoryError):
            raise StoreNotFoundError(
                f"There is no store at {path.parent}.",
                hint="Log a run with runfolio.init(), or name a store with --store.",
            ) from None
        except OSError as error:
            raise StoreError(f"{path} cannot be read: {error.strerror or error}.") from error
        except ValueError:
            time.sleep(0.02 * attempt)  # a file system without rename may show it half-written
            continue
        return loaded if isinstance(loaded, dict) else {}
    return {}
