"""A small web server for a built site: like a static host, for this machine only.

It answers on the loopback address and only to requests whose Host header names it, so that a web
page from elsewhere cannot read private runs through the visitor's browser. Into HTML (and only
there) it adds one script (``templates/serve/live.js``) that loads the page again when its file has
changed; the files on disk stay as they were built.
"""

from __future__ import annotations

import gzip
import json
import mimetypes
import re
import threading
from dataclasses import dataclass
from email.utils import formatdate
from functools import cache, lru_cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit

from runfolio.site.render import templates_folder

HOST = "127.0.0.1"
OWN = "/__runfolio/"
RELOAD_TAG = b'<script src="/__runfolio/live.js"></script>'

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".json": "application/json",
    ".csv": "text/csv; charset=utf-8",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
    ".parquet": "application/vnd.apache.parquet",
    ".woff2": "font/woff2",
    ".webp": "image/webp",
}
#: What is worth compressing; pictures and Parquet are compressed already.
_TEXTS = frozenset({".html", ".js", ".css", ".json", ".csv", ".svg", ".txt", ".md", ".xml"})
_SMALLEST = 1024
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


@dataclass(frozen=True)
class Found:
    """What a path leads to: a file with a status, or a redirection."""

    path: Path | None = None
    status: HTTPStatus = HTTPStatus.OK
    location: str = ""


def look_up(root: Path, target: str) -> Found:
    """What a static host answers to the request target: index.html, folders with a slash, 404.html.

    Nothing outside ``root`` is served: no dot-dot, no absolute path, no link that leads out of it.
    """
    path = unquote(urlsplit(target).path, errors="replace")
    parts = [part for part in path.split("/") if part]
    if not path.startswith("/") or any(_is_foreign(part) for part in parts):
        return _missing(root)
    file = root.joinpath(*parts)
    try:
        if file.is_dir():
            if not path.endswith("/") and _is_inside(file, root):
                return Found(status=HTTPStatus.MOVED_PERMANENTLY, location=_with_slash(parts))
            file = file / "index.html"
        elif path.endswith("/"):
            return _missing(root)
        elif not file.suffix and not file.exists():
            file = file.with_name(file.name + ".html")
        if file.is_file() and _is_inside(file, root):
            return Found(file)
    except (OSError, ValueError):
        pass  # a name that this file system cannot hold is not there
    return _missing(root)


def _is_inside(file: Path, root: Path) -> bool:
    return file.resolve().is_relative_to(root.resolve())


def _is_foreign(part: str) -> bool:
    return part in (".", "..") or "\\" in part or "\0" in part or ":" in part


def _with_slash(parts: list[str]) -> str:
    return "/" + "/".join(quote(part) for part in parts) + "/"


def _missing(root: Path) -> Found:
    page = root / "404.html"
    return Found(page if page.is_file() else None, HTTPStatus.NOT_FOUND)


def look_below(root: Path, target: str, prefix: str) -> Found:
    """``look_up`` for a site that stands below ``prefix``, such as ``/repo/``.

    The host's own front page leads to it; nothing else outside is there, as on a host of project
    pages, so that a link which forgets the prefix is seen before it is published.
    """
    path = urlsplit(target).path
    if path.startswith(prefix):
        found = look_up(root, target[len(prefix) - 1 :])
        if found.location:
            return Found(status=found.status, location=prefix[:-1] + found.location)
        return found
    if path in ("/", prefix[:-1]):
        return Found(status=HTTPStatus.FOUND, location=prefix)
    return Found(status=HTTPStatus.NOT_FOUND)


