"""A small Hugging Face Hub on loopback: the endpoints that the client uses for a Space.

It keeps the files of one Space in memory and answers as the Hub does, as far as the client looks:
accounts by token, a commit only on the parent that was named, digests as git and LFS have them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

TOKEN, STRANGER = "hf_" + "w" * 34, "hf_" + "r" * 34
#: Suffixes that the Hub keeps in large-file storage, as its .gitattributes says.
LARGE = (".parquet", ".png", ".zip", ".bin")


class Hub(ThreadingHTTPServer):
    """``files`` of the Space, None while there is none; ``commits`` from the first to the last."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, bytes] | None = None
        self.commits: list[str] = []
        self.large: dict[str, bytes] = {}
        self.made: dict[str, Any] = {}
        self.full = False
        self.before_commit: Callable[[], None] = lambda: None
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def commit(self, files: dict[str, bytes]) -> str:
        """Take these files as the newest state."""
        self.files = files
        number = len(self.commits)
        self.commits.append(hashlib.sha1(f"{number}".encode()).hexdigest())
        return self.commits[-1]


def serve() -> Hub:
    """A hub that answers until it is shut down."""
    hub = Hub()
    threading.Thread(target=hub.serve_forever, daemon=True).start()
    return hub


def git_digest(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


class _Handler(BaseHTTPRequestHandler):
    server: Hub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PUT(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    # --- what is asked

    def _answer(self) -> None:
        hub, path = self.server, unquote(urlsplit(self.path).path)
        self.body = self._read()
        hub.asked.append(f"{self.command} {path}")
        token = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        if token not in ("", TOKEN, STRANGER) and not path.startswith("/large/"):
            return self._json({"error": "Invalid credentials in Authorization header"}, 401)
        for pattern, call in self._ways():
            if found := re.fullmatch(pattern, path):
                if self.command in ("POST", "PUT") and token == STRANGER:
                    return self._json({"error": "Forbidden: pass a token with write access"}, 403)
                return call(*found.groups())
        return self._json({"error": f"no such endpoint: {path}"}, 404)

    def _read(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        found = b""
        while size := int(self.rfile.readline(), 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return found

    def _ways(self) -> list[tuple[str, Callable[..., None]]]:
        return [
            (r"/api/spaces/lab/digits(?:/revision/\w+)?", self._info),
            (r"/spaces/lab/digits/resolve/\w+/(.+)", self._file),
            (r"/api/repos/create", self._create),
            (r"/api/validate-yaml", lambda: self._json({"errors": [], "warnings": []})),
            (r"/api/spaces/lab/digits/preupload/main", self._preupload),
            (r"/spaces/lab/digits\.git/info/lfs/objects/batch", self._batch),
            (r"/large/(\w+)", self._take_large),
            (r"/api/spaces/lab/digits/commit/main", self._commit),
        ]

    def _info(self) -> None:
        hub = self.server
        if hub.files is None:
            return self._missing("RepoNotFound", "Repository not found")
        siblings = []
        for name, data in hub.files.items():
            one: dict[str, Any] = {"rfilename": name, "size": len(data)}
            one["blobId"] = git_digest(data)
            if name.endswith(LARGE):
                sha = hashlib.sha256(data).hexdigest()
                one["lfs"] = {"sha256": sha, "size": len(data), "pointerSize": 130}
            siblings.append(one)
        self._json({"id": "lab/digits", "sha": hub.commits[-1], "siblings": siblings})

    def _file(self, name: str) -> None:
        data = (self.server.files or {}).get(name)
        if data is None:
            return self._missing("EntryNotFound", "Entry not found")
        tags = {"ETag": f'"{git_digest(data)}"', "X-Repo-Commit": self.server.commits[-1]}
        self._send(data, 200, "application/octet-stream", tags)

    def _create(self) -> None:
        self.server.made = json.loads(self.body)
        self.server.commit({".gitattributes": b"*.parquet filter=lfs\n"})
        self._json({"url": f"{self.server.address}/spaces/lab/digits"})

    def _preupload(self) -> None:
        there = self.server.files or {}
        files = [
            {
                "path": each["path"],
                "uploadMode": "lfs" if each["path"].endswith(LARGE) else "regular",
                "shouldIgnore": False,
                "oid": git_digest(there[each["path"]]) if each["path"] in there else None,
            }
            for each in json.loads(self.body)["files"]
        ]
        self._json({"files": files, "commitOid": self.server.commits[-1]})

    def _batch(self) -> None:
        hub = self.server
        objects = []
        for each in json.loads(self.body)["objects"]:
            way = {"upload": {"href": f"{hub.address}/large/{each['oid']}"}}
            objects.append({**each, **({} if each["oid"] in hub.large else {"actions": way})})
        self._json({"transfer": "basic", "objects": objects})

    def _take_large(self, sha: str) -> None:
        assert hashlib.sha256(self.body).hexdigest() == sha
        self.server.large[sha] = self.body
        self._send(b"", 200, "text/plain", {})

    def _commit(self) -> None:
        hub = self.server
        hub.before_commit()
        if hub.full:
            return self._json({"error": "Storage quota exceeded for lab"}, 403)
        lines = [json.loads(line) for line in self.body.splitlines()]
        parent = lines[0]["value"].get("parentCommit")
        if parent != hub.commits[-1]:
            return self._json({"error": "A commit has happened since. Please refresh."}, 412)
        files = dict(hub.files or {})
        for line in lines[1:]:
            path = line["value"]["path"]
            if line["key"] == "deletedFile":
                del files[path]
            elif line["key"] == "lfsFile":
                files[path] = hub.large[line["value"]["oid"]]
            else:
                files[path] = base64.b64decode(line["value"]["content"])
        oid = hub.commit(files)
        self._json({"commitUrl": f"{hub.address}/spaces/lab/digits/commit/{oid}", "commitOid": oid})

    # --- answers

    def _missing(self, code: str, message: str) -> None:
        self._json({"error": message}, 404, {"X-Error-Code": code, "X-Error-Message": message})

    def _json(self, value: Any, status: int = 200, headers: dict[str, str] | None = None) -> None:
        self._send(json.dumps(value).encode(), status, "application/json", headers or {})

    def _send(self, data: bytes, status: int, kind: str, headers: dict[str, str]) -> None:
        self.send_response(status)
        for key, value in {"Content-Type": kind, "Content-Length": str(len(data))}.items():
            self.send_header(key, value)
        for key, value in headers.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)
