"""Formulas: TeX to MathML, which browsers draw without a script or a font of ours.

What the converter gives is taken apart and written anew with the few elements and attributes that
mathematics needs, so nothing of a stranger's text becomes markup. A formula that it does not
understand stays as it was typed.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from functools import cache
from xml.etree.ElementTree import Element

#: A longer formula stays text.
LONGEST = 2000
DEEPEST = 60

_ELEMENTS = """
    math mrow mi mn mo ms mtext mspace mfrac msqrt mroot msub msup msubsup munder mover munderover
    mtable mtr mtd mstyle mpadded mphantom mmultiscripts mprescripts menclose
"""
_ATTRIBUTES = """
    display mathvariant stretchy fence separator form accent accentunder linethickness columnalign
    columnlines columnspacing rowspacing rowlines displaystyle scriptlevel minsize maxsize
    movablelimits symmetric largeop lspace rspace width height depth notation
"""
_KNOWN = frozenset(_ELEMENTS.split())
_KEPT = frozenset(_ATTRIBUTES.split())
_VALUE = re.compile(r"[A-Za-z0-9 .%+-]{1,60}")
#: The converter knows these only under another name.
_RENAMED = re.compile(r"\\(begin|end)\{(aligned|align|gathered|gather|split)\}")


def to_mathml(tex: str, *, block: bool = False) -> str:
    """A formula as MathML; '' where it cannot be read."""
    if len(tex) > LONGEST or "\0" in tex:
        return ""
    convert, mistakes = _converter()
    plain = _RENAMED.sub(r"\\\1{align*}", tex)
    try:
        text = _written(convert(plain, display="block" if block else "inline"), DEEPEST)
    except mistakes:
        return ""
    return "" if "\\" in html.unescape(re.sub(r"<[^>]*>", "", text)) else text


@cache
def _converter() -> tuple[Callable[..., Element], tuple[type[Exception], ...]]:
    """The converter, loaded for the first formula, and what it raises on odd input."""
    from latex2mathml import exceptions
    from latex2mathml.converter import convert_to_element

    found = [each for each in vars(exceptions).values() if isinstance(each, type)]
    own = [each for each in found if issubclass(each, Exception)]  # they have no common base
    others = (AttributeError, IndexError, KeyError, RecursionError, TypeError, ValueError)
    return convert_to_element, (*own, *others)


def _written(element: Element, depth: int) -> str:
    """The element with what is allowed of it; an unknown one leaves only its children."""
    if depth == 0:
        raise RecursionError
    inner = _escaped(element.text)
    for child in element:
        inner += _written(child, depth - 1) + _escaped(child.tail)
    name = str(element.tag)
    if name not in _KNOWN:
        return f"<mrow>{inner}</mrow>"
    attributes = "".join(
        f' {key}="{value}"'
        for key, value in element.attrib.items()
        if key in _KEPT and _VALUE.fullmatch(value)
    )
    return f"<{name}{attributes}>{inner}</{name}>"


def _escaped(text: str | None) -> str:
    """The converter writes characters as entities inside texts."""
    return html.escape(html.unescape(text or ""), quote=False)
