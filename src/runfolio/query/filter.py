"""The filter language: ``tag:baseline lr<1e-3 val/accuracy>0.9 status:failed,killed -rf*``.

Used by ``runfolio ls``, leaderboards, and (in a twin in JavaScript) every table of the site; the
cases in ``tests/data/filter_cases.json`` hold both to the same answers.

    filter   terms with blanks between them; a run must match all of them
    -term    the term must not match
    word     free text: id, name, experiment, group or a tag contains it; case does not matter
    key:value       equal, case does not matter; * stands for any text, ? for one character
    key:a,b key:a|b one of them
    key = value     exactly equal; also with a,b or a|b; a number equals 0.10 and 1e-1 alike
    key != value    has the key, and equals none of the values
    key < <= > >= value    by number; ``started`` and ``ended`` by date, as in started>=2026-11-01
    key ~ regex     contains a match of the regular expression
    tag:x           has the tag x, or the tag x with the value y for tag:x=y
    param:key …     a param, where a column of runs has the same name; alone: has this param
    metric:key …    the last finite value of a metric; alone: has this metric
    "…"             a text with blanks or signs, taken as it is; \\" and \\\\ stand for " and \\

A key is a column of runs if there is one of this name, else the run's param, else the run's metric
(its last finite value). A run without the key matches none of the comparisons, != neither.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from runfolio.errors import QueryError
from runfolio.query.filter_sql import where
from runfolio.query.filter_terms import (
    RUN_KEYS,
    TIME_KEYS,
    Compare,
    Has,
    Tagged,
    Term,
    Value,
    Words,
)

__all__ = [
    "RUN_KEYS",
    "Compare",
    "Filter",
    "Has",
    "Tagged",
    "Term",
    "Value",
    "Words",
    "parse",
]

OPERATORS = ("<=", ">=", "!=", "==", "<", ">", "=", "~", ":")
_ORDERING = ("<", "<=", ">", ">=")
_NUMBER = re.compile(
    r"[+-]?(\d+(_\d+)*\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?inf(inity)?", re.IGNORECASE
)
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d([T ]\d\d(:\d\d(:\d\d)?)?)?)?)?")
#: What RE2 (in DuckDB) and JavaScript do not both understand.
_REGEX_LIMITS = re.compile(r"\(\?(?!:)|\\[1-9AZzQE]|[*+?}]\+")


@dataclass(frozen=True)
class Filter:
    """A parsed filter: a run must match all of ``terms``; none of them matches every run."""

    text: str
    terms: tuple[Term, ...] = ()

    def sql(self) -> tuple[str, list[object]]:
        """A condition on the view ``runs`` (under that name) and the values for its ``?``."""
        return where(self.terms)


def parse(text: str) -> Filter:
    """The filter that ``text`` says; QueryError points at the column of a mistake."""
    return _Reader(text).filter()


class _Reader:
    """Reads a filter from left to right; ``at`` is the index of the next character."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def filter(self) -> Filter:
        terms: list[Term] = []
        self.skip_blanks()
        while self.at < len(self.text):
            terms.append(self.term())
            self.skip_blanks()
        return Filter(self.text, tuple(terms))

    def term(self) -> Term:
        negated = self.text[self.at] == "-" and not self.blank_at(self.at + 1)
        if negated:
            self.at += 1
        start = self.at
        key, quoted = self.word(stop_at_operator=True)
        if not quoted and key in ("param", "metric") and self.operator_here() == ":":
            return self.scoped(key, negated)
        operator = self.operator_ahead()
        if not operator:
            if not key and not quoted:
                raise self.mistake("a term is missing", start)
            return Words(key, negated)
        if not key:
            raise self.mistake(f"the name before {operator} is missing", start)
        return self.comparison("tag" if key == "tag" and not quoted else "", key, operator, negated)

    def scoped(self, scope: str, negated: bool) -> Term:
        """What follows ``param:`` or ``metric:``."""
        self.at += 1
        start = self.at
        key, _ = self.word(stop_at_operator=True)
        if not key:
            raise self.mistake(f"the name after {scope}: is missing", start)
        operator = self.operator_ahead()
        if not operator:
            return Has(scope, key, negated)
        return self.comparison(scope, key, operator, negated)

    def comparison(self, scope: str, key: str, operator: str, negated: bool) -> Term:
        start = self.at
        values = self.values(operator)
        operator = "=" if operator == "==" else operator
        if scope == "tag":
            if operator not in (":", "="):
                raise self.mistake(
                    f"a tag cannot be compared with {operator}; write tag:x=y", start
                )
            return Tagged(values, negated)
        column = RUN_KEYS.get(key) if not scope else None
        if operator in _ORDERING:
            self.check_order(column or "", values[0], operator, start)
        if operator == "~":
            self.check_regex(values[0].text, start)
        return Compare(
            "run" if column else scope or "any", column or key, operator, values, negated
        )

    def values(self, operator: str) -> tuple[Value, ...]:
        """The value behind an operator; several with ``,`` or ``|`` where that makes sense."""
        several = operator in (":", "=", "==", "!=")
        found = [self.value(operator, several)]
        while several and self.at < len(self.text) and self.text[self.at] in ",|":
            self.at += 1
            found.append(self.value(operator, several))
        return tuple(found)

    def value(self, operator: str, several: bool) -> Value:
        start = self.at
        text, quoted = self.word(stop_at=",|" if several else "")
        if not text and not quoted:
            raise self.mistake(f"a value is missing after {operator}", start)
        return Value(text, None if quoted else _number(text), quoted)

    def word(self, *, stop_at_operator: bool = False, stop_at: str = "") -> tuple[str, bool]:
        """Text up to a blank (or an operator), or what stands between quotes; and which it was."""
        if self.at < len(self.text) and self.text[self.at] == '"':
            return self.quote(), True
        start = self.at
        while self.at < len(self.text) and not self.blank_at(self.at):
            if self.text[self.at] in stop_at or (stop_at_operator and self.operator_here()):
                break
            self.at += 1
        return self.text[start : self.at], False

    def quote(self) -> str:
        start = self.at
        found: list[str] = []
        self.at += 1
        while self.at < len(self.text):
            sign = self.text[self.at]
            if sign == '"':
                self.at += 1
                return "".join(found)
            if sign == "\\" and self.text[self.at + 1 : self.at + 2] in ('"', "\\"):
                self.at += 1
                sign = self.text[self.at]
            found.append(sign)
            self.at += 1
        raise self.mistake("the quote is not closed", start)

    def operator_here(self) -> str:
        """The operator that starts at this character, or ''."""
        return next((sign for sign in OPERATORS if self.text.startswith(sign, self.at)), "")

    def operator_ahead(self) -> str:
        """The operator here or behind blanks (but ``:`` only here), and go behind it; or ''."""
        before = self.at
        if self.operator_here() != ":":
            self.skip_blanks()
            if self.operator_here() == ":":
                self.at = before
                return ""
        operator = self.operator_here()
        if not operator:
            self.at = before
            return ""
        self.at += len(operator)
        if operator != ":":
            self.skip_blanks()
        return operator

    def check_order(self, column: str, value: Value, operator: str, start: int) -> None:
        if column in TIME_KEYS:
            if not _DATE.fullmatch(value.text):
                raise self.mistake(f"{operator} needs a date here, such as 2026-11-01", start)
        elif value.number is None:
            raise self.mistake(f"{operator} needs a number, such as 0.1 or 1e-3", start)

    def check_regex(self, text: str, start: int) -> None:
        try:
            re.compile(text)
        except re.error as error:
            raise self.mistake(f"the regular expression is wrong: {error.msg}", start) from None
        if _REGEX_LIMITS.search(text):
            raise self.mistake(
                "the regular expression may not look around, refer back or take flags", start
            )

    def blank_at(self, index: int) -> bool:
        return index >= len(self.text) or self.text[index].isspace()

    def skip_blanks(self) -> None:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1

    def mistake(self, what: str, at: int) -> QueryError:
        """The error with the filter on one line and a caret under the mistake."""
        shown = "".join(sign if sign.isprintable() else " " for sign in self.text)
        return QueryError(
            f"In the filter, column {at + 1}: {what}.\n  {shown}\n  {' ' * at}^",
            hint='For instance: tag:baseline lr<1e-3 status:finished "free text"',
        )


def _number(text: str) -> float | None:
    """The number that a text writes, or None; NaN is none, since it equals nothing."""
    return float(text) if _NUMBER.fullmatch(text) else None
