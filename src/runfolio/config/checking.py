"""The options of ``[[check]]``: what must hold of the runs."""

from __future__ import annotations

from dataclasses import dataclass, field

from runfolio.config.about import about


@dataclass(frozen=True, kw_only=True)
class CheckConfig:
    """One thing that must hold of the runs, for ``runfolio check``."""

    name: str = field(
        default="",
        metadata=about("What must hold, in words.", example='"accuracy holds"'),
    )
    expect: str = field(
        default="",
        metadata=about(
            "The comparison: best, worst or mean METRIC, or runs; >= <= > < ==; a number, or "
            "baseline with + or - a number, points (pt) or percent.",
            example='"best val/accuracy >= baseline - 0.3 pt"',
        ),
    )
    filter: str = field(
        default="",
        metadata=about(
            "Only runs that match, in the filter language.",
            example='"tag:candidate"',
            check="filter",
        ),
    )
    baseline: str = field(
        default="",
        metadata=about(
            "The runs to compare with: a run (id or name), or a filter.", example='"tag:main"'
        ),
    )
