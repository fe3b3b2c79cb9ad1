"""What of a store others may see: facts in, fewer and plainer facts out.

By default nobody learns from a published site who made a run, on which machine, and where the
files lay; what a script printed, the script itself and its uncommitted changes stay home too. What
makes a result comparable (params, metrics, hardware, packages, commit) is kept.
"""

from __future__ import annotations

import fnmatch
import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from runfolio.environment.secrets import without_paths
from runfolio.query.identity import BEFORE, BEHIND, Named, Spelling, named_in
from runfolio.schema import Kind

if TYPE_CHECKING:
    import pyarrow as pa

#: What stays home unless a profile shows it, and what each of them is.
PRIVATE: dict[str, str] = {
    "user": "who ran it, and who corrected it",
    "host": "the name of the machine",
    "paths": "absolute paths, in params, commands, notes, tracebacks and datasets",
    "output": "what the script printed",
    "source": "the script or notebook",
    "diff": "uncommitted changes and the names of files that git does not know",
}
#: Kinds of facts that a pattern of ``hide`` can name: ``param:data.*``, ``artifact:*.ckpt``.
HIDABLE = ("param", "metric", "tag", "note", "artifact", "dataset", "model", "histogram", "matrix")

#: Sections of ``start`` facts that name somebody.
NAMING = ("host", "author", "git")
_PLAIN_KINDS = (Kind.METRIC, Kind.SYSTEM)
#: The n of an escaped line break in JSON is no letter of the address behind it.
_MAIL = re.compile(
    r"(?:(?<=\\[nrt])|(?<![\w.+%-])(?<!\\(?=[nrt])))[\w.+%-]{1,64}"
    rf"@(?:[A-Za-z0-9-]{{1,63}}\.){{1,5}}[A-Za-z]{{2,24}}{BEHIND}"
)
_COMMIT = re.compile(rf"{BEFORE}[0-9a-f]{{7,40}}{BEHIND}")
_FULL, _SHORT = 40, 7

Fact = tuple[str, str, str | None]  # kind, key, text


@dataclass(frozen=True)
class Profile:
    """For whom a site is made.

    ``show``: words of ``PRIVATE`` that may be seen. ``hide``: patterns such as ``param:data.*``.
    ``salt``: makes people, remotes and commits pseudonyms (the same ones for the same salt); empty
    leaves them.
    """

    show: frozenset[str] = frozenset()
    hide: tuple[str, ...] = ()
    salt: bytes = b""

    def shows(self, what: str) -> bool:
        """Whether something private may be seen."""
        return what in self.show


