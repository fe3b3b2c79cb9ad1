"""Which contents the facts of some runs name."""

from __future__ import annotations

import re
from collections.abc import Collection

from runfolio.schema import Kind
from runfolio.store.folder import Folder
from runfolio.store.plan import snapshot

_DIGEST = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
#: Kinds whose texts are numbers or what a program printed.
_WITHOUT = (Kind.METRIC, Kind.SYSTEM, Kind.OUTPUT, Kind.PARAM, Kind.HISTOGRAM, Kind.MATRIX)


def digests_of(
    folder: Folder, runs: Collection[str] | None, *, but: Collection[str] = ()
) -> frozenset[str]:
    """Every SHA-256 that stands in a fact of these runs (None: of all, ``but`` some).

    Whatever the kind of the fact: a kind that comes to name contents later is not forgotten here.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    facts = snapshot(folder).facts().select(["run_id", "kind", "text"])
    wanted = pc.invert(pc.is_in(facts.column("kind"), pa.array(list(map(str, _WITHOUT)))))
    if runs is not None:
        wanted = pc.and_(wanted, pc.is_in(facts.column("run_id"), pa.array(sorted(runs), "string")))
    if but:
        inside = pc.is_in(facts.column("run_id"), pa.array(sorted(but), "string"))
        wanted = pc.and_(wanted, pc.invert(inside))
    texts = facts.filter(wanted).column("text").to_pylist()
    return frozenset(digest for text in texts if text for digest in _DIGEST.findall(text))
