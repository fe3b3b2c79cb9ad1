"""Files below one address or folder, read as from a stranger.

Names are ours alone, never theirs. From the web: https (http only where ``private`` is set), no
address of this machine or of a private network unless ``private``, looked at when the connection
is made, so that neither a redirect nor a name that changes its address leads inside. No cookies, no
credentials, nothing compressed; so many bytes and seconds, and no more.
"""

from __future__ import annotations

import http.client
import os
import socket
import urllib.error
import urllib.request
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from runfolio.environment.version import VERSION
from runfolio.federation.limits import Budget, RefusedError
from runfolio.store import files
from runfolio.store.source import new_file, open_regular

_CHUNK = 1024 * 1024
_SILENCE = 20.0
_GONE = (403, 404, 410)


class UnreachableError(Exception):
    """Nobody answers, or not as a server should; another time it may."""


class Place(Protocol):
    """Files of a source by our names for them."""

    def read(self, name: str, most: int) -> bytes | None:
        """A small file; None if there is none. RefusedError, UnreachableError."""

    def save(self, name: str, target: Path) -> int | None:
        """Write a file to the new file ``target``; its size, None if there is none."""


class Disk:
    """A folder of this machine. Links are not followed."""

    def __init__(self, folder: Path, budget: Budget) -> None:
        self.folder = folder
        self.budget = budget

    def read(self, name: str, most: int) -> bytes | None:
        """A small file."""
        try:
            with open_regular(self.folder / name) as fd:
                data = os.read(fd, most + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise RefusedError(name, error.strerror or str(error)) from None
        if len(data) > most:
            raise RefusedError(name, f"it has more than {most:,} bytes")
        self.budget.spend(name, len(data))
        return data

    def save(self, name: str, target: Path) -> int | None:
        """Copy a file."""
        size = 0
        try:
            with open_regular(self.folder / name) as fd, new_file(target) as out:
                while chunk := os.read(fd, _CHUNK):
                    self.budget.spend(name, len(chunk))
                    files.write_all(out, chunk)
                    size += len(chunk)
        except FileNotFoundError:
            return None
        return size


class Web:
    """What a web server shows below an address, which ends in '/'."""

    def __init__(self, address: str, budget: Budget, *, private: bool = False) -> None:
        self.address = address
        self.budget = budget
        self._opener = _opener(private)
        _check_scheme(address, private)

    def read(self, name: str, most: int) -> bytes | None:
        """A small file."""
        found = bytearray()
        for chunk in self._chunks(name) or ():
            found += chunk
            if len(found) > most:
                raise RefusedError(name, f"it has more than {most:,} bytes")
        return bytes(found) if self._found else None

    def save(self, name: str, target: Path) -> int | None:
        """Fetch a file."""
        size = 0
        with new_file(target) as out:
            for chunk in self._chunks(name):
                files.write_all(out, chunk)
                size += len(chunk)
        if not self._found:
            target.unlink()
            return None
        return size

    def _chunks(self, name: str) -> Any:
        """The contents piece by piece, as they come; none, and not ``_found``, if there is none."""
        self._found = True
        seconds = min(_SILENCE, self.budget.seconds(name))
        try:
            with self._open(name, seconds) as answer:
                if answer.headers.get("Content-Encoding", "identity") != "identity":
                    raise RefusedError(name, "it comes compressed, which was not asked for")
                left = _length(answer)
                while chunk := answer.read1(_CHUNK):
                    self.budget.spend(name, len(chunk))
                    self.budget.seconds(name)
                    left -= len(chunk)
                    yield chunk
            if left > 0:
                raise UnreachableError(f"{name}: {left:,} bytes did not come")
        except urllib.error.HTTPError as error:
            if error.code not in _GONE:
                raise UnreachableError(f"{name}: the server answers {error.code}") from None
            self._found = False
        except (OSError, http.client.HTTPException, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise UnreachableError(f"{name}: {str(reason) or type(error).__name__}"[:300]) from None

    def _open(self, name: str, seconds: float) -> Any:
        headers = {"User-Agent": f"runfolio/{VERSION}", "Accept-Encoding": "identity"}
        request = urllib.request.Request(f"{self.address}{name}", headers=headers)
        return self._opener.open(request, timeout=seconds)


def _length(answer: Any) -> int:
    """The bytes that are announced; 0 where nothing is."""
    text = answer.headers.get("Content-Length") or ""
    return int(text) if text.isascii() and text.isdigit() else 0


def _check_scheme(address: str, private: bool) -> None:
    parts = urlsplit(address)
    if parts.username or parts.password:
        raise RefusedError("", f"{parts.hostname}: an address with a user or a password")
    if parts.scheme != "https" and not (private and parts.scheme == "http"):
        hint = "" if private else "; http is read only with private = true"
        raise RefusedError("", f"{address[:200]} is no https address{hint}")


# --- connections ----------------------------------------------------------------------------------


def _opener(private: bool) -> urllib.request.OpenerDirector:
    """Opens http and https alone: no files, no ftp, no data, no cookies, no credentials."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        urllib.request.UnknownHandler(),
        _Redirects(private),
        _Http(private),
        _Https(private),
    ):
        opener.add_handler(handler)
    return opener


class _Redirects(urllib.request.HTTPRedirectHandler):
    max_redirections = 5

    def __init__(self, private: bool) -> None:
        self._private = private

    def redirect_request(
        self, req: Any, fp: Any, code: Any, msg: Any, headers: Any, newurl: str
    ) -> Any:
        _check_scheme(newurl, self._private)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _Http(urllib.request.HTTPHandler):
    def __init__(self, private: bool) -> None:
        super().__init__()
        self._private = private

    def http_open(self, req: Any) -> Any:
        _check_scheme(req.full_url, self._private)
        return self.do_open(
            partial(_connection, http.client.HTTPConnection, _guard(req, self)), req
        )


class _Https(urllib.request.HTTPSHandler):
    def __init__(self, private: bool) -> None:
        super().__init__()
        self._private = private

    def https_open(self, req: Any) -> Any:
        make = partial(_connection, http.client.HTTPSConnection, _guard(req, self))
        return self.do_open(make, req)


def _guard(req: Any, handler: Any) -> bool:
    """Whether to look at the address that is connected to; a proxy looks for itself."""
    if handler._private:
        return False
    through_proxy = req.has_proxy() or getattr(req, "_tunnel_host", None)
    if through_proxy:
        _refuse_inside(urlsplit(req.full_url).hostname or "")
    return not through_proxy


def _connection(kind: Any, guarded: bool, host: str, **options: Any) -> Any:
    connection = kind(host, **options)
    if guarded:
        connection._create_connection = _connect
    return connection


def _connect(address: tuple[str, int], timeout: Any = None, source_address: Any = None) -> Any:
    """A connection to a public address alone: what was looked at is what is connected to."""
    host, port = address
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for *_, place in found:
        _refuse_inside(str(place[0]).partition("%")[0])
    trouble: OSError = OSError(f"{host} has no address")
    for *_, place in found:
        try:
            return socket.create_connection((str(place[0]), port), timeout, source_address)
        except OSError as error:
            trouble = error
    raise trouble


def _refuse_inside(host: str) -> None:
    """RefusedError for an address of this machine or of a private network."""
    if _is_inside(host.strip("[]").lower().rstrip(".")):
        raise RefusedError(
            "", f"{host} is this machine or in a private network; private = true allows that"
        )


def _is_inside(host: str) -> bool:
    try:
        address = ip_address(host)
    except ValueError:
        return "." not in host or host.rpartition(".")[2] in ("localhost", "local", "internal")
    mapped = getattr(address, "ipv4_mapped", None)
    return not (mapped or address).is_global or address.is_multicast
