"""Figures of plotting libraries as files: none of the libraries is ever imported for this."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import Any

from runfolio.run.numbers import kind_of
from runfolio.run.trouble import NotRecordedError


class NotAFigureError(NotRecordedError):
    """The value is no figure of a library we know; the message says what it is."""


@dataclass(frozen=True)
class Drawing:
    """One file of a figure: ``suffix`` (with its dot), bytes, media type."""

    suffix: str
    data: bytes
    media_type: str


_FORMATS = {".svg": "image/svg+xml", ".pdf": "application/pdf", ".jpg": "image/jpeg"}


def _matplotlib(figure: Any, suffix: str) -> list[Drawing]:
    buffer = io.BytesIO()
    suffix = suffix if suffix in _FORMATS else ".png"
    # Twice the pixels of the screen: sharp on every display. No version or date inside: the
    # same figure is the same file.
    dots = 2 * float(getattr(figure, "dpi", 100) or 100)
    undated: dict[str, None] = {".png": {"Software": None}, ".jpg": {}}.get(suffix, {"Date": None})
    if suffix == ".pdf":
        undated = {"CreationDate": None}
    figure.savefig(
        buffer, format=suffix[1:], dpi=min(dots, 400), bbox_inches="tight", metadata=undated
    )
    return [Drawing(suffix, buffer.getvalue(), _FORMATS.get(suffix, "image/png"))]


def _altair(chart: Any) -> list[Drawing]:
    spec = chart.to_dict()
    text = json.dumps(spec, ensure_ascii=False, allow_nan=False)
    media_type = "application/vnd.vegalite+json"
    drawings = [Drawing(".vl.json", text.encode("utf-8", "replace"), media_type)]
    try:
        import vl_convert

        # No address is allowed: a chart must not fetch anything while a training runs.
        svg = vl_convert.vegalite_to_svg(text, allowed_base_urls=[])
        drawings.append(Drawing(".svg", svg.encode(), "image/svg+xml"))
    except Exception:  # the picture is an extra; the chart itself is kept
        pass
    return drawings


def _plotly(figure: Any) -> list[Drawing]:
    return [Drawing(".plotly.json", figure.to_json().encode(), "application/vnd.plotly.v1+json")]


def _displayed(figure: Any) -> list[Drawing]:
    """What the object would show in a notebook."""
    for method, suffix, media_type in (
        ("_repr_svg_", ".svg", "image/svg+xml"),
        ("_repr_png_", ".png", "image/png"),
        ("_repr_html_", ".html", "text/html"),
    ):
        shown = getattr(figure, method, lambda: None)()
        if shown:
            data = shown if isinstance(shown, bytes) else str(shown).encode("utf-8", "replace")
            return [Drawing(suffix, data, media_type)]
    raise NotAFigureError(kind_of(figure))


def _drawn_on(figure: Any) -> Any:
    """The figure itself where its axes or grid (seaborn) or pyplot was given."""
    if hasattr(figure, "gcf"):
        return figure.gcf()
    for name in ("figure", "fig", "figure_"):
        inner = getattr(figure, name, None)
        if hasattr(inner, "savefig"):
            return inner
    return figure


def draw(figure: Any, suffix: str = "") -> list[Drawing]:
    """The files of a figure; ``suffix`` asks matplotlib for .svg, .pdf or .jpg.

    matplotlib (figures, axes, seaborn's grids, pyplot): PNG at twice the resolution. Altair:
    Vega-Lite JSON, and SVG if vl-convert is there. Plotly: its JSON. Others: what a notebook
    would show. Raises ``NotAFigureError`` for anything else.
    """
    module = type(figure).__module__
    drawn_on = _drawn_on(figure)
    if hasattr(drawn_on, "savefig"):
        return _matplotlib(drawn_on, suffix)
    if hasattr(figure, "to_dict") and module.startswith("altair"):
        return _altair(figure)
    if hasattr(figure, "to_json") and module.startswith("plotly"):
        return _plotly(figure)
    return _displayed(figure)
