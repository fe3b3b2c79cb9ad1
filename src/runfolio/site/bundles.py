"""The site's scripts as pages load them: joined by the kind of page, without what only we read.

A page asks for four or five files instead of forty, and together they compress better. Comments and
indentation are taken out line by line and nothing is renamed or rearranged, so what a browser shows
of a script is the code as it was written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

#: Name for ``asset()`` -> the scripts in it, in the order in which they run.
BUNDLES: Mapping[str, tuple[str, ...]] = {
    "rf.js": ("rf.js", "numbers.js", "palette.js", "locale.js"),
    "charts.js": (
        *("smooth.js", "charts.js", "closeup.js", "lines.js", "tip.js", "cross.js", "pick.js"),
        *("chart-tools.js", "figures.js", "points.js", "pareto.js", "axes.js", "parallel.js"),
        "bars.js",
    ),
    "board.js": (
        *("filter.js", "source.js", "model.js", "cells.js", "table.js", "facets.js", "tools.js"),
        *("board-help.js", "board-columns.js", "board-export.js", "board-charts.js", "tray.js"),
        "board.js",
    ),
    "run.js": (
        *("chartbar.js", "rows.js", "run.js", "params.js", "images.js", "log.js", "sort.js"),
        "contents.js",
    ),
    "compare.js": (
        *("pair.js", "chartbar.js", "picker.js", "effects.js", "compare-groups.js"),
        *("compare-pills.js", "compare-values.js", "compare-charts.js", "compare-tables.js"),
        *("compare-effects.js", "compare-analysis.js", "compare.js"),
    ),
}
#: Part of a bundle, and asked for alone on other pages.
ALONE = frozenset({"rows.js"})
_JOINED = frozenset(name for names in BUNDLES.values() for name in names) - ALONE


def bundled(scripts: Mapping[str, str]) -> dict[str, str]:
    """The scripts that pages ask for, by name, out of the single ones."""
    single = {name: text for name, text in scripts.items() if name not in _JOINED}
    made = {name: "".join(bare(scripts[part]) for part in parts) for name, parts in BUNDLES.items()}
    return {**{name: bare(text) for name, text in single.items()}, **made}


def bare(text: str) -> str:
    """A script or style sheet without indentation, empty lines, and lines that are a comment.

    Comments behind code stay. A text that spans lines (a template literal) would lose its
    indentation; the packaged scripts have none.
    """
    return "".join(f"{line}\n" for line in _lines(text) if line)


def _lines(text: str) -> Iterator[str]:
    inside = False
    for whole in text.split("\n"):
        line = whole.strip()
        while inside or line.startswith("/*"):
            _, end, rest = line[0 if inside else 2 :].partition("*/")
            inside = not end
            line = rest.strip()
            if inside:
                break
        if not inside and not line.startswith("//"):
            yield line
