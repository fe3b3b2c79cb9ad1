"""Every kind of page fits every window, from the narrowest phone to a wall."""

from __future__ import annotations

from .conftest import Shown

WIDTHS = ((320, 640), (390, 800), (768, 1024), (1280, 800), (1920, 1080), (3840, 2160))
#: What makes a page wider than its window, for the message.
WIDER = """() => Array.from(document.querySelectorAll('main *, header *, footer *'))
  .filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
  .filter((each) => !each.parentElement.closest('.scroll, .table-scroll, pre, .site-nav'))
  .slice(0, 5).map((each) => each.tagName + '.' + each.className)"""


def test_a_page_never_scrolls_sideways(shown: Shown) -> None:
    try:
        for width, height in WIDTHS:
            shown.page.set_viewport_size({"width": width, "height": height})
            wide = shown.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, (width, wide, shown.page.evaluate(WIDER))
    finally:
        shown.page.set_viewport_size({"width": 1280, "height": 800})


def test_text_from_right_to_left_fits_too(shown: Shown) -> None:
    try:
        shown.page.evaluate("document.documentElement.dir = 'rtl'")
        for width in (320, 1280):
            shown.page.set_viewport_size({"width": width, "height": 800})
            wide = shown.page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, (width, wide)
    finally:
        shown.page.evaluate("document.documentElement.removeAttribute('dir')")
