"""Statements that people write: only one SELECT, and mistakes explained with the nearest names.

Tables live in memory and DuckDB has no access to files or the network, so this is about kindness
first: a statement that would change something is refused with a reason, not half run.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

import duckdb

from runfolio.errors import QueryError

_ONE = "Only one SELECT is allowed: the store is read-only."
_ONE_HINT = "Start with SELECT, FROM, WITH, DESCRIBE, SUMMARIZE, PIVOT or EXPLAIN."
_WRITES = ("insert", "update", "delete", "merge", "truncate")
_EXPLAIN = re.compile(r"\s*explain(\s+analyze\b|\s*\([^)]*\))?\s*", re.IGNORECASE)
_MISSING = (
    re.compile(r'Table with name "?(?P<name>[^\s"]+)"? does not exist'),
    re.compile(r'Referenced column "(?P<name>[^"]+)" not found'),
    re.compile(r'Values list "[^"]*" does not have a column named "(?P<name>[^"]+)"'),
    re.compile(r'does not have a column named "(?P<name>[^"]+)"'),
    re.compile(r'Referenced table "(?P<name>[^"]+)" not found'),
    re.compile(r"Function with name \"?(?P<name>[^\s\"]+)\"? does not exist"),
)


def check(sql: str, parser: duckdb.DuckDBPyConnection) -> str:
    """The statement, if it is one and only reads; else QueryError. Nothing of it is run."""
    statements = _parse(sql, parser)
    if len(statements) != 1 and not _is_pivot(sql):
        found = "nothing" if not statements else f"{len(statements)} statements"
        raise QueryError(f"{_ONE} Found {found}.", hint=_ONE_HINT)
    kind = statements[-1].type
    if kind == duckdb.StatementType.EXPLAIN:
        check(_EXPLAIN.sub("", _without_comments(sql), count=1), parser)
    elif kind != duckdb.StatementType.SELECT and not _is_pivot(sql):
        raise QueryError(f"{_ONE} Found {kind.name}.", hint=_ONE_HINT)
    if word := _writing_word(sql):
        raise QueryError(f"{_ONE} Found {word.upper()} inside.", hint=_ONE_HINT)
    return sql


def _is_pivot(sql: str) -> bool:
    """Whether this is one PIVOT, which DuckDB runs as several statements under the hood."""
    found = words(sql)
    while found and found[-1] == ";":
        found.pop()
    starts = found[:1] in (["pivot"], ["from"], ["with"], ["select"], ["("])
    return starts and "pivot" in found and ";" not in found


def _parse(sql: str, parser: duckdb.DuckDBPyConnection) -> list[duckdb.Statement]:
    if not isinstance(sql, str):
        raise QueryError(f"A statement is a text, not {type(sql).__name__}.")
    try:
        return list(parser.extract_statements(sql))
    except duckdb.Error as error:
        raise explain(error, sql, ()) from None


def _without_comments(sql: str) -> str:
    """The statement from its first word on."""
    return re.sub(r"\A(\s+|--[^\n]*(\n|\Z)|/\*.*?\*/)*", "", sql, flags=re.DOTALL)


def words(sql: str) -> list[str]:
    """The statement's words and signs in lower case, without comments and string literals."""
    found = re.findall(
        r"""--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|"(?:[^"]|"")*"|[^\W\d]\w*|\S""", sql, re.DOTALL
    )
    return [each.strip('"').lower() for each in found if not each.startswith(("--", "/*", "'"))]


def _writing_word(sql: str) -> str:
    """A word such as INSERT right behind a bracket and before a name: WITH x AS (INSERT …)."""
    found = words(sql)
    for before, word, after in zip(found, found[1:], found[2:], strict=False):
        if before == "(" and word in _WRITES and re.match(r"\w", after):
            return word
    return ""


def explain(error: duckdb.Error, sql: str, names: Iterable[str]) -> QueryError:
    """DuckDB's message as a QueryError: first line, the place with its caret, nearest names."""
    lines = str(error).split("\n")
    message = re.sub(r"^[A-Za-z ]*Error: ", "", lines[0])
    caret = [index for index, line in enumerate(lines) if re.fullmatch(r"\s*\^[\^~]*\s*", line)]
    if caret and caret[0] > 0:
        message = "\n".join((message, lines[caret[0] - 1], lines[caret[0]]))
    if "disabled by configuration" in message:
        return QueryError("Statements have no access to files or the network.", hint=_FILES_HINT)
    return QueryError(message, hint=_nearest(missing(error), names))


_FILES_HINT = "Ask the views (runs, params, metrics, …); to read files use DuckDB itself."


def missing(error: duckdb.Error) -> str:
    """The name of the table, column or function that DuckDB did not find, or ''."""
    for pattern in _MISSING:
        if found := pattern.search(str(error)):
            return found["name"]
    return ""


def _nearest(wanted: str, names: Iterable[str]) -> str:
    """``Did you mean "metrics"?`` for a name that was not found, or ''."""
    if not wanted:
        return ""
    folded = {name.lower(): name for name in reversed(list(dict.fromkeys(names)))}
    for part in (wanted.lower(), wanted.lower().rpartition(".")[2]):
        if near := difflib.get_close_matches(part, list(folded), n=3, cutoff=0.5):
            return f"Did you mean {_either([folded[name] for name in near])}?"
    return "The views are listed by: runfolio sql --schema"


def _either(names: list[str]) -> str:
    quoted = [f'"{name}"' for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
