"""Charts: each kind is built once with Altair; the pages carry only numbers.

A spec reads named data sets whose fields are f0, f1, … in place of metric names: a name such as
``val/acc[top-1]`` is an expression to Vega and would draw nothing. Domains, colours and sizes come
from the browser (``templates/static/js``), which redraws when the theme, the zoom, the axis or the
smoothing changes. Building a spec costs milliseconds, so no spec is ever built per run.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import altair as alt

from runfolio.site.engine import FONT, compiled

#: What charts look like; colours are the page's tokens, so that a theme needs no new drawing.
CONFIG: dict[str, Any] = {
    "aria": False,
    "background": "transparent",
    "view": {"stroke": None},
    "axis": {
        "domain": False,
        "labelFontSize": 11,
        "labelPadding": 6,
        "labelOverlap": True,
        "ticks": False,
        "title": None,
        "titleFontSize": 11,
        "titleFontWeight": 500,
        "titlePadding": 8,
    },
    "axisX": {"grid": False, "domain": True, "labelFlush": True, "labelBound": False},
    "axisY": {"grid": True, "tickCount": 5, "minExtent": 30},
    "point": {"filled": True},
    "line": {"strokeJoin": "round", "strokeCap": "round"},
}

#: Large numbers as 10k, huge ones as 1e+15, tiny ones that are longer than 0.0005 as 5e-5, the rest
#: as Vega writes them, in 7 letters: more are cut off at the left of the plot.
_LABEL = (
    "datum.label === '' || datum.value === 0 ? datum.label : "
    "abs(datum.value) >= 1e15 || "
    "abs(datum.value) < 0.001 && length(datum.label) > 6 + (datum.value < 0) ? "
    "format(datum.value, '~e') : "
    "abs(datum.value) >= 10000 ? format(datum.value, '~s') : "
    "length(datum.label) > 7 ? format(datum.value, '.6~g') : datum.label"
)
#: The same with a unit of time behind it (30s, 5m); there is no half a step.
_LABEL_X = (
    "xmin > 0 && datum.value !== floor(datum.value) ? '' : "
    "(xmin > 0 && abs(datum.value) < 10000 ? format(datum.value, ',') : "
    f"({_LABEL})) + xunit"
)

#: Dates and times by what a tick stands for.
_TIMES = {
    "year": "%Y",
    "quarter": "%b %Y",
    "month": "%b %Y",
    "week": "%d %b",
    "date": "%d %b",
    "hours": "%H:%M",
    "minutes": "%H:%M",
    "seconds": "%H:%M:%S",
    "milliseconds": "%H:%M:%S.%L",
}

_EMPTY_DOMAIN = [0, 1]

_TOKENS = {
    "domainColor": "var(--border)",
    "gridColor": "var(--grid)",
    "labelColor": "var(--muted)",
    "titleColor": "var(--muted)",
    "tickColor": "var(--border)",
}


def chart_specs() -> dict[str, dict[str, Any]]:
    """Vega-Lite spec of every chart kind, by the name that ``Chart.kind`` uses."""
    return {kind: _finish(build()) for kind, build in _KINDS.items()}


def chart_forms() -> dict[str, dict[str, Any]]:
    """The same specs with those for other axes: ``curve:log wall`` is a curve with a logarithmic y
    over the time of day. The script names them: kind, a colon, the drawing's ``variant``."""
    found = {}
    for kind, spec in chart_specs().items():
        for variant in _VARIANTS.get(kind, ("",)):
            made = copy.deepcopy(spec)
            for word in variant.split():
                _AXES[word](made)
            found[f"{kind}:{variant}"] = made
    return found


def charts_js() -> str:
    """The specs, compiled, as a classic script that registers itself with the page's ``rf``."""
    specs = {name: compiled(spec) for name, spec in chart_forms().items()}
    text = json.dumps(specs, sort_keys=True, separators=(",", ":"))
    return f'rf("charts","all",{text});\n'


