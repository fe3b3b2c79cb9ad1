"""Files on their way to the store: what may be taken, what they are, what they are called."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from runfolio.run.trouble import NotRecordedError
from runfolio.store.files import BINARY, NOFOLLOW, NONBLOCK

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
_DIGEST = re.compile(r"[0-9a-f]{64}")


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


@dataclass(frozen=True)
class Found:
    """A file below a folder: its path, its name in the folder with /, and a safe way to open it."""

    path: Path
    name: str
    open: Callable[[], int]


@dataclass
class Left:
    """What a walk left out: names of links that lead out of the folder, or to folders."""

    links: list[str] = field(default_factory=list)


def below(folder: Path, left: Left | None = None) -> Iterator[Found]:
    """All files below ``folder``, sorted; links that lead out are left out, and noted in ``left``.

    Folders that are links are not entered, so that no loop can be endless. Opening a file follows
    no link, so that none can be slipped in between the look and the copy.
    """
    root = Path(os.path.realpath(folder))
    left = left if left is not None else Left()
    for current, folders, names in os.walk(folder):
        folders.sort()
        here = Path(current)
        left.links += [
            (here / each).relative_to(folder).as_posix()
            for each in folders
            if (here / each).is_symlink()
        ]
        for name in sorted(names):
            path = here / name
            real = Path(os.path.realpath(path))
            inside = path.relative_to(folder).as_posix()
            if real.is_relative_to(root):
                opener = partial(_open_below, root, real.relative_to(root).parts)
                yield Found(path, inside, opener)
            else:
                left.links.append(inside)


def _open_below(root: Path, parts: tuple[str, ...]) -> int:
    """Descriptor of the file at ``parts`` below ``root``; OSError if a link stands on the way."""
    last = os.O_RDONLY | BINARY | NONBLOCK | NOFOLLOW
    if os.open not in os.supports_dir_fd:
        return os.open(root.joinpath(*parts), last)
    fd = os.open(root, os.O_RDONLY | os.O_DIRECTORY | BINARY)
    for number, part in enumerate(parts, 1):
        flags = last if number == len(parts) else os.O_RDONLY | os.O_DIRECTORY | NOFOLLOW | BINARY
        try:
            deeper = os.open(part, flags, dir_fd=fd)
        finally:
            os.close(fd)
        fd = deeper
    return fd


def head_of(open: Callable[[], int], size: int = 65536) -> bytes:
    """The first bytes of a file."""
    with os.fdopen(open(), "rb") as file:
        return file.read(size)


def named(path: Path) -> Found:
    """The file that a person named; links are followed. NotTakenError if it is no file."""
    regular(path)
    return Found(path, path.name, partial(os.open, path, os.O_RDONLY | BINARY | NONBLOCK))


def sha256_of(text: str) -> str:
    """A digest that people give, as 64 hex digits; ``sha256:`` may stand before it."""
    digest = str(text).removeprefix("sha256:").lower()
    if not _DIGEST.fullmatch(digest):
        raise NotTakenError(f"{text!r} is no SHA-256 digest (64 hex digits)")
    return digest


def local_path(uri: str) -> Path | None:
    """The file that ``uri`` names on this machine, or None if it lies elsewhere."""
    if uri.startswith("file://"):
        from urllib.parse import unquote, urlsplit

        parts = urlsplit(uri)
        return Path(unquote(parts.path)) if parts.netloc in ("", "localhost") else None
    if "://" in uri or uri.partition(":")[0] in ("s3", "gs", "hf", "data", "doi"):
        return None
    return Path(uri)
