"""What holds for every site, whatever its runs: below a path of a host, as its readers use it.

On the site with every kind of page; on a published one that RUNFOLIO_WALK_SITE names, as
``make site-check`` does.
"""

from __future__ import annotations

import gzip
import re
import urllib.error
import urllib.request
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from ..site.conftest import faults_of
from .conftest import SUB_PATH, Visit
from .kinds import GIVEN

#: By which column a table says that it is sorted, and how.
SORTED = """() => {
  const head = document.querySelector("table.runs th[aria-sort]");
  return head ? [head.querySelector("bdi").textContent, head.getAttribute("aria-sort")] : null;
}"""
#: What of a report is drawn when it comes into view.
PARTS = ".part-chart, .part-curves figure.chart"


@pytest.fixture(scope="module")
def site(all_kinds: Path) -> Path:
    """Overrides the tables' site."""
    return all_kinds


def ask(address: str, **headers: str) -> tuple[int, Any, bytes]:
    """Status, headers and body of an answer as it comes."""
    request = urllib.request.Request(address, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def text_of(site: Path, path: str) -> str:
    return (site / path).read_text("utf-8")


def test_no_link_leads_nowhere(site: Path) -> None:
    faults = faults_of(site)
    home = re.compile(f"404.html: '{SUB_PATH}[^']*' is not relative")  # for it has no place
    assert [fault for fault in faults if not home.fullmatch(fault)] == []


def test_files_come_in_parts_and_packed(served: str, site: Path) -> None:
    page = text_of(site, "data.html")
    files = [unescape(path) for path in re.findall(r'<a [^>]*href="(data/[^"]+)"', page)]
    assert "data/runs.parquet" in files
    for path in files:
        status, told, data = ask(served + path)
        assert (status, len(data)) == (200, (site / path).stat().st_size), path
    status, told, data = ask(served + "data/runs.parquet", Range="bytes=0-3")
    assert (status, data, told["Content-Range"].split("/")[0]) == (206, b"PAR1", "bytes 0-3")
    status, told, data = ask(served + "index.html", **{"Accept-Encoding": "gzip"})
    assert told["Content-Encoding"] == "gzip"
    assert gzip.decompress(data) == (site / "index.html").read_bytes()


def test_a_wrong_address_leads_back(visit: Visit, served: str, site: Path) -> None:
    knows = f'href="{SUB_PATH}index.html"' in text_of(site, "404.html")
    assert knows or not GIVEN, "publish it with the address at which it is walked"
    page = visit(served + ("runs/no/such/page" if knows else "runs/nothing.html"))
    assert page.locator("h1").inner_text() == "Page not found"
    assert page.evaluate("document.styleSheets.length") == 1
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).textAlign") == "center"
    page.locator("main a").click()
    page.wait_for_url(f"**{SUB_PATH}{'' if knows else 'runs/'}index.html")
    # The browser tells of the page that it was sent to, and of nothing else.
    assert len(visit.troubles) == 1, visit.troubles  # type: ignore[attr-defined]
    assert "404" in visit.troubles.pop()  # type: ignore[attr-defined]


def boards_of(site: Path) -> list[str]:
    """Leaderboards whose rows are runs, at least two."""
    found = [path.relative_to(site).as_posix() for path in sorted(site.glob("leaderboards/*.html"))]
    return [
        path
        for path in found
        if text_of(site, path).count('<th scope="row" class="col-run"><a') > 1
    ]


def test_a_table_is_sorted_searched_and_left_as_it_was(
    visit: Visit, served: str, site: Path
) -> None:
    for path in ("runs/index.html", boards_of(site)[0]):
        page = visit(served + path)
        page.wait_for_selector(".board:not([aria-busy])")
        count = page.locator(".board-count")
        before = count.inner_text()
        heads = page.locator("table.runs thead th button")
        assert heads.count() > 2
        for at in range(3):
            heads.nth(at).click()
            first = page.evaluate(SORTED)
            heads.nth(at).click()
            second = page.evaluate(SORTED)
            assert {first[0], second[0]} == {heads.nth(at).locator("bdi").inner_text()}, path
            assert {first[1], second[1]} == {"ascending", "descending"}, path
        page.locator(".board .search input").fill("no-run-is-called-so")
        count.filter(has_text=re.compile("^0 of ")).wait_for()
        page.get_by_role("button", name="Clear all filters").click()
        count.filter(has_text=re.compile(f"^{re.escape(before)}$")).wait_for()


def test_ticked_runs_are_compared_and_a_run_is_found_by_its_name(
    visit: Visit, served: str, site: Path
) -> None:
    page = visit(served + boards_of(site)[0])
    name = page.locator("table.runs .run-link").first.inner_text()
    for at in range(2):
        page.locator("table.runs tbody .check").nth(at).check()
    page.get_by_role("link", name="Compare 2").click()
    page.wait_for_selector("figure[data-drawn], .values-dot")  # metrics logged once are no curves
    assert page.locator(".pill").count() == 2
    page.keyboard.press("Control+k")
    page.keyboard.type(name)
    page.wait_for_selector("[role=option][aria-selected=true] mark")
    page.keyboard.press("Enter")
    page.wait_for_url("**/runs/*.html")
    assert page.locator("h1").inner_text() == name
    page.goto(served + "search.html#q=status:finished")
    page.wait_for_selector("[data-rf=search][data-state=ready] .found")
    page.locator(".found-title").first.click()
    page.wait_for_url("**/runs/*.html")


def test_every_report_draws_its_charts(visit: Visit, served: str, site: Path) -> None:
    paths = [path.name for path in sorted(site.glob("*.html"))]
    reports = [path for path in paths if re.search("part-(chart|curves)", text_of(site, path))]
    assert reports
    for path in reports:
        page = visit(served + path)
        for part in page.locator(PARTS).all():
            part.scroll_into_view_if_needed()
        page.wait_for_function(
            f"() => [...document.querySelectorAll('{PARTS}')].every(e => e.dataset.drawn)"
        )
        assert page.locator("[role=alert]:visible").all_inner_texts() == []
        page.context.close()