def _finish(chart: alt.TopLevelMixin) -> dict[str, Any]:
    """The chart as plain JSON with our configuration, without what is not drawn."""
    spec: dict[str, Any] = chart.to_dict()
    spec.pop("usermeta", None)
    spec.pop("$schema", None)  # its address would be the only outside URL of a site
    spec["config"] = {**CONFIG, "font": FONT, "axis": {**CONFIG["axis"], **_TOKENS}}
    spec["width"], spec["height"], spec["padding"] = 300, 200, 0  # the browser sets its own
    spec["autosize"] = "none"  # the browser knows the plot's size, so that charts line up
    return spec


def _domain(name: str) -> alt.Parameter:
    """A domain that the browser sets: [from, to]."""
    return alt.param(name=name, value=_EMPTY_DOMAIN)


def _expr(code: str) -> alt.ExprRef:
    return alt.ExprRef(expr=code)


def _x() -> alt.X:
    return alt.X(
        "f0:Q",
        scale=alt.Scale(domain=_expr("xd"), nice=False, zero=False),
        axis=alt.Axis(labelExpr=_LABEL_X, tickMinStep=_expr("xmin"), tickCount=6),
    )


def _y(field: str = "f1") -> alt.Y:
    return alt.Y(
        f"{field}:Q",
        scale=alt.Scale(domain=_expr("yd"), nice=False, zero=False),
        axis=alt.Axis(labelExpr=_LABEL),
    )


def _steps(*domains: str) -> list[alt.Parameter]:
    """What the browser sets for a chart over steps or time."""
    return [
        *map(_domain, domains),
        alt.param(name="xmin", value=0),
        alt.param(name="xunit", value=""),
    ]


def _names(names: str, values: str) -> list[alt.Parameter]:
    """Labels of an axis of texts and where they stand; null where it is one of numbers."""
    return [alt.param(name=names, value=[]), alt.param(name=values, value=None)]


def _as_is(channel: str, field: str) -> Any:
    """A channel whose rows hold the colour, dash or size itself, so no scale is needed."""
    kinds: dict[str, Any] = {
        "stroke": alt.Stroke,
        "fill": alt.Fill,
        "strokeDash": alt.StrokeDash,
        "opacity": alt.Opacity,
        "strokeWidth": alt.StrokeWidth,
        "size": alt.Size,
    }
    type_ = "N" if channel in ("stroke", "fill", "strokeDash") else "Q"
    return kinds[channel](f"{field}:{type_}", scale=None, legend=None)


def _named(name: str) -> alt.Chart:
    return alt.Chart(alt.NamedData(name))


def _shapes(name: str, *, filled: bool, clip: bool = True, radius: float = 3) -> alt.Chart:
    """GeoJSON features, one a series, whose places are already pixels of the plot.

    Under the strict Content-Security-Policy Vega interprets its expressions, some microseconds
    for each channel of each point. As one shape a line costs no more than one point: 24 runs of
    1,000 points are redrawn in some 20 ms instead of 500.
    """
    chart: alt.Chart = (
        alt.Chart(alt.NamedData(name))
        .mark_geoshape(clip=clip, filled=filled, strokeWidth=0 if filled else 2)
        .project("identity", scale=1, translate=[0, 0], pointRadius=radius)
    )
    return chart


def _lines(*, clip: bool = True) -> alt.Chart:
    """Lines: f3 colour, f4 dash, f5 opacity, f6 width."""
    chart: alt.Chart = _shapes("lines", filled=False, clip=clip).encode(
        _as_is("stroke", "f3"),
        _as_is("strokeDash", "f4"),
        _as_is("opacity", "f5"),
        _as_is("strokeWidth", "f6"),
    )
    return chart


def _areas(name: str) -> alt.Chart:
    """Filled shapes, or many equal dots as one shape: f3 colour, f5 opacity."""
    chart: alt.Chart = _shapes(name, filled=True).encode(
        _as_is("fill", "f3"), _as_is("opacity", "f5")
    )
    return chart


def _dots(x: alt.X, y: alt.Y) -> alt.Chart:
    """Single dots, whole at the edges too: f0 x, f1 y, f3 colour, f5 opacity, f6 size."""
    chart: alt.Chart = (
        alt.Chart(alt.NamedData("dots"))
        .mark_point(invalid=None, strokeWidth=0, opacity=1)
        .encode(x, y, _as_is("fill", "f3"), _as_is("opacity", "f5"), _as_is("size", "f6"))
    )
    return chart


