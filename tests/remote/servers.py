"""A real S3 server on loopback, a proxy that breaks connections, and a small web server."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SERVER = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def s3_server() -> Iterator[int]:
    """The port of a moto server in a process of its own, which ends with the block."""
    arguments = [sys.executable, "-W", "ignore", "-c", SERVER]
    process = subprocess.Popen(
        arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert process.stdin is not None and process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.stdout.close()
        process.kill()
        process.wait(30)


def credentials(port: int) -> dict[str, str]:
    """What the provider's own tools look for."""
    return {
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLEKEY",
        "AWS_SECRET_ACCESS_KEY": "example-secret-value",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def make_bucket(port: int, name: str) -> None:
    """A bucket of this name, new and empty."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/{name}", method="PUT")
    urllib.request.urlopen(request, timeout=30).close()


@dataclass
class Proxy:
    """Stands between client and server, and breaks what ``plan`` says.

    ``plan(number, head)`` is asked for each request with its number and first line: "" passes it
    on; "500" answers so without asking the server; "cut" breaks the connection in the middle of
    the answer; "late" passes the request on and then answers nothing at all until the client
    gives up; "drop" breaks the connection before the server sees the request.
    """

    port: int
    plan: Callable[[int, str], str] = lambda number, head: ""
    requests: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.own_port: int = self._listener.getsockname()[1]
        self._open = True
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._open = False
        self._listener.close()

    def _accept(self) -> None:
        while self._open:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, contextlib.suppress(OSError, ValueError):
            client.settimeout(60)
            while request := read_message(client):
                head = request.split(b"\r\n", 1)[0].decode("latin-1")
                with self._lock:
                    number = len(self.requests)
                    self.requests.append(head)
                    fault = self.plan(number, head)
                    if fault:
                        self.broken.append(f"{fault} {head}")
                if not self._answer(client, request, fault):
                    return

    def _answer(self, client: socket.socket, request: bytes, fault: str) -> bool:
        if fault == "drop":
            return False
        if fault == "500":
            body = b"<Error><Code>InternalError</Code></Error>"
            client.sendall(
                b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: %d\r\n\r\n%s"
                % (len(body), body)
            )
            return True
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as server:
            server.sendall(request)
            answer = read_message(server, of_head=request.startswith(b"HEAD"))
        if fault == "late":
            time.sleep(1.5)
            return False
        if fault == "cut":
            client.sendall(answer[: len(answer) // 2])
            return False
        client.sendall(answer)
        return True


def read_message(stream: socket.socket, *, of_head: bool = False) -> bytes:
    """One HTTP message, without a wish for "100 Continue"; b"" at the end of the connection.

    ``of_head``: it answers a HEAD, so it has no body whatever it says.
    """
    data = b""
    while b"\r\n\r\n" not in data:
        chunk = stream.recv(65536)
        if not chunk:
            return b""
        data += chunk
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    fields = {name.strip().lower(): value.strip() for name, _, value in map(_split, lines)}
    if b"expect" in fields:
        stream.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        lines = [line for line in lines if not line.lower().startswith(b"expect:")]
        head = b"\r\n".join([first, *lines])
    if of_head:
        return head + b"\r\n\r\n"
    length = int(fields.get(b"content-length", b"-1"))
    if fields.get(b"transfer-encoding", b"").lower() == b"chunked":
        while not body.endswith(b"0\r\n\r\n") and (chunk := stream.recv(65536)):
            body += chunk
    elif length >= 0 or first.startswith(
        b"HTTP/"
    ):  # an answer without a length ends with the stream
        while (length < 0 or len(body) < length) and (chunk := stream.recv(65536)):
            body += chunk
    return head + b"\r\n\r\n" + body


def _split(line: bytes) -> tuple[bytes, bytes, bytes]:
    return line.partition(b":")


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        return


@contextlib.contextmanager
def web_server(folder: Path) -> Iterator[str]:
    """The address of a web server that shows a folder, as a static host does."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
