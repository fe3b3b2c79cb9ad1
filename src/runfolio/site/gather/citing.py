"""The box that says how to cite, and the files that say it to programs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

from runfolio.site.citing.croissant import PATH as CROISSANT
from runfolio.site.citing.croissant import croissant
from runfolio.site.citing.forms import apa, bibtex, cff, csl_text
from runfolio.site.citing.linked import MEDIA, DataAt, as_json, as_script, dataset
from runfolio.site.gather.context import Context, DataFile
from runfolio.site.pages import CiteView, Link

CFF = "CITATION.cff"
CSL = "citation.json"


def cite_view(context: Context) -> CiteView | None:
    """How to cite the results; None where nobody said who the authors are."""
    work = context.work
    if not work.known:
        return None
    forms = [Link(CFF, CFF)] if work.authors else []
    return CiteView(apa(work), bibtex(work), (*forms, Link(CSL, "CSL-JSON")))


def citing_files(context: Context, made: Iterable[tuple[str, bytes, str]]) -> Iterator[DataFile]:
    """CITATION.cff, CSL-JSON and Croissant."""
    work = context.work
    if work.known:
        text = cff(work)
        if text:
            yield DataFile(CFF, text.encode("utf-8", "replace"))
        yield DataFile(CSL, csl_text(work).encode("utf-8", "replace"))
    files = data_at(made)
    if files and not context.site.empty:
        yield DataFile(CROISSANT, as_json(croissant(context, work, files)).encode())


def linked_data(context: Context, made: Iterable[tuple[str, bytes, str]]) -> str:
    """JSON-LD of the data page; '' for a site without runs."""
    if context.site.empty:
        return ""
    return as_script(dataset(context, context.work, data_at(made)))


def data_at(made: Iterable[tuple[str, bytes, str]]) -> Sequence[DataAt]:
    """The data files with what names their contents."""
    return [
        DataAt(path, words, len(data), hashlib.sha256(data).hexdigest())
        for path, data, words in made
        if path.rpartition(".")[2] in MEDIA
    ]
