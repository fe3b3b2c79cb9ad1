"""A whole site as one stream of bytes, to be carried in one HTML file or in scripts beside it.

    stream   4 bytes, the length of the packed index · the index · block after block
    index    JSON, packed with gzip: {v, open: [path, #state], front: path, blocks: [[offset,
             length, packed], …], files: {path: [block, start, length, type]}}
    block    files one behind the other, packed with gzip where that helps (packed: 1)

``offset`` counts from the first block, ``start`` from the begin of the unpacked block. The stream
is cut into pieces of equal size (publish/carrier.py), which perhaps are locked (publish/lock.py).
Pages are as publish/pages.py makes them; every other file is as it was built.

Nothing gets in but the files that are given, and of those only what a page shows, links or may
load. The same files give the same bytes.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import mimetypes
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runfolio.errors import PublishError
from runfolio.publish.pages import Rewritten, inlined, rewritten

_BLOCK = 1 << 20
_PICTURE = 64 << 10
_PACKED = (
    *(".png", ".jpg", ".jpeg", ".gif", ".webp", ".avif", ".mp4", ".webm", ".mp3", ".ogg", ".flac"),
    *(".parquet", ".zip", ".gz", ".xz", ".zst", ".bz2", ".npz", ".woff2", ".whl"),
)
#: What scripts of pages may load, of the site and of the snapshots in it.
_LOADED = re.compile(r"(snapshots/[^/]+/)?(assets/|data/.*\.js$)")
#: What lies together in the stream, by path: what every page needs comes first.
_ORDER = ("assets/", "index.html", "", "data/index", "data/boards/", "data/search/", "data/")
#: Types by name as Python knows them, and not as this machine does.
_KNOWN = mimetypes.MimeTypes()
_TYPES = {
    ".md": "text/markdown",
    ".parquet": "application/vnd.apache.parquet",
    ".svg": "image/svg+xml",
    ".toml": "text/plain",
    ".webp": "image/webp",
    ".yaml": "text/plain",
    ".yml": "text/plain",
}


@dataclass(frozen=True)
class Bundle:
    """A packed site.

    ``front``: path of the page that shows where no script runs; ``shell`` is its HTML. ``sizes``
    are packed bytes by path; ``scripts`` and ``styles`` are the texts that may run and dress,
    ``pictures`` are small ones of the front page.
    """

    stream: bytes
    front: str
    shell: str
    pages: int
    sizes: Mapping[str, int]
    scripts: Mapping[str, str]
    styles: Mapping[str, str]
    pictures: Mapping[str, bytes]


def make_bundle(files: Mapping[str, Path], opens: str = "index.html", *, front: str = "") -> Bundle:
    """The site of ``files`` (path in the site, and where it lies), which opens at ``opens``.

    ``opens`` is a page's path and perhaps #state; ``front`` a page for readers without scripts
    where that page has nothing to show them. PublishError if the site has no such page.
    """
    start, mark, state = opens.partition("#")
    front = front or start
    for page in (start, front):
        if page not in files or not is_page(page):
            raise PublishError(
                f"The site has no page {page}.",
                hint=f"It has, for example: {', '.join(_examples(files))}",
            )
    pages = {
        path: rewritten(path, files[path].read_text("utf-8", "replace"))
        for path in sorted(files)
        if is_page(path) and path != "404.html"
    }
    wanted = _wanted(files, pages.values())
    styles = {path: _style(path, files) for page in pages.values() for path in page.styles}
    scripts = {path: files[path].read_text("utf-8") for path in sorted(wanted) if _is_script(path)}
    made = {path: page.html.encode("utf-8", "replace") for path, page in pages.items()}
    made.update({path: text.encode() for path, text in {**styles, **scripts}.items()})
    stream = _Stream()
    for path in sorted({*made, *wanted}, key=_turn):
        stream.add(path, made[path] if path in made else files[path].read_bytes())
    head: dict[str, Any] = {"v": 1, "open": [start, mark + state], "front": front}
    return Bundle(
        stream=stream.whole(head),
        front=front,
        shell=pages[front].html,
        pages=len(pages),
        sizes=stream.sizes(),
        scripts=scripts,
        styles=styles,
        pictures=_pictures(files, pages[front].needs),
    )


def read_stream(stream: bytes) -> dict[str, bytes]:
    """Every file of a stream, as the bundle's script reads them."""
    end = 4 + int.from_bytes(stream[:4], "big")
    index = json.loads(gzip.decompress(stream[4:end]))
    blocks = []
    for offset, length, packed in index["blocks"]:
        data = stream[end + offset : end + offset + length]
        blocks.append(gzip.decompress(data) if packed else data)
    return {
        path: blocks[block][start : start + length]
        for path, (block, start, length, _) in index["files"].items()
    }


