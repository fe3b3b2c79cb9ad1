"""Pictures of the built website for the README: ``make shots``. Needs playwright and Chromium."""

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


def take(browser: Browser, name: str, address: str, size: tuple[int, int], scheme: str) -> None:
    """One picture, of the page as it looks when nothing moves any more."""
    page: Page = browser.new_page(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if scheme == "dark" else "light",
    )
    page.goto(f"{SITE.as_uri()}/{address}")
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(2500)  # charts are drawn when the page is idle
    path = IMAGES / f"{name}.png"
    page.screenshot(path=path)
    page.close()
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(160)  # a third of the bytes, and no eye sees it
    small.save(path, optimize=True)
    sys.stdout.write(f"{path.name} {path.stat().st_size // 1000} kB\n")


def main() -> None:
    """All pictures, into ``pages/images``."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    found = os.environ.get("RUNFOLIO_BROWSER") or shutil.which("chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        for name, (address, size, scheme) in shots().items():
            take(browser, name, address, size, scheme)
        browser.close()


if __name__ == "__main__":
    main()
