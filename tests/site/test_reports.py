"""Pages whose blocks ask the store: what they show and refuse, and how they tell mistakes."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from runfolio.config import Config, SiteConfig
from runfolio.errors import BuildError
from runfolio.site.build import BuildReport, build

from ..conftest import StoreMaker
from .conftest import faults_of

HOSTILE = "<img src=x onerror=alert(1)></script>\"' & {{ count }} $x$ [a](javascript:b)"

GOOD = """---
title: All blocks
date: 2026-11-21
authors: [A. Author, B. Author]
description: Each kind of block once.
---

There are {{ count }} runs; {{ best board=digits show=run }} has {{ best board=digits }},
{{ run id=mlp-0 }} has
{{ metric key=val/acc run=mlp-0 }} at lr {{ param key=lr run=mlp-0 }}, SQL says
{{ sql: SELECT count(*) FROM runs WHERE name = 'mlp-0' }}; code keeps `{{ count }}`.

```sql
-- title: All runs
-- caption: With a *caption*.
-- rows: 4
SELECT run_id, name, started, NULL AS nothing, 0.125 AS part FROM runs ORDER BY name
```

```sql
SELECT DISTINCT text FROM params WHERE key = 'lr'
```

```chart
title: By model
query: |
  SELECT p.text AS model, s.max AS acc, r.started
  FROM runs r JOIN params p ON p.run_id = r.run_id AND p.key = 'model'
  JOIN summary s ON s.run_id = r.run_id AND s.key = 'val/acc' ORDER BY r.run_id
mark: point
encoding:
  x: {field: started, type: temporal}
  y: {field: acc, type: quantitative}
  color: {field: model, type: nominal}
```

```chart
function: by_size
size: 3
```

```leaderboard
board: digits
rows: 3
columns: [lr]
```

```runs
filter: model:mlp
sort: -lr
columns: [lr, val/acc]
```

```compare
runs: [mlp-0, svm-0]
metrics: [val/acc, loss]
```

```metric
key: val/acc
```

```metric
key: loss
run: svm-0
stat: last
label: The loss
```

```paper
rows: model
columns: data
metrics: [val/acc]
```

``` {.sql}
SELECT 'only shown'
```

## The end of {{ count }} runs
"""

WRONG = """---
titel: A page
---
{{ nonsense }} and {{ sql: SELECT name FROM runs }}

```sql
SELECT nmae FROM runs
```

```chart
query: SELECT 1 AS x
mark: pont
encoding: {x: {field: x, type: quantitative}}
```

```chart
data: {url: "https://example.org/x.csv"}
mark: bar
```

```chart
query: SELECT 1 AS x
mark: bar
transform: [{calculate: random(), as: y}]
```

```leaderboard
board: digit
rows: many
colour: red
```

```compare
runs: [nobody]
```

```metric
key: val/ac
```

```chart
function: by_siz
```

```paper
rows: model
metrics: [nothing]
```

```sql
SELECT * FROM read_csv('/etc/passwd')
```

{{ metric key=val/acc run=nobody }}
"""

HOSTILE_PAGE = """# Hostile

{{ best show=run }} {{ sql: SELECT name FROM runs WHERE run_id = 'odd-0' }}
[link]({{ run id=odd-0 }} "{{ run id=odd-0 }}") ![{{ run id=odd-0 }}](x.png)

```sql
SELECT run_id, name, name AS other, [name] AS listed FROM runs ORDER BY run_id
```

```chart
query: SELECT name, s.max AS v FROM runs JOIN summary s USING (run_id) WHERE key = 'loss' ORDER BY 1
mark: {type: bar, tooltip: true}
encoding:
  y: {field: name, type: nominal}
  x: {field: v, type: quantitative}
```

```compare
runs: [odd-0, mlp-0]
metrics: [loss]
```

```runs
filter: odd
```

```paper
rows: model
columns: data
metrics: [loss]
```
"""

#: The page of the documentation about reports: all its examples run, one behind the other.
MANUAL = (Path(__file__).parents[2] / "site" / "pages" / "reports.md").read_text("utf-8")

HOOKS = """
from runfolio.site import hooks

@hooks.chart
def by_size(store, size=1):
    rows = store.sql("SELECT name, points FROM runs ORDER BY name LIMIT " + str(size)).fetchall()
    values = [{"name": name, "points": points} for name, points in rows]
    return {
        "data": {"values": values},
        "mark": "bar",
        "encoding": {
            "x": {"field": "points", "type": "quantitative"},
            "y": {"field": "name", "type": "nominal"},
        },
    }
