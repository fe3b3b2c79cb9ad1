"""Serve the site to this machine and keep it fresh: ``runfolio serve``."""

from __future__ import annotations

import errno
import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from runfolio.cli.failures import exit_code_of
from runfolio.cli.terminal import safe, say
from runfolio.cli.watching import fingerprint, wait_for_change
from runfolio.cli.webserver import HOST, SiteServer
from runfolio.config.source import FILE, PYPROJECT
from runfolio.config.values import is_address
from runfolio.errors import RunfolioError, UsageError

if TYPE_CHECKING:
    from runfolio.cli.call import Call
    from runfolio.config import Config

Wait = Callable[[Callable[[], Iterable[Path]], int], int]


def serve_site(
    call: Call,
    *,
    port: int,
    show: bool,
    prefix: str = "/",
    wait: Wait = wait_for_change,
) -> None:
    """Build, serve, and build again on every change until Ctrl-C.

    A build that fails is told here and on the open pages, and the site stays as it was.
    """
    from runfolio.cli.building import build_and_tell

    prefix = clean_prefix(prefix)
    build_and_tell(call.config, to_open=False, origins=call.brought())
    server = open_server(call.config.out, port, prefix)
    server.start()
    say(f"serving {safe(call.config.out)} at {server.url}   (only to this machine; Ctrl-C ends)")
    if show:
        import webbrowser

        webbrowser.open(server.url)
    try:
        seen = fingerprint(watched(call.config))
        while True:
            seen = wait(lambda: watched(call.config), seen)
            server.trouble = _build_again(call)
    finally:
        server.shutdown()
        server.server_close()


def clean_prefix(text: str) -> str:
    """``/repo/`` for ``repo``, ``/repo`` or ``repo/``; UsageError for what is no path."""
    parts = [part for part in text.split("/") if part]
    if any(part in (".", "..") or not _PREFIX_PART.fullmatch(part) for part in parts):
        raise UsageError(f"{text} is no path of a site.", hint="For instance: --prefix /repo/")
    return "/".join(["", *parts, ""])


_PREFIX_PART = re.compile(r"[A-Za-z0-9._~-]+")


def open_server(root: Path, port: int, prefix: str = "/") -> SiteServer:
    """A server for ``root``, below ``prefix``; UsageError if the port is taken."""
    try:
        return SiteServer(root, port, prefix)
    except OverflowError:
        raise UsageError(
            f"{port} is no port.", hint="Ports are 1 to 65535; 0 takes a free one."
        ) from None
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        raise UsageError(
            f"The port {port} of {HOST} cannot be used: {error.strerror}.",
            hint="Choose another with --port, or 0 for any free one.",
        ) from None


def watched(config: Config) -> tuple[Path, ...]:
    """What the site is made of: the store, the configuration, pages, theme, hooks, words, logo."""
    here = config.source.parent if config.source else Path()
    files = [config.source] if config.source else [here / FILE, here / PYPROJECT]
    site = config.site
    named = [Path(name) for name in (site.logo, site.hooks, site.words) if name]
    # What a hooks file imports lies beside it; other Python files there do no harm.
    helpers = sorted(Path(site.hooks).parent.glob("*.py")) if site.hooks else []
    beside = [Path(each.where) for each in config.sources if not is_address(Path(each.where))]
    return (config.store, *beside, site.pages, site.theme, *files, *named, *helpers)


def _build_again(call: Call) -> str:
    """Read the configuration anew and build; '' or why it failed."""
    from runfolio.cli.building import build_and_tell

    before = call.config
    call.forget()
    try:
        say(f"{time.strftime('%H:%M:%S')} changed; building …")
        build_and_tell(call.config, to_open=False, origins=call.origins)
    except RunfolioError as error:
        exit_code_of(error)
        call.keep(before)
        return "\n".join(filter(None, [error.message, error.hint]))
    return ""