def _bad_points() -> alt.Chart:
    """Crosses at the lower edge where a value was NaN or infinite: f0 x, f3 colour."""
    chart: alt.Chart = (
        alt.Chart(alt.NamedData("bad"))
        .mark_point(invalid=None, shape="cross", angle=45, size=46, strokeWidth=0, opacity=1)
        .encode(_x(), alt.Y(value=_expr("height - 5")), _as_is("fill", "f3"))
    )
    return chart


def _curve() -> alt.TopLevelMixin:
    layers = (_areas("areas"), _lines(), _dots(_x(), _y()), _bad_points())
    return alt.layer(*layers).add_params(*_steps("xd", "yd"))


def _system() -> alt.TopLevelMixin:
    return alt.layer(_areas("areas"), _lines(), _dots(_x(), _y())).add_params(*_steps("xd", "yd"))


def _progress() -> alt.TopLevelMixin:
    """All runs as grey dots, the best so far as a line with dots of its own."""
    x = alt.X(
        "f0:T",
        scale=alt.Scale(type="utc", domain=_expr("xd"), nice=False),
        axis=alt.Axis(tickCount=6, format=_TIMES),
    )
    return alt.layer(_areas("cloud"), _lines(), _dots(x, _y())).add_params(
        *map(_domain, ("xd", "yd"))
    )


def _scatter() -> alt.TopLevelMixin:
    """Numbers on x; texts come as 0, 1, 2 … with the param ``names`` for their labels."""
    x = alt.X(
        "f0:Q",
        scale=alt.Scale(domain=_expr("xd"), nice=False, zero=False),
        axis=alt.Axis(
            labelExpr=f"length(names) ? (names[datum.value] || '') : ({_LABEL})",
            labelLimit=96,
            tickMinStep=_expr("xmin"),
            tickCount=6,
            values=_expr("xvalues"),
        ),
    )
    return alt.layer(_areas("cloud"), _dots(x, _y())).add_params(
        *map(_domain, ("xd", "yd")),
        *_names("names", "xvalues"),
        alt.param(name="xmin", value=0),
    )


def _pareto() -> alt.TopLevelMixin:
    """Two metrics against each other, with the line along the front."""
    x = alt.X(
        "f0:Q",
        scale=alt.Scale(domain=_expr("xd"), nice=False, zero=False),
        axis=alt.Axis(labelExpr=_LABEL, tickCount=6),
    )
    return alt.layer(_areas("cloud"), _lines(), _dots(x, _y())).add_params(
        *map(_domain, ("xd", "yd"))
    )


def _pair() -> alt.TopLevelMixin:
    """Any two numbers or texts of runs against each other; ``names`` and ``ynames`` as above."""
    label = "length({0}) ? ({0}[datum.value] || '') : (" + _LABEL.replace("{", "{{") + ")"
    x = alt.X(
        "f0:Q",
        scale=alt.Scale(domain=_expr("xd"), nice=False, zero=False),
        axis=alt.Axis(
            labelExpr=label.format("names"),
            labelLimit=96,
            tickMinStep=_expr("xmin"),
            tickCount=6,
            values=_expr("xvalues"),
        ),
    )
    y = alt.Y(
        "f1:Q",
        scale=alt.Scale(domain=_expr("yd"), nice=False, zero=False),
        axis=alt.Axis(labelExpr=label.format("ynames"), labelLimit=56, values=_expr("yvalues")),
    )
    return alt.layer(_areas("cloud"), _dots(x, y)).add_params(
        *map(_domain, ("xd", "yd")),
        *_names("names", "xvalues"),
        *_names("ynames", "yvalues"),
        alt.param(name="xmin", value=0),
    )