class SiteServer(ThreadingHTTPServer):
    """Serves ``root`` below ``prefix``; ``trouble`` is what the last build failed with, or ''.

    Without ``live`` pages come as they are, as from a host: nothing in them looks for a newer one.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, root: Path, port: int, prefix: str = "/", *, live: bool = True) -> None:
        super().__init__((HOST, port), _Handler)
        self.root = root
        self.prefix = prefix
        self.live = live
        self.trouble = ""
        port = self.server_address[1]
        self.url = f"http://localhost:{port}{prefix}"
        self.hosts = {f"{name}:{port}" for name in ("localhost", HOST)}

    def start(self) -> None:
        """Answer requests in the background until ``shutdown``."""
        threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True).start()


class _Handler(BaseHTTPRequestHandler):
    server: SiteServer
    protocol_version = "HTTP/1.1"
    server_version = "runfolio"
    sys_version = ""

    def do_GET(self) -> None:
        """Answer one request; a reader that went away is nobody's trouble."""
        try:
            self._answer()
        except (BrokenPipeError, ConnectionResetError, TimeoutError):
            self.close_connection = True

    do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Stay quiet: the terminal tells of builds, not of requests."""

    def _answer(self) -> None:
        if self.headers.get("Host", "").lower() not in self.server.hosts:
            self._send(HTTPStatus.FORBIDDEN, b"This server answers to localhost only.\n")
            return
        if self.path.startswith(OWN):
            self._send_own()
            return
        found = look_below(self.server.root, self.path, self.server.prefix)
        if found.location:
            self._send(found.status, b"", headers={"Location": found.location})
        elif found.path is None:
            self._send(found.status, b"There is no such page.\n")
        else:
            self._send_file(found.path, found.status)

    def _send_own(self) -> None:
        asked = urlsplit(self.path)
        name = asked.path.removeprefix(OWN)
        if name == "state":
            page = parse_qs(asked.query).get("page", [""])[0]
            found = look_below(self.server.root, page, self.server.prefix)
            state = {"page": mark_of(found.path), "error": self.server.trouble}
            self._send(HTTPStatus.OK, json.dumps(state).encode(), type=_TYPES[".json"])
        elif name == "live.js":
            self._send(HTTPStatus.OK, _live_script(), type=_TYPES[".js"])
        else:
            self._send(HTTPStatus.NOT_FOUND, b"There is no such page.\n")

    def _send_file(self, path: Path, status: HTTPStatus) -> None:
        try:
            modified = path.stat().st_mtime
            mark = f'"{mark_of(path)}"'
            content = path.read_bytes()
        except OSError:
            # A build may swap the folder between the look and the read; the next request finds it.
            self._send(HTTPStatus.SERVICE_UNAVAILABLE, b"The site is being built; try again.\n")
            return
        suffix = path.suffix.lower()
        type = _TYPES.get(suffix) or mimetypes.guess_type(path.name)[0]
        headers = {"Last-Modified": formatdate(modified, usegmt=True), "ETag": mark}
        wanted = self.headers.get("Range", "")
        if self.headers.get("If-Range", mark) != mark:
            wanted = ""  # a part of another state of the file would not fit
        if suffix == ".html":
            content, wanted = with_reload(content) if self.server.live else content, ""
        elif status == HTTPStatus.OK:
            headers["Accept-Ranges"] = "bytes"
        if status == HTTPStatus.OK and mark in self.headers.get("If-None-Match", ""):
            status, content = HTTPStatus.NOT_MODIFIED, b""
        elif status == HTTPStatus.OK and wanted:
            status, content, more = _part(content, wanted)
            headers.update(more)
        elif suffix in _TEXTS:
            content, more = self._packed(content)
            headers.update(more)
        self._send(status, content, type=type or "application/octet-stream", headers=headers)

    def _packed(self, content: bytes) -> tuple[bytes, dict[str, str]]:
        """A text compressed where the browser takes that, as hosts do."""
        taken = "gzip" in self.headers.get("Accept-Encoding", "")
        if not taken or len(content) < _SMALLEST:
            return content, {"Vary": "Accept-Encoding"}
        return _gzipped(content), {"Vary": "Accept-Encoding", "Content-Encoding": "gzip"}

    def _send(
        self,
        status: HTTPStatus,
        content: bytes,
        *,
        type: str = "text/plain; charset=utf-8",
        headers: dict[str, str] | None = None,
    ) -> None:
        self.send_response(status)
        if status != HTTPStatus.NOT_MODIFIED:
            self.send_header("Content-Type", type)
            self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-cache")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.send_header("Cross-Origin-Resource-Policy", "same-origin")
        self.send_header("Referrer-Policy", "no-referrer")
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def mark_of(path: Path | None) -> str:
    """A word that changes when a file was built anew; '' where there is none.

    A build takes over what has not changed, with its time.
    """
    try:
        state = path.stat() if path else None
    except OSError:
        state = None
    return f"{state.st_mtime_ns:x}-{state.st_size:x}" if state else ""


@cache
def _live_script() -> bytes:
    return (templates_folder() / "serve" / "live.js").read_bytes()


@lru_cache(maxsize=16)
def _gzipped(content: bytes) -> bytes:
    """The few large files are asked for again and again: the chart library takes 50 ms."""
    return gzip.compress(content, 5, mtime=0)


def with_reload(page: bytes) -> bytes:
    """The page with the reloading script before the end of its body, or at its very end."""
    at = page.lower().rfind(b"</body>")
    return page + RELOAD_TAG if at < 0 else page[:at] + RELOAD_TAG + page[at:]


def _part(content: bytes, asked: str) -> tuple[HTTPStatus, bytes, dict[str, str]]:
    """The part of a file that a Range header asks for; DuckDB in a browser reads files so."""
    found = _RANGE.fullmatch(asked.strip())
    if not found or not any(found.groups()):
        return HTTPStatus.OK, content, {}
    size = len(content)
    if not found[1]:
        first, last = max(size - int(found[2]), 0), size - 1
    else:
        first, last = int(found[1]), min(int(found[2] or size), size - 1)
    if first > last:
        return HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, b"", {"Content-Range": f"bytes */{size}"}
    headers = {"Content-Range": f"bytes {first}-{last}/{size}"}
    return HTTPStatus.PARTIAL_CONTENT, content[first : last + 1], headers
