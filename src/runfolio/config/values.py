"""Turn what was given for an option into its value, or say what is wrong with it."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from runfolio.config.options import SLUG, Option
from runfolio.config.people import checked_author, checked_doi

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off"}
_ADDRESS = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+:/")
_LANGUAGE = re.compile(r"[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8})*")


class NotAllowedError(ValueError):
    """A value that the option cannot take; the text says what is allowed."""


#: A rule for a value, by the name that the option's ``check`` has: takes it and the folder that
#: paths start from, gives the value to use, or raises NotAllowedError.
Checks = Mapping[str, Callable[[str, Path], str]]


def value_of(option: Option, given: Any, base: Path, checks: Checks | None = None) -> Any:
    """The value for ``given`` as TOML or a caller has it; paths are relative to ``base``.

    ``checks`` are rules that only higher rooms know; without its rule a value is taken as it is.
    """
    value = _READERS[option.shape](option, given)
    if value == "" and option.default is None:
        return None
    _check_bounds(option, value)
    for each in value if option.shape == "list" else (value,):
        if option.allowed and each not in option.allowed:
            raise NotAllowedError(_allowed(option.allowed) + _meant(each, option.allowed))
    if option.check and value:
        check = {**_CHECKS, **(checks or {})}.get(option.check)
        if check and option.shape == "list":
            value = tuple(check(each, base) for each in value)
        elif check:
            value = check(value, base)
    if option.shape == "path":
        return value if is_address(value) else _folder(value, base)
    return value


def is_address(path: Path) -> bool:
    """Whether a path is the address of a store elsewhere; a Path has lost one of its slashes."""
    return _ADDRESS.match(str(path)) is not None


def value_of_text(option: Option, given: str, base: Path) -> Any:
    """The value for the text of an environment variable: ``1``, ``off``, ``a,b``, ``2.5``."""
    return value_of(option, _TEXT_READERS[option.shape](given), base)


def shown(given: Any) -> str:
    """A given value as TOML shows it: short, on one line, control characters escaped."""
    if isinstance(given, Path):
        given = str(given)
    if isinstance(given, Mapping):
        return "a table"
    try:
        text = json.dumps(given, ensure_ascii=False)
    except (TypeError, ValueError):
        text = str(given)
    text = "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in text)
    return text if len(text) <= 60 else text[:57] + "..."


def nearest(given: str, known: Iterable[str]) -> str:
    """``; did you mean "site"?`` if one of the known names is near, else ''."""
    import difflib

    found = difflib.get_close_matches(given, list(known), n=1, cutoff=0.6)
    return f'; did you mean "{found[0]}"?' if found else ""


def _meant(given: str, allowed: tuple[str, ...]) -> str:
    """Like ``nearest``, and "maximize" means "max" too."""
    longer = [each for each in allowed if given.lower().startswith(each)]
    return f'; did you mean "{longer[0]}"?' if longer else nearest(given.lower(), allowed)


def _allowed(values: tuple[str, ...]) -> str:
    quoted = [f'"{each}"' for each in values]
    return f"allowed are {', '.join(quoted[:-1])} and {quoted[-1]}"


def _flag(option: Option, given: Any) -> bool:
    if isinstance(given, bool):
        return given
    raise NotAllowedError("expected true or false")


def _text(option: Option, given: Any) -> str:
    if isinstance(given, str):
        return given
    example = option.example or '"text"'
    raise NotAllowedError(f"expected a text in quotes, e.g. {option.name} = {example}")


def _whole(option: Option, given: Any) -> int:
    if isinstance(given, int) and not isinstance(given, bool):
        return given
    raise NotAllowedError("expected a whole number")


def _number(option: Option, given: Any) -> float:
    if isinstance(given, int | float) and not isinstance(given, bool) and math.isfinite(given):
        return float(given)
    raise NotAllowedError("expected a number")


def _path(option: Option, given: Any) -> Path:
    if isinstance(given, Path):
        given = str(given)
    if not isinstance(given, str) or not given or "\0" in given:
        raise NotAllowedError(f'expected a path in quotes, e.g. {option.name} = "{option.default}"')
    if _ADDRESS.match(given) and option.name != "store":
        raise NotAllowedError("expected a folder of this machine, not an address")
    return Path(given)


def _list(option: Option, given: Any) -> tuple[str, ...]:
    if isinstance(given, list | tuple) and all(isinstance(each, str) for each in given):
        return tuple(given)
    example = shown([given]) if isinstance(given, str) else option.example
    raise NotAllowedError(f"expected a list of texts, e.g. {option.name} = {example}")


_READERS: dict[str, Callable[[Option, Any], Any]] = {
    "flag": _flag,
    "text": _text,
    "whole": _whole,
    "number": _number,
    "path": _path,
    "list": _list,
}


def _flag_text(given: str) -> bool:
    word = given.strip().lower()
    if word in _TRUE | _FALSE:
        return word in _TRUE
    raise NotAllowedError("allowed are 1, true, yes, on and 0, false, no, off")


def _number_text(given: str) -> float:
    try:
        return float(given)
    except ValueError:
        raise NotAllowedError("expected a number") from None


def _whole_text(given: str) -> int:
    try:
        return int(given)
    except ValueError:
        raise NotAllowedError("expected a whole number") from None


def _list_text(given: str) -> list[str]:
    return [each.strip() for each in given.split(",") if each.strip()]


_TEXT_READERS: dict[str, Callable[[str], Any]] = {
    "flag": _flag_text,
    "text": str,
    "whole": _whole_text,
    "number": _number_text,
    "path": str,
    "list": _list_text,
}


def _check_bounds(option: Option, value: Any) -> None:
    low, high = option.minimum, option.maximum
    if low is not None and value < low:
        raise NotAllowedError(f"must be at least {low:g}")
    if high is not None and value > high:
        raise NotAllowedError(f"must be at most {high:g}")


def _url(value: str, base: Path) -> str:
    """An address that a page may link to: https, http or relative, without a password in it."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(value)
    except ValueError:
        raise NotAllowedError(
            "this is not an address; allowed: https://… or a relative one"
        ) from None
    if parts.username or parts.password or "@" in parts.netloc:
        raise NotAllowedError("an address on a public page must not hold a user name or password")
    # Browsers drop tabs and newlines before they read the scheme.
    if not value.isprintable() or " " in value or "\\" in value:
        raise NotAllowedError("an address has no spaces, backslashes or control characters")
    if parts.scheme not in ("https", "http", "") or (parts.scheme and not parts.netloc):
        raise NotAllowedError("allowed are addresses with https:// or http://, and relative ones")
    return value


