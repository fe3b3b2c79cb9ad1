"""Who stands behind a store, and in which spellings texts name them.

A full name is written in many ways, a remote as well: each is one ``Spelling``, so that what makes
pseudonyms and what looks for names that were missed agree. Words that are short or that everybody
uses are none: they would be found where nobody is meant.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Final

from runfolio.environment.remotes import place_of

#: Before and after a name stands no letter or digit; in JSON, an escaped line break may.
BEFORE = r"(?:(?<![^\W_])|(?<=\\[nrt]))"
BEHIND = r"(?![^\W_])"
_GAP = r"(?:[\s._+~-]|%20)"
_LETTER = r"[^\W\d_]"
_ACCOUNTS: Final = """
    root user admin localhost ubuntu runner jovyan main default info mail contact noreply
"""
_PROJECT_WORDS: Final = """
    baseline baselines benchmark benchmarks cifar cifar10 cifar100 code data dataset datasets
    deep-learning demo digits example examples experiment experiments imagenet iris jax learning
    machine-learning main master mnist model models notebook notebooks numpy paper papers
    project projects python pytorch repo repository research result results runfolio runs
    science source store tensorflow test tests thesis torch train training vision work workspace
"""
_FAMILY_WORDS: Final = """
    adam bass batch bell best black bloom brown cash chance case church close cook day early
    field fields fox good grant gray green grey hall hand hill hope house jobs key king land
    lane large law light little long low love march marks may mean means page park parks pace
    price range rank rice root rose sample score short single small space stone street strong
    sun test train wall ward wave waters white wise wood woods word words young
"""
_HOSTS: Final = """
    github.com gitlab.com bitbucket.org codeberg.org git.sr.ht huggingface.co sourceforge.net
    ssh.dev.azure.com dev.azure.com gitee.com gmail.com googlemail.com outlook.com hotmail.com
    live.com yahoo.com icloud.com me.com proton.me protonmail.com qq.com 163.com 126.com gmx.de
    gmx.net web.de mail.ru yandex.ru users.noreply.github.com example.org example.com localhost
