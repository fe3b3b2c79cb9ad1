"""Where each key of a TOML text stands. ``tomllib`` gives values without line numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

#: A place in the parsed document: table names, keys, and indexes of arrays.
Place = tuple[str | int, ...]

_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_BARE_VALUE = re.compile(r"[^,\]}\n#]*")
_STRINGS = (
    re.compile(r'"""(?:\\.|(?!""").)*"{3,5}', re.DOTALL),
    re.compile(r"'''(?:(?!''').)*'{3,5}", re.DOTALL),
    re.compile(r'"(?:\\.|[^"\\])*"'),
    re.compile(r"'[^']*'"),
)


def key_lines(text: str) -> Mapping[Place, int]:
    """The line (from 1) of every key and table of ``text``, which ``tomllib`` has accepted."""
    return _Scanner(text).scan()


def value_spans(text: str) -> Mapping[Place, tuple[int, int]]:
    """Where in ``text``, which ``tomllib`` has accepted, each value begins and ends."""
    scanner = _Scanner(text)
    scanner.scan()
    return scanner.spans


class _Scanner:
    """Walks over a valid document once; ``lines`` and ``spans`` fill up with what it meets."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Place, int] = {}
        self.spans: dict[Place, tuple[int, int]] = {}
        self.lengths: dict[Place, int] = {}  # of arrays of tables
        self._counted = (0, 1)  # offset and its line, so that counting stays linear

    def scan(self) -> Mapping[Place, int]:
        table: Place = ()
        self._skip_space()
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip_space()
        return self.lines

    def _header(self) -> Place:
        line = self._line()
        array = self.text.startswith("[[", self.at)
        self.at += 2 if array else 1
        names = self._key()
        self.at += 2 if array else 1
        place = self._note((), names[:-1], line) if array else self._note((), names, line)
        if not array:
            return place
        place = (*place, names[-1])
        self.lines.setdefault(place, line)
        self.lengths[place] = self.lengths.get(place, 0) + 1
        place = (*place, self.lengths[place] - 1)
        self.lines[place] = line
        return place

    def _note(self, table: Place, names: list[str], line: int) -> Place:
        """Note a dotted key; inside an array of tables it means the last element."""
        for name in names:
            table = (*table, name)
            self.lines.setdefault(table, line)
            if table in self.lengths:
                table = (*table, self.lengths[table] - 1)
        return table

    def _pair(self, table: Place) -> None:
        line = self._line()
        place = self._note(table, self._key(), line)
        self.at += 1  # the equals sign
        self._value(place)

    def _key(self) -> list[str]:
        """Read a dotted key and stand behind the space that follows it."""
        names = [self._name()]
        while self.text.startswith(".", self.at):
            self.at += 1
            names.append(self._name())
        return names

    def _name(self) -> str:
        import tomllib

        self._skip_blanks()
        if self.text[self.at] in "\"'":
            quoted = self._string()
            name = next(iter(tomllib.loads(f"{quoted} = 0")))
        else:
            bare = _BARE_KEY.match(self.text, self.at)
            assert bare is not None  # the document is valid
            name, self.at = bare.group(), bare.end()
        self._skip_blanks()
        return name

    def _value(self, place: Place) -> None:
        self._skip_blanks()
        start, first = self.at, self.text[self.at]
        if first in "\"'":
            self._string()
        elif first == "[":
            self._array(place)
        elif first == "{":
            self._inline_table(place)
        else:
            bare = _BARE_VALUE.match(self.text, self.at)
            assert bare is not None  # it matches the empty text too
            self.at = bare.end()
        self.spans[place] = (start, self.at)

    def _array(self, place: Place) -> None:
        for index, _ in enumerate(self._items("]")):
            self.lines[(*place, index)] = self._line()
            self._value((*place, index))

    def _inline_table(self, place: Place) -> None:
        for _ in self._items("}"):
            self._pair(place)

    def _items(self, end: str) -> Iterator[None]:
        """Stand before each item of an array or inline table in turn; at last behind its end."""
        self.at += 1
        while True:
            self._skip_space()
            if self.text[self.at] == ",":
                self.at += 1
                self._skip_space()
            if self.text[self.at] == end:
                self.at += 1
                return
            yield

    def _string(self) -> str:
        for pattern in _STRINGS:
            found = pattern.match(self.text, self.at)
            if found:
                self.at = found.end()
                return found.group()
        raise AssertionError("a valid document has only whole strings")

    def _skip_space(self) -> None:
        found = _SPACE.match(self.text, self.at)
        assert found is not None  # it matches the empty text too
        self.at = found.end()

    def _skip_blanks(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in " \t":
            self.at += 1

    def _line(self) -> int:
        offset, line = self._counted
        line += self.text.count("\n", offset, self.at)
        self._counted = (self.at, line)
        return line
