"""The program of a run: its script with colours, or its notebook cell by cell and as a script."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from runfolio.site.code import coloured
from runfolio.site.gather.context import DataFile
from runfolio.site.gather.environment import without_secrets
from runfolio.site.gather.notebook import Notebook, as_script, read_notebook, shown_cells
from runfolio.site.markdown import MarkdownRenderer
from runfolio.site.numbers import format_bytes
from runfolio.site.pages import NotebookCell, SourceView
from runfolio.site.words import _

#: Characters of a program that its page holds.
PAGE_TEXT = 40_000
_CELL = re.compile(r"^# %%(?P<rest>.*)\n", re.MULTILINE)
_NUMBER = re.compile(r"\[(\d{1,9})\]")


@dataclass(frozen=True)
class Program:
    """The view of a program, and the files beside the page."""

    view: SourceView | None = None
    files: tuple[DataFile, ...] = ()


def program(
    run_id: str, source: Mapping[str, Any], text: str, markdown: MarkdownRenderer
) -> Program:
    """What the page of a run shows of its program; ``text`` is the kept file."""
    if not text.strip():
        return Program()
    name = str(source.get("path") or "") or _("Source")
    notebook = read_notebook(text)
    if notebook is not None:
        return _notebook(run_id, name, text, notebook, markdown)
    clean = without_secrets(text)
    if source.get("kind") == "notebook" and _CELL.search(clean):
        return Program(*_script_of_cells(run_id, name, clean))
    view, files = _cut(run_id, name, clean, _("script"), ".source.txt")
    return Program(view, files)


def _cut(
    run_id: str, name: str, text: str, word: str, suffix: str
) -> tuple[SourceView, tuple[DataFile, ...]]:
    """The beginning of a text for the page, and the whole as a file where it is longer."""
    shown = text if len(text) <= PAGE_TEXT else text[: text.rfind("\n", 0, PAGE_TEXT) + 1]
    shown = shown or text[:PAGE_TEXT]
    html = coloured(shown, name if "." in name else "script.py", "S")
    view = SourceView(name, word, html)
    if len(shown) == len(text):
        return view, ()
    data = text.encode("utf-8", "replace")
    path = f"data/runs/{run_id}{suffix}"
    note = _("the first {part} of {all}", part=_bytes(shown), all=_bytes(text))
    return replace(view, path=path, note=note), (DataFile(path, data),)


def _notebook(
    run_id: str, name: str, text: str, notebook: Notebook, markdown: MarkdownRenderer
) -> Program:
    """A notebook with what its cells gave, and the same as a script."""
    cells, pictures, whole = shown_cells(run_id, notebook, markdown, PAGE_TEXT)
    view, files = _cut(run_id, "notebook.py", as_script(notebook), "", ".source.txt")
    path = f"data/runs/{run_id}.ipynb"
    original = DataFile(path, without_secrets(text).encode("utf-8", "replace"))
    note = "" if whole else _("shown in part")
    shown = SourceView(name, _("notebook"), view.html, cells, path, note)
    return Program(shown, (original, *pictures, *files))


def _script_of_cells(run_id: str, name: str, text: str) -> tuple[SourceView, tuple[DataFile, ...]]:
    """What was run in a notebook, in the order in which it was run, as it was kept: as a script."""
    view, files = _cut(run_id, "notebook.py", text, _("notebook"), ".source.txt")
    marks = list(_CELL.finditer(text))
    cells, room = [], PAGE_TEXT
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        code = text[mark.end() : following.start() if following else None].strip("\n")
        room -= len(code)
        if room < 0:
            break
        number = _NUMBER.search(mark["rest"])
        cells.append(NotebookCell(False, coloured(code, "cell.py"), number[1] if number else ""))
    return replace(view, name=name, cells=tuple(cells)), files


def _bytes(text: str) -> str:
    return format_bytes(len(text.encode("utf-8", "replace")))
