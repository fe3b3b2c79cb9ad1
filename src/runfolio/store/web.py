"""Reading a store from a web server: the list of files that ``push`` left there says what to get.

Static hosts cannot list a folder. They need no library beyond Python's own.
"""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from runfolio import schema
from runfolio.environment.version import VERSION
from runfolio.errors import StoreError, StoreNotFoundError
from runfolio.store import files
from runfolio.store.elsewhere import read_marker
from runfolio.store.mirrors import is_loopback
from runfolio.store.names import FILE_LIST, name_of
from runfolio.store.patience import patiently, timeout, unreachable
from runfolio.store.source import Entry, new_file

_CHUNK = 1024 * 1024
_LIST_LIMIT = 512 * 1024 * 1024
_MARKER_LIMIT = 64 * 1024


class WebRemote:
    """A store that a web server shows; nothing can be sent there."""

    local = False

    def __init__(self, address: str) -> None:
        self.label = address
        self._opener = urllib.request.build_opener(_Redirects())
        self._listed: dict[str, Entry] | None = None

    def marker(self) -> dict[str, Any] | None:
        """What the marker says; None where there is no store."""
        data = self._get(schema.MARKER, _MARKER_LIMIT)
        return None if data is None else read_marker(self.label, data)

    def entries(self) -> dict[str, Entry]:
        """The files of the list; names that no file of a store has are left out."""
        data = self._get(FILE_LIST, _LIST_LIMIT)
        if data is None:
            raise StoreNotFoundError(
                f"There is no {FILE_LIST} at {self.label}.",
                hint="`runfolio push` writes it where the store was pushed to.",
            )
        try:
            return dict(entries_of(json.loads(data)))
        except (ValueError, TypeError, AttributeError):
            raise StoreError(
                f"{FILE_LIST} at {self.label} cannot be understood.", hint="Push the store anew."
            ) from None

    def path(self, entry: Entry) -> None:
        """Nothing of it lies here."""
        return None

    def fetch(self, entry: Entry, target: Path) -> None:
        """Fetch a file; it must have the size that the list says."""

        def read() -> None:
            target.unlink(missing_ok=True)
            with self._open(entry.name.text) as answer, new_file(target) as out:
                left = entry.size
                while left and (chunk := answer.read(min(left, _CHUNK))):
                    files.write_all(out, chunk)
                    left -= len(chunk)
                if left:
                    raise ConnectionError(f"{left} bytes of {entry.name.text} did not come")

        try:
            patiently(read)
        except urllib.error.HTTPError as error:
            if error.code in (403, 404, 410):
                raise FileNotFoundError(f"{self.label}/{entry.name.text} is gone") from None
            raise unreachable(self.label, error) from None
        except (OSError, http.client.HTTPException) as error:
            if isinstance(error, OSError) and error.filename:  # the disk here
                raise
            raise unreachable(self.label, error) from None

    def send(self, text: str, path: Path, *, new: bool = True) -> bool:
        """Refused."""
        raise StoreError(
            f"{self.label} can only be read.",
            hint="Push to the folder or bucket that the web server shows.",
        )

    def size(self, text: str) -> int | None:
        """Bytes of a file there by the list; None if there is none."""
        if self._listed is None:
            self._listed = self.entries()
        found = self._listed.get(text)
        return None if found is None else found.size

    def _get(self, text: str, limit: int) -> bytes | None:
        """A small file; None if there is none."""

        def read() -> bytes:
            with self._open(text) as answer:
                data: bytes = answer.read(limit + 1)
            return data

        try:
            data = patiently(read)
        except urllib.error.HTTPError as error:
            if error.code in (403, 404, 410):
                return None
            raise unreachable(self.label, error) from None
        except (OSError, http.client.HTTPException) as error:
            raise unreachable(self.label, error) from None
        if len(data) > limit:
            raise StoreError(f"{self.label}/{text} is too large.", hint="Is this a store?")
        return data

    def _open(self, text: str) -> Any:
        headers = {"User-Agent": f"runfolio/{VERSION}"}
        request = urllib.request.Request(f"{self.label}/{text}", headers=headers)
        return self._opener.open(request, timeout=timeout())


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows to https only, or within this machine."""

    def redirect_request(
        self, req: Any, fp: Any, code: Any, msg: Any, headers: Any, newurl: str
    ) -> Any:
        parts = urlsplit(newurl)
        here = is_loopback(urlsplit(req.full_url).hostname or "")
        if parts.scheme != "https" and not (here and is_loopback(parts.hostname or "")):
            raise StoreError(f"{req.full_url} leads to {newurl[:200]!r}, which is not https.")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def entries_of(found: Any) -> list[tuple[str, Entry]]:
    """The files of a list that are files of a store; ValueError and such where it is none."""
    entries = []
    for text, info in found["files"].items():
        name, size = name_of(text), int(info["size"])
        if name is not None and size >= 0:
            entries.append((text, Entry(name, size, int(float(info.get("modified", 0)) * 1e9))))
    return entries


def list_of(store_id: str, entries: dict[str, Entry]) -> bytes:
    """The list of files of a store for readers over https: the same bytes for the same files."""
    listed: dict[str, dict[str, float]] = {}
    for text, entry in sorted(entries.items()):
        listed[text] = {"size": entry.size}
        if entry.name.sort == "journal" and entry.mtime_ns:
            listed[text]["modified"] = entry.mtime_ns // 10**9
    content = {"format": schema.FORMAT, "store": store_id, "files": listed}
    return json.dumps(content, indent=0, separators=(",", ":")).encode() + b"\n"
