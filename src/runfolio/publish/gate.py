"""The privacy gate: what a site may hold, and the last look before anything leaves."""

from __future__ import annotations

import getpass
import os
import re
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from runfolio.config.publishing import PublishConfig
from runfolio.errors import UsageError
from runfolio.publish.rules import RULES, Rule, known, written
from runfolio.publish.scan import Finding, Memory, Scan, scan
from runfolio.publish.scanner import open_scanner
from runfolio.query.identity import BEFORE, BEHIND, Named, named_in
from runfolio.query.privacy import HIDABLE, NAMING, PRIVATE, Profile

if TYPE_CHECKING:
    from runfolio.query.store import Store

_SECRET_NAME = re.compile(r"TOKEN|SECRET|PASSWORD|PASSWD|API_?KEY|CREDENTIAL", re.I)
_PLACES = 3
#: Letters from which on chance does not write a name into bytes that are no text.
_CERTAIN = 6


@dataclass(frozen=True)
class Place:
    """A fact of the store that holds a finding: the run's id, the kind and the key."""

    run_id: str
    kind: str
    key: str


def profile_of(wish: PublishConfig, store_id: str) -> Profile:
    """What others may see, as ``[publish]`` says it; UsageError for words that mean nothing.

    Pseudonyms hang on the store, so that each person and commit keeps one in every publish.
    """
    for word in wish.show:
        if word not in PRIVATE:
            raise UsageError(
                f"[publish] show = {word!r}: there is nothing of that name.",
                hint=f"It can show: {', '.join(PRIVATE)}",
            )
    for pattern in wish.hide:
        if pattern.partition(":")[0] not in HIDABLE or ":" not in pattern:
            raise UsageError(
                f"[publish] hide = {pattern!r} is no KIND:PATTERN.",
                hint=f"For instance param:data.*; kinds: {', '.join(HIDABLE)}",
            )
    shown = frozenset() if wish.anonymous else frozenset(wish.show)
    salt = blake2b(store_id.encode(), digest_size=32).digest() if wish.anonymous else b""
    return Profile(shown, wish.hide, salt)


def last_look(
    files: Mapping[str, Path],
    named: Named,
    wish: PublishConfig,
    kept: Path | None = None,
    cited: Iterable[str] = (),
) -> Scan:
    """Look into every file that would leave, as bytes.

    ``named``: the people and machines of the whole store, also of runs that stay home: the files
    must not hold them. ``kept``: file that remembers which contents held nothing.
    ``cited``: names that go out on purpose, since people are to cite them.
    The scanner of others looks too where ``[publish]`` wishes it.
    """
    memory = Memory(kept)
    found = scan(
        files,
        rules=_rules(wish),
        more=_known(named, wish, cited),
        allow=wish.allow,
        memory=memory,
        scanner=open_scanner(wish.scanner),
    )
    memory.keep()
    return found


def named(store: Store) -> Named:
    """Whom the runs of the store name, also those that stay home."""
    query = "SELECT key, text FROM facts WHERE kind = 'start' AND key IN (SELECT unnest(?))"
    return named_in(store.sql(query, [list(NAMING)]).fetchall())


def places_of(findings: Iterable[Finding], store: Store) -> dict[str, tuple[Place, ...]]:
    """For each finding (by id), facts of the store that hold it: at most three."""
    query = (
        "SELECT run_id, kind, key FROM facts WHERE contains(text, $1) OR contains(key, $1) "
        f"ORDER BY run_id, time, writer, seq LIMIT {_PLACES}"
    )
    found: dict[str, tuple[Place, ...]] = {}
    for finding in findings:
        if not finding.value:  # of what is closed, nobody knows any
            found[finding.id] = ()
            continue
        value = finding.value.encode("utf-8", "replace").decode()
        rows = store.sql(query, [value]).fetchall()
        found[finding.id] = tuple(Place(*row) for row in rows)
    return found


def _rules(wish: PublishConfig) -> list[Rule]:
    """The rules that hold, without those for what a profile shows."""
    shown = {"home", "path"} if "paths" in wish.show and not wish.anonymous else set()
    return [rule for rule in RULES if rule.name not in shown]


#: What each kind of name is, for people; the id of a finding begins with the kind.
KINDS = {
    "user": "the name of a user",
    "host": "the name of a machine",
    "person": "the name of a person",
    "remote": "the repository",
    "owner": "the owner of the repository",
    "project": "the name of the repository",
    "name": "a name of yours",
}


def _known(named: Named, wish: PublishConfig, cited: Iterable[str]) -> list[Rule]:
    """Rules for words of this store and this machine that nobody outside should read."""
    secret = known(_secret_values(), "the value of a secret variable", "variable")
    if wish.anonymous:
        return [*_nameless(named | here()), *secret]
    told = {word.casefold() for name in cited for word in (name, *re.split(r"\W+", name))}
    rules = []
    if "user" not in wish.show:
        users = {each for each in (*named.users, _user()) if each.casefold() not in told}
        rules += known(users, KINDS["user"], "user")
    if "host" not in wish.show:
        rules += known({*named.hosts, socket.gethostname()}, KINDS["host"], "host")
    return [*rules, *secret]


def _nameless(named: Named) -> list[Rule]:
    """Rules for every spelling of a name, of which a site without names has a pseudonym."""
    return [
        Rule(
            each.kind,
            KINDS[each.kind],
            re.compile(f"{BEFORE}{each.pattern}{BEHIND}", re.IGNORECASE),
            each.hints,
            private=True,
            exact=each.size >= _CERTAIN,
            amid=written,
        )
        for each in named.spellings
    ]


def here() -> Named:
    """The account and the machine that publish."""
    return Named(users=frozenset({_user()} - {""}), hosts=frozenset({socket.gethostname()}))


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


def _secret_values() -> set[str]:
    """What this process' variables with telling names hold."""
    return {
        value
        for name, value in os.environ.items()
        if _SECRET_NAME.search(name) and len(value) >= 8 and not value.startswith(("/", "~"))
    }
