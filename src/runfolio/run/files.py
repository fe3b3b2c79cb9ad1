"""Files on their way to the store: what may be taken, what they are, what they are called."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from runfolio.run.trouble import NotRecordedError

_TYPES = {
    "image": "png jpg jpeg gif webp svg bmp",
    "audio": "wav mp3 flac ogg opus m4a",
    "html": "html htm",
    "table": "parquet csv tsv arrow feather",
    "text": "txt md rst json jsonl yaml yml toml ini cfg log py sh tex diff patch",
    "model": "pt pth ckpt safetensors onnx pkl pickle joblib h5 keras gguf bin tflite",
}
_TYPE_OF_SUFFIX = {
    f".{suffix}": kind for kind, suffixes in _TYPES.items() for suffix in suffixes.split()
}
_MEDIA = {
    ".parquet": "application/vnd.apache.parquet",
    ".jsonl": "application/jsonl",
    ".md": "text/markdown",
    ".yaml": "application/yaml",
    ".yml": "application/yaml",
    ".toml": "application/toml",
    ".safetensors": "application/octet-stream",
    ".webp": "image/webp",
    ".flac": "audio/flac",
    ".opus": "audio/ogg",
}
FILES_LIMIT = 10_000


class NotTakenError(NotRecordedError):
    """The file cannot be kept; the message says why."""


def type_of(name: str) -> str:
    """image, audio, html, table, text, model or file, by the name's suffix."""
    return _TYPE_OF_SUFFIX.get(Path(name).suffix.lower(), "file")


def media_type_of(name: str) -> str:
    """The media type by the name's suffix; the same on every machine."""
    import mimetypes

    suffix = Path(name).suffix.lower()
    guessed = mimetypes.MimeTypes(filenames=()).guess_type(f"x{suffix}")[0]
    return _MEDIA.get(suffix) or guessed or "application/octet-stream"


def regular(path: Path) -> Path:
    """``path`` if it can be read as a file; links that people name themselves are followed."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise NotTakenError("there is no such file") from None
    except (OSError, ValueError) as error:
        raise NotTakenError(f"it cannot be read ({type(error).__name__})") from None
    if not stat.S_ISREG(mode):
        raise NotTakenError("it is no regular file (a device, pipe or socket)")
    return path


def below(folder: Path) -> Iterator[tuple[Path, str]]:
    """All files below ``folder`` with their path in it, sorted; links that lead out are left out.

    Folders that are links are not entered, so that no loop can be endless.
    """
    root = Path(os.path.realpath(folder))
    for current, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(current, name)
            if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(root):
                continue
            yield path, path.relative_to(folder).as_posix()


def digest_of(path: Path) -> tuple[str, int]:
    """The sha256 of a file as hex, and its size in bytes; read in pieces."""
    hasher = hashlib.sha256()
    size = 0
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            hasher.update(piece)
            size += len(piece)
    return hasher.hexdigest(), size


def local_path(uri: str) -> Path | None:
    """The file that ``uri`` names on this machine, or None if it lies elsewhere."""
    if uri.startswith("file://"):
        from urllib.parse import unquote, urlsplit

        parts = urlsplit(uri)
        return Path(unquote(parts.path)) if parts.netloc in ("", "localhost") else None
    if "://" in uri or uri.partition(":")[0] in ("s3", "gs", "hf", "data", "doi"):
        return None
    return Path(uri)
