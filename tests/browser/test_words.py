"""What the scripts write on the pages, in a language whose catalogue marks every text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..site.unsaid import marked, pages_of, said_by, unsaid
from .kinds import kind_of
from .published import PUBLISHED

#: Opens all that is folded, and waits until what came into view is drawn.
UNFOLD = """async () => {
  for (const each of document.querySelectorAll("details")) each.open = true;
  for (let y = 0; y < document.body.scrollHeight; y += innerHeight) {
    scrollTo(0, y);
    await new Promise((done) => setTimeout(done, 50));
  }
}"""


def test_no_script_writes_anything_past_the_catalogue(visit: Any, tmp_path: Path) -> None:
    site, known = marked(tmp_path)
    kinds: dict[str, tuple[int, str]] = {}
    for path, text in pages_of(site):
        kinds[kind_of(path)] = max(kinds.get(kind_of(path), (0, "")), (len(text), path))
    chosen = "compare.html#runs=trial-11,trial-10,trial-09"
    page = visit(site.as_uri() + "/index.html")
    found = {}
    for path in [*(path for _size, path in kinds.values()), chosen]:
        if PUBLISHED and path == "404.html":
            continue  # it belongs to the site's address, and not to the disk
        page.goto(f"{site.as_uri()}/{path}")
        page.evaluate(UNFOLD)
        page.wait_for_timeout(200)
        if page.locator(".search input").count():
            page.locator(".search input").first.fill("nothing >")
        page.keyboard.press("Control+k")
        found |= dict.fromkeys(unsaid(said_by(page.content()), known), path)
    assert found == {}