"""
_SPELLED: Final = "ae oe ue ss oe aa Ae Oe Ue Oe Aa"
#: Machines and accounts that tell nothing.
COMMON: Final = frozenset(_ACCOUNTS.split())
_PROJECTS: Final = frozenset(_PROJECT_WORDS.replace("-", "").split())
#: Family names that are words of every table: they count with a first name or an initial alone.
_ORDINARY: Final = frozenset(_FAMILY_WORDS.split())
_SHARED_HOSTS: Final = frozenset(_HOSTS.split())
#: Where a word has a seam.
_SEAM = re.compile(r"[\s._-]+|(?<=[a-z])(?=[A-Z])")
_BARE = str.maketrans("øØłŁđ", "oOlLd") | {ord("ß"): "ss"}
_UMLAUTS = {ord(key): text for key, text in zip("äöüßøåÄÖÜØÅ", _SPELLED.split(), strict=True)}
_SECOND = frozenset({"ac", "co", "com", "edu", "gov", "org", "net"})
_WORD, _PROJECT, _FAMILY, _JOINED = 3, 4, 3, 4
#: A family name of so many letters is hardly a word of something else, in lower case either.
_RARE = 6


@dataclass(frozen=True)
class Named:
    """Whom a store names: ``users`` and ``hosts`` by their accounts; the rest for a blind review.

    ``people``: full names as git and citations have them. ``remotes``: addresses of repositories.
    ``mails``: e-mail addresses. ``commits``: of runs, in full. ``words``: what the author adds.
    ``allowed``: kinds of spellings that may be seen all the same.
    """

    users: frozenset[str] = frozenset()
    hosts: frozenset[str] = frozenset()
    people: frozenset[str] = frozenset()
    remotes: frozenset[str] = frozenset()
    mails: frozenset[str] = frozenset()
    commits: frozenset[str] = frozenset()
    words: frozenset[str] = frozenset()
    allowed: frozenset[str] = frozenset()

    def __or__(self, other: Named) -> Named:
        return Named(*(self._of(each.name) | other._of(each.name) for each in fields(self)))

    def key(self) -> tuple[tuple[str, ...], ...]:
        """The same for the same names, in every process."""
        return tuple(tuple(sorted(self._of(each.name))) for each in fields(self))

    def of_accounts(self) -> Named:
        """Users and machines alone, as a site with names leaves them out."""
        return Named(users=self.users, hosts=self.hosts)

    def _of(self, name: str) -> frozenset[str]:
        found: frozenset[str] = getattr(self, name)
        return found

    @cached_property
    def accounts(self) -> tuple[Spelling, ...]:
        """How users and machines are written, longest first."""
        return _sorted(self._accounts())

    @cached_property
    def spellings(self) -> tuple[Spelling, ...]:
        """How everything that is named is written, longest first."""
        return _sorted(each for each in self._everything() if each.kind not in self.allowed)

    def _accounts(self) -> Iterator[Spelling]:
        for kind, names in (("user", self.users), ("host", self.hosts)):
            for name in names:
                if len(name) >= _WORD and name.casefold() not in COMMON:
                    yield from _plain(kind, name)

    def _everything(self) -> Iterator[Spelling]:
        yield from self._accounts()
        for person in self.people:
            yield from spellings_of_person(person)
        for remote in self.remotes:
            yield from spellings_of_remote(remote)
        for mail in self.mails:
            yield from _of_mail(mail)
        for word in self.words:
            yield from spellings_of_person(word) if " " in word.strip() else _plain("name", word)


@dataclass(frozen=True)
class Spelling:
    """One way to write a name: a pattern, and of what its pseudonym is made.

    ``hints``: lower-case texts, of which one is in every text that the pattern finds.
    ``size``: about how many letters it has, since longer ones are looked for first.
    """

    kind: str
    pattern: str
    name: str
    hints: tuple[str, ...]
    size: int


def named_in(rows: Iterable[tuple[str, str | None]]) -> Named:
    """Whom the sections of ``start`` facts name: rows of section and JSON text."""
    found: dict[str, set[str]] = {"user": set(), "host": set(), "remote": set(), "commit": set()}
    for section, text in rows:
        wanted = ("remote", "commit") if section == "git" else ("user", "host")
        data = _object(text)
        for name in wanted:
            if data.get(name):
                found[name].add(str(data[name]))
    users, hosts, remotes, commits = map(frozenset, found.values())
    return Named(users=users, hosts=hosts, remotes=remotes, commits=commits)


def spellings_of_person(name: str) -> Iterator[Spelling]:
    """The ways to write a person's name.

    ``Jane Q. Doe``: also ``Doe, Jane``, ``jane.doe``, ``JaneDoe``, ``J. Doe``, ``Doe J.``,
    ``jdoe``, and ``Doe`` as it is written there, in any case from six letters on.
    """
    key = " ".join(name.split()).casefold()
    given, family = _parts(name)
    if not given:
        if len(family) >= _WORD and family.casefold() not in COMMON:
            yield from _plain("person", family)
        return
    for first, last in dict.fromkeys(zip(_forms(given[0]), _forms(family), strict=False)):
        yield from _of_person(key, first, given[1:], last)


def _of_person(key: str, first: str, middle: list[str], last: str) -> Iterator[Spelling]:
    one, two = re.escape(first), _loose(last)
    hints = (last.split()[-1].lower(),)
    size = len(first) + len(last)
    few = "0" if size >= _JOINED + 2 else "1"
    names = "|".join([*map(re.escape, middle), _LETTER])
    between = rf"(?:{_GAP}{{1,2}}(?:{names})\.?){{0,3}}{_GAP}{{{few},2}}"

    def spelled(pattern: str, length: int) -> Spelling:
        return Spelling("person", pattern, key, hints, length)

    yield spelled(rf"{one}{between}{two}", size + 1)
    yield spelled(rf"{two},?{_GAP}{{{few},2}}{one}", size + 1)
    initial, shown = re.escape(first[0]), rf"(?-i:{two}|{_loose(last.upper())})"
    yield spelled(rf"(?-i:{initial})(?:[.]?[ -]?(?-i:{_LETTER})[.])*(?:[.]\s?|\s){shown}", size)
    yield spelled(rf"{shown},?\s{{1,2}}(?-i:{initial})(?:{BEHIND}[.])?", size)
    if last.casefold() in _ORDINARY:
        return
    if len(last) + 1 >= _JOINED and " " not in last:
        yield spelled(rf"{initial}[._-]?{two}", len(last) + 1)
        yield spelled(rf"{two}[._-]?{initial}", len(last) + 1)
    if len(last) >= _FAMILY:
        yield spelled(two if len(last) >= _RARE else shown, len(last))


def spellings_of_remote(url: str) -> Iterator[Spelling]:
    """The ways to write a repository: its address, ``owner/project``, and each of the two alone."""
    host, path = place_of(url)
    parts = [part for part in path.split("/") if part]
    if not host or not parts:
        project = re.split(r"[\\/]", url.rstrip("\\/"))[-1].removesuffix(".git")
        yield from _project(project)
        return
    key = f"{host}/{path}".casefold()
    joined = r"(?:/|%2F)".join(map(re.escape, parts))
    hints = (parts[-1].lower(),)
    address = rf"(?:[a-z][a-z0-9+.-]{{1,19}}://)?(?:[^\s/@:]{{1,100}}@)?(?:www\.)?{re.escape(host)}"
    whole = rf"{address}(?::\d{{1,5}})?[:/]{{1,2}}{joined}(?:\.git)?"
    yield Spelling("remote", whole, key, hints, len(host) + len(path) + 9)
    yield from _domains(host)
    if len(parts) > 1:
        yield Spelling("remote", rf"{joined}(?:\.git)?", key, hints, len(path))
        owner, project = parts[0], parts[-1]
        pages = (
            rf"(?:https?://)?{re.escape(owner)}\.(?:github|gitlab)\.io(?:/{re.escape(project)})?"
        )
        yield Spelling("remote", pages, key, (owner.lower(),), len(path) + 10)
        both = rf"{_loose(owner)}[-_]{_loose(project)}"
        yield Spelling("remote", both, key, _hints(owner), len(path))
    for owner in parts[:-1]:
        if len(owner) >= _WORD and not _is_usual(owner):
            yield Spelling("owner", _loose(owner), owner.casefold(), _hints(owner), len(owner))
    yield from _project(parts[-1])


def _project(name: str) -> Iterator[Spelling]:
    if len(name) >= _PROJECT and not _is_usual(name):
        yield Spelling("project", _loose(name), name.casefold(), _hints(name), len(name))


def _is_usual(word: str) -> bool:
    """Whether everybody has a project or an account of that name."""
    return "".join(_SEAM.split(word)).casefold() in COMMON | _PROJECTS


def _of_mail(mail: str) -> Iterator[Spelling]:
    """What stands before the @ as an account, and the domain, unless everybody has one there."""
    account, _, domain = mail.rpartition("@")
    account = account.rpartition("+")[2] if domain.endswith("noreply.github.com") else account
    account = account.partition("+")[0]
    if len(account) >= _WORD and account.casefold() not in COMMON:
        yield from _plain("user", account)
    yield from _domains(domain.lower())


def _domains(host: str) -> Iterator[Spelling]:
    """A host's name and the domain of its institution, unless everybody has one there."""
    labels = host.split(".")
    is_second = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND
    domain = ".".join(labels[-3 if is_second else -2 :])
    for name in dict.fromkeys((host, domain)):
        if "." in name and not {host, domain} & _SHARED_HOSTS:
            yield from _plain("host", name)


