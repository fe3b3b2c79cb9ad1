"""The facts of another store as they may stand beside ours: nothing in them speaks of our runs.

Facts keep their numbers (writer, seq), as in every copy; what does not come along is a ``hidden``
fact in its place.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

from runfolio.federation.limits import MOST_ROWS, MOST_TEXT, RefusedError
from runfolio.federation.tables import check_times
from runfolio.schema import Kind

if TYPE_CHECKING:
    import pyarrow as pa

_POINTS = (Kind.METRIC, Kind.SYSTEM)
#: What is about the other store, and not about its runs.
_LEFT = (Kind.TRASH, Kind.RESTORE, Kind.PURGE, Kind.HIDDEN)
_PLAIN = (Kind.OUTPUT, Kind.TAG, Kind.UNTAG, Kind.NOTE, Kind.RENAME, Kind.UNDO)
_DIGEST = re.compile(r"[0-9a-f]{64}")
_DEEPEST = 100


def cleaned(facts: pa.Table, run_ids: Collection[str], name: str) -> pa.Table:
    """The facts of these runs of the source ``name``: models are called ``name/…``, and parents
    and origins that are none of these runs are left out. RefusedError for what is too much.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    wanted = pc.is_in(facts["run_id"], value_set=pa.array(sorted(run_ids), pa.string()))
    facts = facts.filter(wanted)
    _check(facts)
    known = pa.array([str(kind) for kind in Kind if kind not in _LEFT])
    said = pc.is_in(facts["kind"], value_set=known)
    changing = pa.array([str(k) for k in Kind if k not in (*_POINTS, *_LEFT, *_PLAIN)])
    changes = pc.is_in(facts["kind"], value_set=changing)
    clean = _Cleaner(frozenset(run_ids), name)
    rows = zip(
        *(facts[each].filter(changes).to_pylist() for each in ("kind", "key", "text")), strict=True
    )
    new = [clean(*row) for row in rows]
    facts = _put(facts, "key", changes, [key for key, _ in new])
    facts = _put(facts, "text", changes, [text for _, text in new])
    return _hidden(facts, pc.invert(said))


def _put(facts: pa.Table, name: str, where: Any, values: list[Any]) -> pa.Table:
    """The table with other values in one column, where ``where`` says so."""
    import pyarrow as pa
    import pyarrow.compute as pc

    at, field = facts.schema.get_field_index(name), facts.schema.field(name)
    column = facts[name].combine_chunks()
    mask = where.combine_chunks() if isinstance(where, pa.ChunkedArray) else where
    filled = pc.replace_with_mask(column, mask, pa.array(values, field.type))
    return facts.set_column(at, field, filled)


def _hidden(facts: pa.Table, gone: Any) -> pa.Table:
    """The table with hidden facts in some places."""
    import pyarrow as pa
    import pyarrow.compute as pc

    new = {"kind": str(Kind.HIDDEN), "key": "", "step": None, "value": None, "text": None}
    for name, value in new.items():
        at, field = facts.schema.get_field_index(name), facts.schema.field(name)
        column = pc.if_else(gone, pa.scalar(value, field.type), facts[name])
        facts = facts.set_column(at, field, column)
    return facts


def _check(facts: pa.Table) -> None:
    import pyarrow.compute as pc

    if facts.num_rows > MOST_ROWS:
        raise RefusedError("", f"it has {facts.num_rows:,} facts; at most {MOST_ROWS:,} are read")
    for name in ("key", "text"):
        if (pc.max(pc.binary_length(facts[name])).as_py() or 0) > MOST_TEXT:
            raise RefusedError("", f"a fact has a {name} of more than {MOST_TEXT:,} bytes")
    check_times("", facts["time"])


class _Cleaner:
    """Makes one fact speak of the runs of its source alone."""

    def __init__(self, run_ids: frozenset[str], name: str) -> None:
        self.run_ids = run_ids
        self.name = name

    def __call__(self, kind: str, key: str, text: str | None) -> tuple[str, str | None]:
        if text and _depth(text) > _DEEPEST:
            return key, None
        if kind == Kind.MODEL:
            return f"{self.name}/{key}", text
        if kind == Kind.USE:
            return self._use(key, text)
        if kind == Kind.START and key == "run":
            return key, self._without(text, "parent")
        return key, _plain_digests(kind, text)

    def _use(self, key: str, text: str | None) -> tuple[str, str | None]:
        is_model = (_object(text) or {}).get("type") == "model"
        return (f"{self.name}/{key}" if is_model else key), self._without(text, "run")

    def _without(self, text: str | None, name: str) -> str | None:
        """The JSON without a run that is none of these."""
        data = _object(text)
        if data is None or data.get(name) is None or data[name] in self.run_ids:
            return text
        return json.dumps({**data, name: None})


def _plain_digests(kind: str, text: str | None) -> str | None:
    """The JSON without names of contents that are no SHA-256."""
    names = {"artifact": ("digest",), "dataset": ("blob",), "start": ("digest", "diff_digest")}
    data = _object(text) if kind in names else None
    if data is None:
        return text
    odd = [
        name
        for name in names[kind]
        if data.get(name) is not None and not _DIGEST.fullmatch(str(data[name]))
    ]
    return json.dumps({**data, **dict.fromkeys(odd)}) if odd else text


def _object(text: str | None) -> dict[str, Any] | None:
    try:
        data = json.loads(text or "")
    except (ValueError, RecursionError):
        return None
    return data if isinstance(data, dict) else None


def _depth(text: str) -> int:
    """How deep JSON is nested at most; brackets in texts count as well."""
    if text.count("[") + text.count("{") <= _DEEPEST:
        return 0
    depth = deepest = 0
    for sign in text:
        if sign in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in "]}":
            depth -= 1
    return deepest
