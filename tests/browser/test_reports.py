"""A report in a real Chromium: charts come alive, tables are copied, nothing is asked of others."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from .conftest import Visit, build_site

REPORT = """# Report

```chart
title: Loss by rate
query: |
  SELECT name, lr, "metrics.val/loss" AS loss FROM wide WHERE lr IS NOT NULL ORDER BY name
mark: {type: point, tooltip: {content: data}}
encoding:
  x: {field: lr, type: quantitative, scale: {type: log}}
  y: {field: loss, type: quantitative, scale: {zero: false}}
  color: {field: name, type: nominal}
```

```compare
runs: [fit-0, "<img src=x onerror=alert(1)>"]
metrics: [val/loss, train/loss]
```

```paper
title: Loss by schedule and batch
rows: schedule
columns: batch
metrics: [val/loss]
```
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Six fits and a report over them."""
    folder = tmp_path_factory.mktemp("report")
    (folder / "pages").mkdir()
    (folder / "pages" / "report.md").write_text(REPORT, "utf-8")
    names = ["fit-0", "<img src=x onerror=alert(1)>"]
    return build_site(folder, runs=6, others=0, names=names)


def settle(page: Any) -> None:
    """Bring every part into view, and wait until all of them are drawn."""
    for place in page.locator(".part-chart, .part-curves .chart").all():
        place.scroll_into_view_if_needed()
    page.wait_for_selector('.part-chart[data-drawn="vega"] svg')
    page.wait_for_function("document.querySelectorAll('.chart[data-drawn=curve]').length === 2")


def test_a_report_comes_alive_and_keeps_to_itself(visit: Visit, disk: str) -> None:
    page = visit(disk + "report.html", permissions=["clipboard-read", "clipboard-write"])
    settle(page)

    assert page.locator(".report-still").count() == 0
    assert page.locator(".part-plot svg path").count() > 6
    page.locator(".part-plot svg .mark-symbol.role-mark path").first.hover(force=True)
    tip = page.locator(".report-tip")
    assert "lr" in tip.inner_text() and "loss" in tip.inner_text()
    assert page.locator(".part-legend li").count() == 2
    colors = page.eval_on_selector_all(
        ".part-legend .swatch", "all => all.map((one) => getComputedStyle(one).backgroundColor)"
    )
    assert len(set(colors)) == 2

    page.get_by_role("button", name="Copy as LaTeX").click()
    page.wait_for_selector(".paper-copy .i-check")
    exports = page.locator(".paper summary", has_text="As LaTeX")
    exports.click()
    assert r"\toprule" in page.locator('[data-export="LaTeX"] code').inner_text()
    page.locator(".part-data summary").click()
    assert page.locator(".part-data tbody tr").count() == 6

    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_report_reads_without_scripts(visit: Visit, disk: str) -> None:
    page = visit(disk + "report.html", java_script_enabled=False)

    assert page.locator(".report-still path").count() > 6
    assert page.locator(".part-curves .still-line").count() == 4
    assert page.locator(".paper tbody tr").count() >= 2
    assert page.locator("button:visible").count() == 0
