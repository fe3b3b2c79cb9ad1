"""Feeds of new runs and of new records: Atom (RFC 4287) and JSON Feed 1.1.

Nothing in them is of the build: an entry is as old as its run, so a reader sees it once, and again
only when the run has ended. Ids are made from the run alone. They stay when the site moves, and two
sites of one run name the same entry.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from runfolio.query.rows import Run
from runfolio.site.gather.context import Context, DataFile
from runfolio.site.gather.feeds_words import named, record_html, run_html, run_title
from runfolio.site.gather.overview_records import Broken, newest_records, shown_value
from runfolio.site.gather.standing import description_of
from runfolio.site.names import run_path
from runfolio.site.pages import Link
from runfolio.site.words import _

NEWEST = 50
ATOM, JSON = "application/atom+xml", "application/feed+json"
#: Of all ids of entries; made once, at random.
_SPACE = uuid.UUID("9b0ad8e2-6c8d-4c0b-8f0c-3c1a9f5d7e42")
_LONG_AGO = datetime(1970, 1, 1)
#: What XML 1.0 cannot say, and lone surrogates.
_UNSAID = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Entry:
    """One entry of a feed; ``html`` was made of escaped texts, the others are plain."""

    id: str
    path: str
    title: str
    summary: str
    html: str
    published: datetime
    updated: datetime
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Feed:
    """A feed before it is written: ``stem`` names its files, ``home`` is the page that it is of."""

    stem: str
    title: str
    home: str
    entries: tuple[Entry, ...]

    @property
    def updated(self) -> datetime:
        """When its newest entry changed; long ago for an empty feed."""
        return max((entry.updated for entry in self.entries), default=_LONG_AGO)


def feed_links() -> tuple[Link, ...]:
    """The feeds of every site, as the head of each page names them."""
    runs, records = _("New runs"), _("New records")
    return (
        Link("feed.xml", runs, ATOM),
        Link("feed.json", runs, JSON),
        Link("records.xml", records, ATOM),
        Link("records.json", records, JSON),
    )


def feed_files(context: Context) -> Iterator[DataFile]:
    """Both feeds in both forms."""
    for feed in (_runs_feed(context), _records_feed(context)):
        yield DataFile(f"{feed.stem}.xml", atom(context, feed))
        yield DataFile(f"{feed.stem}.json", json_feed(context, feed))


def atom(context: Context, feed: Feed) -> bytes:
    """The feed as Atom."""
    root = ElementTree.Element("feed", {"xmlns": "http://www.w3.org/2005/Atom"})
    _child(root, "id", _feed_id(context, feed))
    _child(root, "title", feed.title)
    _child(root, "updated", _time(feed.updated))
    _child(ElementTree.SubElement(root, "author"), "name", context.site.title or "runfolio")
    _child(root, "generator", "runfolio")
    _link(root, "self", _address(context, f"{feed.stem}.xml"), ATOM)
    _link(root, "alternate", _address(context, feed.home), "text/html")
    if context.config.site.license:
        _child(root, "rights", context.config.site.license)
    for entry in feed.entries:
        _atom_entry(context, ElementTree.SubElement(root, "entry"), entry)
    ElementTree.indent(root, " ")
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _atom_entry(context: Context, node: ElementTree.Element, entry: Entry) -> None:
    _child(node, "id", entry.id)
    _child(node, "title", entry.title)
    _child(node, "published", _time(entry.published))
    _child(node, "updated", _time(entry.updated))
    _link(node, "alternate", _address(context, entry.path), "text/html")
    for tag in entry.tags:
        ElementTree.SubElement(node, "category", {"term": _clean(tag)})
    _child(node, "summary", entry.summary)
    _child(node, "content", entry.html, type="html")


def json_feed(context: Context, feed: Feed) -> bytes:
    """The feed as JSON Feed 1.1; without the site's address, links are relative to the feed."""
    top: dict[str, Any] = {"version": "https://jsonfeed.org/version/1.1", "title": feed.title}
    if context.site.url:
        top["home_page_url"] = _address(context, feed.home)
        top["feed_url"] = _address(context, f"{feed.stem}.json")
    if context.site.description:
        top["description"] = context.site.description
    top["language"] = context.config.site.language
    top["authors"] = [{"name": context.site.title or "runfolio"}]
    top["items"] = [
        {
            "id": entry.id,
            "url": _address(context, entry.path),
            "title": entry.title,
            "summary": entry.summary,
            "content_html": entry.html,
            "date_published": _time(entry.published),
            "date_modified": _time(entry.updated),
            **({"tags": list(entry.tags)} if entry.tags else {}),
        }
        for entry in feed.entries
    ]
    text = json.dumps(top, indent=1, ensure_ascii=False) + "\n"
    return text.encode("utf-8", "replace")


