"""A git remote over http: git's own backend behind a small server on loopback."""

from __future__ import annotations

import os
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


class SmartServer(ThreadingHTTPServer):
    """Serves the bare repositories of a folder, for reading and for writing."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Backend)
        self.root = root

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Quiet: a client that was killed hangs up in the middle."""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


def serve(root: Path) -> SmartServer:
    """A server that answers until it is shut down."""
    server = SmartServer(root)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


class _Backend(BaseHTTPRequestHandler):
    server: SmartServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._pass_on()

    def do_POST(self) -> None:
        self._pass_on()

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def _pass_on(self) -> None:
        """Ask the backend as a web server does by CGI, and pass its answer on."""
        parts = urlsplit(self.path)
        known = {
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_HTTP_MAX_REQUEST_BUFFER": "100M",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "REQUEST_METHOD": self.command,
            "REMOTE_USER": "ada",
            "REMOTE_ADDR": "127.0.0.1",
        }
        body = self._body()
        done = subprocess.run(
            ["git", "http-backend"],
            input=body,
            capture_output=True,
            env={**os.environ, **known, "CONTENT_LENGTH": str(len(body))},
            check=False,
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        fields = [line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line]
        status = next((value for key, value in fields if key == "Status"), "200 OK")
        self.send_response(int(status.split()[0]))
        for key, value in fields:
            if key != "Status":
                self.send_header(key, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        found = b""
        while size := int(self.rfile.readline(), 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return found
