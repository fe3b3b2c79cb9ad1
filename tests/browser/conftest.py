"""A real site in a real Chromium, from disk and over http under a sub-path.

Without a browser these tests are skipped, and say so; RUNFOLIO_REQUIRE_BROWSER=1 makes that an
error. RUNFOLIO_BROWSER names the browser where it is not found by itself.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import pytest

from runfolio.cli.webserver import OWN, SiteServer
from runfolio.config import load

from ..conftest import StoreMaker, made_once
from .kinds import GIVEN, build_all, kinds
from .published import PUBLISHED, made
from .runs import log_project

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
)
HOW = (
    "No Chromium for the browser tests. Install one (apt install chromium, or "
    "playwright install chromium), or name it in RUNFOLIO_BROWSER."
)
#: The site lies here on the test's server, as a project does on GitHub Pages.
SUB_PATH = "/people/project/"


class Visit(Protocol):
    """Opens a page of a site in a fresh window; see ``visit``."""

    def __call__(self, address: str, **context: Any) -> Any: ...


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            kind = getattr(item, "callspec", None) and item.callspec.params.get("shown")
            if kind:  # the page is opened once, by the process that has its tests
                item.add_marker(pytest.mark.xdist_group(kind))


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """The browser, started once."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _no_browser("Playwright is missing: pip install playwright. " + HOW)
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
        found = _executable() or (own if Path(own).exists() else None)
        if found is None:
            _no_browser(HOW)
        started = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        yield started
        started.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built site: 62 fits with a leaderboard, and an experiment without metrics."""
    return made_once(tmp_path_factory, "project", build_site)


@pytest.fixture(scope="module")
def served(site: Path) -> Iterator[str]:
    """The same site over http under a sub-path (a module may have a site of its own)."""
    yield from _host(site)


def _host(site: Path) -> Iterator[str]:
    """The address of a site on a server like that of GitHub Pages: gzip, ranges, a 404 page."""
    server = SiteServer(site, 0, SUB_PATH, live=False)
    server.start()
    yield server.url
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def disk(site: Path, request: pytest.FixtureRequest) -> str:
    """The address of the site on disk; of one that was published, on a host."""
    if PUBLISHED:
        return str(request.getfixturevalue("served"))
    return site.as_uri() + "/"


@pytest.fixture
def address_of() -> Iterator[Callable[[Path], str]]:
    """Gives the address of a site that only one test has, as ``disk`` does."""
    with contextlib.ExitStack() as hosts:
        host = contextlib.contextmanager(_host)
        yield lambda site: hosts.enter_context(host(site)) if PUBLISHED else site.as_uri() + "/"


@pytest.fixture(params=["http"] if PUBLISHED else ["file", "http"])
def base(request: pytest.FixtureRequest) -> str:
    """The site's address, once from disk and once from a server."""
    address: str = request.getfixturevalue("disk" if request.param == "file" else "served")
    return address


@pytest.fixture
def visit(browser: Any) -> Iterator[Visit]:
    """A function that opens an address and waits until its scripts are ready.

    Options go to the browser's context (viewport, color_scheme, java_script_enabled, …). At the
    end the test fails where a page logged an error or asked for anything outside its site.
    """
    troubles: list[str] = []
    contexts = []

    def open_page(address: str, **options: Any) -> Any:
        options.setdefault("viewport", {"width": 1440, "height": 900})
        context = browser.new_context(**options)
        context.set_default_timeout(30_000)  # a busy machine draws late
        contexts.append(context)
        page = context.new_page()
        _watch(page, address, troubles)
        page.goto(address)
        if options.get("java_script_enabled", True) and page.query_selector("[data-rf=board]"):
            page.wait_for_selector("[data-rf=board][data-state]")
        return page

    open_page.troubles = troubles  # type: ignore[attr-defined]
    yield open_page
    for context in contexts:
        context.close()
    assert not troubles, "\n".join(troubles)


@dataclass
class Shown:
    """A page of some kind in an open window; ``troubles`` is what it complained of so far."""

    path: str
    page: Any
    site: Path
    troubles: list[str]


@pytest.fixture(scope="session")
def all_kinds(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with every kind of page, unpacked from an archive into a folder of an odd name."""
    return GIVEN or made_once(tmp_path_factory, "kinds", _build_and_unpack)


def _build_and_unpack(folder: Path) -> Path:
    maker = StoreMaker(folder / "runs")
    built = build_all(maker)
    maker.close()
    archive = shutil.make_archive(str(folder / "site"), "zip", built)
    elsewhere = folder / "els ewhere #1 é%20"
    shutil.unpack_archive(archive, elsewhere)
    shutil.rmtree(built)
    return elsewhere


@pytest.fixture(scope="session")
def root_of_kinds(all_kinds: Path) -> Iterator[str]:
    """Where that site is: on disk; one that is given or was published, on a host."""
    if GIVEN or PUBLISHED:
        yield from _host(all_kinds)
    else:
        yield all_kinds.as_uri() + "/"


@pytest.fixture(scope="session", params=kinds())
def shown(
    request: pytest.FixtureRequest, browser: Any, all_kinds: Path, root_of_kinds: str
) -> Iterator[Shown]:
    """One page of each kind, opened once for all tests of it."""
    context = browser.new_context(viewport={"width": 1280, "height": 800}, color_scheme="light")
    context.set_default_timeout(30_000)
    page = context.new_page()
    troubles: list[str] = []
    _watch(page, root_of_kinds, troubles)
    page.goto(root_of_kinds + request.param)
    if page.query_selector("[data-rf=board]"):
        page.wait_for_selector("[data-rf=board][data-state]")
    page.wait_for_load_state("networkidle")
    yield Shown(request.param, page, all_kinds, troubles)
    context.close()


def build_site(folder: Path, **project: Any) -> Path:
    """A project logged by ``log_project`` and its site; returns the site's folder."""
    log_project(folder, **project)
    return made(load(folder / "runfolio.toml", env={}), folder / "_site")


def _watch(page: Any, address: str, troubles: list[str]) -> None:
    inside = address.split("#")[0].split("?")[0].rsplit("/", 1)[0]
    if SUB_PATH in inside + "/":
        inside = address.partition(SUB_PATH)[0] + SUB_PATH.rstrip("/")
    for part in ("/leaderboards", "/runs", "/tags", "/experiments"):
        inside = inside.removesuffix(part)

    def on_console(message: Any) -> None:
        if message.type in ("error", "warning"):
            troubles.append(f"{address}: console {message.type}: {message.text}")

    def on_request(request: Any) -> None:
        own = urlsplit(request.url).path.startswith(OWN)  # what `runfolio serve` adds
        if not own and not request.url.startswith((inside, "data:", "blob:")):
            troubles.append(f"{address}: asks for {request.url}")

    page.on("console", on_console)
    page.on("pageerror", lambda error: troubles.append(f"{address}: {error}"))
    page.on("request", on_request)
    page.on("dialog", lambda dialog: troubles.append(f"{address}: dialog {dialog.message}"))


def _executable() -> str | None:
    named = os.environ.get("RUNFOLIO_BROWSER")
    return named or next(filter(None, map(shutil.which, NAMES)), None)


def _no_browser(message: str) -> None:
    if os.environ.get("RUNFOLIO_REQUIRE_BROWSER") == "1":
        pytest.fail(message)
    pytest.skip(message)
