"""Markdown of strangers to HTML that can only be read: rendered, cleaned, links set right.

``markdown`` lets raw HTML, script links and event attributes through, so what it makes goes
through ``nh3`` with a short list of what may stay. Each link is then asked about: the caller says
where a relative one leads from the page that will hold it, or that it leads nowhere.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import markdown
import nh3
from markdown.treeprocessors import Treeprocessor

from runfolio.site.markdown_inline import Kept, ValueRule, no_values, register

#: A note longer than this is shown only in part.
LONGEST = 256 * 1024
#: Steps that finding the ends of brackets may take; hostile notes need billions.
MOST_STEPS = 1_500_000
SCHEMES = {"http", "https", "mailto"}

_EXTENSIONS = [
    "tables",
    "fenced_code",
    "codehilite",
    "toc",
    "admonition",
    "attr_list",
    "footnotes",
    "sane_lists",
]
_HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
_TEXT_TAGS = """
    a abbr b blockquote br code dd del details div dl dt em hr i img ins kbd li ol p pre q s samp
    small span strong sub summary sup table tbody td tfoot th thead tr ul
"""
_TAGS = _HEADINGS | set(_TEXT_TAGS.split())
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan", "scope"},
    "ol": {"start"},
    **{tag: {"class"} for tag in ("span", "div", "code", "pre", "p")},
    **{tag: {"id"} for tag in (*_HEADINGS, "li", "sup")},
}
_CLASS = re.compile(
    r"codehilite|highlight|language-[\w+#-]{1,30}|admonition(-title)?|footnote(-ref|-backref)?|"
    r"note|tip|hint|info|important|warning|caution|attention|danger|error|[a-z][a-z0-9]{0,2}"
)
_ANCHOR = re.compile(r"[A-Za-z][\w:.-]{0,100}")

#: A tag as nh3 writes it: values are quoted, and may hold anything but quotes.
_TAG = re.compile(r'<(?P<name>a|img|h[1-6]|li|sup)(?: [\w-]+="[^"]*")*>')
_VALUE = re.compile(r'(?<==)"[^"]*"')
_LOCAL_LINK = re.compile(r' href="#([^"]*)"')

LinkRule = Callable[[str], "str | None"]


@dataclass(frozen=True)
class Rendered:
    """Clean HTML, the text of its first heading, and its headings as (level, anchor, text)."""

    html: str
    title: str = ""
    toc: tuple[tuple[int, str, str], ...] = ()


def no_links(url: str) -> str | None:
    """The rule where no relative link can lead anywhere."""
    return None


class MarkdownRenderer:
    """Renders one text after another with the same set of extensions."""

    def __init__(self) -> None:
        self._markdown = markdown.Markdown(
            extensions=_EXTENSIONS,
            extension_configs={"codehilite": {"guess_lang": False}},
        )
        self._markdown.treeprocessors.register(_RemoteImages(self._markdown), "remote", 5)
        self._kept = Kept()
        register(self._markdown, self._kept)

    def render(
        self,
        text: str,
        *,
        link: LinkRule = no_links,
        prefix: str = "",
        title: bool = False,
        values: ValueRule = no_values,
    ) -> Rendered:
        """``text`` as clean HTML; ``link`` answers for relative links and pictures.

        ``prefix`` goes before every anchor, where several texts share a page. With ``title`` a
        first heading of level 1 is taken out of the text and returned beside it; if others are
        left, all headings go down a level, for a page has one title. ``values``
        answers what stands between {{ and }}; formulas between dollar signs become MathML.
        """
        cut = len(text) > LONGEST
        text = text[:LONGEST].replace("\x00", "\ufffd")
        if too_tangled(text):
            return Rendered(_plain(text))
        self._markdown.reset()
        self._kept.begin(text, values)
        try:
            raw = self._markdown.convert(text)
        except RecursionError:
            return Rendered(_plain(text))
        clean = _clean(raw, link, prefix)
        heading = ""
        if title:
            clean, heading = _take_title(clean)
        lower = "<h1" in clean
        if lower:
            clean = _lowered(clean)
        if cut:
            clean += f"<p>The rest is not shown: the text is longer than {LONGEST // 1024} KiB.</p>"
        tokens: list[dict[str, Any]] = getattr(self._markdown, "toc_tokens", [])
        toc = [
            (level, self._kept.anchor(anchor), self._kept.named(name))
            for level, anchor, name in _toc(tokens, clean, prefix, int(lower))
        ]
        done = self._kept.put_back(_finish(clean))
        return Rendered(done, self._kept.named(heading), tuple(toc))


def too_tangled(text: str) -> bool:
    """Whether looking for the ends of its brackets would take too long (time goes by squares)."""
    if text.count("[^") > 500 or text.count("\\") > 20_000:
        return True
    steps = 0
    for block in re.split(r"\n[ \t]*\n", text):
        open_at: dict[str, list[int]] = {"]": [], ")": [], ">": []}
        for found in re.finditer(r"[\[\]()<>]", block):
            mark, at = found.group(), found.start()
            if mark in "[(<":
                open_at[{"[": "]", "(": ")", "<": ">"}[mark]].append(at)
            elif open_at[mark]:
                steps += at - open_at[mark].pop()
        steps += sum(len(block) - at for each in open_at.values() for at in each)
    return steps > MOST_STEPS


class _RemoteImages(Treeprocessor):  # type: ignore[misc]  # markdown has no types
    """A picture from elsewhere becomes a link: a site asks nobody else for anything."""

    def run(self, root: Element) -> None:
        for element in root.iter("img"):
            source = element.get("src", "")
            if urlsplit(source).scheme in ("http", "https"):
                element.tag = "a"
                element.text = element.get("alt") or source
                for name in ("src", "alt"):
                    element.attrib.pop(name, None)
                element.set("href", source)


def _clean(raw: str, link: LinkRule, prefix: str) -> str:
    def attribute(tag: str, name: str, value: str) -> str | None:
        if name == "class":
            return " ".join(word for word in value.split() if _CLASS.fullmatch(word)) or None
        if name == "id":
            return prefix + value if _ANCHOR.fullmatch(value) else None
        if name == "href":
            return _href(value, link, prefix)
        if name == "src":
            return link(value) if _place(value) == "here" else None
        return value

    return nh3.clean(
        raw,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=attribute,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer",
        strip_comments=True,
    )


def _href(value: str, link: LinkRule, prefix: str) -> str | None:
    if value.startswith("#"):
        return f"#{prefix}{value[1:]}"
    place = _place(value)
    return value if place == "elsewhere" else link(value) if place == "here" else None


def _place(url: str) -> str:
    """Whether an address is relative (here), has a scheme (elsewhere; nh3 chose), or is odd."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "odd"
    return "elsewhere" if parts.scheme else "odd" if parts.netloc else "here"