def _parallel() -> alt.TopLevelMixin:
    """One line a run across upright axes; texts and axes have their places in pixels, too."""
    x = alt.X("f0:Q", scale=alt.Scale(domain=_expr("xd"), nice=False, zero=False), axis=None)
    y = alt.Y("f1:Q", scale=alt.Scale(domain=_expr("yd"), nice=False, zero=False), axis=None)
    texts = (
        alt.Chart(alt.NamedData("texts"))
        .mark_text(fontSize=11, baseline="middle", limit=112)
        .encode(x, y, alt.Text("f2:N"), _as_is("fill", "f3"))
    )
    return alt.layer(_lines(clip=False), texts).add_params(*map(_domain, ("xd", "yd")))


def _histogram() -> alt.TopLevelMixin:
    """Bars from f0 to f1 of height f2: f3 colour, f4 colour of the edge."""
    chart: alt.Chart = (
        alt.Chart(alt.NamedData("bars"))
        .mark_rect(invalid=None, opacity=0.85, strokeWidth=1, clip=True)
        .encode(
            _x(),
            alt.X2("f1:Q"),
            _y("f2"),
            alt.Y2(datum=0),
            _as_is("fill", "f3"),
            _as_is("stroke", "f4"),
        )
        .add_params(*_steps("xd", "yd"))
    )
    return chart


def _bar() -> alt.TopLevelMixin:
    """Lying bars in the order of ``names``: f0 name, f1 value, f3 colour."""
    chart: alt.Chart = (
        alt.Chart(alt.NamedData("bars"))
        .mark_bar(invalid=None, opacity=0.85, cornerRadiusEnd=3)
        .encode(
            alt.Y(
                "f0:N",
                scale=alt.Scale(domain=_expr("names"), paddingInner=0.35),
                axis=alt.Axis(grid=False, labelLimit=112),
            ),
            alt.X(
                "f1:Q",
                scale=alt.Scale(domain=_expr("xd"), nice=False),
                axis=alt.Axis(grid=True, domain=False, tickCount=5, labelExpr=_LABEL),
            ),
            _as_is("fill", "f3"),
        )
        .add_params(_domain("xd"), alt.param(name="names", value=[]))
    )
    return chart


_KINDS: dict[str, Callable[[], alt.TopLevelMixin]] = {
    "curve": _curve,
    "system": _system,
    "progress": _progress,
    "scatter": _scatter,
    "pareto": _pareto,
    "pair": _pair,
    "parallel": _parallel,
    "histogram": _histogram,
    "bar": _bar,
}


# --- other axes -----------------------------------------------------------------------------------


def _places(spec: dict[str, Any], channel: str) -> list[dict[str, Any]]:
    """What the layers say of x or y, where they have a scale."""
    found = [layer["encoding"].get(channel, {}) for layer in spec["layer"]]
    return [place for place in found if place.get("scale")]


def _log(channel: str) -> Callable[[dict[str, Any]], None]:
    """Makes an axis logarithmic; the browser says where its ticks are."""

    def change(spec: dict[str, Any]) -> None:
        for place in _places(spec, channel):
            place["scale"] |= {"type": "log", "nice": False}
            place["scale"].pop("zero", None)

    return change


def _log_ticks(channel: str) -> Callable[[dict[str, Any]], None]:
    """The same with ticks that the browser sets."""

    def change(spec: dict[str, Any]) -> None:
        _log(channel)(spec)
        spec["params"].append({"name": f"{channel}ticks", "value": _EMPTY_DOMAIN})
        for place in _places(spec, channel):
            place["axis"]["values"] = {"expr": f"{channel}ticks"}

    return change


def _wall(spec: dict[str, Any]) -> None:
    """Makes x an axis of dates and times."""
    for place in _places(spec, "x"):
        place["type"] = "temporal"
        place["scale"]["type"] = "utc"
        place["scale"].pop("zero", None)
        place["axis"] = {"tickCount": 5, "format": _TIMES}


_AXES: dict[str, Callable[[dict[str, Any]], None]] = {
    "log": _log_ticks("y"),
    "logx": _log_ticks("x"),
    "wall": _wall,
    "xlog": _log("x"),
    "ylog": _log("y"),
}
_VARIANTS = {
    "curve": ("", "log", "logx", "log logx", "wall", "log wall"),
    "system": ("", "wall"),
    "scatter": ("", "xlog"),
    "pair": ("", "xlog", "ylog", "xlog ylog"),
}
