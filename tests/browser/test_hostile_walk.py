"""A site of attacks walked in a real Chromium: nothing runs, asks, asks for or leads away.

With the policy of the pages switched off, so that escaping alone must hold, and with it. The long
run (RUNFOLIO_LONG=1) takes every string of the corpus, every page and every file, and http too.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import markdown
import pytest

from ..conftest import StoreMaker, made_once
from . import hostile
from .kinds import kind_of

LONG = bool(os.environ.get("RUNFOLIO_LONG"))
ATOM = "{http://www.w3.org/2005/Atom}"
#: What Chromium shows itself when it is the document; others are downloads or plain text.
DOCUMENTS = (".html", ".svg", ".xml", ".xhtml", ".json", ".txt", ".md", ".png")
#: Keys of the address of all pages; what stands there is a stranger's too.
STATE = ("q", "cols", "sort", "group", "x", "y", "sel", "runs", "base", "hide", "at", "zoom", "s")

#: What is wrong with a document: things that only a string can have brought into it.
WRONG = r"""() => {
  const wrong = window.pwned ? ["a script ran"] : [];
  const mine = (node) => node.matches('form.vega-bindings:empty, link[rel~="icon"]');
  const links = /^(href|src|srcset|xlink:href|action|formaction|poster|data|background)$/;
  const ours = (node) => node.src || /^application\/(ld\+)?json$/.test(node.type);
  for (const node of document.querySelectorAll("*")) {
    if (mine(node)) continue;
    const told = node.outerHTML.slice(0, 200);
    if (/^(iframe|frame|object|embed|base|form|applet|portal|animate|set)$/i.test(node.localName))
      wrong.push(told);
    if (node.localName === "script" && !ours(node)) wrong.push(told);
    if (node.localName === "meta" && /refresh/i.test(node.httpEquiv)) wrong.push(told);
    for (const { name, value } of node.attributes) {
      if (name.startsWith("on") || name === "srcdoc") wrong.push(told);
      if (!links.test(name) || value.startsWith("#")) continue;
      let scheme = "";
      try { scheme = new URL(value, document.baseURI).protocol; } catch { continue; }
      const picture = scheme === "data:" && node.localName === "img" || scheme === "blob:";
      if (!/^(https?|file|mailto|about):$/.test(scheme) && !picture) wrong.push(told);
    }
  }
  return [...new Set(wrong)];
}"""

#: Bring what is drawn when it is seen into view.
SCROLL = """async () => {
  for (const part of [...document.querySelectorAll(".part-chart, figure.chart")].slice(0, 6)) {
    part.scrollIntoView();
    await new Promise((done) => setTimeout(done, 30));
  }
}"""


class Walker:
    """A window in which everything that an attack could do is noted."""

    def __init__(self, browser: Any, home: str, *, bypass: bool) -> None:
        self.home = home
        self.bypass = bypass
        self.troubles: list[str] = []
        self.pages = 0
        self.context = browser.new_context(
            bypass_csp=bypass, viewport={"width": 1280, "height": 900}, accept_downloads=False
        )
        self.context.set_default_timeout(30_000)
        self.context.add_init_script("window.print = () => { window.pwned = 'print'; };")
        self.context.on("page", self._watch)
        self.page = self.context.new_page()

    def _watch(self, page: Any) -> None:
        def note(what: str) -> None:
            self.troubles.append(f"{page.url}: {what}")

        def asked(request: Any) -> None:
            if not request.url.startswith((self.home, "data:", "blob:", "about:")):
                note(f"asks for {request.url}")

        def shown(dialog: Any) -> None:
            note(f"dialog {dialog.message}")
            dialog.dismiss()

        page.on("dialog", shown)
        page.on("request", asked)
        page.on("popup", lambda other: note(f"opens {other.url}"))
        page.on("pageerror", lambda error: note(f"error {error}"))
        page.on("console", lambda said: self._console(note, said))

    def _console(self, note: Any, said: Any) -> None:
        if said.type == "error" and not said.location.get("url", "").endswith("/favicon.ico"):
            note(f"console {said.text}")

    def open(self, path: str, hash: str = "") -> None:
        """Open a page and say what is wrong with it."""
        address = self.home + quote(path) + hash
        self.page.goto("about:blank")
        self.page.goto(address)
        if self.page.query_selector("[data-rf=board]"):
            self.page.wait_for_selector("[data-rf=board][data-state]")
        self.page.evaluate("() => new Promise((done) => setTimeout(done, 60))")
        self.pages += 1
        self.look(path)

    def show(self, what: str, html: str) -> None:
        """Show a piece of HTML as a page would that trusts it."""
        self.page.goto("about:blank")
        self.page.set_content(html)
        self.pages += 1
        self.look(what)

    def look(self, where: str) -> None:
        self.troubles += [f"{where}: {each}" for each in self.page.evaluate(WRONG)]

    def close(self) -> None:
        self.context.close()
        assert not self.troubles, "\n".join(self.troubles[:40])


@pytest.fixture(scope="module")
def site(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Overrides the tables' site by the one of attacks."""

    def make(folder: Path) -> Path:
        maker = StoreMaker(folder / "runs")
        built = hostile.make(maker, LONG)
        maker.close()
        return built

    return made_once(tmp_path_factory, "hostile", make)


