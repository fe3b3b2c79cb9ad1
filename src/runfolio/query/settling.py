"""Runs of one id in two places: one run where they say the same, else both, under two ids.

Ours always keep their ids, then those of the sources in their order. Nothing of ours changes by
what a source says of a run of the same id.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

from runfolio.query.index import look
from runfolio.query.origins import Beside, Found, Origin, connected, opened
from runfolio.schema import COLUMNS, Kind
from runfolio.store.gathered import Told, write_store

if TYPE_CHECKING:
    import pyarrow as pa

#: What is compared where a site tells of a run: it leaves out what is private, and how facts were
#: numbered.
_TOLD = (Kind.METRIC, Kind.PARAM, Kind.TAG, Kind.END)
_SLUG = 24


def settled(
    own: Found,
    origins: Sequence[Origin],
    *,
    index: bool = True,
    as_of: datetime | None = None,
) -> list[Beside]:
    """The stores of the origins, each run of all of them and of ours under an id of its own."""
    found: list[Beside] = []
    for origin in origins:
        each = look(opened(origin), index=index)
        others = [own, *(there for _, there in found)]
        held = set().union(*map(_ids, others))
        if not held.isdisjoint(_ids(each)):
            origin = _apart(origin, each, others)
            each = look(opened(origin), index=index)
        found.append((origin, each))
    if as_of is None:
        return found
    return [(origin, look(opened(origin), as_of=as_of)) for origin, _ in found]


def _ids(found: Found) -> set[str]:
    return {session.run_id for session in found.sessions}


def _apart(origin: Origin, each: Found, others: Sequence[Found]) -> Origin:
    """The origin with a copy in which no run has the id of another one."""
    theirs = _ids(each)
    clash = sorted(theirs & set().union(*map(_ids, others)))
    place = origin.folder / ".runfolio" / "apart" / _key(each, clash, others)
    note = place / "apart.json"
    try:
        known = json.loads(note.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = _written(origin, each, clash, others, place)
        note.write_text(json.dumps(known), encoding="utf-8")
    names = {new: old for old, new in known["renamed"].items()}
    return replace(origin, folder=place, theirs=names, ours=len(known["same"]))


def _key(each: Found, clash: Sequence[str], others: Sequence[Found]) -> str:
    """What the outcome depends on."""
    state = blake2b(each.digest.encode(), digest_size=12)
    wanted = set(clash)
    for other in others:
        told = [
            (session.run_id, session.writer, session.state, str(session.last_seen))
            for session in other.sessions
            if session.run_id in wanted
        ]
        state.update(repr(sorted(told)).encode())
        taken = blake2b(repr(sorted(_ids(other))).encode(), digest_size=8)
        state.update(taken.digest())
    return state.hexdigest()


def _written(
    origin: Origin, each: Found, clash: Sequence[str], others: Sequence[Found], place: Any
) -> dict[str, Any]:
    """Write the copy; which runs are the same, and which ones have a new id."""
    loosely = origin.kind == "site"
    prefix = f"{origin.name}/"
    theirs = {run_id: [_said(prefix, *f) for f in facts] for run_id, facts in _facts(each, clash)}
    same = set()
    for other in others:
        ours = dict(_facts(other, clash))
        same |= {
            run_id
            for run_id in set(ours) & set(theirs)
            if _says_no_more(theirs[run_id], ours[run_id], loosely)
        }
    taken = set().union(_ids(each), *map(_ids, others))
    renamed = {}
    for run_id in clash:
        if run_id not in same:
            renamed[run_id] = _free_id(run_id, origin.name, taken)
            taken.add(renamed[run_id])
    facts = _renamed(_table(each, sorted(_ids(each) - same)), renamed)
    ends, seen, living = {}, {}, set()
    for session in each.sessions:
        who = (renamed.get(session.run_id, session.run_id), session.writer)
        if session.state in ("closed", "dead"):
            ends[who] = str(session.state)
        elif session.state == "alive":
            living.add(who)
        seen[who] = int(session.last_seen.replace(tzinfo=UTC).timestamp() * 1e6)
    write_store(place, Told(facts, ends, seen, living))
    return {"same": sorted(same), "renamed": renamed}


def _free_id(run_id: str, name: str, taken: Collection[str]) -> str:
    """An id that nobody has: with the name of the source behind it."""
    plain = f"{run_id[: 63 - _SLUG]}-{name[:_SLUG]}"
    if plain not in taken:
        return plain
    number = 0
    while True:
        digest = blake2b(f"{run_id}\0{name}\0{number}".encode(), digest_size=6).hexdigest()
        if (found := f"{plain[:50]}-{digest}") not in taken:
            return found
        number += 1


# --- facts ----------------------------------------------------------------------------------------


def _table(found: Found, run_ids: Sequence[str]) -> pa.Table:
    """All facts of some runs in the columns of the schema, sorted by run, time, writer, seq."""
    names = ", ".join(column.name for column in COLUMNS)
    sql = (
        f"SELECT {names} FROM facts WHERE run_id IN (SELECT unnest(?::VARCHAR[])) "
        "ORDER BY run_id, time, writer, seq"
    )
    with connected(found, ()) as connection:
        return connection.sql(sql, params=[list(run_ids)]).to_arrow_table()


def _said(prefix: str, *fact: Any) -> tuple[Any, ...]:
    """A fact of a copy as the source said it: models are called by the source's name there."""
    writer, seq, time, kind, key, *rest = fact
    if kind in (Kind.MODEL, Kind.USE):
        key = key.removeprefix(prefix)
    return (writer, seq, time, kind, key, *rest)


