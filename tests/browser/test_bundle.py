"""A site in one file, open and locked, as people use it: from disk, and over http."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from runfolio.cli.bundling import frame_of
from runfolio.config import Config
from runfolio.publish.bundle import is_page, make_bundle
from runfolio.publish.carrier import carried
from runfolio.publish.lock import Lock
from runfolio.publish.tree import site_files

from .conftest import Visit
from .test_axe import axe, violations

__all__ = ["axe"]

FRAME = frame_of(Config())
WORDS = "tulip marble otter canyon 63"
RUN = "runs/20261115-141000-second.html"


@pytest.fixture(scope="session")
def bundles(all_kinds: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site with every kind of page: as one file, with files beside it, and locked."""
    folder = tmp_path_factory.mktemp("bundles") / "one é #1"
    bundle = make_bundle(site_files(all_kinds))
    lock = Lock(WORDS, b"sixteen of bytes", iterations=1000)
    for name, beside, over in (
        ("open", "", None),
        ("apart", "apart_files", None),
        ("locked", "locked_files", lock),
    ):
        made = carried(FRAME, bundle, beside=beside, lock=over)
        for path, data in {f"{name}.html": made.html, **made.beside}.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
    return folder


@pytest.fixture(scope="module")
def site(bundles: Path) -> Path:
    """What this module's server serves."""
    return bundles


def go(page: Any, path: str) -> None:
    """To another page as a script of the site goes there; returns when it is shown."""
    page.evaluate("path => rf.go('?' + encodeURI(path).replace(/[?#]/g, encodeURIComponent))", path)
    shown(page, path)


def shown(page: Any, path: str) -> None:
    """Wait until the bundle shows the page."""
    page.wait_for_selector(f'html[data-page="{path}"]', state="attached")


#: Links that lead out of the bundle by mistake, pictures that do not show, scripts not run.
WRONG = """() => {
  const leads = (node) => /^([?#]|[a-z]+:)/i.test(node.getAttribute("href"));
  const shows = (node) => (node.src ? !node.complete || node.naturalWidth : node.dataset.file);
  const right = { a: leads, img: shows, script: () => false };
  return Array.from(document.querySelectorAll("a[href], img, script[type='text/plain']"))
    .filter((node) => !right[node.localName](node))
    .map((node) => node.outerHTML);
}"""


def test_all_kinds_of_pages_follow_each_other_in_one_file(
    bundles: Path, all_kinds: Path, visit: Visit
) -> None:
    page = visit((bundles / "open.html").as_uri())
    shown(page, "index.html")
    pages = [path for path in site_files(all_kinds) if is_page(path) and path != "404.html"]
    some = [
        "compare.html",
        "guide.html",
        "leaderboards/digits.html",
        "report.html",
        "runs/hostile-1.html",
        "search.html",
    ]
    for path in pages if os.environ.get("RUNFOLIO_LONG") else some:
        go(page, path)
        assert page.evaluate(WRONG) == [], path
    before = page.evaluate("document.documentElement.dataset.theme")
    page.click("[data-theme-button]")  # a listener of each page that went would turn it again
    assert (before, page.evaluate("document.documentElement.dataset.theme")) == ("auto", "light")


def test_addresses_state_history_and_downloads(bundles: Path, visit: Visit) -> None:
    page = visit((bundles / "apart.html").as_uri() + "?leaderboards/digits.html")
    page.wait_for_selector("[data-rf=board][data-state]")
    page.fill(".board input[type=search]", "second")
    page.wait_for_url("**#q=second")
    page.click(f'a.run-link[href="?{RUN}"]')
    shown(page, RUN)
    page.wait_for_selector(".chart svg")
    assert page.evaluate("location.hash") == ""
    page.go_back()
    shown(page, "leaderboards/digits.html")
    page.wait_for_selector("[data-rf=board][data-state]")
    assert page.input_value(".board input[type=search]") == "second"
    page.go_forward()
    shown(page, RUN)
    page.reload()
    shown(page, RUN)
    go(page, "data.html")
    with page.expect_download() as waiting:
        page.click('a[download][href="?data/runs.csv"]')
    assert waiting.value.suggested_filename == "runs.csv"
    assert b"20261115-141000-second" in Path(waiting.value.path()).read_bytes()
    page.keyboard.press("Control+k")
    page.keyboard.type("second")
    page.wait_for_selector("dialog [role=option] >> text=second")
    for path, text in (("data/runs.csv", "Download"), ("gone.html", "holds no gone.html")):
        go(page, path)
        assert text in page.inner_text("main")


def test_without_scripts_the_front_page_is_there(bundles: Path, visit: Visit) -> None:
    page = visit((bundles / "open.html").as_uri(), java_script_enabled=False)
    assert "digits" in page.inner_text("main")
    assert "Without JavaScript" in page.inner_text("body")
    page = visit((bundles / "locked.html").as_uri(), java_script_enabled=False)
    assert "needs JavaScript" in page.inner_text("body") and not page.is_visible("input")


@pytest.mark.parametrize("way", ["file", "http"])
def test_a_locked_site_opens_with_its_passphrase_alone(
    way: str, bundles: Path, visit: Visit, request: pytest.FixtureRequest
) -> None:
    address = (bundles / "locked.html").as_uri()
    if way == "http":
        address = request.getfixturevalue("served") + "locked.html"
    page = visit(f"{address}?leaderboards/digits.html", viewport={"width": 390, "height": 800})
    assert page.title() == "Locked" and page.evaluate("document.activeElement.name") == "passphrase"
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.fill("#passphrase", "tulip marble")
    page.keyboard.press("Enter")
    page.wait_for_selector("#told.bad >> text=not the passphrase")
    page.fill("#passphrase", f" {WORDS} ")
    page.click("button[type=submit]")
    page.wait_for_selector("[data-rf=board][data-state]")
    page.click("a.brand")  # the key stays in the window, from page to page
    shown(page, "index.html")
    assert page.evaluate("sessionStorage.length") == 0
    page.reload()
    page.check("[name=remember]")
    page.fill("#passphrase", WORDS)
    page.click("button[type=submit]")
    shown(page, "index.html")
    page.reload()
    shown(page, "index.html")
    page.click("text=Lock again")
    page.wait_for_selector("#passphrase")
    assert page.evaluate("sessionStorage.length") == 0


def test_the_page_before_the_passphrase_has_no_barrier(
    bundles: Path, visit: Visit, axe: str
) -> None:
    page = visit((bundles / "locked.html").as_uri(), color_scheme="dark")
    page.wait_for_selector("#passphrase")
    page.evaluate(f"() => {{ {axe} }}")
    assert violations(page) == []
    page.emulate_media(color_scheme="light")
    assert violations(page, "color-contrast") == []
