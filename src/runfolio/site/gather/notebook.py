"""Notebooks as they were kept: cells, texts and pictures that they gave, nothing that runs.

Markdown is cleaned like every other, output in HTML is left out for its plain text, pictures are
files of their own where they are what they say.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from runfolio.environment.secrets import without_credentials
from runfolio.site.ansi import ansi_pieces
from runfolio.site.code import coloured
from runfolio.site.gather.context import DataFile
from runfolio.site.markdown import MarkdownRenderer
from runfolio.site.pages import CellOutput, NotebookCell
from runfolio.site.words import _

MOST_CELLS = 500
MOST_PICTURES = 60
PICTURE_BYTES = 4_000_000
OUTPUT_TEXT = 8_000
_PICTURES = {
    "image/png": ("png", b"\x89PNG\r\n\x1a\n"),
    "image/jpeg": ("jpg", b"\xff\xd8\xff"),
    "image/gif": ("gif", b"GIF8"),
}


@dataclass(frozen=True)
class Notebook:
    """The cells of a notebook as its file has them, and the suffix of its language's files."""

    cells: tuple[dict[str, Any], ...]
    suffix: str = "py"


def read_notebook(text: str) -> Notebook | None:
    """The notebook in an ipynb file; None where the text is none."""
    if not text.lstrip().startswith("{"):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    cells = found.get("cells") if isinstance(found, dict) else None
    if not isinstance(cells, list):
        return None
    language = _at(found, "metadata", "language_info", "name")
    suffix = {"r": "r", "julia": "jl"}.get(str(language).lower(), "py")
    return Notebook(tuple(cell for cell in cells if isinstance(cell, dict)), suffix)


def as_script(notebook: Notebook) -> str:
    """The notebook in the percent format, which editors open as cells."""
    parts = []
    for cell in notebook.cells:
        text = without_credentials(_joined(cell.get("source"))).rstrip()
        if not text:
            continue
        if cell.get("cell_type") == "code":
            parts.append(f"# %%\n{text}\n")
        else:
            parts.append("# %% [markdown]\n" + "".join(f"# {s}\n" for s in text.splitlines()))
    return "\n".join(parts)


def shown_cells(
    run_id: str, notebook: Notebook, markdown: MarkdownRenderer, room: int
) -> tuple[tuple[NotebookCell, ...], tuple[DataFile, ...], bool]:
    """The cells for the page, the pictures beside it, and whether this is all of them."""
    pictures = _Pictures(run_id)
    cells: list[NotebookCell] = []
    for at, cell in enumerate(notebook.cells[:MOST_CELLS]):
        text = without_credentials(_joined(cell.get("source"))).strip("\n")
        if cell.get("cell_type") == "code":
            outputs = tuple(_outputs(cell.get("outputs"), pictures))
            number = cell.get("execution_count")
            shown = NotebookCell(
                False,
                coloured(text, f"cell.{notebook.suffix}"),
                str(number) if isinstance(number, int) else "",
                outputs,
            )
            room -= sum(len(piece) for out in outputs for piece, _classes in out.pieces)
        else:
            shown = NotebookCell(True, markdown.render(text, prefix=f"cell-{at}-").html)
        room -= len(text)
        if room < 0:
            return tuple(cells), tuple(pictures.files), False
        if text or shown.outputs:
            cells.append(shown)
    return tuple(cells), tuple(pictures.files), len(notebook.cells) <= MOST_CELLS


class _Pictures:
    """The pictures of one notebook as files of the site."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id
        self.files: list[DataFile] = []

    def put(self, media_type: str, value: Any) -> str:
        """The path of a picture; '' where it is none, or one too many."""
        suffix, begins = _PICTURES[media_type]
        try:
            data = base64.b64decode(_joined(value).encode("ascii"), validate=False)
        except (ValueError, binascii.Error):
            return ""
        if not data.startswith(begins) or len(data) > PICTURE_BYTES:
            return ""
        if len(self.files) >= MOST_PICTURES:
            return ""
        path = f"data/runs/{self._run_id}.cell-{len(self.files) + 1}.{suffix}"
        self.files.append(DataFile(path, data))
        return path


def _outputs(found: Any, pictures: _Pictures) -> Iterator[CellOutput]:
    for one in found if isinstance(found, list) else []:
        if not isinstance(one, dict):
            continue
        kind = one.get("output_type")
        if kind == "stream":
            yield _text(_joined(one.get("text")), bad=one.get("name") == "stderr")
        elif kind == "error":
            trace = one.get("traceback")
            lines = [_joined(line) for line in trace] if isinstance(trace, list) else []
            told = "\n".join(lines) or f"{one.get('ename')}: {one.get('evalue')}"
            yield _text(told, bad=True)
        elif isinstance(one.get("data"), dict):
            yield _rich(one["data"], pictures)


def _rich(data: dict[str, Any], pictures: _Pictures) -> CellOutput:
    """A picture where there is one, else the plain text that goes with every other form."""
    for media_type in _PICTURES:
        if media_type in data:
            path = pictures.put(media_type, data[media_type])
            if path:
                return CellOutput(path=path)
    if "text/plain" in data:
        return _text(_joined(data["text/plain"]))
    return CellOutput(note=_("output of another kind: {kind}", kind=", ".join(sorted(data))[:100]))


def _text(text: str, bad: bool = False) -> CellOutput:
    clean = without_credentials(text).rstrip("\n")
    note = ""
    if len(clean) > OUTPUT_TEXT:
        clean, note = clean[:OUTPUT_TEXT], _("cut here; the notebook has the rest")
    return CellOutput(ansi_pieces(clean), bad=bad, note=note)


def _joined(value: Any) -> str:
    """Texts stand in notebooks as one, or as a list of lines."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "".join(part for part in value if isinstance(part, str))
    return value if isinstance(value, str) else ""


def _at(found: Any, *keys: str) -> Any:
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found
