"""Notes and Markdown pages: where a relative link of theirs leads in the site."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import unquote, urlsplit

from runfolio.site.markdown import LinkRule, MarkdownRenderer
from runfolio.site.names import run_path, short_hash
from runfolio.site.render import relative_url


def note_views(
    markdown: MarkdownRenderer,
    run_id: str,
    notes: Sequence[tuple[str, str]],
    published: Mapping[str, str],
) -> tuple[tuple[str, str], ...]:
    """Name and clean HTML of a run's notes; links lead to its published artifacts."""
    rule = link_rule(run_path(run_id), published.get)
    return tuple(
        (name, markdown.render(text, link=rule, prefix=f"note-{short_hash(name)}-").html)
        for name, text in notes
    )


def markdown_artifact(
    markdown: MarkdownRenderer, run_id: str, name: str, text: str, published: Mapping[str, str]
) -> str:
    """Clean HTML of a Markdown file among the artifacts; its links are seen from its folder."""
    rule = link_rule(run_path(run_id), published.get, posixpath.dirname(name))
    return markdown.render(_without_front(text), link=rule, prefix=f"file-{short_hash(name)}-").html


def _without_front(text: str) -> str:
    """A model card begins with data for a hub between two lines of ``---``."""
    if not text.startswith("---\n"):
        return text
    front, mark, rest = text[4:].partition("\n---\n")
    return rest if mark and len(front) < 5000 else text


def link_rule(page: str, find: Callable[[str], str | None], folder: str = "") -> LinkRule:
    """The rule for a text on ``page``: ``find`` gives the site path for a path, or None.

    Paths are seen from ``folder``; one that climbs out of the root leads nowhere. The fragment
    stays.
    """

    def rule(url: str) -> str | None:
        try:
            parts = urlsplit(url)
        except ValueError:
            return None
        if not parts.path:
            return None
        path = posixpath.normpath(posixpath.join(folder, unquote(parts.path)))
        if path.startswith(("/", "..")):
            return None
        target = find(path)
        if target is None:
            return None
        return relative_url(target, page) + (f"#{parts.fragment}" if parts.fragment else "")

    return rule
