"""Still pictures of charts: drawn by Vega in this process, cleaned, kept by what they show.

They are what readers see without scripts, on paper, and until a chart comes into view. Drawing one
takes a tenth of a second and a second for the first, so they are kept in the user's cache folder.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from xml.etree import ElementTree

from runfolio.site.engine import from_cache, spec_text
from runfolio.site.reports.charts import ChartSpec

_TAGS = frozenset(
    {"svg", "g", "path", "rect", "line", "circle", "text", "tspan", "defs", "clipPath", "title",
     "linearGradient", "radialGradient", "stop"}
)  # fmt: skip
_ATTRIBUTES = frozenset(
    {"viewBox", "transform", "d", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "ry",
     "fx", "fy", "width", "height", "fill", "fill-opacity", "stroke", "stroke-width",
     "stroke-opacity", "stroke-dasharray", "stroke-dashoffset", "stroke-linecap",
     "stroke-linejoin", "stroke-miterlimit", "opacity", "text-anchor", "dominant-baseline",
     "font-size", "font-weight", "font-style", "display", "id", "clip-path", "offset",
     "stop-color", "stop-opacity", "gradientUnits", "gradientTransform", "dx", "dy"}
)  # fmt: skip
_LOCAL = re.compile(r"url\(#([\w-]+)\)")
_NAME = re.compile(r"[\w-]{1,80}")


def still_svg(chart: ChartSpec, prefix: str) -> str:
    """The picture as clean SVG that fills the width of its place; ``prefix`` begins its ids."""
    raw = from_cache("stills", "svg", spec_text(chart.still()), _draw)
    root = ElementTree.fromstring(raw)
    return _written(root, prefix, {"width": "100%", "height": str(_tall(root, chart.height))})


def _tall(root: ElementTree.Element, height: int) -> int:
    """Pixels that the picture takes; one of several charts is as tall as they are together."""
    own = root.get("height", "0")
    return height or min(2000, round(float(own))) if re.fullmatch(r"[\d.]+", own) else height


def _draw(text: str, version: str) -> str:
    import vl_convert

    drawn: str = vl_convert.vegalite_to_svg(text, vl_version=version, allowed_base_urls=[])
    return drawn


def _written(
    element: ElementTree.Element, prefix: str, given: Mapping[str, str] | None = None
) -> str:
    """The element with what is allowed of it; others are left out with all that is in them."""
    name = element.tag.rpartition("}")[2]
    if name not in _TAGS or element.get("display") == "none":
        return ""
    attributes = {
        key: value
        for key, value in element.attrib.items()
        if key in _ATTRIBUTES and not (given and key in given)
    }
    if "id" in attributes:
        fits = _NAME.fullmatch(attributes["id"])
        attributes["id"] = f"{prefix}-{attributes['id']}" if fits else prefix
    kept = {}
    for key, value in {**attributes, **(given or {})}.items():
        local = _LOCAL.fullmatch(value)
        if "url(" in value and not local:
            continue
        kept[key] = f"url(#{prefix}-{local[1]})" if local else value
    shown = "".join(f' {key}="{html.escape(value)}"' for key, value in kept.items())
    inner = html.escape(element.text or "", quote=False)
    for child in element:
        inner += _written(child, prefix) + html.escape(child.tail or "", quote=False)
    head = ' class="report-still" aria-hidden="true"' if given else ""
    if name == "path" and not kept.get("d"):
        return ""
    return f"<{name}{head}{shown}>{inner}</{name}>" if inner else f"<{name}{head}{shown}/>"