"""


@dataclass(frozen=True)
class Project:
    """A project with three pages, built once; ``store`` is open to more builds."""

    config: Config
    report: BuildReport

    def page(self, name: str) -> str:
        return (self.report.out / f"{name}.html").read_text("utf-8")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    folder = tmp_path_factory.mktemp("reports")
    store = StoreMaker(folder / "runs")
    for model, data in (("mlp", "a"), ("mlp", "b"), ("svm", "a"), ("svm", "b")):
        for seed in range(2):
            at = ["mlp", "svm"].index(model) * 0.05 + seed / 100 + (data == "b") / 10
            store.run(
                f"{model}-{data}-{seed}",
                name=f"{model}-{seed}" if data == "a" else f"{model}-{data}-{seed}",
                params={"model": model, "data": data, "lr": 0.1 + at},
                metrics={"val/acc": [0.5, 0.7 + at], "loss": [2.0, 1.0 - at]},
            )
    store.run(
        "odd-0",
        name=HOSTILE,
        experiment=HOSTILE,
        params={"model": HOSTILE, "data": HOSTILE},
        metrics={"loss": [3.0, 0.5]},
    )
    pages = folder / "pages"
    pages.mkdir()
    texts = {"good": GOOD, "wrong": WRONG, "hostile": HOSTILE_PAGE}
    texts["draft"] = "---\ndraft: true\n---\n{{ nonsense }}\n"
    texts["plain"] = (
        "---\nblocks: false\norder: 1\n---\n# Plain\n\n{{ x }}\n\n```sql\nSELECT 1\n```\n"
    )
    texts["index"] = "# Front\n\nThere are {{ count }} runs.\n"
    texts["manual"] = "\n".join(re.findall(r"^````markdown\n(.*?)^````$", MANUAL, re.M | re.S))
    for name, text in texts.items():
        (pages / f"{name}.md").write_text(text, "utf-8")
    (folder / "hooks.py").write_text(HOOKS)
    site = SiteConfig(title="Test", pages=pages, hooks=str(folder / "hooks.py"))
    config = Config(store=store.path, out=folder / "site", site=site)
    yield Project(config, build(config))
    store.close()


def part(page: str, number: int) -> str:
    """The HTML of one part of a page."""
    found = page[page.index(f'id="part.{number}"') :]
    end = re.search(r'id="part\.\d+"', found[10:])
    return found[: end.start() if end else None]


def test_every_kind_of_block_shows_what_it_asks(project: Project) -> None:
    page = project.page("good")

    assert 'There are <bdi class="report-value">9</bdi> runs' in page
    assert "<code>{{ count }}</code>" in page
    assert 'SQL says\n<bdi class="report-value">1</bdi>' in page
    assert "A. Author" in page and "2026-11-21" in page
    table = part(page, 1)
    assert "All runs" in table and "the first 4 of 9 rows" in table
    assert "With a <em>caption</em>." in table and "0.125" in table
    assert 'href="runs/mlp-a-0.html"' in table and "no ORDER BY" not in table
    assert "SELECT run_id, name" in table and "-- title" not in table
    assert "in no order" in part(page, 2)
    assert "mlp-a-0" not in part(page, 3).split("part-query")[0].split("part-data")[0]
    assert part(page, 5).count("<tr>") == 4 and "leaderboards/digits.html" in page
    assert re.findall(r"mlp-\S*-?\d(?=</bdi>)", part(page, 6))[0].startswith("mlp-b-1")
    assert part(page, 7).count('data-chart="curve"') == 2
    assert "0.86" in part(page, 8) and "The loss" in part(page, 8)
    assert "paper-best" in part(page, 10) and r"\toprule" in part(page, 10)
    assert "only shown" in page and 'href="#the-end-of-v0' not in page


def test_a_chart_is_a_picture_a_table_and_a_data_file(project: Project) -> None:
    page = part(project.page("good"), 3)
    source = re.search(r'data-src="([^"]+)"', page)
    assert source is not None
    text = (project.report.out / source[1]).read_text("ascii")
    spec = json.loads(text.removeprefix('rf("vega","good-3",').removesuffix(");\n"))["spec"]

    assert 'class="report-still"' in page and "<path" in page
    assert not re.search(
        r"(style|class=\"mark|href)=", page[page.index("<svg") : page.index("</svg")]
    )
    [x] = [scale for scale in spec["scales"] if scale["name"] == "x"]
    assert x["type"] == "utc"
    [table] = [data for data in spec["data"] if data["name"] == "table"]
    assert [row["model"] for row in table["values"]] == ["mlp"] * 4 + ["svm"] * 4
    assert "$schema" not in text and "http" not in text
    assert "Show the data" in page


def test_a_mistake_names_its_file_and_line_and_the_other_pages_are_there(project: Project) -> None:
    told = "\n".join(project.report.problems)
    expected = [
        r"pages/wrong\.md:2: titel is unknown; did you mean title\?",
        r"pages/wrong\.md:4: nonsense is unknown",
        r"pages/wrong\.md:4: expected one value; the answer has 9 rows and 1 columns",
        r"pages/wrong\.md:6: .*nmae.*Did you mean \"name\"",
        r"pages/wrong\.md:10: this is no Vega-Lite: .*pont",
        r"pages/wrong\.md:16: url is not allowed here",
        r"pages/wrong\.md:21: random\(\) would draw another chart each time",
        r"pages/wrong\.md:28: there is no leaderboard digit; did you mean digits\?",
        r"pages/wrong\.md:29: rows: expected a whole number from 1 to 1,000",
        r"pages/wrong\.md:30: colour is unknown; did you mean columns\?",
        r"pages/wrong\.md:34: There is no run 'nobody'\.",
        r"pages/wrong\.md:37: no run has a metric val/ac; did you mean val/acc\?",
        r"pages/wrong\.md:41: there is no chart function by_siz; did you mean by_size\?",
        r"pages/wrong\.md:45: no run has a metric nothing",
        r"pages/wrong\.md:50: read_csv is not allowed here",
        r"pages/wrong\.md:54: .*nobody",
    ]
    for line in expected:
        assert re.search(line, told), line
    assert len(project.report.problems) == len(expected)
    page = project.page("wrong")
    assert page.count("part-error") == 10 and page.count("report-wrong") == 3
    assert "<title>Wrong" in page


def test_all_examples_of_the_manual_run(project: Project) -> None:
    page = project.page("manual")

    assert "manual.md" not in "".join(project.report.problems)
    assert page.count('<figure class="part card"') >= 7
    assert "<math" in page and "part-error" not in page and "report-wrong" not in page
    assert "85.5" in page  # a paper table in percent


def test_drafts_and_pages_without_blocks(project: Project) -> None:
    page = project.page("plain")

    assert not (project.report.out / "draft.html").exists()
    assert "{{ x }}" in page and 'id="part.' not in page
    assert 'There are <bdi class="report-value">9</bdi> runs.' in project.page("index")


def test_nothing_of_a_hostile_name_becomes_markup(project: Project) -> None:
    page = project.page("hostile")

    assert faults_of(project.report.out) == []
    assert "<img" not in page and "javascript:b)" in page
    assert page.count("&lt;img src=x onerror=alert(1)&gt;") >= 8
    assert not re.search(r"<[^>\"]*onerror", re.sub(r'"[^"]*"', '""', page))


def test_the_same_store_gives_the_same_pages_and_mistakes_stay_told(
    project: Project, tree: Callable[[Path], dict[str, bytes]], tmp_path: Path
) -> None:
    again = build(project.config)
    assert (again.written, again.problems) == (0, project.report.problems)
    with pytest.raises(BuildError, match=r"(?s)16 mistakes in pages:\n.*wrong\.md:2: "):
        build(project.config, strict=True)


def test_a_query_is_not_asked_twice(project: Project) -> None:
    from runfolio.query.store import Store
    from runfolio.site.reports.answers import Answers

    with Store.open(project.config.store) as store, Answers(store) as answers:
        first = answers.ask("SELECT count(*) AS n FROM runs")
        assert answers.ask("SELECT count(*) AS n FROM runs") is first
        assert (first.names, first.rows, first.ordered) == (("n",), ((9,),), True)


def test_a_configured_table_has_a_page(project: Project) -> None:
    """Here by itself: the runs have a model and data."""
    page = project.page("paper")

    assert "val/acc by model and data" in page
    assert page.count('class="paper-runs"') == 0
    assert "Mean over 2 runs a cell, ± standard deviation (n − 1)." in page
    assert "paper-second" in page
