"""The history of a store: who said what, and when; everything, also of runs that are gone.

Metric points, params, artifacts and lines of output are summed up for each process; all that
people said later stands by itself.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from runfolio.errors import UsageError
from runfolio.query.naming import nearest
from runfolio.query.rows import Change
from runfolio.query.store import Store
from runfolio.schema import Kind

#: Facts that stand by themselves.
_SINGLE = (
    Kind.END,
    Kind.TAG,
    Kind.UNTAG,
    Kind.NOTE,
    Kind.MODEL,
    Kind.USE,
    Kind.RENAME,
    Kind.DROP,
    Kind.UNDO,
    Kind.TRASH,
    Kind.RESTORE,
    Kind.PURGE,
)
#: What a process logged, in the order and with the words in which it is summed up.
_COUNTED = {
    Kind.METRIC: ("point", "points"),
    Kind.PARAM: ("param", "params"),
    Kind.DATASET: ("dataset", "datasets"),
    Kind.ARTIFACT: ("artifact", "artifacts"),
    Kind.HISTOGRAM: ("histogram", "histograms"),
    Kind.MATRIX: ("matrix", "matrices"),
    Kind.OUTPUT: ("line of output", "lines of output"),
}
_LONGEST = 200
#: So many late points are told one by one.
_FEW = 4


@dataclass(frozen=True)
class Event:
    """One thing that was said about a run.

    ``action``: start, resume, log (what a process logged, summed up), or the kind of the fact.
    ``author``: who, '' where nobody signed. ``words``: what, in a sentence without its subject.
    ``change``: WRITER:SEQ of a correction that ``undo`` can take back, else ''; ``undone``: whether
    that was done. ``key`` and ``text`` are those of the fact.
    """

    time: datetime
    run_id: str
    name: str
    author: str
    action: str
    key: str
    text: str | None
    words: str
    writer: str
    seq: int
    change: str = ""
    undone: bool = False


def history(
    store: Store,
    run: str | None = None,
    *,
    since: datetime | None = None,
    author: str | None = None,
    reverse: bool = False,
) -> list[Event]:
    """What happened to one run or to all, the newest first (``reverse``: the oldest).

    ``run``: an id, the beginning of one, or a name; also of a run in the trash or purged.
    ``since``: UTC, naive. UsageError for an author who never said anything.
    """
    only = None if run is None else store.resolve(run, hidden=True)
    teller = _Teller(store, only)
    events = sorted(
        (*teller.single(), *teller.starts(), *teller.sums()),
        key=lambda event: (event.time, event.run_id, event.writer, event.seq),
        reverse=not reverse,
    )
    if author is not None:
        events = _of_author(events, author)
    return [event for event in events if since is None or event.time >= since]


def _of_author(events: list[Event], author: str) -> list[Event]:
    found = [event for event in events if event.author == author]
    if events and not found:
        known = sorted({event.author for event in events} - {""})
        raise UsageError(
            f"Nobody called {author!r} said anything here.", hint=nearest(author, known)
        )
    return found


class _Teller:
    """Makes events of the facts of one run, or of all."""

    def __init__(self, store: Store, only: str | None) -> None:
        self._store = store
        self._where = "true" if only is None else "run_id = ?"
        self._given = [] if only is None else [only]
        self._names = dict(
            store.rows("SELECT run_id, name FROM runs UNION ALL SELECT run_id, name FROM trashed")
        )
        who = "SELECT run_id, writer, key, text FROM facts WHERE {} AND kind = 'start'"
        self._users: dict[str, str] = {}
        self._training: set[str] = set()
        self._corrections: dict[str, str] = {}
        for _, writer, key, text in self._rows(who):
            if key in ("author", "host"):
                self._users[writer] = str(_object(text).get("user") or "")
            if key == "run":
                self._training.add(writer)
        undone = self._rows("SELECT writer, seq FROM internal.undone WHERE {}")
        self._undone = {(writer, seq) for writer, seq in undone}

    def single(self) -> Iterator[Event]:
        """Facts that stand by themselves, and all that people added later."""
        kinds = ", ".join(f"'{kind}'" for kind in (*_SINGLE, *_COUNTED) if kind != Kind.METRIC)
        for run_id, writer, seq, time, kind, key, value, text in self._rows(
            "SELECT run_id, writer, seq, time, kind, key, value, text FROM facts "
            f"WHERE {{}} AND kind IN ({kinds}) ORDER BY time, writer, seq"
        ):
            if kind in _COUNTED and writer in self._training:
                continue
            words = words_of(kind, key, value, text)
            undoable = kind in (Kind.RENAME, Kind.DROP)
            if undoable:
                self._corrections[f"{writer}:{seq}"] = words
            elif kind == Kind.UNDO:
                words = f"took back: {self._corrections.get(key, key)}"
            yield self._event(
                time,
                run_id,
                kind,
                words,
                writer,
                seq,
                key,
                text,
                change=f"{writer}:{seq}" if undoable else "",
            )

    def starts(self) -> Iterator[Event]:
        """When each training process began."""
        for run_id, writer, seq, time, text in self._rows(
            "SELECT run_id, writer, seq, time, text FROM facts "
            "WHERE {} AND kind = 'start' AND key = 'run'"
        ):
            said = _object(text)
            rank = said.get("rank")
            words = "went on" if said.get("resumed") else "began"
            words += f" (rank {rank})" if rank else ""
            action = "resume" if said.get("resumed") else "start"
            yield self._event(time, run_id, action, words, writer, seq, "run", text)

    def sums(self) -> Iterator[Event]:
        """What each process logged in all, at the time of its last word."""
        kinds = ", ".join(f"'{kind}'" for kind in _COUNTED)
        logged: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
        for run_id, writer, *row in self._rows(
            "SELECT run_id, writer, kind, count(*), count(DISTINCT key), max(time), max(seq), "
            "min(key), min(value), min(step), max(step) FROM facts "
            f"WHERE {{}} AND kind IN ({kinds}) GROUP BY run_id, writer, kind"
        ):
            if row[0] == Kind.METRIC or writer in self._training:
                logged.setdefault((run_id, writer), []).append(tuple(row))
        for (run_id, writer), rows in logged.items():
            time, seq = max(row[3] for row in rows), max(row[4] for row in rows)
            if writer in self._training:
                yield self._event(time, run_id, "log", _summed(rows), writer, seq, "", None)
            else:
                words, key = self._late(rows[0], writer), rows[0][5]
                yield self._event(time, run_id, "metric", words, writer, seq, key, None)

    def _late(self, row: tuple[Any, ...], writer: str) -> str:
        """What a person added: a few points one by one, many summed up."""
        _, number, keys, _, _, key, _, low, high = row
        if number > _FEW:
            of = key if keys == 1 else _counted(keys, ("metric", "metrics"))
            return f"added {number:,} points of {of}{_at(low, high)}"
        points = self._store.rows(
            "SELECT key, value FROM facts WHERE writer = ? AND kind = 'metric' ORDER BY seq",
            [writer],
        )
        told = ", ".join(f"{name} = {_number(value)}" for name, value in points)
        return f"added {told}{_at(low, high)}"

    def _event(
        self,
        time: datetime,
        run_id: str,
        action: str,
        words: str,
        writer: str,
        seq: int,
        key: str,
        text: str | None,
        change: str = "",
    ) -> Event:
        name = self._names.get(run_id, run_id)
        user = self._users.get(writer, "")
        undone = (writer, seq) in self._undone
        return Event(
            time, run_id, name, user, action, key, text, words, writer, seq, change, undone
        )

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        return self._store.rows(sql.format(self._where), self._given)


def words_of(kind: str, key: str, value: float | None, text: str | None) -> str:
    """A fact in words, without its subject: ``tagged best``, ``renamed the run to x``."""
    return str(_WORDS[kind](key, value, text)) if kind in _WORDS else f"added {kind} {key}"


def change_words(changes: Sequence[Change]) -> list[tuple[Change, str]]:
    """Each change with what it did in words."""
    told: dict[str, str] = {}
    found = []
    for change in changes:
        words = words_of(change.action, change.key, None, change.text)
        if change.action == Kind.UNDO:
            words = f"took back: {told.get(change.key, change.key)}"
        told[f"{change.writer}:{change.seq}"] = words
        found.append((change, words))
    return found


def _added(key: str, text: str | None) -> str:
    """Late metrics: the value of a point, or how many there were."""
    return f"added {text} of {key}" if str(text).endswith("points") else f"added {key} = {text}"


def _object(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _short(text: str | None) -> str:
    line = next((each.strip() for each in (text or "").splitlines() if each.strip()), "")
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def _number(value: float | None) -> str:
    if value is None:
        return "null"
    return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else repr(value)


def _counted(number: int, words: tuple[str, str]) -> str:
    return f"{number:,} {words[0] if number == 1 else words[1]}"


def _summed(rows: list[tuple[Any, ...]]) -> str:
    """``logged 60 points of 2 metrics, 3 params``."""
    by_kind = {row[0]: row for row in rows}
    parts = []
    for kind, words in _COUNTED.items():
        if kind in by_kind:
            _, number, keys, *_ = by_kind[kind]
            of = f" of {_counted(keys, ('metric', 'metrics'))}" if kind == Kind.METRIC else ""
            parts.append(_counted(number, words) + of)
    return f"logged {', '.join(parts)}"


def _at(low: int | None, high: int | None) -> str:
    if low is None:
        return ""
    return f" at step {low}" if low == high else f" at steps {low} to {high}"


def _end(key: str, value: float | None, text: str | None) -> str:
    error = _object(text).get("exception")
    if not isinstance(error, dict):
        return key
    return f"{key}: {_short(': '.join(str(error.get(part)) for part in ('type', 'message')))}"


def _tag(key: str, value: float | None, text: str | None) -> str:
    return f"tagged {key}={_short(text)}" if text else f"tagged {key}"


def _note(key: str, value: float | None, text: str | None) -> str:
    what = f"note {key}" if key else "note"
    return f"{what}: {_short(text)}" if _short(text) else f"emptied the {what}"


def _rename(key: str, value: float | None, text: str | None) -> str:
    if key == "run":
        return f"renamed the run to {text}"
    if key == "experiment":
        return f"moved it to the experiment {text}"
    return f"renamed the metric {key.removeprefix('metric:')} to {text}"


def drop_words(key: str, text: str | None) -> str:
    """A drop in words: how many points of which metric, and which."""
    said = _object(text)
    points = said.get("points")
    what = f"{_counted(points, ('point', 'points'))} of {key}" if isinstance(points, int) else key
    if said.get("where"):
        return f"dropped {what} where {_short(str(said['where']))}"
    low, high = said.get("from"), said.get("to")
    if said.get("all") or (low is None and high is None):
        return f"dropped {what}" if isinstance(points, int) else f"dropped all of {key}"
    if high is None or low is None:
        return f"dropped {what}, {f'from step {low}' if high is None else f'up to step {high}'}"
    return (
        f"dropped {what}, step {low}" if low == high else f"dropped {what}, steps {low} to {high}"
    )


def _reasoned(word: str) -> Any:
    def words(key: str, value: float | None, text: str | None) -> str:
        reason = _short(str(_object(text).get("reason") or ""))
        return f"{word}: {reason}" if reason else word

    return words


def _purged(key: str, value: float | None, text: str | None) -> str:
    said = _object(text)
    facts = said.get("facts")
    words = f"purged {facts:,} facts" if isinstance(facts, int) else "purged"
    return f"{words}: {_short(str(said['reason']))}" if said.get("reason") else words


def _model(key: str, value: float | None, text: str | None) -> str:
    said = _object(text)
    action = said.get("action") or ("alias" if said.get("version") else "register")
    alias = said.get("alias")
    version = f" version {said['version']}" if said.get("version") else ""
    if action in ("alias", "unalias"):
        return f"{'gave' if action == 'alias' else 'took'} {key}{version} the alias {alias}"
    if action == "note":
        return f"note on {key}{version}: {_short(said.get('text'))}"
    return f"registered {key}{f' as {alias}' if alias else ''}"


#: Kind to a function of key, value and text that puts the fact into words.
_WORDS: dict[str, Any] = {
    Kind.END: _end,
    Kind.TAG: _tag,
    Kind.UNTAG: lambda key, value, text: f"took away the tag {key}",
    Kind.NOTE: _note,
    Kind.RENAME: _rename,
    Kind.DROP: lambda key, value, text: drop_words(key, text),
    Kind.UNDO: lambda key, value, text: f"took back the correction {key[:6]}",
    Kind.TRASH: _reasoned("put it into the trash"),
    Kind.RESTORE: _reasoned("took it out of the trash"),
    Kind.PURGE: _purged,
    Kind.METRIC: lambda key, value, text: _added(key, text),
    Kind.MODEL: _model,
    Kind.USE: lambda key, value, text: (
        f"started from the {_object(text).get('type') or 'file'} {key}"
    ),
    Kind.ARTIFACT: lambda key, value, text: f"added the artifact {key}",
    Kind.PARAM: lambda key, value, text: f"set the param {key} to {_short(text)}",
}
