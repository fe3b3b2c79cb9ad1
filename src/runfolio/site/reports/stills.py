"""Still pictures of charts: drawn by Vega in this process, cleaned, kept by what they show.

They are what readers see without scripts, on paper, and until a chart comes into view. Drawing one
takes a tenth of a second and a second for the first, so they are kept in the user's cache folder.
"""

from __future__ import annotations

import hashlib
import html
import importlib.metadata
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from runfolio.site.reports.charts import ChartSpec, spec_text

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
_MOST_KEPT = 200


class DrawingError(ValueError):
    """The library could not draw a spec; the text is its first words."""


def still_svg(chart: ChartSpec, prefix: str) -> str:
    """The picture as clean SVG that fills the width of its place; ``prefix`` begins its ids."""
    raw = _drawn(chart.still())
    root = ElementTree.fromstring(raw)
    return _written(root, prefix, {"width": "100%", "height": str(_tall(root, chart.height))})


def _tall(root: ElementTree.Element, height: int) -> int:
    """Pixels that the picture takes; one of several charts is as tall as they are together."""
    own = root.get("height", "0")
    return height or min(2000, round(float(own))) if re.fullmatch(r"[\d.]+", own) else height


def _drawn(spec: Mapping[str, Any]) -> str:
    """What Vega draws, from the cache where it was drawn before."""
    from runfolio.site.charts import keep, user_cache, vegalite_version

    version = vegalite_version()
    maker = importlib.metadata.version("vl-convert-python")
    text = spec_text(spec)
    name = hashlib.sha256(f"{maker}\0{version}\0{text}".encode()).hexdigest()[:40]
    path = user_cache() / "stills" / f"{name}.svg"
    try:
        found = path.read_text("utf-8")
        os.utime(path)
        return found
    except (OSError, UnicodeDecodeError):
        pass  # not drawn yet, or the cache cannot be read: draw it
    made = _draw(text, version)
    keep(path, made.encode())
    _prune(path.parent)
    return made


def _draw(text: str, version: str) -> str:
    import vl_convert

    try:
        drawn: str = vl_convert.vegalite_to_svg(text, vl_version=version, allowed_base_urls=[])
    except (ValueError, RuntimeError) as error:
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        words = next((line for line in lines[1:] if not line.startswith("at ")), lines[0])
        raise DrawingError(f"Vega-Lite cannot draw this: {words[:300]}") from None
    return drawn


def _prune(folder: Path) -> None:
    """Keep the pictures that were used last; a cache must not grow for ever."""
    try:
        found = sorted(folder.glob("*.svg"), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in found[_MOST_KEPT:]:
            path.unlink(missing_ok=True)
    except OSError:
        return


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
