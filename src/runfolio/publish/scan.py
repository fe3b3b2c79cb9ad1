"""The last look before anything leaves: every file, as bytes, against every rule."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Protocol

from runfolio.environment.version import VERSION
from runfolio.publish.contents import Text, texts
from runfolio.publish.packed import MOST_BYTES
from runfolio.publish.rules import RULES, Rule
from runfolio.publish.scanner import Scanner
from runfolio.store.files import temp_path

#: The rule of findings that are no secret, but what nobody can look into.
CLOSED = "closed"


@dataclass(frozen=True)
class Finding:
    """Something that must not leave.

    ``id``: rule and a digest of what was found, the same in every file; it can be allowed.
    ``masked``: enough of it to recognise it, and not more. ``places``: files (and where in them).
    ``value``: all of it, to find the facts that hold it; never printed.
    """

    id: str
    rule: str
    what: str
    masked: str
    private: bool
    places: tuple[str, ...]
    value: str = field(default="", repr=False)


@dataclass(frozen=True)
class Scan:
    """What a look at all files found; what nobody can look into is a finding of ``CLOSED``.

    ``scanner``: which one looked beside our own rules, '' for none.
    """

    files: int
    bytes: int
    findings: tuple[Finding, ...]
    allowed: tuple[Finding, ...]
    scanner: str = ""


class Memory:
    """Digests of files that held nothing, kept from one look to the next in ``path``.

    Other rules forget them. Whoever can write this file could as well change the rules.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.clean: set[str] = set()
        self._path = path
        self._rules = ""
        with contextlib.suppress(OSError, ValueError, TypeError, KeyError):
            kept = json.loads(path.read_bytes()) if path else {}
            self._rules, self.clean = str(kept["rules"]), set(map(str, kept["clean"]))

    def ask_for(self, rules: Iterable[Rule], scanner: str = "") -> None:
        """Forget everything if it was found by other rules, or another scanner, than these."""
        text = "\n".join(f"{one.name} {one.pattern.pattern} {one.pattern.flags}" for one in rules)
        now = blake2b(
            f"{VERSION}\n{scanner}\n{text}".encode("utf-8", "replace"), digest_size=16
        ).hexdigest()
        if now != self._rules:
            self._rules, self.clean = now, set()

    def keep(self) -> None:
        """Write it to its file; a folder that cannot be written costs time, no more."""
        if self._path is None:
            return
        data = json.dumps({"rules": self._rules, "clean": sorted(self.clean)})
        with contextlib.suppress(OSError):
            temp = temp_path(self._path.parent, self._path.name, "scan")
            temp.write_text(data, encoding="utf-8")
            temp.replace(self._path)


def scan(
    files: Mapping[str, Path],
    *,
    rules: Iterable[Rule] = RULES,
    more: Iterable[Rule] = (),
    allow: Collection[str] = (),
    memory: Memory | None = None,
    scanner: Scanner | None = None,
) -> Scan:
    """Look into every file (path as published, and where it lies) for what ``rules`` forbid.

    Findings whose id, or whose rule alone, is in ``allow`` are told apart. Names of files count as
    content. Files whose bytes are in ``memory`` held nothing the last time. ``scanner`` looks too.
    Raises OSError if a file cannot be read.
    """
    wanted = (*rules, *more)
    memory = memory or Memory()
    memory.ask_for(wanted, scanner.name if scanner else "")
    seen: dict[tuple[str, str], _Seen] = {}
    closed: dict[str, _Closed] = {}
    total = 0
    for name, path in sorted(files.items()):
        size = path.stat().st_size
        total += size
        _look(Text("", name), name, wanted, seen, scanner)
        if size > MOST_BYTES:
            why = f"it has {size:,} bytes, of which {MOST_BYTES:,} can be looked into"
            _Closed.note(closed, f"{name} {size}", why, name)
            continue
        data = path.read_bytes()
        mark = blake2b(data, digest_size=16).hexdigest()
        if mark in memory.clean:
            continue
        found_any = False
        for text in texts(name, data):
            if text.closed:
                place = f"{name} › {text.where}" if text.where else name
                _Closed.note(closed, f"{mark} {text.where}", text.text, place)
                found_any = True
            else:
                found_any |= _look(text, name, wanted, seen, scanner)
        if not found_any:
            memory.clean.add(mark)
    told = _told_once(seen.values())
    everything = [one.finding() for one in told] + [one.finding() for one in closed.values()]
    found = sorted(everything, key=lambda one: (one.private, one.id))
    stopped = [one for one in found if not {one.id, one.rule} & set(allow)]
    passed = [one for one in found if {one.id, one.rule} & set(allow)]
    name = scanner.name if scanner else ""
    return Scan(len(files), total, tuple(stopped), tuple(passed), name)


