"""A store in which every string that the format holds is an attack, and its built site.

Run ``everything`` carries all strings in every place; the others carry one each in their names, so
that lists, leaderboards, search and comparisons show them. Pages of the user's own and the titles
of the configuration are hostile too.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from runfolio.config import Config, LeaderboardConfig, MetricConfig, PaperConfig, SiteConfig
from runfolio.store.blobs import put_bytes

from ..site.rich import png
from .published import made

EVERYTHING = "everything"
ENTRIES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "hostile_strings.json").read_text("utf-8")
)["entries"]
#: What would be seen if it ran: each calls, asks for or leads to what no page of ours does.
TRAPS = (
    '<img src=x onerror="window.pwned=1">',
    "<svg><script>window.pwned=1</script></svg>",
    '"><img src=x onerror=alert(1)>',
    "'-alert(1)-'",
    "\\u003cimg src=x onerror=alert(1)\\u003e",
    "</textarea></title></style></noscript><img src=https://evil.example/p.gif>",
    "&#x3c;img src=x onerror=alert(1)&#x3e;",
    "javascript:alert(1)//",
    "[a](javascript:alert(1)) ![b](https://evil.example/b.gif)",
    "# [x]: javascript:alert(1)\n\n<img src=x onerror=alert(1)>",
    "[x] row of a table",
    "*starred* and [1pt] of LaTeX \\input{/etc/passwd} \\write18{id}",
    "＝1+1",
    "-0.5",
    "+1_000",
)
#: Corpus strings that a browser, a spreadsheet or TeX would act on; the short run takes only these.
ACTED_ON = ("html-", "attr-", "script-", "md-", "svg-", "csv-", "vega-", "bidi", "artifact-")


def text_of(entry: dict[str, Any]) -> str:
    """A string of the corpus as the writer keeps it."""
    text = "".join(entry["parts"]) if entry["value"] is None else entry["value"]
    text = (text * entry.get("repeat", 1))[:2000]
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def strings(whole: bool) -> list[str]:
    """The strings that are tried, each once."""
    found = [text_of(one) for one in ENTRIES if whole or one["id"].startswith(ACTED_ON)]
    return list(dict.fromkeys([*TRAPS, *filter(str.strip, found)]))


def make(store: Any, whole: bool) -> Path:
    """Fill the store and build its site beside it; ``whole`` takes every string of the corpus."""
    texts = strings(whole)
    _everything(store, texts)
    for at in range(0, len(texts), 1 if whole else 3):
        text, other, third = (*texts, *texts)[at : at + 3]
        short = at % 9 == 0 or whole
        store.run(
            f"one-{at}",
            name=text,
            experiment=texts[0] if at % 2 else "attacks",
            params={"method": third, "data": other, "lr": at + 0.5, "depth": at % 4},
            metrics={"val/score": [0.1, at / 10], texts[2]: [1.0, at + 0.5]},
            tags={text: other} if short else {texts[0]: other},
            note=third,
            identity={"group": other, "parent": EVERYTHING, "user": text},
            end="finished" if at % 5 else "failed",
            error={"type": text, "message": other, "traceback": text},
            sections={"host": {"user": text, "host": other}},
        )
    config = _config(store, texts)
    return made(config, config.out)


def _everything(store: Any, texts: list[str]) -> None:
    def put(data: str) -> str:
        return str(put_bytes(store.folder, data.encode()).digest)

    joined = "\n\n".join(texts)
    few = texts[:9]
    store.run(
        EVERYTHING,
        name=texts[0],
        experiment=texts[0],
        params={f"{text}.{index}" if index % 2 else text: text for index, text in enumerate(texts)},
        metrics={"val/score": [1.0, 2.0], **{text: [1.0, 2.0] for text in few}},
        tags=dict.fromkeys(few, texts[0]),
        note=joined,
        identity={"group": texts[0]},
        end="failed",
        error={"type": texts[0], "message": joined, "traceback": joined},
        sections={
            "host": {"user": texts[0], "host": texts[1], "gpus": texts, "cpu": texts[2]},
            "git": {
                "commit": texts[0], "branch": texts[1], "message": joined, "dirty": True,
                "remote": texts[7], "untracked": texts, "diff_digest": put(_diff(texts)),
            },
            "packages": dict.fromkeys(texts, texts[0]),
            "python": {"version": texts[0], "implementation": texts[1]},
            "command": {"argv": texts, "script": texts[0], "entry": texts[1]},
            "source": {"path": texts[0] + ".py", "digest": put(joined), "kind": "script"},
        },
        facts=[*_logged(texts, few), *_files(store, texts, joined)],
    )  # fmt: skip


def _diff(texts: list[str]) -> str:
    parts = []
    for text in texts:
        line = text.replace("\n", " ").replace("\r", " ")
        head = f"diff --git a/{line} b/{line}\n--- a/{line}\n+++ b/{line}\n@@ -1 +1 @@ {line}\n"
        parts.append(f"{head}-{line}\n+{line}\n")
    return "".join(parts)


def _logged(texts: list[str], few: list[str]) -> list[Any]:
    """What is no file: output, datasets, models, distributions, figures of the machine."""
    facts: list[Any] = [("output", "stdout", at, None, text) for at, text in enumerate(texts, 1)]
    for at, text in enumerate(few):
        said = {"role": text, "source": few[at - 1], "digest": "0" * 64, "schema": {text: text}}
        facts += [
            ("dataset", text, None, 1.0, json.dumps(said)),
            ("histogram", text, 1, None, '{"edges": [0, 1], "counts": [1]}'),
            ("matrix", text, 1, None, json.dumps({"labels": [text], "rows": [[1]]})),
            ("system", text, None, 1.0, None),
            ("system", text, None, 2.0, None),
            ("artifact", f"far {text}", None, None, json.dumps({"digest": None, "uri": text})),
        ]  # fmt: skip
    return facts


def _files(store: Any, texts: list[str], joined: str) -> list[Any]:
    """A file of each kind that a page treats in its own way, and files named by every string."""
    lines = ["name,score", *(json.dumps(text) + ",1" for text in texts)]
    page = f"<!doctype html><title>{joined}</title><script>alert(1);top.pwned=1</script>{joined}"
    drawing = (
        '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script>'
        '<image href="https://evil.example/x.png"/><a href="javascript:alert(1)"><text>x</text></a>'
        '<foreignObject><iframe xmlns="http://www.w3.org/1999/xhtml" src="javascript:alert(1)"/>'
        "</foreignObject></svg>"
    )
    cells = [
        {"cell_type": "markdown", "source": joined},
        {
            "cell_type": "code", "execution_count": 1, "source": joined,
            "outputs": [
                {"output_type": "stream", "name": "stdout", "text": joined},
                {"output_type": "display_data", "data": {
                    "text/html": page, "image/svg+xml": drawing, "text/plain": joined,
                    "text/markdown": joined, "text/latex": joined,
                    "application/javascript": "alert(1)"}},
                {"output_type": "error", "ename": texts[0], "evalue": joined, "traceback": texts},
            ],
        },
    ]  # fmt: skip
    notebook = json.dumps({"cells": cells, "metadata": {"title": texts[0]}, "nbformat": 4})
    found = [
        store.artifact("page.html", page.encode(), "html", caption=texts[0]),
        store.artifact("page.xhtml", page.encode(), "html"),
        store.artifact("drawing.svg", drawing.encode(), "figure", caption=texts[0]),
        store.artifact("bare.SVG", drawing.encode(), "image"),
        store.artifact("styled.xml", drawing.encode(), "file"),
        store.artifact("code.mjs", b"alert(1)", "file"),
        store.artifact("look.ipynb", notebook.encode(), "notebook"),
        store.artifact("README.md", joined.encode(), "text"),
        store.artifact("notes.txt", page.encode(), "text"),
        store.artifact("table.csv", "\r\n".join(lines).encode(), "table", caption=texts[0]),
        store.artifact("lie.png", page.encode(), "image"),
        store.artifact("plot.plotly.json", json.dumps({"data": texts}).encode(), "figure"),
    ]
    for at, text in enumerate(texts if len(texts) > 100 else texts[:24]):
        found.append(store.artifact(text[:120], png(at), "image", at % 3, caption=text))
        found.append(store.artifact(f"{text[:80]}.svg", drawing.encode(), "figure", caption=text))
    return found


def _config(store: Any, texts: list[str]) -> Config:
    pages = store.path.parent / "pages"
    pages.mkdir()
    (pages / "own.md").write_text(_report(texts), "utf-8")
    boards = (
        LeaderboardConfig(
            name=texts[0], slug="a", title=texts[0], metric="val/score", direction="max",
            description="\n\n".join(texts), columns=("method", "data", texts[2]),
            secondary=texts[2],
        ),
        LeaderboardConfig(
            name="groups", slug="groups", title=texts[1], metric=texts[2], direction="min",
            group_by=("method",),
        ),
    )  # fmt: skip
    return Config(
        store=store.path,
        out=store.path.parent / "site",
        site=SiteConfig(
            title=texts[0], description="\n\n".join(texts), footer=texts[1], pages=pages,
            url="https://runs.example.org/", license=texts[1], citation="\n".join(texts),
            since="2026-11-15 14:05",
        ),
        leaderboards=boards,
        papers=(
            PaperConfig(name="p", title=texts[0], rows="method", columns="data",
                        metrics=("val/score",)),
        ),
        metrics={texts[2]: MetricConfig(title=texts[1], unit=texts[0]),
                 "val/score": MetricConfig(title=texts[0], unit=texts[7])},
    )  # fmt: skip


def _report(texts: list[str]) -> str:
    title = json.dumps(texts[0])
    return f"""---
title: {title}
---
# {texts[0]}

```sql
SELECT name, note, error, "user" FROM runs ORDER BY run_id
```

```chart
title: {title}
query: |
  SELECT name, method, "metrics.val/score" AS score FROM wide ORDER BY run_id
mark: {{type: point, tooltip: {{content: data}}}}
encoding:
  x: {{field: method, type: nominal, title: {title}}}
  y: {{field: score, type: quantitative}}
  color: {{field: name, type: nominal}}
  href: {{field: name, type: nominal}}
```

```runs
columns: [method, data, val/score]
```

```leaderboard
board: groups
```

```metric
metric: val/score
```

```compare
runs: [one-0, one-6, {title}]
metrics: [val/score]
```

```paper
table: p
```

{texts[8]}
"""
