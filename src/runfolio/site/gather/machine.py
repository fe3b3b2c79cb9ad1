"""Files for machines that read the whole site: ``llms.txt`` and ``sitemap.xml``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote
from xml.etree import ElementTree

from runfolio.query.rows import Run
from runfolio.site.gather.context import Context, DataFile, counted
from runfolio.site.gather.machine_board import board_texts
from runfolio.site.gather.machine_words import joined, link, plain
from runfolio.site.gather.overview import verdict
from runfolio.site.gather.standing import description_of
from runfolio.site.pages import Link
from runfolio.site.words import _, told

NEWEST = 30
#: The standard's limit for one file.
MOST_PAGES = 50_000
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"


def machine_files(
    context: Context, pages: Sequence[Link], files: Sequence[tuple[str, int, str]]
) -> Iterator[DataFile]:
    """The leaderboards as texts, and ``llms.txt``, which leads to all that reads easily."""
    for board in context.material.boards:
        yield from board_texts(context, board)
    text = llms_text(context, pages, files)
    yield DataFile("llms.txt", text.encode("utf-8", "replace"))


def llms_text(
    context: Context, pages: Sequence[Link], files: Sequence[tuple[str, int, str]]
) -> str:
    """What the site holds and where, after the proposal of llmstxt.org."""
    material = context.material
    runs = sorted(material.runs.values(), key=lambda run: (run.started, run.run_id), reverse=True)
    about = plain(context.site.description) or _("Machine-learning experiments, by runfolio.")
    boards = [
        f"- {link(board.title, _quoted(board.path, '.md'))}: {plain(board.metric)}, "
        f"{counted(len(board.run_ids), 'run')}"
        for board in material.boards
    ]
    data = [f"- {link(path, quote(path))}: {plain(words)}" for path, _size, words in files]
    written = [f"- {link(page.text, quote(page.path))}" for page in pages]
    return joined(
        [
            f"# {plain(context.site.title)}",
            f"> {about}",
            plain(told(verdict(context))),
            _(
                "Each run has a page (runs/ID.html), the same as Markdown (runs/ID.md) and "
                "everything about it but its points as JSON (runs/ID.json). Each leaderboard has "
                "them too. The tables below answer questions over all runs."
            ),
            *_section(_("Leaderboards"), boards),
            *_section(_("Data"), data),
            *_section(_("Newest runs"), [_run_line(context, run) for run in runs[:NEWEST]]),
            *_section(_("Pages"), written),
            *_section("Optional", _optional(context)),
        ]
    )


def sitemap(context: Context, paths: Sequence[str]) -> Iterator[DataFile]:
    """All pages with when their run ended; only where the site knows its address."""
    if not context.site.url:
        return
    runs = {
        ref.path: context.material.runs[run_id] for run_id, ref in context.material.refs.items()
    }
    listed = [path for path in paths if path != "404.html"]
    listed.sort(key=lambda path: (path in runs, path))
    root = ElementTree.Element("urlset", {"xmlns": _SITEMAP})
    for path in listed[:MOST_PAGES]:
        node = ElementTree.SubElement(root, "url")
        ElementTree.SubElement(node, "loc").text = context.site.url + quote(path, safe="/-._~")
        if path in runs:
            moment = runs[path].ended or runs[path].started
            ElementTree.SubElement(node, "lastmod").text = f"{moment:%Y-%m-%d}"
    ElementTree.indent(root, " ")
    yield DataFile("sitemap.xml", ElementTree.tostring(root, "utf-8", xml_declaration=True) + b"\n")


def _section(title: str, lines: Sequence[str]) -> Sequence[str]:
    return (f"## {title}", "\n".join(lines)) if lines else ()


def _run_line(context: Context, run: Run) -> str:
    board = context.material.board_of.get(run.run_id)
    path = context.material.refs[run.run_id].path
    words = plain(description_of(context, run, board))
    return f"- {link(run.name, _quoted(path, '.md'))}: {words}"


def _optional(context: Context) -> list[str]:
    feeds = [f"- {link(feed.text, quote(feed.path))}: {feed.note}" for feed in context.site.feeds]
    words = [f"- {link(_('What each column means'), 'data/schema.json')}"]
    return [*(words if context.kept.downloads else ()), *feeds]


def _quoted(path: str, suffix: str) -> str:
    """The address of a page's other form, from the site's root."""
    return quote(path.removesuffix(".html") + suffix)
