"""Methods on two datasets, a report with every kind of block, a table for a paper, a sweep."""

from __future__ import annotations

from typing import Any

from runfolio.config import LeaderboardConfig, MetricConfig, PaperConfig

REPORT = """---
title: What the methods reach
description: One block of each kind.
date: 2026-11-21
authors: [Ada, Grace]
toc: true
---

{{ count filter="experiment:methods" }} runs; {{ best board=methods show=run }} leads with
{{ best board=methods }}[^1].

```metric
key: test/score
filter: experiment:methods
```

```metric
key: test/error
run: ours-a-0
stat: last
label: Error of <ours>
```

## Tables

```sql
-- title: Scores
-- caption: From *all* runs.
SELECT r.run_id, r.name, s.max AS score FROM runs r
JOIN summary s ON s.run_id = r.run_id AND s.key = 'test/score'
WHERE r.experiment = 'methods' ORDER BY r.name
```

```leaderboard
board: methods
rows: 3
columns: [method, data]
```

```runs
filter: experiment:methods method:ours
columns: [data, test/error]
```

```paper
table: methods
```

## Pictures

```chart
title: Score by method
query: |
  SELECT p.text AS method, s.max AS score
  FROM runs r JOIN params p ON p.run_id = r.run_id AND p.key = 'method'
  JOIN summary s ON s.run_id = r.run_id AND s.key = 'test/score'
  WHERE r.experiment = 'methods' ORDER BY r.run_id
height: 200
mark: point
encoding:
  x: {field: score, type: quantitative, scale: {zero: false}}
  y: {field: method, type: nominal}
```

```compare
title: Two of them
runs: [ours-a-0, base-a-0]
metrics: [test/score]
```

## What is wrong

```runs
filter: "experiment:"
colums: [data]
```

[^1]: As the [leaderboard](leaderboards/methods.html) says.
"""


def make(store: Any) -> dict[str, Any]:
    store.run("search", experiment="search")
    for method, gain in (("base", 0.0), ("ours", 0.1)):
        for data, share in (("a", 0.6), ("b", 0.7)):
            for seed in range(2):
                score = share + gain + seed / 50
                store.run(
                    f"methods-{method}-{data}-{seed}",
                    name=f"{method}-{data}-{seed}",
                    experiment="methods",
                    params={"method": method, "data": data, "seed": seed},
                    metrics={"test/score": [share / 2, score], "test/error": [0.9, 1 - score]},
                    # One combination was not tried by the sweep.
                    identity={} if (method, data) == ("ours", "b") else {"parent": "search"},
                )
    pages = store.path.parent / "pages"
    pages.mkdir(exist_ok=True)
    (pages / "report.md").write_text(REPORT, "utf-8")
    board = LeaderboardConfig(name="methods", experiment="methods", metric="test/score")
    paper = PaperConfig(
        name="methods", title="Methods by data", rows="method", columns="data",
        metrics=("test/score", "test/error"), baseline="base",
    )  # fmt: skip
    metrics = {"test/score": MetricConfig(digits=3)}
    return {"leaderboards": (board,), "metrics": metrics, "papers": (paper,)}