@pytest.fixture(params=["escaping alone", "with the policy"])
def walker(request: pytest.FixtureRequest, browser: Any, disk: str) -> Iterator[Walker]:
    found = Walker(browser, disk, bypass=request.param == "escaping alone")
    yield found
    found.close()


def pages_of(site: Path, *, all_of_them: bool) -> list[str]:
    """The largest page of each kind, or all pages."""
    found: dict[str, tuple[int, str]] = {}
    for file in site.rglob("*.html"):
        path = file.relative_to(site).as_posix()
        if path == "404.html":  # its links are those of the published site
            continue
        kind = path if all_of_them else kind_of(path)
        found[kind] = max(found.get(kind, (0, "")), (file.stat().st_size, path))
    return sorted(path for _, path in found.values())


def test_no_page_runs_what_strangers_wrote(walker: Walker, site: Path) -> None:
    # Without the policy each kind; with it, which is one more line of defence, the busiest.
    pages = pages_of(site, all_of_them=LONG)
    busy = [path for path in pages if re.match(r"own|runs/", path)]
    for path in pages if walker.bypass or LONG else busy:
        walker.open(path)
        walker.page.evaluate(SCROLL)
        walker.look(path)
    if walker.bypass or LONG:
        use_a_board(walker)
        use_search(walker)
        use_a_comparison(walker, site)
    print(f"{walker.pages} pages of attacks walked, bypass_csp={walker.bypass}")


def test_no_state_of_an_address_is_run(browser: Any, site: Path, disk: str) -> None:
    walker = Walker(browser, disk, bypass=True)
    pages = ("leaderboards/a.html", "compare.html", "search.html", "runs/everything.html")
    for path in pages if LONG else pages[:2]:
        for text in hostile.TRAPS if LONG else hostile.TRAPS[2:3]:
            raw = "&".join(f"{key}={text}" for key in STATE)
            coded = "&".join(f"{key}={quote(text, safe='')}" for key in STATE)
            walker.open(path, "#" + coded)
            walker.page.evaluate("hash => { location.hash = hash; }", raw)
            walker.page.wait_for_timeout(50)
            walker.look(path)
    walker.close()


def use_a_board(walker: Walker) -> None:
    """Search, group and export a leaderboard; what is copied harms no spreadsheet and no TeX."""
    walker.open("leaderboards/a.html")
    page = walker.page
    page.locator(".search input").first.fill("alert")
    page.locator("td").first.hover()
    walker.look("a board that is searched")
    walker.open("leaderboards/a.html")
    table, text, tex, plain = page.evaluate(
        """() => {
          const sheet = rf.exports.sheetOf(document.querySelector(".board").board);
          return ["csv", "md", "tex", "json"].map((kind) => rf.exports.text(kind, sheet));
        }"""
    )
    assert len(json.loads(plain)) > 20
    assert formulas(table) == []
    assert commands(tex) == []
    walker.show("Markdown of a board", rendered(text))


def use_search(walker: Walker) -> None:
    walker.open("search.html", "#q=alert")
    page = walker.page
    page.wait_for_selector("[data-rf=search][data-state=ready] .found")
    walker.look("search")
    page.keyboard.press("Control+k")
    page.keyboard.type("img onerror")
    page.wait_for_selector("[role=option][aria-selected=true]")
    walker.look("the palette")


