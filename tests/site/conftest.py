"""A reader of built sites: what is wrong with their links, and what pages must never hold."""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from .outward import Built, build_outward

#: Attributes that make a browser fetch something, and those that lead somewhere.
DATA_BLOCKS = {"application/json", "application/ld+json"}
FETCHES = {"src", "srcset", "poster", "data", "background"}


class PageReader(HTMLParser):
    """What a page refers to, its anchors, and what would break the content policy."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.anchors: set[str] = set()
        self.faults: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.links += [value for name, value in attrs if name == "href" and value is not None]
        self.fetched += [given[name] for name in FETCHES & given.keys()]
        self.fetched += [given["data-src"]] if given.get("data-src") else []
        if tag == "link" and given.get("rel") not in ("canonical", "alternate"):
            self.fetched.append(given.get("href", ""))
        if "id" in given:
            if given["id"] in self.anchors:
                self.faults.append(f"two elements have the id {given['id']!r}")
            self.anchors.add(given["id"])
        self.faults += [f"<{tag} {name}=…>" for name in given if name.startswith("on")]
        self.faults += [f"<{tag} style=…>"] if "style" in given else []
        if tag in ("style", "iframe", "object", "embed", "base", "form"):
            self.faults.append(f"<{tag}>")
        if tag == "script" and "src" not in given and given.get("type") not in DATA_BLOCKS:
            self.faults.append("an inline script")


def faults_of(site: Path) -> list[str]:
    """Every broken or forbidden reference of the site, as a sentence."""
    pages = {
        path.relative_to(site).as_posix(): PageReader(path.read_text("utf-8"))
        for path in sorted(site.rglob("*.html"))
    }
    found = []
    for name, page in pages.items():
        # The page for wrong addresses, shown anywhere, has the style that its policy names.
        own = ["<style>"] if name == "404.html" else []
        found += [f"{name}: {fault}" for fault in page.faults if fault not in own]
        for url in page.fetched:
            if urlsplit(url).scheme not in ("", "data"):
                found.append(f"{name}: fetches {url!r} from elsewhere")
        for url in {*page.links, *page.fetched}:
            fault = _fault(site, pages, name, url)
            if fault:
                found.append(f"{name}: {fault}")
    return found


def _fault(site: Path, pages: dict[str, PageReader], page: str, url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme in ("http", "https", "mailto", "data"):
        return ""
    if parts.scheme or parts.netloc or parts.path.startswith("/"):
        return f"{url!r} is not relative"
    path = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(parts.path)))
    target = page if not parts.path else path
    if target.startswith("..") or not (site / target).exists():
        return f"{url!r} leads nowhere"
    if (site / target).is_dir() and target != ".":
        return f"{url!r} leads to a folder, which a disk shows as a list of files"
    anchor = unquote(parts.fragment)
    if anchor and "=" not in anchor and target in pages and anchor not in pages[target].anchors:
        return f"{url!r} has no anchor there"
    return ""


@pytest.fixture
def site_faults() -> Callable[[Path], list[str]]:
    """Every broken link, missing anchor, outside resource and inline script of a built site."""
    return faults_of


@pytest.fixture
def tree() -> Callable[[Path], dict[str, bytes]]:
    """All files of a folder by their path in it."""

    def read(folder: Path) -> dict[str, bytes]:
        return {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        }

    return read


@pytest.fixture(scope="session")
def outward(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A site with an address and all that goes out from it, built once; see ``outward``."""
    return build_outward(tmp_path_factory.mktemp("outward"))
