"""Pages as a bundle holds them: what leads to other files leads into the bundle.

A page of a built site is HTML that runfolio wrote or cleaned. Its text stays byte for byte, but
for the tags that name another file: a link becomes ``?path#state``, a script, a style sheet or a
picture names its path for the bundle's own script to fill in (``templates/bundle/bundle.js``).
"""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, unquote

_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|#|\?")
_CSS_URL = re.compile(r"""url\(\s*(["']?)([^"')]+)\1\s*\)""")
_RAW = ("script", "style", "textarea", "title", "xmp")
#: Comments, elements that hold no tags, and the tags that may name a file.
_TAG = re.compile(
    r"""<!--.*?-->
    | <(?P<raw>script|style|textarea|title|xmp)\b(?P<more>(?:[^"'>]|"[^"]*"|'[^']*')*)>
      (?P<body>.*?</(?P=raw)\s*>)
    | <(?P<tag>a|area|audio|body|image|img|input|link|meta|source|track|video)\b
      (?P<given>(?:[^"'>]|"[^"]*"|'[^']*')*)>""",
    re.DOTALL | re.VERBOSE | re.IGNORECASE,
)
_ATTRIBUTE = re.compile(r"""([^\s"'=<>/]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?""")
Attributes = list[tuple[str, str | None]]


@dataclass(frozen=True)
class Rewritten:
    """A page for a bundle: its HTML, and the paths of all files that it refers to.

    ``scripts`` are run by the page, ``styles`` dress it, ``needs`` are pictures and downloads.
    """

    html: str
    scripts: tuple[str, ...]
    styles: tuple[str, ...]
    needs: tuple[str, ...]


def rewritten(path: str, text: str) -> Rewritten:
    """The page that lies at ``path`` of the site, for a bundle."""
    reader = _Reader(path, text)
    return Rewritten(reader.html, tuple(reader.scripts), tuple(reader.styles), tuple(reader.needs))


def address_of(path: str, fragment: str = "") -> str:
    """The address of a file within a bundle; ``fragment`` is escaped and begins with #."""
    return f"?{quote(path, safe='/-._~')}{fragment}"


def resolved(start: str, link: str) -> str:
    """The site path that ``link`` on the page at ``start`` leads to; '' where it leads elsewhere.

    A link to a folder means its index.
    """
    if not link or _ELSEWHERE.match(link):
        return ""
    target = unquote(link.partition("#")[0].partition("?")[0])
    joined = posixpath.normpath(posixpath.join(posixpath.dirname(start), target))
    if joined.startswith(".."):
        return ""
    if target.endswith("/") or joined == ".":
        joined = posixpath.normpath(posixpath.join(joined, "index.html"))
    return joined.lstrip("/")


def inlined(path: str, css: str, data_url: Callable[[str], str]) -> str:
    """A style sheet whose ``url()`` of files of the site hold these files themselves."""

    def link(match: re.Match[str]) -> str:
        target = resolved(path, match[2])
        url = data_url(target) if target else ""
        return f'url("{url}")' if url else match[0]

    return _CSS_URL.sub(link, css)


class _Reader:
    """Finds the tags that name files, and what stands in their place."""

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        self.scripts: dict[str, None] = {}
        self.styles: dict[str, None] = {}
        self.needs: dict[str, None] = {}
        self.html = _TAG.sub(self._replaced, text)

    def _replaced(self, found: re.Match[str]) -> str:
        tag = (found["tag"] or found["raw"] or "").lower()
        if not tag:
            return found[0]  # a comment
        attrs = [
            (each[1].lower(), None if value is None else html.unescape(value))
            for each in _ATTRIBUTE.finditer(found["given"] or found["more"] or "")
            for value in [next((text for text in each.groups()[1:] if text is not None), None)]
        ]
        new = self._changed(tag, attrs)
        return found[0] if new is None else new + (found["body"] or "")

    def _changed(self, tag: str, attrs: Attributes) -> str | None:
        given = dict(attrs)
        if tag in ("a", "area"):
            return self._link(tag, attrs)
        if tag == "link":
            return self._linked(given)
        if tag == "script":
            return self._script(attrs)
        if tag == "body":
            others = [pair for pair in attrs if pair[0] != "data-root"]
            root = resolved(self.path, f"{given.get('data-root') or './'}index.html")
            return _tag(tag, [*others, ("data-root", address_of(root.removesuffix("index.html")))])
        if tag == "meta":
            is_policy = str(given.get("http-equiv", "")).lower() == "content-security-policy"
            return "" if is_policy else None
        return None if tag in _RAW else self._picture(tag, attrs)

    def _link(self, tag: str, attrs: Attributes) -> str | None:
        link = dict(attrs).get("href") or ""
        target = resolved(self.path, link)
        if not target:
            return None
        self.needs[target] = None
        mark, fragment = link.partition("#")[1:]
        address = address_of(target, mark + fragment)
        return _tag(tag, [(k, address if k == "href" else v) for k, v in attrs])

    def _linked(self, given: Mapping[str, str | None]) -> str | None:
        """A style sheet by its path; other files that a head names are none of a bundle's."""
        target = resolved(self.path, given.get("href") or "")
        if not target:
            return None
        if given.get("rel") != "stylesheet":
            return ""
        self.styles[target] = None
        return _tag("link", [("data-style", target)])

    def _script(self, attrs: Attributes) -> str | None:
        target = resolved(self.path, dict(attrs).get("src") or "")
        if not target:
            return None
        self.scripts[target] = None
        others = [pair for pair in attrs if pair[0] not in ("src", "type")]
        return _tag("script", [("type", "text/plain"), ("data-script", target), *others])

    def _picture(self, tag: str, attrs: Attributes) -> str | None:
        found: Attributes = []
        for name, value in attrs:
            wanted = name in ("src", "poster") or (tag == "image" and name.endswith("href"))
            target = resolved(self.path, value or "") if wanted else ""
            if target:
                self.needs[target] = None
                found.append(("data-poster" if name == "poster" else "data-file", target))
            elif name != "srcset":
                found.append((name, value))
        return _tag(tag, found) if found != attrs else None


def _tag(tag: str, attrs: Attributes) -> str:
    given = "".join(
        f" {name}" if value is None else f' {name}="{html.escape(value)}"' for name, value in attrs
    )
    return f"<{tag}{given}>"