def _plain(kind: str, word: str) -> Iterator[Spelling]:
    """A word as it stands, and without its accents."""
    for form in dict.fromkeys(_forms(word)):
        yield Spelling(kind, re.escape(form), word.casefold(), (form.lower(),), len(form))


def _forms(word: str) -> list[str]:
    """A word composed, decomposed, without accents, and with umlauts spelled out."""
    whole = unicodedata.normalize("NFC", word)
    apart = unicodedata.normalize("NFD", word)
    bare = "".join(letter for letter in apart if not unicodedata.combining(letter))
    bare = bare.translate(_BARE)
    return [whole, apart, bare, whole.translate(_UMLAUTS)]


def _loose(word: str) -> str:
    """A pattern for a word whose parts may be joined by other signs, or none.

    ``sparse-former`` and ``SparseFormer`` have the same parts.
    """
    parts = [re.escape(part) for part in _SEAM.split(word) if part]
    return rf"{_GAP}?".join(parts) or re.escape(word)


def _hints(word: str) -> tuple[str, ...]:
    longest = max(_SEAM.split(word), key=len, default=word)
    return (longest.lower(),)


def _parts(name: str) -> tuple[list[str], str]:
    """Given names and the family name, with its particles where they are written small."""
    text = " ".join(name.split())
    if "," in text:
        family, _, given = (part.strip() for part in text.partition(","))
        return given.split(), family
    words = text.split(" ")
    at = len(words) - 1
    while at > 1 and words[at - 1].islower():
        at -= 1
    return words[:at], " ".join(words[at:])


def _sorted(found: Iterable[Spelling]) -> tuple[Spelling, ...]:
    """Each pattern once, longest first, in an order that no process changes."""
    once = {(each.pattern): each for each in sorted(found, key=lambda each: (each.size, each.name))}

    def order(each: Spelling) -> tuple[object, ...]:
        return -each.size, each.kind != "person", each.kind, each.name, each.pattern

    return tuple(sorted(once.values(), key=order))


def _object(text: str | None) -> dict[str, object]:
    try:
        value = json.loads(text or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
