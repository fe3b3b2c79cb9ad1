"""The HTML file that carries a bundle, and the scripts beside it where one file would be too large.

It shows its front page before any script runs. The stream follows in pieces of equal size, as
base64, in elements that no browser runs, or each in a script beside it, ``rfPiece(number, "…")``,
for a page on the disk may load scripts and nothing else. The policy names the hash of every script
and style that may be used. A locked bundle shows a page that asks for the passphrase instead.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from runfolio.publish.bundle import Bundle, data_url, read_stream
from runfolio.publish.lock import Lock

INSIDE, BESIDE = 256 << 10, 1 << 20
#: Bytes of pictures that show in the front page without scripts.
_PICTURES = 256 << 10
_END = re.compile(r"</\s*script|<!--", re.IGNORECASE)


class Fill(Protocol):
    """Fills a template by its name."""

    def __call__(self, template: str, /, **given: object) -> str: ...


@dataclass(frozen=True)
class Frame:
    """What a bundle is dressed with: the folder of templates, and what fills them."""

    folder: Path
    fill: Fill


@dataclass(frozen=True)
class Carried:
    """The HTML file, and by their paths from its folder the files beside it."""

    html: bytes
    beside: Mapping[str, bytes]

    @property
    def bytes(self) -> int:
        """All of it."""
        return len(self.html) + sum(map(len, self.beside.values()))


def carried(frame: Frame, bundle: Bundle, *, beside: str = "", lock: Lock | None = None) -> Carried:
    """The bundle in one file, or with its pieces in the folder ``beside``; locked by ``lock``."""
    size = BESIDE if beside else INSIDE
    pieces = _cut(bundle.stream, size, padded=lock is not None)
    secret, pieces = lock.sealed(pieces) if lock else ({}, pieces)
    files = _scripts(pieces, beside) if beside else {}
    header: dict[str, Any] = {
        "v": 1,
        "size": size,
        "pieces": len(pieces),
        "files": list(files) or None,
        "words": json.loads(frame.fill("bundle/words.html")),
        **({"lock": secret} if lock else {"front": bundle.front}),
    }
    own = _own(frame.folder)
    given = {
        "header": json.dumps(header, separators=(",", ":")).replace("<", "\\u003c"),
        "pieces": [] if beside else [(at, _text(data)) for at, data in enumerate(pieces)],
        "script": own["bundle.js"],
    }
    scripts = [own["early.js"], own["bundle.js"], own["lock.js"], *bundle.scripts.values()]
    if lock:
        styles = [own["locked.css"], *bundle.styles.values()]
        more = {"policy": _policy(scripts, styles, bool(beside)), "style": own["locked.css"]}
        more |= {"early": own["early.js"], "lock": own["lock.js"]}
        html = frame.fill("bundle/locked.html", **given, **more)
    else:
        styles = [own["away.css"], *bundle.styles.values()]
        tail = frame.fill("bundle/tail.html", **given, pages=bundle.pages)
        html = _open(bundle, own, _policy(scripts, styles, bool(beside)), tail)
    return Carried(html.encode("utf-8", "replace"), files)


def read_carried(
    html: bytes, beside: Callable[[str], bytes] | None = None, passphrase: str = ""
) -> dict[str, bytes]:
    """The files that a bundle holds, read back from what was written.

    ``beside`` gives the contents of the files beside it. UsageError for a wrong passphrase.
    """
    text = html.decode()
    found = re.search(r'<script type="application/json" id="bundle">(.*?)</script>', text)
    header = json.loads(found[1]) if found else {}
    texts = re.findall(r'data-piece="\d+">([^<]*)<', text)
    for name in header["files"] or ():
        assert beside is not None, "the pieces lie beside the file"
        texts.append(beside(name).decode().partition('"')[2].partition('"')[0])
    pieces = [base64.b64decode(each) for each in texts]
    if asked := header.get("lock"):
        lock = Lock(passphrase, base64.b64decode(asked["salt"]), asked["iterations"])
        pieces = lock.opened(asked["edition"], pieces)
    return read_stream(b"".join(pieces))


def _cut(stream: bytes, size: int, *, padded: bool) -> list[bytes]:
    """Pieces of equal size; ``padded`` ones tell no more of the length than its order."""
    count = max(1, -(-len(stream) // size))
    if padded:
        count = _rounded(count)
        stream = stream.ljust(count * size, b"\0")
    return [stream[at * size : (at + 1) * size] for at in range(count)]


def _rounded(count: int) -> int:
    """``count`` rounded up so that it tells little: Padmé (Nikitin et al., 2019), at most 12 %."""
    exponent = count.bit_length() - 1
    free = max(exponent - exponent.bit_length(), 0)
    return -(-count >> free) << free if free else count


def _scripts(pieces: Iterable[bytes], folder: str) -> dict[str, bytes]:
    files = {}
    for number, piece in enumerate(pieces):
        data = f'rfPiece({number},"{_text(piece)}");\n'.encode()
        files[f"{folder}/{number:04d}-{hashlib.sha256(data).hexdigest()[:10]}.js"] = data
    return files


def _text(piece: bytes) -> str:
    return base64.b64encode(piece).decode()


def _own(folder: Path) -> dict[str, str]:
    """The bundle's own scripts and styles, by name."""
    own = {path.name: path.read_text("utf-8") for path in (folder / "bundle").glob("*.*s")}
    tokens = (folder / "static" / "css" / "tokens.css").read_text("utf-8")
    return {**own, "locked.css": tokens + own["locked.css"]}


def _policy(scripts: Iterable[str], styles: Iterable[str], beside: bool) -> str:
    """What the file may do: run and wear what was packed, show what it made itself."""
    runs = " ".join(["'self'"] * beside + sorted(set(map(_hash, scripts))))
    wears = " ".join(sorted(set(map(_hash, styles))))
    return (
        f"default-src 'none'; script-src {runs}; style-src {wears}; img-src blob: data:; "
        "media-src blob:; font-src data:; base-uri 'none'; form-action 'none'; object-src 'none'"
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8", "replace")).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


# --- the front page ------------------------------------------------------------------------------


def _open(bundle: Bundle, own: Mapping[str, str], policy: str, tail: str) -> str:
    """The front page with its style and what must run before it shows; the bundle at its end."""
    head = (
        f'\n<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" '
        f'content="{policy}">\n<style>{own["away.css"]}</style>\n<script>{own["early.js"]}</script>'
    )
    html = re.sub(r"<head[^>]*>", lambda tag: tag[0] + head, bundle.shell, count=1)
    for path, text in bundle.styles.items():
        if "</style" not in text.lower():
            html = html.replace(f'<link data-style="{path}">', f"<style>{text}</style>")
    for path, text in bundle.scripts.items():
        # Those without defer run before the first paint, as the theme does.
        tag = f'<script type="text/plain" data-script="{path}"></script>'
        if not _END.search(text):
            html = html.replace(tag, f"<script>{text}</script>")
    html = _with_pictures(html, bundle)
    begin, end, rest = html.rpartition("</body>")
    return f"{begin}{tail}{end}{rest}" if end else html + tail


def _with_pictures(html: str, bundle: Bundle) -> str:
    """Small pictures of the front page, which then show without scripts."""
    left = _PICTURES

    def show(match: re.Match[str]) -> str:
        nonlocal left
        data = bundle.pictures.get(match[1], b"")
        if not data or len(data) > left:
            return match[0]
        left -= len(data)
        return f'{match[0]} src="{data_url(data, match[1])}"'

    return re.sub(r'data-file="([^"]+)"', show, html)