def is_page(path: str) -> bool:
    """Whether this is a page of the site, and not HTML that a run logged."""
    return path.endswith(".html") and not re.search(r"(^|/)artifacts/", path)


def data_url(data: bytes, path: str) -> str:
    """A file as an address that holds it."""
    return f"data:{media_type(path)};base64,{base64.b64encode(data).decode()}"


def media_type(path: str) -> str:
    """The type of a file's contents, by its name."""
    suffix = Path(path).suffix.lower()
    return _TYPES.get(suffix) or _KNOWN.guess_type(path)[0] or "application/octet-stream"


def _wanted(files: Mapping[str, Path], pages: Iterable[Rewritten]) -> set[str]:
    """The files beside the pages: what pages refer to, and what their scripts may load."""
    wanted = {path for path in files if _LOADED.match(path)}
    for page in pages:
        wanted.update(page.needs, page.scripts)
    return {path for path in wanted if path in files and not is_page(path)}


def _is_script(path: str) -> bool:
    """Whether pages may run it: data files are parsed, and what a run logged is only shown."""
    return path.endswith(".js") and not re.search(r"(^|/)(data|artifacts)/", path)


def _pictures(files: Mapping[str, Path], paths: Iterable[str]) -> dict[str, bytes]:
    """Those of the paths that are pictures small enough to be held twice."""
    return {
        path: files[path].read_bytes()
        for path in paths
        if path in files
        and media_type(path).startswith("image/")
        and files[path].stat().st_size <= _PICTURE
    }


def _style(path: str, files: Mapping[str, Path]) -> str:
    def held(target: str) -> str:
        return data_url(files[target].read_bytes(), target) if target in files else ""

    return inlined(path, files[path].read_text("utf-8"), held) if path in files else ""


def _turn(path: str) -> tuple[int, str]:
    """Where a file lies in the stream: what is read together lies together."""
    if path.startswith("artifacts/") or path.endswith(_PACKED):
        return (len(_ORDER), path)
    if is_page(path) and path != "index.html":
        return (_ORDER.index(""), path)
    places = [at for at, begin in enumerate(_ORDER) if begin and path.startswith(begin)]
    return (min(places, default=len(_ORDER)), path)


def _examples(files: Mapping[str, Path]) -> list[str]:
    boards = [path for path in sorted(files) if path.startswith("leaderboards/") and is_page(path)]
    return [*boards[:2], *(page for page in ("index.html", "compare.html") if page in files)]


class _Stream:
    """The stream as it grows; equal files are held once."""

    def __init__(self) -> None:
        self._blocks: list[_Block] = []
        self._places: dict[str, tuple[int, int, int]] = {}
        self._known: dict[bytes, tuple[int, int, int]] = {}

    def add(self, path: str, data: bytes) -> None:
        digest = hashlib.sha256(data).digest()
        if digest not in self._known:
            pack = not path.lower().endswith(_PACKED)
            last = self._blocks[-1] if self._blocks else None
            if last is None or last.pack != pack or last.size + len(data) > _BLOCK:
                last = _Block(pack)
                self._blocks.append(last)
            self._known[digest] = (len(self._blocks) - 1, last.size, len(data))
            last.add(data)
        self._places[path] = self._known[digest]

    def whole(self, head: Mapping[str, Any]) -> bytes:
        """The stream with its index."""
        blocks = [block.packed for block in self._blocks]
        files = {path: [*place, media_type(path)] for path, place in sorted(self._places.items())}
        table, offset = [], 0
        for block in self._blocks:
            table.append([offset, len(block.packed), int(block.pack)])
            offset += len(block.packed)
        text = json.dumps({**head, "blocks": table, "files": files}, separators=(",", ":"))
        index = gzip.compress(text.encode(), 9, mtime=0)
        return b"".join([len(index).to_bytes(4, "big"), index, *blocks])

    def sizes(self) -> dict[str, int]:
        """Packed bytes of each file: its share of its block."""
        found = {}
        for path, (number, _, length) in self._places.items():
            block = self._blocks[number]
            found[path] = len(block.packed) * length // max(block.size, 1)
        return found


class _Block:
    """Files one behind the other; ``packed`` asks for all of them."""

    def __init__(self, pack: bool) -> None:
        self.pack = pack
        self.size = 0
        self._pieces: list[bytes] = []
        self._packed: bytes | None = None

    def add(self, data: bytes) -> None:
        self._pieces.append(data)
        self.size += len(data)

    @property
    def packed(self) -> bytes:
        if self._packed is None:
            data = b"".join(self._pieces)
            self._packed = gzip.compress(data, 9, mtime=0) if self.pack else data
        return self._packed
