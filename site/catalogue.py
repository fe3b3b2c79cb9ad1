"""All texts that the site's interface says, read off the code: ``templates/words/en.json``.

Texts go through ``_("…")`` in Python and templates, ``counted`` with its nouns, ``rf.t("…")`` in
scripts; a call holds its text as a literal, or one of two by a condition. Texts that a script or
module keeps in a table stand behind the comment ``said:`` (``/* said: */ {``, ``# said:``).
``unheard`` finds what seems to be said past all that.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, nodes

from runfolio.query.views import VIEWS

ROOT = Path(__file__).resolve().parents[1]
ROOMS = (ROOT / "src" / "runfolio" / "site", ROOT / "src" / "runfolio" / "query")
TEMPLATES = ROOT / "templates"
LISTED = TEMPLATES / "words" / "en.json"

_LITERAL = re.compile(r"""(["'`])((?:(?!\1)[^\\]|\\.)*)\1""", re.DOTALL)
_CALL = re.compile(r"\brf\.t\(")
_TABLE = re.compile(r"/\* said: \*/")
_TAG = re.compile(r"<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>", re.DOTALL)
_SAID = re.compile(
    r"""\b(?:aria-label|title|placeholder|alt|aria-description)=(["'])((?:(?!\1).)*)\1"""
)
_LETTERS = re.compile(r"[^\W\d_]{2,}")
#: How a run stands; the store knows these words, and pages say them in their language.
STATUSES = ("finished", "running", "failed", "killed", "stalled")
#: Words of a template that are no language: names, units, and what is the same everywhere.
SAME = {
    "runfolio",
    "SQL",
    "CSV",
    "JSON",
    "LaTeX",
    "Markdown",
    "UTC",
    "Parquet",
    "nbsp",
    "amp",
    "SHA",
    "SUMS",
    "llms",
    "BibTeX",
    "DOI",
    "txt",
}


def texts() -> dict[str, list[str]]:
    """Every text, and the files that say it."""
    found: dict[str, set[str]] = {}
    for path, said in _all():
        for text in said:
            found.setdefault(text, set()).add(path.relative_to(ROOT).as_posix())
    return {text: sorted(found[text]) for text in sorted(found)}


def as_json() -> str:
    """The list as it lies in the repository."""
    return json.dumps(texts(), ensure_ascii=False, indent=1) + "\n"


def unheard() -> list[str]:
    """Texts of templates that are said past the catalogue, and calls that hold no literal."""
    found = []
    for path in sorted(TEMPLATES.rglob("*.html")):
        for line, text in _plain(path):
            found.append(f"{path.relative_to(ROOT)}:{line}: {text!r} does not go through _()")
    for path in _scripts():
        code = path.read_text("utf-8")
        if _TABLE.search(code):
            continue
        for call in _CALL.finditer(_without_comments(code)):
            argument = _until(_without_comments(code)[call.end() :], ",)")
            if not _LITERAL.search(argument) or "${" in argument:
                found.append(f"{path.relative_to(ROOT)}: rf.t({argument}) holds no literal")
    return found


def _all() -> Iterator[tuple[Path, set[str]]]:
    for room in ROOMS:
        for path in sorted(room.rglob("*.py")):
            yield path, set(_of_python(path.read_text("utf-8")))
    yield ROOT / "src/runfolio/query/rows.py", set(STATUSES)
    for view in VIEWS:
        helps = {view.help, *(column.help for column in view.columns)}
        yield ROOT / "src/runfolio/query/views.py", helps
    for path in sorted(TEMPLATES.rglob("*.html")):
        yield path, set(_of_template(_environment().parse(path.read_text("utf-8"))))
    for path in _scripts():
        yield path, set(_of_script(path.read_text("utf-8")))


def _of_python(source: str) -> Iterator[str]:
    tree = ast.parse(source)
    lines = source.splitlines()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AnnAssign) and "# said:" in lines[node.lineno - 2]:
            yield from _values(node.value)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            words = [each.value for each in node.args if isinstance(each, ast.Constant)]
            texts = [each for each in words if isinstance(each, str)]
            if node.func.id in ("_", "Sentence", "S"):
                yield from texts[:1]
            elif node.func.id == "counted":
                yield from _nouns(texts)


