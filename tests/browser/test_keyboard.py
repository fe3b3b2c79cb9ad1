"""Everything that can be used can be reached and seen with the keyboard alone, in reading order."""

from __future__ import annotations

from typing import Any

from .conftest import Shown

STOPS = "a[href], button, input, select, textarea, summary, [tabindex]"
#: Each stop gets the focus as after a Tab key; what is wrong with it then.
WALK = """(stops) => {
  const faults = [];
  const shown = (each) => each.checkVisibility({ visibilityProperty: true });
  for (const each of document.querySelectorAll(stops)) {
    if (each.tabIndex < 0 || each.disabled || !shown(each)) continue;
    const told = each.tagName + "." + each.className + " " + each.textContent.trim().slice(0, 30);
    each.focus();
    if (document.activeElement !== each) { faults.push(["takes no focus", told]); continue; }
    const style = getComputedStyle(each);
    const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    if (!ring && style.boxShadow === "none") faults.push(["shows no focus", told]);
    if (each.tabIndex > 0) faults.push(["breaks the order", told]);
  }
  return faults;
}"""
FOCUS = """() => {
  const each = document.activeElement;
  if (!each || each === document.body) return null;
  const all = Array.from(document.querySelectorAll("*"));
  const box = each.getBoundingClientRect();
  const seen = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return [all.indexOf(each), seen, each.outerHTML.slice(0, 200)];
}"""
MOST = 40


def test_all_stops_show_that_they_have_the_focus(shown: Shown) -> None:
    shown.page.keyboard.press("Tab")  # from now on the focus is one of a keyboard
    assert shown.page.evaluate(WALK, STOPS) == []


def test_tab_goes_through_the_page_in_reading_order(shown: Shown) -> None:
    page = shown.page
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    page.mouse.click(1, 1)
    stops = walk(page)
    places = [place for place, _, _ in stops]
    assert len(stops) > (0 if shown.path == "404.html" else 5)
    assert places == sorted(set(places)), stops
    assert [stop for _, seen, stop in stops if not seen] == []


def walk(page: Any) -> list[Any]:
    """Where Tab leads, until the end of the page or for long enough."""
    found: list[Any] = []
    for _ in range(MOST):
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUS)
        if stop is None:
            break
        found.append(stop)
    return found
