"""A filter as a SQL condition on the view ``runs``; what people typed is bound, never pasted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from runfolio.query.filter_terms import TIME_KEYS, Compare, Has, Tagged, Term, Value, Words

Condition = tuple[str, list[object]]

#: Columns of ``runs`` that are numbers; the others are compared as text.
_NUMBERS = frozenset({"seconds", "seed", "points", "exit_code"})


def where(terms: Iterable[Term]) -> Condition:
    """A condition (without WHERE) on ``runs`` under that name, and the values for its ``?``."""
    parts, given = [], []
    for term in terms:
        condition, values = _term(term)
        parts.append(f"NOT coalesce({condition}, false)" if term.negated else condition)
        given.extend(values)
    return " AND ".join(f"({part})" for part in parts) or "true", given


def _term(term: Term) -> Condition:
    match term:
        case Words():
            return _words(term.text)
        case Has():
            return _exists(term.scope, term.key, lambda *_: ("true", []))
        case Tagged():
            return _tagged(term.values)
        case Compare(scope="run"):
            return _run_column(term)
        case Compare(scope="any"):
            return _param_or_metric(term)
        case Compare():
            return _exists(term.scope, term.key, _compare(term))


def _words(text: str) -> Condition:
    fields = ("runs.run_id", "runs.name", "runs.experiment", "coalesce(runs.\"group\", '')")
    tests = [f"contains(lower({field}), lower(?))" for field in fields]
    tests.append("len(list_filter(runs.tags, lambda t: contains(lower(t), lower(?)))) > 0")
    return f"({' OR '.join(tests)})", [text] * len(tests)


def _tagged(values: tuple[Value, ...]) -> Condition:
    parts: list[str] = []
    given: list[object] = []
    for value in values:
        name, name_given = _like("t.tag", value)
        whole, whole_given = _like("t.tag || '=' || t.value", value)
        parts.append(f"({name} OR (t.value <> '' AND {whole}))")
        given.extend((*name_given, *whole_given))
    return (
        f"EXISTS (SELECT 1 FROM tags t WHERE t.run_id = runs.run_id AND ({' OR '.join(parts)}))",
        given,
    )


Test = Callable[[str, str], Condition]


def _exists(scope: str, key: str, test: Test) -> Condition:
    """Some row of this key passes ``test(text expression, number expression)``."""
    view, text, number = _SCOPES[scope]
    condition, given = test(text, number)
    return (
        f"EXISTS (SELECT 1 FROM {view} v WHERE v.run_id = runs.run_id AND v.key = ? "
        f"AND {condition})",
        [key, *given],
    )


#: scope -> view, its value as text, its value as a number
_SCOPES = {
    "param": ("params", "v.text", "v.number"),
    "metric": ("summary", "CAST(v.last AS VARCHAR)", "v.last"),
}


def _param_or_metric(term: Compare) -> Condition:
    """The run's param of this name if it has one, else its metric."""
    has, has_given = _exists("param", term.key, lambda *_: ("true", []))
    param, param_given = _exists("param", term.key, _compare(term))
    metric, metric_given = _exists("metric", term.key, _compare(term))
    return (
        f"CASE WHEN {has} THEN {param} ELSE {metric} END",
        [*has_given, *param_given, *metric_given],
    )


def _run_column(term: Compare) -> Condition:
    column = f'runs."{term.key}"'
    if term.key in TIME_KEYS:
        text = f"strftime({column}, '%Y-%m-%d %H:%M:%S')"
        if term.operator in ("<", "<=", ">", ">="):
            return _date(text, term)
        return _compare(term)(text, "NULL::DOUBLE")
    if term.key in _NUMBERS:
        return _compare(term)(f"CAST({column} AS VARCHAR)", f"CAST({column} AS DOUBLE)")
    return _compare(term)(f"CAST({column} AS VARCHAR)", "NULL::DOUBLE")


def _date(text: str, term: Compare) -> Condition:
    """A date compares by what was typed of it: started<=2026-11 takes all of November in."""
    typed = term.values[0].text.replace("T", " ")
    return f"{text}[:{len(typed)}] {term.operator} ?", [typed]


def _compare(term: Compare) -> Test:
    def test(text: str, number: str) -> Condition:
        if term.operator in ("<", "<=", ">", ">="):
            limit = term.values[0].number
            return f"({number} {term.operator} ? AND NOT isnan({number}))", [limit]
        if term.operator == "~":
            return f"regexp_matches({text}, ?)", [term.values[0].text]
        parts: list[str] = []
        given: list[object] = []
        for value in term.values:
            same, same_given = _equal(text, number, value, exact=term.operator != ":")
            parts.append(same)
            given.extend(same_given)
        condition = f"({' OR '.join(parts)})"
        if term.operator == "!=":
            condition = f"({text} IS NOT NULL AND NOT coalesce({condition}, false))"
        return condition, given

    return test


def _equal(text: str, number: str, value: Value, *, exact: bool) -> Condition:
    given: list[object] = [value.text]
    same = f"{text} = ?"
    if not exact:
        same, given = _like(text, value)
    if value.number is not None:
        return f"({same} OR {number} = ?)", [*given, value.number]
    return same, given


def _like(text: str, value: Value) -> Condition:
    """Equal but for case; ``*`` and ``?`` stand for other text unless the value was quoted."""
    if value.glob:
        pattern = "".join(_GLOB.get(sign, _escaped(sign)) for sign in value.text)
        return f"regexp_full_match({text}, ?, 'is')", [pattern]
    return f"lower({text}) = lower(?)", [value.text]


_GLOB = {"*": ".*", "?": "."}


def _escaped(sign: str) -> str:
    """The sign as RE2 takes it literally."""
    if sign == "\0":
        return "\\x00"
    return re.escape(sign) if sign.isascii() else sign
