"""A paper table as text for other documents: LaTeX, Markdown, CSV, HTML.

Names are strangers' texts: each format escapes what would mean something in it.
"""

from __future__ import annotations

import csv
import html
import io
import unicodedata
from collections.abc import Callable, Mapping

from runfolio.query.cells import is_formula
from runfolio.site.pages import PaperCell, PaperTable

_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "%": r"\%", "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': r"\textquotedbl{}",
    "±": r"$\pm$", "–": "--", "—": "---", "−": "$-$", "×": r"$\times$",
}  # fmt: skip
_ARROWS = {1: r" $\uparrow$", -1: r" $\downarrow$", 0: ""}
_SIGNS = {1: " ↑", -1: " ↓", 0: ""}


def latex(table: PaperTable) -> str:
    """A booktabs table; needs ``\\usepackage{booktabs}``."""
    columns = "l" + "c" * len(table.heads)
    lines = [
        r"\begin{table}[t]",
        r"\centering",
        rf"\caption{{{latex_text(table.title)}}}",
        rf"\label{{tab:{table.slug}}}",
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        *_latex_groups(table),
        _latex_line(
            [latex_text(table.corner), *(latex_text(t) + _ARROWS[way] for t, way in table.heads)]
        ),
        r"\midrule",
    ]
    for row, cells in table.rows:
        lines.append(_latex_line([latex_text(row), *map(_latex_cell, cells)]))
        if row == table.baseline and len(table.rows) > 1:
            lines.append(r"\midrule")
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", r"\end{table}", ""])


def latex_text(text: str) -> str:
    """A text as LaTeX shows it: nothing of it is a command; control characters are gone."""
    plain = "".join(each for each in text if unicodedata.category(each)[0] != "C")
    written = "".join(_LATEX.get(each, each) for each in plain)
    # The \\ of the row before would take a bracket or a star at the start for its own.
    return f"{{{written[0]}}}{written[1:]}" if written.startswith(("[", "*")) else written


def _latex_groups(table: PaperTable) -> list[str]:
    if not table.groups:
        return []
    cells = [rf"\multicolumn{{{span}}}{{c}}{{{latex_text(text)}}}" for text, span in table.groups]
    rules, at = [], 2
    for _, span in table.groups:
        rules.append(rf"\cmidrule(lr){{{at}-{at + span - 1}}}")
        at += span
    return [_latex_line(["", *cells]), " ".join(rules)]


def _latex_line(cells: list[str]) -> str:
    return " & ".join(cells) + r" \\"


def _latex_cell(cell: PaperCell) -> str:
    if not cell.text:
        return "--"
    text = cell.text.replace(",", "{,}").replace("%", r"\%")
    if cell.place == 1:
        text = rf"\mathbf{{{text}}}"
    elif cell.place == 2:
        text = rf"\underline{{{text}}}"
    spread = rf" \pm {cell.spread.replace(',', '{,}')}" if cell.spread else ""
    return f"${text}{spread}$"


def markdown(table: PaperTable) -> str:
    """A table as GitHub and Pandoc read it; the best in bold."""
    heads = [table.corner, *_flat_heads(table)]
    lines = [_markdown_line([_markdown_text(head) for head in heads])]
    lines.append(_markdown_line(["---", *("---:" for _ in table.heads)]))
    for row, cells in table.rows:
        lines.append(_markdown_line([_markdown_text(row), *map(_markdown_cell, cells)]))
    return "\n".join(lines) + "\n"


def _markdown_line(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def _markdown_text(text: str) -> str:
    plain = " ".join(text.split())
    for sign in "\\`*_[]<>|#":
        plain = plain.replace(sign, f"\\{sign}")
    return plain


def _markdown_cell(cell: PaperCell) -> str:
    if not cell.text:
        return "–"
    text = f"**{cell.text}**" if cell.place == 1 else cell.text
    return f"{text} ± {cell.spread}" if cell.spread else text


def csv_text(table: PaperTable) -> str:
    """A line a cell row; mean, deviation and number of runs in columns of their own.

    Texts that a spreadsheet would run as a formula get a quote in front.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    heads = [table.corner]
    for head in _flat_heads(table, arrows=False):
        heads += [head, f"{head} std", f"{head} n"]
    writer.writerow(map(_csv_cell, heads))
    for row, cells in table.rows:
        line = [row]
        for cell in cells:
            line += [cell.text.replace(",", ""), cell.spread.replace(",", ""), str(cell.runs or "")]
        writer.writerow([_csv_cell(line[0]), *line[1:]])
    return out.getvalue()


def _csv_cell(text: str) -> str:
    return f"'{text}" if is_formula(text) else text


def html_text(table: PaperTable) -> str:
    """A plain table for another page: no classes, the best in bold, the second underlined."""
    heads = "".join(f"<th>{html.escape(head)}</th>" for head in _flat_heads(table))
    lines = [
        "<table>",
        f"<caption>{html.escape(table.title)}</caption>",
        f"<thead><tr><th>{html.escape(table.corner)}</th>{heads}</tr></thead>",
        "<tbody>",
    ]
    for row, cells in table.rows:
        shown = "".join(f"<td>{_html_cell(cell)}</td>" for cell in cells)
        lines.append(f'<tr><th scope="row">{html.escape(row)}</th>{shown}</tr>')
    return "\n".join([*lines, "</tbody>", "</table>", ""])


def _html_cell(cell: PaperCell) -> str:
    if not cell.text:
        return "–"
    tag = {1: "b", 2: "u"}.get(cell.place)
    text = html.escape(cell.text)
    text = f"<{tag}>{text}</{tag}>" if tag else text
    return f"{text} ± {html.escape(cell.spread)}" if cell.spread else text


def _flat_heads(table: PaperTable, *, arrows: bool = True) -> list[str]:
    """The heads in one line: metric and column where there are two lines of them."""
    over = [text for text, span in table.groups for _ in range(span)] or [""] * len(table.heads)
    several = len(table.groups) > 1
    return [
        (f"{group} {text}" if several else text) + (_SIGNS[way] if arrows else "")
        for group, (text, way) in zip(over, table.heads, strict=True)
    ]


EXPORTS: Mapping[str, Callable[[PaperTable], str]] = {
    "LaTeX": latex,
    "Markdown": markdown,
    "CSV": csv_text,
    "HTML": html_text,
}
