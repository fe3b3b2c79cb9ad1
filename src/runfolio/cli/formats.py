"""Rows of an answer as CSV, JSON, Markdown, LaTeX, Parquet or a table on the screen.

All but the table write every row, a block at a time. Texts are data: CSV cells that a spreadsheet
would take for a formula get a quote mark, Markdown and LaTeX are escaped.
"""

from __future__ import annotations

import csv
import io
import math
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

from runfolio.cli.terminal import json_text
from runfolio.query.cells import is_formula

if TYPE_CHECKING:
    import duckdb

BLOCK = 2000
#: File endings that say which format is meant.
ENDINGS = {
    ".csv": "csv",
    ".json": "json",
    ".md": "markdown",
    ".tex": "latex",
    ".parquet": "parquet",
    ".txt": "table",
}
FORMATS = ("table", "csv", "json", "markdown", "latex", "parquet")
_NUMBERS = re.compile(r"(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DOUBLE|FLOAT|DECIMAL.*)", re.IGNORECASE)


class Sink(Protocol):
    """What the writers write to."""

    def write(self, text: str, /) -> object:
        """Take the next piece of text."""


@dataclass(frozen=True)
class Answer:
    """An answer: names of the columns, which of them hold numbers, and the rows as they come."""

    columns: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: Iterator[tuple[Any, ...]]


def answer_of(relation: duckdb.DuckDBPyRelation) -> Answer:
    """The answer of a relation; a column without a name or with a used one gets a number."""
    numeric = tuple(bool(_NUMBERS.fullmatch(str(each))) for each in relation.types)
    return Answer(unique_names(relation.columns), numeric, _fetched(relation))


def _fetched(relation: Any) -> Iterator[tuple[Any, ...]]:
    """The rows, a block at a time; relations of DuckDB 2 have iter_rows, older ones fetchmany."""
    if hasattr(type(relation), "iter_rows"):
        yield from relation.iter_rows(BLOCK)
        return
    while block := relation.fetchmany(BLOCK):
        yield from block


def unique_names(names: Sequence[str]) -> tuple[str, ...]:
    """``a, a, ''`` becomes ``a, a_1, column``: each name once."""
    seen: set[str] = set()
    unique = []
    for name in names:
        base = name or "column"
        candidate, number = base, 0
        while candidate in seen:
            number += 1
            candidate = f"{base}_{number}"
        seen.add(candidate)
        unique.append(candidate)
    return tuple(unique)


def cell_text(value: Any) -> str:
    """A value as text: numbers in full, times as ISO 8601, lists and structs as JSON."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _float_text(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict | list | tuple):
        return json_text(value)
    return str(value)


def _float_text(value: float) -> str:
    if math.isfinite(value):
        return repr(value)
    return "NaN" if math.isnan(value) else "inf" if value > 0 else "-inf"


# --- writers ------------------------------------------------------------------------------------


def write_csv(answer: Answer, file: Sink) -> None:
    """RFC 4180 with \\n line ends; text cells cannot become formulas."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([_harmless(name) for name in answer.columns])
    for row in answer.rows:
        writer.writerow([_csv_cell(value) for value in row])


def _csv_cell(value: Any) -> str:
    text = cell_text(value)
    return _harmless(text) if isinstance(value, str) else text


def _harmless(text: str) -> str:
    """A quote mark before what a spreadsheet would run; texts that are numbers stay."""
    return "'" + text if is_formula(text) else text


def write_json(answer: Answer, file: Sink) -> None:
    """A list of objects, one a line."""
    file.write("[")
    for index, row in enumerate(answer.rows):
        record = json_text(dict(zip(answer.columns, row, strict=True)))
        file.write((",\n " if index else "\n ") + record)
    file.write("\n]\n")


def write_markdown(answer: Answer, file: Sink) -> None:
    """A table for GitHub and most other Markdown."""
    marks = ["---:" if numeric else "---" for numeric in answer.numeric]
    file.write(_markdown_line(answer.columns) + "\n")
    file.write("| " + " | ".join(marks) + " |\n")
    for row in answer.rows:
        file.write(_markdown_line([cell_text(value) for value in row]) + "\n")


def _markdown_line(texts: Sequence[str]) -> str:
    return "| " + " | ".join(markdown_text(text) for text in texts) + " |"


def markdown_text(text: str) -> str:
    """A text as a cell of a Markdown table shows it: no tag, no markup, no new line."""
    text = re.sub(r"[\r\n]+", " ", text).replace("&", "&amp;").replace("<", "&lt;")
    return re.sub(r"([\\|*_`\[\]~])", r"\\\1", text)


_LATEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    **{char: f"\\{char}" for char in "&%$#_{}"},
}


def write_latex(answer: Answer, file: Sink) -> None:
    """A tabular with the rules of the package booktabs."""
    letters = "".join("r" if numeric else "l" for numeric in answer.numeric)
    file.write(f"% \\usepackage{{booktabs}}\n\\begin{{tabular}}{{{letters}}}\n\\toprule\n")
    file.write(_latex_line(answer.columns) + "\n\\midrule\n")
    for row in answer.rows:
        file.write(_latex_line([cell_text(value) for value in row]) + "\n")
    file.write("\\bottomrule\n\\end{tabular}\n")


def _latex_line(texts: Sequence[str]) -> str:
    return " & ".join(_latex_text(text) for text in texts) + r" \\"


def _latex_text(text: str) -> str:
    text = re.sub(r"[\x00-\x1f\x7f]+", " ", text)
    text = "".join(_LATEX.get(char, char) for char in text)
    # The \\ of the row before would take a bracket or a star at the start for its own.
    return f"{{{text[0]}}}{text[1:]}" if text.startswith(("[", "*")) else text


TEXT_WRITERS: dict[str, Callable[[Answer, Sink], None]] = {
    "csv": write_csv,
    "json": write_json,
    "markdown": write_markdown,
    "latex": write_latex,
}


def write_parquet(relation: duckdb.DuckDBPyRelation, file: IO[bytes]) -> None:
    """One Parquet file, zstd; columns get the unique names that the other formats show."""
    import pyarrow.parquet

    table = relation.to_arrow_table()
    table = table.rename_columns(list(unique_names(table.column_names)))
    pyarrow.parquet.write_table(table, file, compression="zstd")


def write_whole(path: Path, write: Callable[[IO[bytes]], None]) -> None:
    """Let ``write`` make the file at ``path``, whole or not at all."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}-")
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
        _give_usual_mode(name)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_text_to(file: IO[bytes], write: Callable[[Sink], None]) -> None:
    """Let ``write`` write text into a binary file: UTF-8, line ends as they come."""
    text = io.TextIOWrapper(file, "utf-8", errors="backslashreplace", newline="")
    write(text)
    text.flush()
    text.detach()


def _give_usual_mode(name: str) -> None:
    """Temporary files are private; a result gets the mode of any new file."""
    mask = os.umask(0)
    os.umask(mask)
    Path(name).chmod(0o666 & ~mask)