def _values(table: ast.AST | None) -> Iterator[str]:
    """The texts of a table; of a dict, its values."""
    if isinstance(table, ast.Dict):
        for each in table.values:
            yield from _values(each)
    elif isinstance(table, ast.Constant) and isinstance(table.value, str):
        yield table.value
    elif isinstance(table, ast.Tuple | ast.List | ast.Set):
        for each in table.elts:
            yield from _values(each)


def _of_script(code: str) -> Iterator[str]:
    bare = _without_comments(code)
    for call in _CALL.finditer(bare):
        argument = _until(bare[call.end() :], ",)")
        for choice in _choices(argument):  # parts of one text are joined
            parts = [_unquoted(each[2]) for each in _LITERAL.finditer(choice)]
            if parts:
                yield "".join(parts)
    for table in _TABLE.finditer(code):
        for each in _LITERAL.finditer(_until(code[table.end() :], ";")):
            text = _unquoted(each[2])
            if text[:1].isupper() or " " in text:  # the others are keys
                yield text


def _choices(argument: str) -> Iterator[str]:
    """What a condition, or several in a row, chooses between; the argument itself without one."""
    condition = _until(argument, "?")
    if condition == argument:
        yield argument
        return
    first = _until(argument[len(condition) + 1 :], ":")
    yield first
    yield from _choices(argument[len(condition) + len(first) + 2 :])


def _until(code: str, ends: str) -> str:
    """Code up to the first of ``ends`` that stands neither in a text nor in brackets."""
    at, depth = 0, 0
    while at < len(code):
        literal = _LITERAL.match(code, at)
        if literal:
            at = literal.end()
            continue
        if not depth and code[at] in ends:
            break
        depth += (code[at] in "([{") - (code[at] in ")]}")
        at += 1
    return code[:at]


def _of_template(tree: nodes.Template) -> Iterator[str]:
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == "_" and call.args:
            first = call.args[0]
            if isinstance(first, nodes.Const) and isinstance(first.value, str):
                yield first.value
        if isinstance(call.node, nodes.Name) and call.node.name == "many":
            yield from (each.value for each in call.args[1:] if isinstance(each, nodes.Const))
    for used in tree.find_all(nodes.Filter):
        if used.name == "counted":
            words = [each.value for each in used.args if isinstance(each, nodes.Const)]
            yield from _nouns([each for each in words if isinstance(each, str)])


def _nouns(given: list[str]) -> list[str]:
    """'run' is spoken of as 'run' and 'runs'."""
    return [given[0], given[1] if len(given) > 1 else f"{given[0]}s"] if given else []


def _plain(path: Path) -> Iterator[tuple[int, str]]:
    """What stands in a template between its tags, or in an attribute that is read out."""
    source = path.read_text("utf-8")
    whole = ""
    for _line, kind, value in _environment().lex(source):
        keep = value if kind == "data" else "\n" * value.count("\n")
        if kind in ("block_begin", "variable_begin"):
            keep = "\x00"  # something is put here
        whole += keep
    for match in _SAID.finditer(whole):
        yield from _words(whole, match.start(), match[2])
    bare = re.sub(r"<(code|pre|script|kbd)\b.*?</\1>", _blank, whole, flags=re.DOTALL)
    bare = re.sub(r"<(dt|span|td) class=\"mono\">.*?</\1>", _blank, bare, flags=re.DOTALL)
    bare = _TAG.sub(_blank, bare)
    for match in re.finditer(r"[^\n]+", bare):
        yield from _words(bare, match.start(), match.group())


def _words(whole: str, at: int, text: str) -> Iterator[tuple[int, str]]:
    said = [word for word in _LETTERS.findall(text.replace("\x00", " ")) if word not in SAME]
    if said and "col-" not in text:  # a class that a macro writes
        yield whole.count("\n", 0, at) + 1, " ".join(text.replace("\x00", "…").split())


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match.group())


def _scripts() -> list[Path]:
    return sorted((TEMPLATES / "static" / "js").glob("*.js"))


def _without_comments(code: str) -> str:
    return re.sub(r"/\*.*?\*/|(?<![:\"'`\\])//[^\n]*", "", code, flags=re.DOTALL)


def _unquoted(text: str) -> str:
    return re.sub(r"\\u([0-9a-fA-F]{4})|\\(.)", _unescaped, text)


def _unescaped(match: re.Match[str]) -> str:
    if match[1]:
        return chr(int(match[1], 16))
    return {"n": "\n", "t": "\t"}.get(match[2], match[2])


def _environment() -> Environment:
    return Environment(trim_blocks=True, lstrip_blocks=True)