def _slug(value: str, base: Path) -> str:
    if SLUG.fullmatch(value):
        return value
    raise NotAllowedError("allowed are up to 64 of a-z, 0-9, - and _, beginning with a-z or 0-9")


def _file(value: str, base: Path) -> str:
    return str(_folder(Path(value), base))


def _place(value: str, base: Path) -> str:
    """The folder or address of a store or site; it holds no user, password or token."""
    if not value.isprintable():
        raise NotAllowedError("an address or a folder has no control characters")
    if not _ADDRESS.match(value):
        return str(_folder(Path(value), base))
    if value.partition(":")[0].lower() in ("http", "https"):
        return _url(value, base)
    if "@" in value:
        raise NotAllowedError("an address must not hold a user name or password")
    return value


def moment(text: str) -> datetime:
    """A moment written as ISO 8601, in UTC without a zone; ValueError where it is none.

    A date is its beginning; a time without a zone is UTC, as everywhere in runfolio.
    """
    read = datetime.fromisoformat(text.strip())
    try:
        return read.astimezone(UTC).replace(tzinfo=None) if read.tzinfo else read
    except OverflowError:
        raise ValueError(text) from None


def _time(value: str, base: Path) -> str:
    try:
        return moment(value).isoformat(sep=" ")
    except ValueError:
        raise NotAllowedError('expected a time, e.g. "2026-11-01" or "2026-11-01 12:00"') from None


def _language(value: str, base: Path) -> str:
    if _LANGUAGE.fullmatch(value):
        return value
    raise NotAllowedError('expected the tag of a language, e.g. "de", "pt-BR" or "ar"')


def _told(check: Callable[[str, Path], str]) -> Callable[[str, Path], str]:
    """The same rule, whose mistakes are those of a value."""

    def checked(value: str, base: Path) -> str:
        try:
            return check(value, base)
        except ValueError as error:
            raise NotAllowedError(str(error)) from None

    return checked


_CHECKS: dict[str, Callable[[str, Path], str]] = {
    "author": _told(checked_author),
    "doi": _told(checked_doi),
    "url": _url,
    "slug": _slug,
    "file": _file,
    "place": _place,
    "language": _language,
    "time": _time,
}


def _folder(path: Path, base: Path) -> Path:
    """``path`` seen from ``base``; ``~`` is the home folder."""
    try:
        path = path.expanduser()
    except RuntimeError:
        raise NotAllowedError("there is no home folder for ~; write the whole path") from None
    return base / path