def _runs_feed(context: Context) -> Feed:
    material = context.material
    runs = sorted(material.runs.values(), key=lambda run: (run.started, run.run_id), reverse=True)
    entries = tuple(_run_entry(context, run) for run in runs[:NEWEST])
    title = _("{site}: new runs", site=context.site.title)
    return Feed("feed", title, "runs/index.html" if runs else "index.html", entries)


def _records_feed(context: Context) -> Feed:
    found = newest_records(context.material, NEWEST)
    title = _("{site}: new records", site=context.site.title)
    return Feed("records", title, "index.html", tuple(_record_entry(context, it) for it in found))


def _run_entry(context: Context, run: Run) -> Entry:
    board = context.material.board_of.get(run.run_id)
    return Entry(
        id=_entry_id("run", run),
        path=run_path(run.run_id),
        title=run_title(context, run, board),
        summary=description_of(context, run, board),
        html=run_html(context, run),
        published=run.started,
        updated=run.ended or run.started,
        tags=run.tags,
    )


def _record_entry(context: Context, broken: Broken) -> Entry:
    board, record = broken.board, broken.record
    run = context.material.runs[record.run_id]
    value = shown_value(context.material, board, record.value)
    metric = context.material.title_of(board.metric)
    title = _("{board}: {metric} {value} by {run}",
              board=board.title, metric=metric, value=value, run=named(run))  # fmt: skip
    words, html = record_html(context, broken)
    return Entry(
        id=_entry_id(f"record {board.slug}", run),
        path=run_path(run.run_id),
        title=title,
        summary=words,
        html=html,
        published=run.started,
        updated=run.ended or run.started,
        tags=(board.title,),
    )


def _entry_id(kind: str, run: Run) -> str:
    """An id for ever: of the run and its beginning, so that runs of one name stay apart."""
    return uuid.uuid5(_SPACE, f"{kind} {run.run_id} {run.started.isoformat()}").urn


def _feed_id(context: Context, feed: Feed) -> str:
    name = f"{feed.stem}.xml"
    return context.site.url + name if context.site.url else _site_id(context, name)


def _site_id(context: Context, name: str) -> str:
    text = f"{name} {context.site.title}"
    return uuid.uuid5(_SPACE, text.encode("utf-8", "replace").decode()).urn


def _address(context: Context, path: str) -> str:
    """A full address where the site has one; else a link from the feed, which lies at the root."""
    return context.site.url + quote(path, safe="/-._~")


def _time(moment: datetime) -> str:
    return moment.replace(tzinfo=UTC, microsecond=0).isoformat().replace("+00:00", "Z")


def _child(parent: ElementTree.Element, name: str, text: str, **attributes: str) -> None:
    ElementTree.SubElement(parent, name, attributes).text = _clean(text)


def _link(parent: ElementTree.Element, rel: str, href: str, type: str) -> None:
    ElementTree.SubElement(parent, "link", {"rel": rel, "href": href, "type": type})


def _clean(text: str) -> str:
    """``text`` without the characters that XML cannot hold."""
    return _UNSAID.sub("\ufffd", text)