def public_facts(
    facts: pa.Table, profile: Profile, run_ids: Collection[str], named: Named | None = None
) -> pa.Table:
    """The facts of the runs ``run_ids`` as others may see them: same columns, rows and order.

    What stays home is a ``hidden`` fact in its place, so that each fact keeps its number (writer,
    seq) and corrections still find what they correct. People and machines are those ``named`` in
    the store, of other runs too; None where ``facts`` are all of it.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    is_point = pc.is_in(facts["kind"], value_set=pa.array(list(_PLAIN_KINDS)))
    clean = _Cleaner(profile, named or people_and_machines(facts))
    wanted = pc.is_in(facts["run_id"], value_set=pa.array(sorted(run_ids), pa.string()))
    points = _shown_points(facts.filter(pc.and_(wanted, is_point)), profile, clean)
    said = facts.filter(pc.and_(wanted, pc.invert(is_point)))
    rows = zip(*(said[name].to_pylist() for name in ("kind", "key", "text")), strict=True)
    cleaned = [clean(row) for row in rows]
    said = _replaced(said, "kind", [fact[0] if fact else Kind.HIDDEN.value for fact in cleaned])
    said = _replaced(said, "key", [fact[1] if fact else "" for fact in cleaned])
    said = _replaced(said, "text", [fact[2] if fact else None for fact in cleaned])
    both = _emptied(pa.concat_tables([said, points]))
    order = [(name, "ascending") for name in ("run_id", "time", "writer", "seq")]
    return both.take(pc.sort_indices(both, sort_keys=order))


def public_text(text: str, people: Named, profile: Profile) -> str:
    """A text that is no fact, as others may see it."""
    return _Cleaner(profile, people).plain(text)


def cleaner(people: Named, profile: Profile) -> Callable[[str], str]:
    """What ``public_text`` does, for many texts."""
    return _Cleaner(profile, people).plain


def _shown_points(points: pa.Table, profile: Profile, clean: _Cleaner) -> pa.Table:
    """The points, those of hidden metrics as hidden facts."""
    import pyarrow as pa
    import pyarrow.compute as pc

    keys = [str(key) for key in pc.unique(points["key"]).to_pylist()]
    hidden = [key for key in keys if _hidden(profile, Kind.METRIC, key)]
    if hidden:
        inside = pc.is_in(points["key"], value_set=pa.array(hidden, pa.string()))
        gone = pc.and_(inside, pc.equal(points["kind"], pa.scalar(str(Kind.METRIC))))
        kinds = pc.if_else(gone, pa.scalar(str(Kind.HIDDEN)), points["kind"])
        column = pc.if_else(gone, pa.scalar(""), points["key"])
        points = _replaced(_replaced(points, "kind", kinds), "key", column)
    for key in keys:  # the names of metrics are texts, too
        shown = clean.plain(key)
        if shown != key:
            same = pc.equal(points["key"], pa.scalar(key))
            points = _replaced(points, "key", pc.if_else(same, pa.scalar(shown), points["key"]))
    return points


def _emptied(facts: pa.Table) -> pa.Table:
    """The facts, with nothing left in what is hidden."""
    import pyarrow as pa
    import pyarrow.compute as pc

    gone = pc.equal(facts["kind"], pa.scalar(str(Kind.HIDDEN)))
    for name in ("step", "value", "text"):
        nothing = pa.scalar(None, facts.schema.field(name).type)
        facts = _replaced(facts, name, pc.if_else(gone, nothing, facts[name]))
    return facts


def _replaced(facts: pa.Table, name: str, column: Any) -> pa.Table:
    """The table with other values in one column."""
    import pyarrow as pa

    at = facts.schema.get_field_index(name)
    field = facts.schema.field(name)
    if isinstance(column, list):
        column = pa.array(column, field.type)
    return facts.set_column(at, field, column)


def _hidden(profile: Profile, kind: str, key: str) -> bool:
    return any(fnmatch.fnmatchcase(f"{kind}:{key}", pattern) for pattern in profile.hide)


def people_and_machines(facts: pa.Table) -> Named:
    """Whom the sections ``host``, ``author`` and ``git`` of the runs name."""
    import pyarrow as pa
    import pyarrow.compute as pc

    sections = pc.is_in(facts["key"], value_set=pa.array(list(NAMING)))
    is_start = pc.equal(facts["kind"], pa.scalar(str(Kind.START)))
    starts = facts.filter(pc.and_(sections, is_start))
    return named_in(zip(starts["key"].to_pylist(), starts["text"].to_pylist(), strict=True))


class _Cleaner:
    """Makes one fact fit to be seen, or None where it must not be."""

    def __init__(self, profile: Profile, people: Named) -> None:
        self.profile = profile
        known = people.spellings if profile.salt else people.accounts
        self.words = [each for each in known if not profile.shows(each.kind)]
        self.hints = sorted({hint for each in self.words for hint in each.hints})
        self.pattern = _any_of(self.words)
        self.commits = {each[:_SHORT]: each for each in people.commits}
        self.sections: Mapping[str, Callable[[dict[str, Any]], dict[str, Any] | None]] = {
            "host": self._host,
            "author": self._author,
            "command": self._command,
            "python": lambda data: _without(data, () if profile.shows("paths") else ("prefix",)),
            "git": self._git,
            "source": lambda data: data if profile.shows("source") else None,
        }

    def alias(self, word: str, kind: str) -> str:
        """What stands in its place: the kind, or a pseudonym that is always the same."""
        if not self.profile.salt:
            return kind
        word = word.casefold()  # the same person, however it is written
        digest = blake2b(word.encode("utf-8", "replace"), key=self.profile.salt[:64], digest_size=3)
        return f"{kind}-{digest.hexdigest()}"

    def __call__(self, fact: Fact) -> Fact | None:
        kind, key, text = fact
        if kind == Kind.START:
            return self._start(key, text)
        if kind == Kind.OUTPUT and not self.profile.shows("output"):
            return None
        if _hidden(self.profile, kind, key) or self._corrects_hidden(kind, key):
            return None
        is_script = kind == Kind.ARTIFACT and _object(text).get("type") == "source"
        if is_script and not self.profile.shows("source"):
            return None
        return kind, self.plain(key), None if text is None else self.plain(text)

    def plain(self, text: str) -> str:
        """A text without the words that stay home."""
        if not self.profile.shows("paths"):
            text = without_paths(text)
        if self.profile.salt:
            text = _MAIL.sub(self._mail, text)
            text = _COMMIT.sub(self._commit, text)
        lowered = text.lower()
        if any(hint in lowered for hint in self.hints):
            text = self.pattern.sub(self._name, text)
        return text

    def _name(self, match: re.Match[str]) -> str:
        spelling = self.words[int((match.lastgroup or "w0")[1:])]
        alias = self.alias(spelling.name, spelling.kind)
        is_link = self.profile.salt and match.group().lower().startswith(("http://", "https://"))
        return f"https://{alias}.invalid" if is_link else alias

    def _mail(self, match: re.Match[str]) -> str:
        is_remote = (
            match.string[match.end() : match.end() + 1] == ":" and match.group()[:4] == "git@"
        )
        return match.group() if is_remote else self.alias(match.group(), "mail")

    def _commit(self, match: re.Match[str]) -> str:
        """A commit of a run, short or whole; any other where it is whole."""
        found = match.group()
        whole = self.commits.get(found[:_SHORT], "")
        if whole.startswith(found):
            return self.alias(whole, "commit")
        return self.alias(found, "commit") if len(found) == _FULL else found

    def _corrects_hidden(self, kind: str, key: str) -> bool:
        """Whether it is a correction of something hidden, whose name it would tell."""
        if kind == Kind.UNTAG:
            return _hidden(self.profile, Kind.TAG, key)
        if kind in (Kind.DROP, Kind.RENAME):
            return _hidden(self.profile, Kind.METRIC, key.removeprefix("metric:"))
        return False

    def _start(self, section: str, text: str | None) -> Fact | None:
        data = _object(text)
        clean = self.sections.get(section)
        shown = clean(data) if clean else data
        if shown is None:
            return None
        return Kind.START, section, self.plain(json.dumps(shown, ensure_ascii=False))

    def _host(self, data: dict[str, Any]) -> dict[str, Any]:
        gone = [] if self.profile.shows("user") else ["user"]
        gone += [] if self.profile.shows("host") else ["host"]
        gone += [] if self.profile.shows("paths") else ["cwd"]
        return _without(data, gone)

    def _author(self, data: dict[str, Any]) -> dict[str, Any]:
        shown = self._host(data)
        if self.profile.salt and data.get("user"):
            shown["user"] = self.alias(str(data["user"]), "user")
        return shown

    def _command(self, data: dict[str, Any]) -> dict[str, Any]:
        if self.profile.shows("paths"):
            return data
        words = data.get("argv")
        argv = [_name_of(str(word)) for word in words] if isinstance(words, list) else words
        names = {key: _name_of(str(data[key])) for key in ("executable", "script") if data.get(key)}
        return {**data, "argv": argv, **names}

    def _git(self, data: dict[str, Any]) -> dict[str, Any]:
        gone = [] if self.profile.shows("paths") else ["root"]
        gone += [] if self.profile.shows("diff") else ["untracked", "diff_digest"]
        remote = str(data.get("remote") or "")
        if self.profile.salt or (not self.profile.shows("paths") and _is_path(remote)):
            gone.append("remote")
        if self.profile.salt:
            gone.append("branch")
        return _without(data, gone)


def _any_of(spellings: Iterable[Spelling]) -> re.Pattern[str]:
    """One pattern for all; the name of the group that matched tells which it was."""
    each = "|".join(f"(?P<w{at}>{one.pattern})" for at, one in enumerate(spellings))
    return re.compile(f"{BEFORE}(?:{each or '(?!)'}){BEHIND}", re.IGNORECASE)


def _name_of(word: str) -> str:
    """An absolute path's last part; any other word as it is."""
    return re.split(r"[\\/]", word.rstrip("\\/"))[-1] if _is_path(word) else word


def _is_path(word: str) -> bool:
    return bool(re.match(r"/|[A-Za-z]:[\\/]|\\\\|file:|~", word))


def _without(data: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    gone = set(names)
    return {key: value for key, value in data.items() if key not in gone}


def _object(text: str | None) -> dict[str, Any]:
    try:
        value = json.loads(text or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