def use_a_comparison(walker: Walker, site: Path) -> None:
    runs = ["everything", "one-0", "one-3", "one-6", "<img src=x onerror=alert(1)>"]
    walker.open("compare.html", "#runs=" + ",".join(map(quote, runs)) + "&all=1")
    page = walker.page
    page.wait_for_selector("figure[data-drawn]")
    page.locator("figure[data-drawn] .chart-layer").first.hover()
    walker.look("a comparison")
    with page.expect_event("download") as told:
        page.evaluate(
            """() => {
              const create = URL.createObjectURL;
              URL.createObjectURL = (blob) => { window.kept = blob.text(); return create(blob); };
            }"""
        )
        page.get_by_role("button", name="Tables as CSV").click()
    assert told.value.suggested_filename == "compare.csv"
    assert formulas(page.evaluate("window.kept")) == []


def test_no_file_of_a_site_does_anything_as_a_document(
    browser: Any, site: Path, disk: str, served: str
) -> None:
    files = sorted(path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file())
    opened = [path for path in files if path.lower().endswith(DOCUMENTS)]
    opened = [path for path in opened if not path.endswith(".html") or "artifacts/" in path]
    if not LONG:  # one of each kind and folder
        opened = [*{(path.split("/")[0], Path(path).suffix): path for path in opened}.values()]
    walker = Walker(browser, served, bypass=True)
    for path in opened:
        walker.open(path)
    for path in files:
        if path.endswith(".xml") and "feed" in path + "records":
            walker.show(path, "<hr>".join(contents_of_feed((site / path).read_bytes())))
    for path in files:
        if path.endswith(".md") and "artifacts/" not in path and (LONG or "one-" not in path):
            walker.show(path, rendered((site / path).read_text("utf-8")))
    walker.close()
    print(f"{walker.pages} files opened as documents")


def test_tables_harm_no_spreadsheet_and_no_tex(site: Path) -> None:
    tables = [path for path in site.rglob("*.csv") if "artifacts" not in path.parts]
    assert tables
    for path in tables:
        assert formulas(path.read_text("utf-8")) == [], path.name
    own = (site / "own.html").read_text("utf-8")
    assert "begin{tabular}" in own
    names = [path.relative_to(site).as_posix() for path in site.rglob("*")]
    assert [name for name in names if re.search(r"[\x00-\x1f<>\"'?*|\\:]|(^|/)\.\.?/", name)] == []


def rendered(text: str) -> str:
    """Markdown by a renderer that lets every tag pass."""
    return markdown.markdown(text, extensions=["tables", "fenced_code"])


def contents_of_feed(data: bytes) -> Iterator[str]:
    """The HTML of a feed's entries, as readers show it."""
    for entry in ElementTree.fromstring(data).iter(f"{ATOM}entry"):
        for content in entry.iter(f"{ATOM}content"):
            yield content.text or ""


def formulas(text: str) -> list[str]:
    """Cells that a spreadsheet would run: they begin like a formula and are no number."""
    found = []
    for row in csv.reader(io.StringIO(text, newline="")):
        for cell in row:
            if cell[:1] in tuple("=+-@\t\r\n＝＋－＠") and not is_number(cell):
                found.append(cell)
    return found


def is_number(cell: str) -> bool:
    return re.fullmatch(r"[+-]?(\d[\d_]*\.?\d*(e[+-]?\d+)?|inf|nan)", cell, re.I) is not None


def commands(tex: str) -> list[str]:
    """What TeX would obey in the rows of a table beside what we write ourselves."""
    rows = tex.partition("\\toprule")[2].partition("\\bottomrule")[0]
    own = (
        r"\\(textbackslash|textasciitilde|textasciicircum|textless|textgreater|textbar"
        r"|textquotedbl)\{\}|\\textbf(?=\{)|\$\\(pm|Delta|rightarrow|mu|times10\^\{-?\d+\})\$"
        r"|\$-\$|\\[#$%&_{}]|\\midrule|\{\[\}|\{\]\}|\{\*\}"
    )
    found = []
    for line in rows.split("\\\\\n"):
        plain = re.sub(own, "", line)
        if re.match(r"\s*[\[*]", line) or re.search(r"[\\#$%^~\x00-\x09\x0b-\x1f\x7f]", plain):
            found.append(line)
    return found