def _finish(clean: str) -> str:
    """Scrolling for wide things, keyboard access to them, and no link to a missing anchor."""
    tags = " ".join(match.group() for match in _TAG.finditer(clean))
    anchors = {html.unescape(name) for name in re.findall(r' id="([^"]*)"', tags)}

    def mend(match: re.Match[str]) -> str:
        tag = match.group()
        link = _LOCAL_LINK.search(tag)
        if match["name"] == "img" and ' src="' not in _VALUE.sub('"', tag):
            return ""
        if link and html.unescape(link[1]) not in anchors:
            return tag.replace(link[0], "", 1)
        return tag

    clean = _TAG.sub(mend, clean)
    clean = clean.replace("<pre", '<pre tabindex="0"')
    return clean.replace(
        "<table", '<div class="table-scroll" role="group" aria-label="Table" tabindex="0"><table'
    ).replace("</table>", "</table></div>")


def plain_text(clean: str) -> str:
    """The text of clean HTML on one line."""
    return " ".join(_text(clean).split())


def _take_title(clean: str) -> tuple[str, str]:
    match = re.match(r"\s*<h1[^>]*>(.*?)</h1>", clean, re.DOTALL)
    if not match:
        return clean, ""
    return clean[match.end() :].lstrip("\n"), _text(match.group(1))


def _lowered(clean: str) -> str:
    """The same text with each heading a level lower."""
    return re.sub(r"<(/?)h([1-6])", lambda at: f"<{at[1]}h{min(int(at[2]) + 1, 6)}", clean)


def _toc(
    tokens: list[dict[str, Any]], clean: str, prefix: str, lower: int
) -> list[tuple[int, str, str]]:
    """Headings of level 2 and 3 that survived, in order."""
    found = []
    for token in tokens:
        level, anchor = token["level"] + lower, prefix + token["id"]
        if level in (2, 3) and f' id="{html.escape(anchor)}"' in clean:
            found.append((level, anchor, _text(token["name"])))
        found.extend(_toc(token["children"], clean, prefix, lower))
    return found


def _text(fragment: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", fragment)).strip()


def _plain(text: str) -> str:
    return f'<pre tabindex="0">{html.escape(text)}</pre>'
