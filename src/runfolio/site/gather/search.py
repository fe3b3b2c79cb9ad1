"""Search without a server: the index of everything that can be found, and the page that asks it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from runfolio.query.texts import printed_lines
from runfolio.site.gather.context import Context, DataFile, LateFiles, state_digest
from runfolio.site.gather.handwritten import INDEX as FRONT
from runfolio.site.gather.handwritten import page_path
from runfolio.site.gather.search_docs import RunTexts, run_document, thing_documents
from runfolio.site.gather.search_index import Part, cut, index_of, part_of
from runfolio.site.markdown import plain_text
from runfolio.site.pages import Page, SearchPage
from runfolio.site.words import _

if TYPE_CHECKING:
    from runfolio.query.store import Store

#: The longest text of a page that is searched, in letters.
MOST_TEXT = 100_000


def search_made(
    context: Context, store: Store, texts: Mapping[str, str]
) -> Iterator[Page | DataFile | LateFiles]:
    """The search page and its index; parts of it whose runs are as they were are taken over."""
    entries: list[Mapping[str, Any]] = []
    for run_ids in cut(list(context.material.runs)):
        make = partial(_runs_part, context, store, run_ids)
        yield LateFiles(f"search {run_ids[0]}", _key(context, run_ids), make, entries.append)
    things = part_of("things", list(thing_documents(context, page_texts(context, texts))))
    yield from things.files
    yield index_of([*entries, things.entry])
    yield SearchPage(
        path="search.html",
        title=_("Search"),
        site=context.site,
        description=_("Runs, pages and everything else of this site, by words."),
        searched=context.config.site.search,
    )


def page_texts(context: Context, texts: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """(path, title, words) of the pages that people wrote."""
    found = []
    for name, text in texts.items():
        rendered = context.markdown.render(_body(text), title=True)
        title = _titled(text) or rendered.title
        if name == FRONT:
            title = title or context.site.title
        plain = " ".join(plain_text(rendered.html).split())
        found.append((page_path(name), title or name.removesuffix(".md"), plain[:MOST_TEXT]))
    return found


def _runs_part(context: Context, store: Store, run_ids: Sequence[str]) -> tuple[Any, Any]:
    texts = _texts(store, run_ids, context.config.site.search)
    wanted = context.config.site.search
    runs = context.runs(run_ids)
    part: Part = part_of(run_ids[0], [run_document(context, run, texts, wanted) for run in runs])
    return part.entry, part.files


def _texts(store: Store, run_ids: Sequence[str], wanted: Sequence[str]) -> RunTexts:
    notes: dict[str, list[tuple[str, str]]] = {}
    if "notes" in wanted:
        for run_id, some in store.notes_by_run(run_ids).items():
            notes[run_id] = [(note.key, note.text) for note in some]
    if "output" not in wanted:
        return RunTexts(notes)
    return RunTexts(notes, store.tracebacks(run_ids), printed_lines(store, run_ids))


def _key(context: Context, run_ids: Sequence[str]) -> str:
    """Everything that the documents of the runs are made of."""
    material = context.material
    said = [(run_id, material.states[run_id], material.runs[run_id].status) for run_id in run_ids]
    return state_digest(context.config.site.search, said)


def _body(text: str) -> str:
    """A text without the lines before it that say what it is called."""
    if not text.startswith("---\n"):
        return text
    _head, mark, body = text[4:].partition("\n---\n")
    return body if mark else text


def _titled(text: str) -> str:
    """The title in the lines before a text; '' if there are none."""
    if text.startswith("---\n"):
        for line in text[4:].partition("\n---\n")[0].splitlines():
            key, _colon, value = line.partition(":")
            if key.strip() == "title":
                return value.strip().strip("\"'")
    return ""
