"""Find the configuration file and read it into values with line numbers."""

from __future__ import annotations

import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runfolio.config.lines import Place, key_lines
from runfolio.errors import ConfigError

FILE = "runfolio.toml"
PYPROJECT = "pyproject.toml"


@dataclass(frozen=True)
class Source:
    """A file that was read: its values, and the line of every key.

    ``prefix`` is where runfolio's tables begin: () or ('tool', 'runfolio').
    """

    path: Path
    values: Mapping[str, Any]
    lines: Mapping[Place, int]
    prefix: tuple[str, ...] = ()

    def where(self, place: Place) -> str:
        """File and line of a key, such as ``runfolio.toml:3``; the nearest table's if need be."""
        full = (*self.prefix, *place)
        while full and full not in self.lines:
            full = full[:-1]
        return f"{self.path.name}:{self.lines.get(full, 1)}"


def find(start: Path) -> Path | None:
    """The file that governs ``start``: searched upward, as far as the root of the git repository.

    Outside a repository only ``start`` itself is searched, so that a file that somebody else left
    in a shared folder above never counts. In one folder ``runfolio.toml`` comes first.
    """
    start = start.absolute()
    for folder in _searched(start):
        if (folder / FILE).is_file():
            return folder / FILE
        if _speaks_of_runfolio(folder / PYPROJECT):
            return folder / PYPROJECT
    return None


def _searched(start: Path) -> list[Path]:
    folders = [start, *start.parents]
    for index, folder in enumerate(folders):
        if (folder / ".git").exists():
            return folders[: index + 1]
    return [start]


def _speaks_of_runfolio(pyproject: Path) -> bool:
    """Whether a pyproject.toml has our table; one that cannot be read has none."""
    try:
        text = pyproject.read_bytes()
    except OSError:
        return False
    return re.search(rb"^\s*\[+\s*tool\s*\.\s*runfolio\s*[.\]]", text, re.MULTILINE) is not None


def read(path: Path) -> Source:
    """Read ``path``; ConfigError if it is missing, not UTF-8, or not TOML."""
    import tomllib

    text = _decode(path, _bytes(path))
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _syntax_error(path, text, error) from None
    lines = key_lines(text.replace("\r\n", "\n"))
    if path.name != PYPROJECT:
        return Source(path, document, lines)
    tool = document.get("tool", {})
    values = tool.get("runfolio", {}) if isinstance(tool, dict) else {}
    if not isinstance(values, dict):
        raise ConfigError([f"{path.name}: tool.runfolio must be a table: [tool.runfolio]"])
    return Source(path, values, lines, prefix=("tool", "runfolio"))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise ConfigError(
            [f"There is no configuration file at {path}."],
            hint=f"Write one with `runfolio init`, or leave out --config: {FILE} is then searched "
            "from here up to the root of the git repository.",
        ) from None
    except IsADirectoryError:
        raise ConfigError(
            [f"{path} is a folder, not a configuration file."],
            hint=f"Name the file: {path / FILE}",
        ) from None
    except OSError as error:
        raise ConfigError(
            [f"{path} cannot be read: {error.strerror or error}."],
            hint="Look at the file's permissions.",
        ) from None


def _decode(path: Path, data: bytes) -> str:
    """Text of a UTF-8 file; a byte order mark is dropped, other encodings are named."""
    seen = _foreign_encoding(data)
    if not seen:
        return data.removeprefix(codecs.BOM_UTF8).decode("utf-8")
    raise ConfigError(
        [f"{path.name}: the file is in {seen}; TOML files are in UTF-8"],
        hint="Save it as UTF-8 in your editor.",
    )


def _foreign_encoding(data: bytes) -> str:
    """Name of the encoding if it is not UTF-8, with the place that shows it."""
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "UTF-32"
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "UTF-16"
    if b"\0" in data[:64]:
        return "UTF-16 (or it is not a text)"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return f"Latin-1 or a relative of it (byte 0x{data[error.start]:02x} in line {line})"
    return ""


def _syntax_error(path: Path, text: str, error: Exception) -> ConfigError:
    """The parser's words with line, column, and the line itself with a caret under it."""
    lines = text.splitlines() or [""]
    message = re.sub(r"\s*\(at [^)]*\)$", "", str(error))
    place = re.search(r"\(at line (\d+), column (\d+)\)$", str(error))
    line, column = (int(place[1]), int(place[2])) if place else (len(lines), len(lines[-1]) + 1)
    shown = lines[line - 1] if line <= len(lines) else ""
    caret = "".join("\t" if each == "\t" else " " for each in shown[: column - 1]) + "^"
    hint = "Texts stand in quotes, and each key has its own line."
    if re.match(r"\s*\[metrics\.[^\"']*[^\"'\w.\]-]", shown):
        hint = 'A metric\'s name stands in quotes: [metrics."val/accuracy"]'
    return ConfigError(
        [f"{path.name}:{line}:{column}: {message}\n    {shown}\n    {caret}"], hint=hint
    )
