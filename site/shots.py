"""Pictures of the built website: ``make shots``. Needs playwright and Chromium.

Four of them are for the README (``pages/images``). The others show every kind of page in both
themes and on a phone, for us to look at (``_shots``, which git ignores).
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

import runfolio

HERE = Path(__file__).resolve().parent
SITE = HERE / "_site"
IMAGES = HERE / "pages" / "images"
LOOKED_AT = HERE / "_shots"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WIDE, PHONE = (1280, 1080), (390, 800)


def compared() -> str:
    """The part of an address that chooses the learning rates."""
    with runfolio.open(HERE / "runs") as store:
        ids = store.run_ids("experiment:digits-mlp")
    return "#runs=" + ",".join(sorted(ids)[:6])


def shots() -> dict[str, tuple[str, tuple[int, int], str]]:
    """Name of each picture: address in the site, size of the window, colours."""
    return {
        "leaderboard": ("leaderboards/digits.html", WIDE, "light"),
        "compare": (f"compare.html{compared()}", WIDE, "dark"),
        "front": ("index.html", WIDE, "light"),
        "phone": ("leaderboards/digits.html", PHONE, "dark"),
    }


def kinds(site: Path) -> dict[str, str]:
    """A page of every kind by a name for its picture: of a folder its index and largest page."""
    found: dict[str, tuple[int, str]] = {}
    for file in sorted(site.rglob("*.html")):
        path = file.relative_to(site)
        if path.parts[0] in ("artifacts", "data", "assets"):
            continue
        alone = len(path.parts) == 1 or path.name == "index.html"
        name = "-".join(path.with_suffix("").parts if alone else path.parts[:-1])
        found[name] = max(found.get(name, (0, "")), (file.stat().st_size, path.as_posix()))
    return {name: path for name, (_, path) in found.items()}


def look(browser: Browser) -> None:
    """Whole pages of every kind: in light, in dark, on a phone."""
    shutil.rmtree(LOOKED_AT, ignore_errors=True)
    LOOKED_AT.mkdir()
    for name, path in kinds(SITE).items():
        address = f"{path}{compared()}" if path == "compare.html" else path
        for way, width, scheme in (
            ("light", 1280, "light"),
            ("dark", 1280, "dark"),
            ("phone", 390, "light"),
        ):
            page = opened(browser, address, (width, 900), scheme)
            page.screenshot(path=LOOKED_AT / f"{name}-{way}.png", full_page=True)
            page.close()


def take(browser: Browser, name: str, address: str, size: tuple[int, int], scheme: str) -> None:
    """One picture for the README, small in bytes."""
    page = opened(browser, address, size, scheme)
    path = IMAGES / f"{name}.png"
    page.screenshot(path=path)
    page.close()
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(160)  # a third of the bytes, and no eye sees it
    small.save(path, optimize=True)
    sys.stdout.write(f"{path.name} {path.stat().st_size // 1000} kB\n")


def opened(browser: Browser, address: str, size: tuple[int, int], scheme: str) -> Page:
    """A page of the site as it looks when nothing moves any more."""
    page: Page = browser.new_page(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page.goto(f"{SITE.as_uri()}/{address}")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(2500)  # charts are drawn when the page is idle
    return page


def main() -> None:
    """All pictures; with --look only those of every kind of page."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    found = os.environ.get("RUNFOLIO_BROWSER") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        for name, (address, size, scheme) in shots().items() if "--look" not in sys.argv else ():
            take(browser, name, address, size, scheme)
        look(browser)
        browser.close()


if __name__ == "__main__":
    main()