@dataclass
class _Seen:
    rule: _Named
    value: str
    places: dict[str, None]

    def finding(self) -> Finding:
        mark = blake2b(self.value.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
        return Finding(
            f"{self.rule.name}:{mark}",
            self.rule.name,
            self.rule.what,
            self.value if self.rule.private else masked(self.value),
            self.rule.private,
            tuple(self.places),
            self.value,
        )


@dataclass
class _Closed:
    """Something that nobody can look into, by its bytes and where it lies in a file."""

    mark: str
    why: str
    places: list[str]

    @classmethod
    def note(cls, closed: dict[str, _Closed], key: str, why: str, place: str) -> None:
        mark = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
        closed.setdefault(key, cls(mark, why, [])).places.append(place)

    def finding(self) -> Finding:
        what = "what cannot be looked into"
        return Finding(f"{CLOSED}:{self.mark}", CLOSED, what, self.why, True, tuple(self.places))


def masked(value: str) -> str:
    """The first letters of a secret and its length."""
    shown = value[: min(4, len(value) // 4)]
    return f"{shown}… ({len(value)} characters)"


class _Named(Protocol):
    """What finds: one of our rules, or one of the scanner's."""

    @property
    def name(self) -> str: ...
    @property
    def what(self) -> str: ...
    @property
    def private(self) -> bool: ...


@dataclass(frozen=True)
class _Theirs:
    """A rule of the scanner."""

    name: str
    what: str
    private: bool = False


def _told_once(seen: Iterable[_Seen]) -> list[_Seen]:
    """Without what the scanner found of a secret that our own rules tell already."""
    found = list(seen)
    ours = {one.value for one in found if isinstance(one.rule, Rule) and not one.rule.private}
    return [
        one
        for one in found
        if isinstance(one.rule, Rule) or not any(_same(one.value, value) for value in ours)
    ]


def _same(one: str, other: str) -> bool:
    """Whether two findings are one secret: the one is most of the other."""
    short, long = sorted((one, other), key=len)
    return short in long and len(short) * 3 >= len(long) * 2


def _look(
    text: Text,
    name: str,
    rules: Iterable[Rule],
    seen: dict[tuple[str, str], _Seen],
    scanner: Scanner | None = None,
) -> bool:
    """Note what the rules and the scanner find in a text; whether they found anything."""
    place = f"{name} › {text.where}" if text.where else name
    any_found = False
    lowered = text.text.lower()
    there: dict[str, bool] = {}  # many spellings of one name share a word

    def holds(word: str) -> bool:
        if word not in there:
            there[word] = word.lower() in lowered
        return there[word]

    for rule in rules:
        if (text.raw and not rule.exact) or not any(map(holds, rule.words)):
            continue
        for value in _values(rule, text):
            seen.setdefault((rule.name, value), _Seen(rule, value, {})).places[place] = None
            any_found = True
    for hit in scanner.look(text.text) if scanner and not text.raw else ():
        theirs = _Seen(_Theirs(hit.rule, hit.what), hit.value, {})
        seen.setdefault((hit.rule, hit.value), theirs).places[place] = None
        any_found = True
    return any_found


def _values(rule: Rule, text: Text) -> Iterator[str]:
    for match in rule.pattern.finditer(text.text):
        groups = match.groupdict()
        value = next((found for found in groups.values() if found), None) or match.group()
        value = value.strip("\"'")
        if (rule.private or rule.holds(value)) and (not text.amid or rule.amid(match)):
            yield value