def _facts(found: Found, run_ids: Sequence[str]) -> Iterable[tuple[str, list[tuple[Any, ...]]]]:
    """Some runs with their facts, for comparing."""
    by_run: dict[str, list[tuple[Any, ...]]] = {}
    for row in _table(found, run_ids).to_pylist():
        if row["kind"] != Kind.HIDDEN:
            by_run.setdefault(row.pop("run_id"), []).append((*row.values(),))
    return by_run.items()


def _says_no_more(
    theirs: Iterable[tuple[Any, ...]], ours: Iterable[tuple[Any, ...]], loosely: bool
) -> bool:
    """Whether all that one says of a run the other one says as well."""
    known = {_compared(fact, loosely) for fact in ours}
    return all(_compared(fact, loosely) in known for fact in theirs)


def _compared(fact: tuple[Any, ...], loosely: bool) -> Any:
    writer, seq, time, kind, key, step, value, text = fact
    number = None if value is None else float(value).hex()
    if not loosely:
        return writer, seq, time, kind, key, step, number, _without_kin(kind, key, text)
    if kind not in _TOLD:
        return None
    if kind == Kind.METRIC:
        return kind, key, step, number, time
    if kind == Kind.END:
        return kind, key
    return kind, key, text


def _without_kin(kind: str, key: str, text: str | None) -> Any:
    """A fact's text without the run that it speaks of, which a copy may lack."""
    name = _pointer(kind, key)
    try:
        data = json.loads(text or "") if name else None
    except (ValueError, RecursionError):
        return text
    return repr({**data, name: None}) if isinstance(data, dict) else text


def _pointer(kind: str, key: str) -> str:
    """The key under which a fact's JSON names another run; ''."""
    if kind == Kind.START and key == "run":
        return "parent"
    return "run" if kind == Kind.USE else ""


def _renamed(facts: pa.Table, renamed: Mapping[str, str]) -> pa.Table:
    """The facts with other ids of runs, also where facts speak of them."""
    import pyarrow as pa

    from runfolio.store.parts import fixed

    facts = fixed(facts)
    if not renamed:
        return facts
    columns = {name: facts[name].to_pylist() for name in ("run_id", "kind", "key", "text")}
    ids = [renamed.get(run_id, run_id) for run_id in columns["run_id"]]
    said = zip(columns["kind"], columns["key"], columns["text"], strict=True)
    texts = [_pointed(renamed, *fact) for fact in said]
    for name, values in (("run_id", ids), ("text", texts)):
        at = facts.schema.get_field_index(name)
        facts = facts.set_column(at, facts.schema.field(at), pa.array(values, pa.string()))
    return facts


def _pointed(renamed: Mapping[str, str], kind: str, key: str, text: str | None) -> str | None:
    """A fact's text with the new id of the run that it speaks of."""
    name = _pointer(kind, key)
    if not name or not text:
        return text
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if isinstance(data, dict) and isinstance(data.get(name), str):
        return json.dumps({**data, name: renamed.get(data[name], data[name])})
    return text
