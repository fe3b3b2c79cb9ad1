"""What the files of a site are, by their paths: what belongs together when sizes are told."""

from __future__ import annotations

import re
from functools import lru_cache

#: Pattern and name of each kind; the first that fits counts.
KINDS: tuple[tuple[str, str], ...] = (
    (r"snapshots/", "snapshots"),
    (r"artifacts/", "artifacts"),
    (r"data/full/", "every point of long series"),
    (r"data/runs/[^/]+\.output(-[0-9a-f]{10})?\.(txt|js)$", "whole output"),
    (r"data/runs/[^/]+-[0-9a-f]{10}\.js$", "curves of runs"),
    (r"data/runs/[^/]+\.(parquet|json)$", "tables of runs"),
    (r"data/runs/", "scripts, notebooks and changes"),
    (r"data/[^/]+\.(parquet|csv|json)$|data/SHA256SUMS$|croissant\.json$", "tables of the site"),
    (r"data/", "tables and search for the browser"),
    (r"runs/", "run pages"),
    (r"cards/", "pictures for previews"),
    (r"assets/", "scripts and styles"),
    (r"", "other pages"),
)
_PATTERNS = tuple((re.compile(pattern), name) for pattern, name in KINDS)


@lru_cache(maxsize=4096)
def kind_of(path: str) -> str:
    """The kind of a file of the site."""
    return next(name for pattern, name in _PATTERNS if pattern.match(path))
