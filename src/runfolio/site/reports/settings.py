"""The YAML of front matter and of blocks: plain values, no tags, no aliases, each key's line.

Words stay words: only true, false, null and numbers mean something else, so ``y: lr``, ``no`` and
``2026-11-21`` are what they look like.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import yaml

_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_DEEPEST = 50
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Mistake:
    """What is wrong with a page: its file, the line (0 where it is not known), and words."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        """As compilers say it: ``pages/paper.md:14: …``."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.message}"


class SettingsError(ValueError):
    """Mistakes in a block: (line, words) each; line 0 stands for the whole."""

    def __init__(self, *mistakes: tuple[int, str]) -> None:
        super().__init__("; ".join(words for _, words in mistakes))
        self.mistakes = mistakes


@dataclass(frozen=True)
class Settings:
    """Keys and values as they were written, and the line of each key."""

    values: Mapping[str, Any]
    lines: Mapping[str, int] = field(default_factory=dict)


def read_settings(text: str, first: int) -> Settings:
    """The settings of a text whose first line is line ``first`` of its file."""
    if text.lstrip().startswith("{"):
        return _read_json(text, first)
    try:
        node = yaml.compose(text, Loader=yaml.BaseLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first + (mark.line if mark else 0)
        raise SettingsError((line, f"this is no YAML: {error.problem}")) from None
    except (yaml.YAMLError, RecursionError):
        raise SettingsError((first, "this is no YAML")) from None
    if node is None:
        return Settings({})
    if not isinstance(node, yaml.MappingNode):
        raise SettingsError((first, "expected lines such as “title: Results”"))
    values = _Reader(first).value(node, 0)
    lines = {str(key.value): first + key.start_mark.line for key, _ in node.value}
    return Settings(values, lines)


def _read_json(text: str, first: int) -> Settings:
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        line = first + error.lineno - 1
        raise SettingsError((line, f"this is no JSON: {error.msg}")) from None
    except RecursionError:
        raise SettingsError((first, "this is no JSON")) from None
    return Settings(found)


class _Reader:
    """Turns nodes into plain values."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.seen: set[int] = set()

    def value(self, node: yaml.Node, depth: int) -> Any:
        line = self.first + node.start_mark.line
        if depth > _DEEPEST:
            raise SettingsError((line, "this is nested too deeply"))
        if isinstance(node, yaml.ScalarNode):
            return node.value if node.style else _scalar(node.value)
        if id(node) in self.seen:
            raise SettingsError((line, "write it out: names for parts (&x, *x) are not read"))
        self.seen.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            return [self.value(each, depth + 1) for each in node.value]
        found: dict[str, Any] = {}
        for key, inner in node.value:
            name = key.value
            if not isinstance(name, str) or name in found:
                where = self.first + key.start_mark.line
                raise SettingsError((where, f"{name!s:.40} stands here for the second time"))
            found[name] = self.value(inner, depth + 1)
        return found


def _scalar(text: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    if not _NUMBER.fullmatch(text):
        return text
    number = float(text)
    return int(text) if text.lstrip("+-").isdigit() else number


class Options:
    """The settings of one block, taken one by one; ``done`` tells all mistakes at once."""

    def __init__(self, settings: Settings, line: int) -> None:
        self._left = dict(settings.values)
        self._lines = settings.lines
        self._line = line
        self._known: list[str] = []
        self._mistakes: list[tuple[int, str]] = []

    def text(self, name: str, default: str = "", *, needed: bool = False) -> str:
        """A text; numbers are texts too."""
        value = self._take(name, default)
        if isinstance(value, bool | dict | list) or value is None:
            self.wrong(name, f"{name}: expected a text")
            return default
        if needed and value == "":
            self._mistakes.append((self._line, f"{name} is missing, e.g. “{name}: …”"))
        return str(value)

    def number(self, name: str, default: int, *, least: int = 0, most: int = 10_000) -> int:
        """A whole number within its bounds."""
        value = self._take(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            self.wrong(name, f"{name}: expected a whole number from {least} to {most:,}")
            return default
        return value

    def flag(self, name: str, default: bool) -> bool:
        """True or false."""
        value = self._take(name, default)
        if not isinstance(value, bool):
            self.wrong(name, f"{name}: expected true or false")
            return default
        return value

    def maybe(self, name: str) -> bool | None:
        """True, false, or None where nothing is said."""
        return self.flag(name, False) if name in self._left else None

    def names(self, name: str) -> tuple[str, ...]:
        """A list of texts; one text alone is a list of one."""
        value = self._take(name, [])
        listed = value if isinstance(value, list) else [value]
        if any(isinstance(each, dict | list | bool) or each is None for each in listed):
            self.wrong(name, f"{name}: expected a list such as [a, b]")
            return ()
        return tuple(str(each) for each in listed)

    def choice(self, name: str, allowed: Iterable[str], default: str) -> str:
        """One of some words."""
        value, words = self._take(name, default), list(allowed)
        if value not in words:
            known = ", ".join(words)
            self.wrong(name, f"{name}: expected one of {known}{nearest(str(value), words)}")
            return default
        return str(value)

    def tried(self, name: str, make: Callable[[], Answer], default: Answer) -> Answer:
        """What ``make`` gives for the value of a key; its mistakes are noted on the key's line."""
        try:
            return make()
        except SettingsError as error:
            for _, words in error.mistakes:
                self.wrong(name, words)
            return default

    def rest(self) -> dict[str, Any]:
        """Everything that was not asked for; nothing of it is a mistake any more."""
        found, self._left = self._left, {}
        return found

    def wrong(self, name: str, words: str) -> None:
        """Note a mistake in the value of a key."""
        self._mistakes.append((self._lines.get(name, self._line), words))

    def done(self) -> None:
        """SettingsError with all that is wrong, unknown keys too."""
        for name in self._left:
            known = ", ".join(self._known)
            hint = nearest(name, self._known) or f"; known here: {known}"
            self.wrong(name, f"{name[:60]} is unknown{hint}")
        if self._mistakes:
            raise SettingsError(*sorted(self._mistakes))

    def _take(self, name: str, default: Any) -> Any:
        self._known.append(name)
        return self._left.pop(name, default)


def nearest(given: str, known: Iterable[str]) -> str:
    """``; did you mean rows?`` where a known name is near, else ''."""
    found = difflib.get_close_matches(given, list(known), n=1, cutoff=0.6)
    return f"; did you mean {found[0]}?" if found else ""
