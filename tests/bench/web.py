"""Speed of the site in a real Chromium, against the limits that the project has set itself.

    make bench-web        or        python tests/bench/web.py [runs]

Pages are opened from a server on this machine with an empty cache. Each figure is the median of
five visits by the clock, with the best one and the processor time of the page's main thread beside
it: on a machine that does other things too, the clock says little and the processor's time more.
"""

from __future__ import annotations

import functools
import gzip
import http.server
import json
import math
import os
import random
import re
import shutil
import statistics
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from runfolio.config import Config, LeaderboardConfig, SiteConfig
from runfolio.site.build import build
from runfolio.store.folder import Folder
from runfolio.store.writer import Writer

VISITS = 5
START = 1_794_751_200 * 10**9
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
CHART = "figure.chart svg.marks, figure.chart .vega-embed svg, figure.chart canvas.marks"

#: Before any script of the page: notes when the first chart is there, and when none was added for
#: a while, what was the last.
WATCH = """
window.bench = { first: 0, last: 0, charts: 0 };
new MutationObserver(() => {
  const count = document.querySelectorAll("CHART").length;
  if (count > bench.charts) {
    if (!bench.charts) bench.first = performance.now();
    bench.charts = count;
    bench.last = performance.now();
  }
}).observe(document, { childList: true, subtree: true });
""".replace("CHART", CHART)
SORT = "button.head[data-key='m:train/m0']"
#: Milliseconds from an action to the frame that shows its effect.
ACT = """async ([selector, kind, value]) => {
  const rows = () => document.querySelector("table.runs tbody").textContent;
  const target = document.querySelector(selector);
  const before = rows();
  const start = performance.now();
  if (kind === "click") target.click();
  else { target.value = value; target.dispatchEvent(new Event("input", { bubbles: true })); }
  while (rows() === before && performance.now() - start < 3000) {
    await new Promise((done) => setTimeout(done, 4));
  }
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done, 0)));
  return performance.now() - start;
}"""


@dataclass(frozen=True)
class Figure:
    """What was measured: a name, its values, its limit and unit; ``work`` is processor time."""

    name: str
    values: tuple[float, ...]
    limit: float
    unit: str = "ms"
    work: tuple[float, ...] = ()

    def line(self) -> str:
        """The figure as it is printed."""
        median, best = statistics.median(self.values), min(self.values)
        verdict = "ok" if median <= self.limit else "OVER"
        beside = f" (best {best:,.0f}" if len(self.values) > 1 else ""
        beside += f", processor {statistics.median(self.work):,.0f}" if self.work else ""
        middle = f"{median:8,.0f} {self.unit}{beside}{')' if beside else ''}"
        return f"{self.name:58}{middle:44} limit {self.limit:,.0f} {self.unit:3} {verdict}"


# --- what is looked at ----------------------------------------------------------------------------


def log_run(folder: Folder, index: int, kind: str, metrics: int, params: int, steps: int) -> None:
    """One run with curves that depend on its number alone."""
    chance = random.Random(index)
    now = START + index * 60 * 10**9

    def clock() -> int:
        nonlocal now
        now += 10**6
        return now

    run_id = f"20261115-{index:06d}-{kind}"
    writer = Writer(folder, run_id, clock=clock, writer_id=f"{index:012x}", seal=False)
    start = {"name": f"{kind}-{index}", "experiment": kind}
    writer.fact("start", "run", text=json.dumps(start))
    for number in range(params):
        value = chance.choice((0.1, 0.01, 0.001)) if number % 2 else chance.randrange(100)
        writer.fact("param", f"param{number}", value=float(value), text=json.dumps(value))
    writer.fact("tag", f"tag{index % 7}", text="")
    names = tuple(f"{('train', 'val')[number % 2]}/m{number}" for number in range(metrics))
    for step in range(steps):
        now += 10**9
        gone = math.exp(-(1 + index % 5) * step / steps)
        writer.points(step, names, tuple(gone + chance.random() * 0.05 for _ in names))
    writer.fact("end", "finished", value=float(steps), text='{"exit_code": 0}')
    writer.close()


def make_sites(base: Path, runs: int) -> tuple[Path, Path]:
    """A leaderboard of many runs with 40 columns, and runs with long curves."""
    many, long = Folder.create(base / "many"), Folder.create(base / "long")
    for index in range(runs):
        log_run(many, index, "board", 17, 18, 2)
    log_run(long, 0, "page", 20, 10, 1000)
    for index in range(1, 51):
        log_run(long, index, "compare", 10, 10, 1000)
    board = LeaderboardConfig(
        name="board",
        experiment="board",
        metric="val/m1",
        direction="min",
        columns=tuple(f"param{n}" for n in range(18))
        + tuple(f"train/m{n}" for n in range(0, 17, 2)),
    )
    sites = []
    for folder, boards in ((many, (board,)), (long, ())):
        out = base / f"{folder.path.name}-site"
        site = SiteConfig(title="Bench", pages=base / "pages")
        build(Config(store=folder.path, out=out, leaderboards=boards, site=site))
        sites.append(out)
    return sites[0], sites[1]


