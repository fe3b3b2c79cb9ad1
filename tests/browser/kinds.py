"""One site with every kind of page: the golden cases in one store, and pages of the user's own.

A kind is a page at the top, one page of a folder, or the index of a folder: always the largest, for
it shows the most. They are read off the golden sites, so a new kind is walked without a word here.
"""

from __future__ import annotations

import importlib.util
import os
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from runfolio.config import Config, SiteConfig

from .published import made

#: A built site whose pages are walked in place of that of the golden cases.
GIVEN = Path(os.environ["RUNFOLIO_WALK_SITE"]) if "RUNFOLIO_WALK_SITE" in os.environ else None
GOLDEN = Path(__file__).parents[1] / "golden"
#: Cases that show what a site looks like with little in it, or very much of one thing.
ALONE = {"empty", "no_metrics", "wide200"}
CASES = sorted(
    (path.parent.name for path in GOLDEN.glob("*/case.py") if path.parent.name not in ALONE),
    key=lambda name: (name != "tiny", name),
)
GUIDE = """# A guide

## Reading

A *text* with `code`, [a link](index.html) and a formula $a^2$.

| Column | Meaning |
|---|---|
| one | the first of them |

```python
print("a long line of code, to see who scrolls" + " and on it goes" * 12)
```

## Writing

> Said by somebody.

- [x] done
- [ ] to do
"""


def kinds() -> list[str]:
    """A page of each kind, by its path."""
    found: dict[str, tuple[int, str]] = {} if GIVEN else {"guide.html": (0, "guide.html")}
    for expected in [GIVEN] if GIVEN else [GOLDEN / case / "expected" for case in CASES]:
        known = set(found)
        for file in expected.rglob("*.html"):
            path = file.relative_to(expected).as_posix()
            kind = kind_of(path)
            if kind not in known and not path.startswith("artifacts/"):
                found[kind] = max(found.get(kind, (0, "")), (file.stat().st_size, path))
    return sorted(path for _, path in found.values())


def kind_of(path: str) -> str:
    """What pages of the same kind have in common; the indexes of folders are one kind."""
    pure = PurePosixPath(path)
    if len(pure.parts) == 1 or path == "runs/index.html":
        return path
    return "*/index.html" if pure.name == "index.html" else f"{pure.parent}/*"


def build_all(store: Any, **site_options: Any) -> Path:
    """All cases in one store, a sweep of twelve runs, two pages of Markdown; built beside it.

    ``site_options`` change what the configuration says of the site.
    """
    boards: list[Any] = []
    options: dict[str, Any] = {"metrics": {}}
    for case in CASES:
        for name, value in (_load(case).make(store) or {}).items():
            if name == "leaderboards":
                boards += value
            elif name == "metrics":
                options["metrics"].update(value)
            else:
                options[name] = value
    for index in range(12):
        store.run(
            f"sweep-{index}",
            name=f"sweep {index}",
            experiment="sweep",
            params={
                "lr": 0.1 / (index + 1),
                "depth": index % 3,
                "act": ("relu", "gelu")[index % 2],
            },
            metrics={"val/loss": [1.0, 0.5 + index / 20], "val/accuracy": [0.2, 0.9 - index / 40]},
            tags=["paper"] if index % 2 else [],
        )
    pages = store.path.parent / "pages"
    pages.mkdir(exist_ok=True)
    (pages / "guide.md").write_text(GUIDE, "utf-8")
    site = options.pop("site", None) or SiteConfig(
        title="All kinds",
        pages=pages,
        since="2026-11-15 14:05",
        license="CC BY 4.0",
        citation="@misc{x}",
    )
    site = replace(site, **site_options)
    config = Config(store=store.path, site=site, leaderboards=tuple(boards), **options)
    return made(config, store.path.parent / "site")


def _load(case: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"kind_{case}", GOLDEN / case / "case.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
