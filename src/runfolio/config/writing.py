"""Words added to a list of the configuration file, with every comment and line as it was."""

from __future__ import annotations

import codecs
import copy
import json
import os
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from runfolio.config.lines import Place, key_lines, value_spans
from runfolio.config.source import FILE, PYPROJECT
from runfolio.errors import ConfigError

#: What may follow the last item of a list on its line.
_BEHIND = re.compile(r"[ \t]*(?P<comma>,?)[ \t]*(?:#[^\r\n]*)?(?=\r?\n)")


def add_words(path: Path, section: str, key: str, words: Sequence[str]) -> tuple[str, ...]:
    """Add words to ``[section] key`` of a configuration file, which is made if it is not there.

    Gives those that were not in the list yet. ConfigError, with the file as it was, where it is
    written so that nothing can be added without changing more.
    """
    import tomllib

    data = path.read_bytes() if path.exists() else b""
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    text = data.removeprefix(mark).decode("utf-8")
    document = tomllib.loads(text)
    place = (*(("tool", "runfolio") if path.name == PYPROJECT else ()), section, key)
    there = _at(document, place)
    new = tuple(word for word in dict.fromkeys(words) if word not in (there or ()))
    if not new:
        return ()
    wanted = copy.deepcopy(document)
    table = wanted
    for name in place[:-1]:
        table = table.setdefault(name, {})
    table[key] = [*(there or ()), *new]
    written = _with(text, place, [json.dumps(word, ensure_ascii=False) for word in new])
    if _parsed(written) != wanted:
        raise ConfigError(
            [f"{path.name}: nothing can be added to {key} where it stands."],
            hint=f"Write it there by hand: {', '.join(new)}",
        )
    _replace(path.resolve(), mark + written.encode("utf-8"))
    return new


def _replace(path: Path, data: bytes) -> None:
    """Give a file other contents, all at once; it stays as it was if the disk is full."""
    temp = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        temp.write_bytes(data)
        if path.exists():
            shutil.copymode(path, temp)
        temp.replace(path)
    finally:
        temp.unlink(missing_ok=True)


def file_of(source: Path | None) -> Path:
    """The file that governs a project; where there is none, the one to make."""
    return source or Path(FILE)


def _at(document: Any, place: Place) -> Any:
    for name in place:
        document = document.get(name) if isinstance(document, dict) else None
    return document


def _with(text: str, place: Place, words: list[str]) -> str:
    """The text with words (in quotes) at the end of the list, or with a new list."""
    spans, end = value_spans(text), "\r\n" if "\r\n" in text else "\n"
    said = ", ".join(words)
    if place in spans:
        return _longer(text, [*_items(spans, place)], spans[place][0], words)
    line = key_lines(text.replace("\r\n", "\n")).get(place[:-1])
    rows = text.split("\n")
    if line is not None and rows[line - 1].lstrip().startswith("["):
        head, rest = "\n".join(rows[:line]).rstrip("\r"), "\n".join(rows[line:])
        return f"{head}{end}{place[-1]} = [{said}]{end}{rest}"
    gap = "" if not text or text.endswith("\n") else end
    head = ".".join(map(str, place[:-1]))
    empty = end if text.strip() else ""
    return f"{text}{gap}{empty}[{head}]{end}{place[-1]} = [{said}]{end}"


def _items(spans: Any, place: Place) -> Any:
    index = 0
    while (*place, index) in spans:
        yield spans[(*place, index)]
        index += 1


def _longer(text: str, items: list[tuple[int, int]], start: int, words: list[str]) -> str:
    """Behind the last item, each in a line of its own where that one has its own.

    A comment stays beside the item that it is about.
    """
    if not items:
        return f"{text[: start + 1]}{', '.join(words)}{text[start + 1 :]}"
    first, at = items[-1]
    line = text[text.rfind("\n", 0, first) + 1 : first]
    behind = _BEHIND.match(text, at)
    if line.strip() or text.rfind("\n", 0, first) < start or not behind:
        return text[:at] + "".join(f", {word}" for word in words) + text[at:]
    end = "\r\n" if "\r\n" in text else "\n"
    rows = f",{end}".join(line + word for word in words)
    comma = "" if behind["comma"] else ","
    said = f"{comma}{behind.group()}{end}{rows}{behind['comma']}"
    return text[:at] + said + text[behind.end() :]


def _parsed(text: str) -> Any:
    import tomllib

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