class Packed(http.server.SimpleHTTPRequestHandler):
    """Files of a site, compressed as hosts do it, each once."""

    @staticmethod
    @functools.cache
    def _packed(path: str) -> bytes:
        return gzip.compress(Path(path).read_bytes(), 6)

    def do_GET(self) -> None:
        path = self.translate_path(self.path)
        if not Path(path).is_file():
            self.send_error(404)
            return
        body = self._packed(path)
        self.send_response(200)
        self.send_header("Content-Type", self.guess_type(path))
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""


def served(site: Path) -> str:
    """The address of a server for the site, until the process ends."""
    handler = functools.partial(Packed, directory=str(site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}/"


# --- measuring ------------------------------------------------------------------------------------


Work = Callable[[], float]


def visits(browser: Browser, address: str, measure: Callable[[Page, Work], Any]) -> list[Any]:
    """What ``measure`` says of the page in each of some visits with an empty cache.

    It is given the page, and a function that gives the milliseconds its main thread has worked.
    """
    found = []
    for visit in range(VISITS + 1):
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        page = context.new_page()
        page.add_init_script(WATCH)
        session = context.new_cdp_session(page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        page.goto(address)
        value = measure(page, functools.partial(worked, session))
        if visit:  # the first one warms the server
            found.append(value)
        context.close()
    return found


def worked(session: Any) -> float:
    """Milliseconds of processor time that the page's main thread has taken so far."""
    found = session.send("Performance.getMetrics")["metrics"]
    return next(each["value"] for each in found if each["name"] == "TaskDuration") * 1000


def board(page: Page, work: Work) -> tuple[float, ...]:
    """First rows seen, ready for use, a sort, a filter; and the work of the last three."""
    page.wait_for_selector("[data-rf=board][data-state]", timeout=60_000)
    seen = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")
    ready, opened = page.evaluate("performance.now()"), work()
    page.wait_for_timeout(1000)  # charts are drawn meanwhile
    page.evaluate(ACT, [SORT, "click", ""])
    before = work()
    sort, after = page.evaluate(ACT, [SORT, "click", ""]), work()
    search = page.evaluate(ACT, [".search input", "input", "board-77"])
    return seen, ready, sort, search, opened, after - before, work() - after


def charts(page: Page, work: Work) -> tuple[float, ...]:
    """The first chart, the last of those in view, and the work until each."""
    page.wait_for_selector(CHART, timeout=60_000)
    begun = work()
    before = -1
    while (count := page.evaluate("bench.charts")) != before:
        before = count
        page.wait_for_timeout(700)
    first, last = page.evaluate("[bench.first, bench.last]")
    return first, last, begun, work()


def weight(site: Path) -> dict[str, int]:
    """Compressed bytes of each kind of page without data and without the chart library."""
    found: dict[str, int] = {}
    for page in site.rglob("*.html"):
        path = page.relative_to(site)
        kind = path.parts[0] if len(path.parts) > 1 and path.name != "index.html" else str(path)
        if kind in found:
            continue
        text = page.read_text("utf-8")
        files = re.findall(r'<(?:script|link rel="stylesheet")[^>]*? (?:src|href)="([^"]+)"', text)
        own = [file for file in files if "assets/" in file and "/vega-" not in file]
        parts = [page, *((page.parent / file) for file in own)]
        found[kind] = sum(len(gzip.compress(part.read_bytes(), 9)) for part in parts)
    return found


def chart(name: str, found: list[tuple[float, ...]], at: int, limit: float) -> Figure:
    """The figure of a chart: the first (0) or the last in view (1)."""
    work = tuple(each[2 + at] for each in found)
    return Figure(name, tuple(each[at] for each in found), limit, work=work)


def figures(browser: Browser, many: Path, long: Path, runs: int) -> list[Figure]:
    """All figures, in the order of the limits."""
    first = visits(browser, served(many) + "leaderboards/board.html", board)
    seen, ready, sort, search, *work = (tuple(each) for each in zip(*first, strict=True))
    home = served(long)
    page = visits(browser, home + "runs/20261115-000000-page.html", charts)
    ids = ",".join(f"20261115-{index:06d}-compare" for index in range(1, 51))
    compared = visits(browser, f"{home}compare.html#runs={ids}", charts)
    heavy = max(weight(long).items(), key=lambda each: each[1])
    name = f"leaderboard of {runs:,} runs, 40 columns:"
    return [
        Figure(f"{name} first rows", seen, 500),
        Figure(f"{name} every row at hand", ready, 1500, work=work[0]),
        Figure(f"{name} sort", sort, 100, work=work[1]),
        Figure(f"{name} filter", search, 100, work=work[2]),
        chart("run page with 20 charts: first chart", page, 0, 800),
        chart("compare 50 runs, 10 metrics: charts in view", compared, 1, 1500),
        Figure(f"heaviest page without data ({heavy[0]})", (heavy[1] / 1000,), 120, "kB"),
    ]


def main(runs: int) -> int:
    """Print the figures; exit code 1 where one is over its limit."""
    base = Path(tempfile.mkdtemp(prefix="runfolio-bench-"))
    try:
        print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; building the sites …")
        many, long = make_sites(base, runs)
        found = os.environ.get("RUNFOLIO_BROWSER") or shutil.which("chromium")
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
            print(f"Chromium {browser.version}, load {os.getloadavg()[0]:.1f}")
            measured = figures(browser, many, long, runs)
            browser.close()
        print("\n".join(each.line() for each in measured))
        return int(any(statistics.median(each.values) > each.limit for each in measured))
    finally:
        shutil.rmtree(base)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
