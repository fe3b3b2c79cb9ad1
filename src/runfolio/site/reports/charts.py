"""Charts of a page: a Vega-Lite spec, checked, dressed in the site's colours, and drawn once.

A spec may draw what it likes from the rows of its query and from values in itself. It may not ask
for anything else: no addresses, no links, no pictures. What would come out differently each time
(``random()``, ``now()``) is refused, so that the same store gives the same page.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runfolio.site.engine import FONT as LIVE_FONT

MOST_ROWS = 5000
#: Name of the query's rows in a spec.
TABLE = "table"
WIDTH, HEIGHT = 600, 320
#: The one font that the drawing library brings along: labels take the same room on every machine.
FONT = "Liberation Sans"

_FORBIDDEN = {
    "url": "data and pictures from an address are not read; give a query, or values",
    "href": "a chart has no links",
    "usermeta": "settings for the embedding page are not read",
    "element": "inputs outside the chart are not bound",
}
_FICKLE = re.compile(r"\b(random|now|sample\w*)\s*\(")
_COLOR = "var(--{})"
_ROWS = ("values", "datasets")
_MANY = ("concat", "hconcat", "vconcat", "repeat", "facet")


@dataclass(frozen=True)
class ChartSpec:
    """A spec that can be drawn: plain JSON, its rows in ``datasets``."""

    spec: Mapping[str, Any]
    height: int
    rows: Sequence[Mapping[str, Any]]

    def live(self) -> dict[str, Any]:
        """The spec for the browser, which puts the page's font in."""
        return {**self.spec, "config": {**self.spec.get("config", {}), "font": LIVE_FONT}}

    def still(self) -> dict[str, Any]:
        """The spec for the still picture, which has a fixed width."""
        made: dict[str, Any] = {"config": {**self.spec.get("config", {}), "font": FONT}}
        made = {**self.spec, **made}
        if made.get("width") == "container":
            made["width"] = WIDTH
        return made


def chart_spec(spec: Mapping[str, Any], rows: Sequence[Mapping[str, Any]] | None) -> ChartSpec:
    """The user's spec with the site's looks; ``rows`` are its query's, None where it has its own.

    ValueError says what a chart must not have.
    """
    made = dict(spec)
    made.pop("$schema", None)
    made.pop("usermeta", None)  # Altair writes some
    for words in _faults(made, ()):
        raise ValueError(words)
    datasets = dict(made.pop("datasets", {}))
    if rows is not None:
        if "data" in made:
            raise ValueError("a chart has either a query or data of its own")
        made["data"] = {"name": TABLE}
        datasets[TABLE] = list(rows)
    _in_utc(made)
    many = any(key in made for key in _MANY) or _has_facet(made)
    height = _height(made)
    if not many:
        made.setdefault("width", "container")
        made["height"] = height
        made["autosize"] = {"type": "fit", "contains": "padding"}
    made["config"] = _merged(look(), made.get("config", {}))
    if datasets:
        made["datasets"] = datasets
    shown = rows if rows is not None else _own_rows(made, datasets)
    return ChartSpec(made, height if not many else 0, shown)


def look() -> dict[str, Any]:
    """How charts look where the author does not say: the page's own colours, quiet axes."""
    from runfolio.site.charts import CONFIG  # it loads Altair, for which most builds have no use

    muted, text, accent = (_COLOR.format(name) for name in ("muted", "text", "accent"))
    words = {"labelColor": muted, "titleColor": muted, "labelFontSize": 11, "titleFontSize": 11}
    axis = {
        key: value for key, value in CONFIG["axis"].items() if key not in ("title", "labelPadding")
    }
    return {
        "aria": False,
        "background": "transparent",
        "padding": 6,
        "view": {"stroke": None},
        "axis": {
            **axis,
            **words,
            "domainColor": _COLOR.format("border"),
            "gridColor": _COLOR.format("grid"),
            "tickColor": _COLOR.format("border"),
            "labelPadding": 6,
        },
        "axisX": {"grid": False, "domain": True},
        "axisY": {"grid": True, "tickCount": 5},
        "legend": {**words, "titleFontWeight": 500, "symbolSize": 60},
        "header": words,
        "title": {"color": text, "fontSize": 13, "fontWeight": 620, "anchor": "start"},
        "mark": {"color": accent},
        "bar": {"cornerRadiusEnd": 2},
        "line": {"strokeWidth": 2, "strokeJoin": "round", "strokeCap": "round"},
        "point": {"filled": True, "size": 50},
        "rule": {"color": _COLOR.format("control")},
        "text": {"color": text, "fontSize": 11},
        "range": {"category": [_COLOR.format(f"run-{n}") for n in range(8)]},
    }


def _faults(value: Any, path: tuple[str, ...]) -> Iterator[str]:
    """What a spec must not have, rows aside."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key in _FORBIDDEN:
                yield f"{key} is not allowed here: {_FORBIDDEN[key]}"
            elif key not in _ROWS:
                yield from _faults(inner, (*path, key))
    elif isinstance(value, list):
        for inner in value:
            yield from _faults(inner, path)
    elif isinstance(value, str):
        if path[-1:] in (("mark",), ("type",)) and value == "image":
            yield "image marks are not drawn: a chart shows no pictures from elsewhere"
        elif found := _FICKLE.search(value):
            yield f"{found[1]}() would draw another chart each time; compute it in the query"
    if path[-1:] == ("transform",) and isinstance(value, Mapping) and "sample" in value:
        yield "sample would draw another chart each time; choose rows in the query"


def _in_utc(value: Any) -> None:
    """Let times stand in UTC, as all times of a site do, not in the reader's zone."""
    if isinstance(value, list):
        for inner in value:
            _in_utc(inner)
    if not isinstance(value, dict):
        return
    for key, inner in value.items():
        if key not in _ROWS:
            _in_utc(inner)
    if value.get("type") == "temporal" and "timeUnit" not in value and "field" in value:
        scale = value.setdefault("scale", {})
        if isinstance(scale, dict):
            scale.setdefault("type", "utc")
    unit = value.get("timeUnit")
    if isinstance(unit, str) and not unit.startswith(("utc", "binned")):
        value["timeUnit"] = f"utc{unit}"


def _has_facet(spec: Mapping[str, Any]) -> bool:
    encoding = spec.get("encoding", {})
    return isinstance(encoding, Mapping) and bool({"row", "column", "facet"} & encoding.keys())


def _height(spec: dict[str, Any]) -> int:
    height = spec.get("height", HEIGHT)
    fits = isinstance(height, int | float) and not isinstance(height, bool)
    return int(min(max(height, 80), 1200)) if fits else HEIGHT


def _merged(ours: Mapping[str, Any], theirs: Any) -> dict[str, Any]:
    """Their settings over ours, part by part."""
    found = dict(ours)
    for key, value in theirs.items() if isinstance(theirs, Mapping) else ():
        inner = found.get(key)
        both = isinstance(inner, Mapping) and isinstance(value, Mapping)
        found[key] = _merged(inner, value) if isinstance(inner, Mapping) and both else value
    return found


def _own_rows(spec: Mapping[str, Any], datasets: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Rows that a spec brought itself, for the table beside it."""
    data = spec.get("data", {})
    values = data.get("values") if isinstance(data, Mapping) else None
    if values is None and isinstance(data, Mapping):
        values = datasets.get(str(data.get("name", "")))
    if values is None and len(datasets) == 1:
        values = next(iter(datasets.values()))
    rows = values if isinstance(values, list) else []
    return [row if isinstance(row, Mapping) else {"data": row} for row in rows]
