"""Stores in buckets and on web servers: list, fetch, send. Nothing there is ever deleted."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from runfolio import schema
from runfolio.environment.secrets import without_credentials
from runfolio.errors import StoreError
from runfolio.store import files
from runfolio.store.elsewhere import Remote, read_marker
from runfolio.store.mirrors import is_web, missing_package, require
from runfolio.store.names import name_of
from runfolio.store.patience import patiently, timeout, unreachable
from runfolio.store.source import Entry, new_file

_PIECE = 16 * 1024 * 1024
_MARKER_LIMIT = 64 * 1024


def remote_of(address: str) -> Remote:
    """The place at an address; MissingPackageError where a library for it is missing."""
    if is_web(address):
        from runfolio.store.web import WebRemote

        return WebRemote(address)
    return BucketRemote(address)


class BucketRemote:
    """A store in a bucket that fsspec reaches. Credentials come from the provider's own settings.

    Methods raise StoreError when the place does not answer, also after several tries.
    """

    local = False

    def __init__(self, address: str) -> None:
        self.label = address
        self._scheme = address.partition(":")[0]
        require(address)
        self._fs, root = _filesystem(address, self._scheme)
        self._root = root.rstrip("/")
        self._create: dict[str, str] = {"mode": "create"}

    def marker(self) -> dict[str, Any] | None:
        """What the marker says; None where there is no store."""
        path = f"{self._root}/{schema.MARKER}"
        try:
            data = patiently(lambda: self._fs.cat_file(path, start=0, end=_MARKER_LIMIT))
        except FileNotFoundError:
            return None
        except Exception as error:
            raise unreachable(self.label, error) from None
        return read_marker(self.label, data)

    def entries(self) -> dict[str, Entry]:
        """All files by name, page after page; names that no file of a store has are left out."""
        try:
            listed = patiently(lambda: self._fs.find(self._root, detail=True))
        except FileNotFoundError:
            return {}
        except Exception as error:
            raise unreachable(self.label, error) from None
        found = {}
        for path, info in listed.items():
            text = str(path).removeprefix(f"{self._root}/")
            name = name_of(text)
            if name is not None and info.get("type", "file") == "file":
                found[text] = Entry(name, int(info.get("size") or 0), _mtime(info))
        return found

    def path(self, entry: Entry) -> None:
        """Nothing of it lies here."""
        return None

    def fetch(self, entry: Entry, target: Path) -> None:
        """Fetch a file in pieces; each is tried again when the connection breaks."""
        path = f"{self._root}/{entry.name.text}"
        try:
            with new_file(target) as out:
                for start in range(0, entry.size, _PIECE):
                    files.write_all(out, self._piece(path, start, min(start + _PIECE, entry.size)))
        except FileNotFoundError as error:
            raise FileNotFoundError(f"{self.label}/{entry.name.text} is gone") from error
        except StoreError:
            raise
        except OSError as error:
            if error.filename:  # the disk here
                raise
            raise unreachable(self.label, error) from None
        except Exception as error:
            raise unreachable(self.label, error) from None

    def _piece(self, path: str, start: int, end: int) -> bytes:
        def read() -> bytes:
            data: bytes = self._fs.cat_file(path, start=start, end=end)
            if len(data) != end - start:
                raise ConnectionError(f"{len(data)} bytes came instead of {end - start}")
            return data

        return patiently(read)

    def send(self, text: str, path: Path, *, new: bool = True) -> bool:
        """Send a file whole; False if ``new`` and there is one of that name already.

        After an answer that got lost, the next try finds the file there: the caller compares.
        """
        target = f"{self._root}/{text}"
        try:
            patiently(lambda: self._put(path, target, new=new))
        except FileExistsError:
            return False
        except Exception as error:
            raise unreachable(self.label, error) from None
        return True

    def _put(self, path: Path, target: str, *, new: bool) -> None:
        try:
            self._fs.put_file(str(path), target, **(self._create if new else {}))
        except Exception as error:
            code = _code(error)
            if isinstance(error, FileExistsError) or code in _TAKEN:
                raise FileExistsError(target) from None
            if new and self._create and (code == "NotImplemented" or isinstance(error, TypeError)):
                self._create = {}  # this place cannot refuse to write over a file; we looked before
                return self._put(path, target, new=new)
            if code in _REFUSED:
                raise PermissionError(without_credentials(str(error))) from None
            if code == "NoSuchBucket":
                raise FileNotFoundError(f"there is no bucket {target.split('/')[0]}") from None
            raise

    def size(self, text: str) -> int | None:
        """Bytes of a file there; None if there is none."""
        try:
            info: Mapping[str, Any] = patiently(lambda: self._fs.info(f"{self._root}/{text}"))
        except FileNotFoundError:
            return None
        except Exception as error:
            raise unreachable(self.label, error) from None
        return int(info.get("size") or 0)


_TAKEN = {"PreconditionFailed", "ConditionalRequestConflict", "412", "409"}
_REFUSED = {"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch", "403", "401"}


def _code(error: BaseException) -> str:
    """The provider's word for an error, where it has one."""
    response = getattr(error, "response", None) or getattr(error.__cause__, "response", None)
    found = response.get("Error", {}) if isinstance(response, dict) else {}
    return str(found.get("Code") or getattr(error, "code", "") or "")


def _filesystem(address: str, scheme: str) -> tuple[Any, str]:
    """fsspec's file system for an address, and the path in it."""
    try:
        fs = _shared(scheme, _surroundings(), os.getpid())
    except ImportError:
        raise missing_package(scheme) from None
    except Exception as error:
        raise unreachable(address, error) from None
    return fs, str(fs._strip_protocol(address))


@lru_cache(maxsize=4)
def _shared(scheme: str, surroundings: frozenset[tuple[str, str]], pid: int) -> Any:
    """One file system for all stores of a scheme, since making one takes half a second.

    It remembers no listings. Other credentials, and a forked child, get one of their own.
    """
    import fsspec

    options: dict[str, Any] = {"use_listings_cache": False, "skip_instance_cache": True}
    if scheme == "s3" and "config_kwargs" not in fsspec.config.conf.get("s3", {}):
        seconds = timeout()
        options["config_kwargs"] = {
            "connect_timeout": min(seconds, 15.0),
            "read_timeout": seconds,
            "retries": {"total_max_attempts": 1},  # s3fs tries again, and so do we
        }
    fs = fsspec.filesystem(scheme, **options)
    if scheme == "s3":
        fs.retries = 2  # five times of its own and then ours would keep people waiting for minutes
    return fs


def _surroundings() -> frozenset[tuple[str, str]]:
    """The variables that say who asks and where."""
    wanted = ("AWS_", "FSSPEC_", "GOOGLE_", "GCS", "HF_", "RUNFOLIO_TIMEOUT")
    return frozenset(each for each in os.environ.items() if each[0].startswith(wanted))


def _mtime(info: Mapping[str, Any]) -> int:
    """When a file was written, in nanoseconds; 0 where the place does not say."""
    for key in ("LastModified", "mtime", "updated", "last_modified", "created"):
        moment = info.get(key)
        if isinstance(moment, str):
            try:
                moment = datetime.fromisoformat(moment.replace("Z", "+00:00"))
            except ValueError:
                continue
        if isinstance(moment, datetime):
            return int(moment.timestamp() * 1e9)
        if isinstance(moment, int | float):
            return int(moment * 1e9)
    return 0
