"""Files that lie outside of every store, read in pieces when somebody asks for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from runfolio.errors import MissingPackageError, StoreError
from runfolio.store.blobs import PIECE

_SECONDS = 60.0


def pieces(uri: str) -> Iterator[bytes]:
    """The contents of a path, a ``file:``, ``http:`` or ``https:`` URL, or what fsspec knows.

    StoreError if it cannot be read; MissingPackageError if it needs fsspec.
    """
    try:
        with _opened(uri) as file:
            while piece := file.read(PIECE):
                yield piece
    except OSError as error:  # urllib's errors are OSErrors as well
        reason = getattr(error, "reason", None) or error.strerror or error
        raise StoreError(f"{uri} cannot be fetched: {reason}.") from error


def _opened(uri: str) -> Any:
    scheme = uri.partition("://")[0].lower() if "://" in uri else ""
    if scheme in ("http", "https"):
        from urllib.request import urlopen

        return urlopen(uri, timeout=_SECONDS)
    if scheme == "file":
        return Path(unquote(urlsplit(uri).path)).open("rb")
    if not scheme:
        return Path(uri).open("rb")
    try:
        import fsspec
    except ImportError:
        raise MissingPackageError(
            f"{uri} can only be fetched with fsspec.", hint="pip install 'runfolio[remote]'"
        ) from None
    return fsspec.open(uri, "rb").open()
