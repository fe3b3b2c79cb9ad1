"""Pictures of the built website: ``make shots``. Needs playwright and Chromium.

Four of them are for the README (``pages/images``). The others show a page of each kind in both
themes and on a phone, for us to look at (``_shots``, which git ignores); --look makes only those.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, TimeoutError, sync_playwright

import runfolio

HERE = Path(__file__).resolve().parent
SITE = HERE / "_site"
IMAGES = HERE / "pages" / "images"
LOOKED_AT = HERE / "_shots"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WIDE, PHONE = (1280, 1080), (390, 800)
#: More of a page says nothing new of its looks.
TALLEST = 2600
#: Two pages that somebody wrote stand for all: a report, and one of reading matter.
WRITTEN = ("results", "logging")
#: Charts are drawn one by one when the page is idle; every kind of them has a moment.
PAUSE, LAST_PAUSE = 100, 400
#: Whether every chart in sight is drawn.
DRAWN = """() => Array.from(document.querySelectorAll('[data-rf="chart"]')).every((each) => {
  const { top, bottom, height } = each.getBoundingClientRect();
  const away = !height || bottom < 0 || top > innerHeight;
  return away || each.querySelector('.chart-plot, .chart-empty');
})"""


@dataclass(frozen=True)
class Shot:
    """One picture: of which address, in which window and colours, and whether of the whole page."""

    path: Path
    address: str
    size: tuple[int, int]
    scheme: str
    whole: bool = True
    keys: tuple[str, ...] = ()


def main() -> None:
    """All pictures, by as many browsers as there are processors."""
    began = time.monotonic()
    IMAGES.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(LOOKED_AT, ignore_errors=True)
    LOOKED_AT.mkdir()
    front = [] if "--look" in sys.argv else readme()
    looked = looks()
    several = min(3, os.cpu_count() or 1)
    parts = [[*front[at::several], *looked[at::several]] for at in range(several)]
    with ProcessPoolExecutor(several) as browsers:
        list(browsers.map(take_all, parts))
    for shot in front:
        shrink(shot.path)
        sys.stdout.write(f"{shot.path.name} {shot.path.stat().st_size // 1000} kB\n")
    count, seconds = len(front) + len(looked), time.monotonic() - began
    sys.stdout.write(f"{count} pictures in {seconds:.0f} s; look at {LOOKED_AT}\n")


def compared(experiment: str = "digits-mlp", most: int = 6) -> str:
    """The part of an address that chooses runs: by default the learning rates."""
    with runfolio.open(HERE / "runs") as store:
        ids = store.run_ids(f"experiment:{experiment}")
    return "#runs=" + ",".join(sorted(ids)[:most])


def readme() -> list[Shot]:
    """The pictures of the README."""
    return [
        Shot(IMAGES / f"{name}.png", address, size, scheme, whole=False)
        for name, address, size, scheme in (
            ("leaderboard", "leaderboards/digits.html", WIDE, "light"),
            ("compare", f"compare.html{compared()}", WIDE, "dark"),
            ("front", "index.html", WIDE, "light"),
            ("phone", "leaderboards/digits.html", PHONE, "dark"),
        )
    ]


def looks() -> list[Shot]:
    """Each kind of page in light, in dark, on a phone; and what only a visitor calls up."""
    pages = kinds(SITE)
    pages["compare"] = f"compare.html{compared()}"
    pages["compare-many"] = f"compare.html{compared('digits', 50)}"
    pages["compare-none"] = "compare.html"
    pages["search"] = "search.html#q=loss"
    pages["run-failed"] = failed()
    ways = (("light", 1280, "light"), ("dark", 1280, "dark"), ("phone", 390, "light"))
    found = [
        Shot(LOOKED_AT / f"{name}-{way}.png", address, (width, 900), scheme)
        for name, address in pages.items()
        for way, width, scheme in ways
    ]
    board = pages["leaderboards"]
    for name, keys in (("palette", ("/", *"knn")), ("keys", ("?",))):
        found.append(Shot(LOOKED_AT / f"{name}.png", board, (1280, 900), "light", False, keys))
    return found


def kinds(site: Path) -> dict[str, str]:
    """A page of each kind by a name for its picture: of a folder its index and largest page."""
    written = {path.stem for path in (HERE / "pages").glob("*.md")} - {"index", *WRITTEN}
    found: dict[str, tuple[int, str]] = {}
    for file in sorted(site.rglob("*.html")):
        path = file.relative_to(site)
        if path.parts[0] in ("artifacts", "data", "assets") or path.as_posix()[:-5] in written:
            continue
        alone = len(path.parts) == 1 or path.name == "index.html"
        name = "-".join(path.with_suffix("").parts if alone else path.parts[:-1])
        found[name] = max(found.get(name, (0, "")), (file.stat().st_size, path.as_posix()))
    return {name: path for name, (_, path) in found.items()}


def failed() -> str:
    """The page of a run that failed."""
    with runfolio.open(HERE / "runs") as store:
        return f"runs/{store.run_ids('status:failed')[0]}.html"


def take_all(shots: Iterable[Shot]) -> None:
    """Pictures by a browser of their own."""
    executable = os.environ.get("RUNFOLIO_BROWSER") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        for shot in shots:
            take(browser, shot)
        browser.close()


def take(browser: Browser, shot: Shot) -> None:
    """One picture of a page as it looks when nothing moves any more."""
    width, height = shot.size
    page: Page = browser.new_page(
        viewport={"width": width, "height": height},
        color_scheme="dark" if shot.scheme == "dark" else "light",
    )
    page.goto(f"{SITE.as_uri()}/{shot.address}")
    page.wait_for_load_state("networkidle")
    tall = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
    for place in range(0, tall if shot.whole else height, height):
        page.evaluate(f"scrollTo(0, {place})")
        page.wait_for_timeout(PAUSE)
    page.evaluate("scrollTo(0, 0)")
    for key in shot.keys:
        page.keyboard.press(key)
    page.wait_for_timeout(LAST_PAUSE)
    with contextlib.suppress(TimeoutError):  # a still picture is a picture, too
        page.wait_for_function(DRAWN, timeout=10_000)
    if shot.whole:
        tall = min(TALLEST, page.evaluate("document.documentElement.scrollHeight"))
        whole = {"x": 0, "y": 0, "width": width, "height": max(tall, height)}
        page.screenshot(path=shot.path, full_page=True, clip=whole)
    else:
        page.screenshot(path=shot.path)
    page.close()


def shrink(path: Path) -> None:
    """The picture with fewer colours: a third of the bytes, and no eye sees it."""
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(200, Image.Quantize.FASTOCTREE)
    small.save(path, optimize=True)


if __name__ == "__main__":
    main()
