"""What a part or pack says of itself: JSON under the key ``runfolio`` of its Parquet footer.

    version, rows
    coverage   {writer: [[lo, hi], …]}
    runs       {writer: run id}
    ends       {writer: "closed" or "dead"}, where the writer's last fact is known to be in here
    seen       {writer: last sign of life, µs}
    digest     BLAKE2b-128 of the rows, whatever their encoding; see ``parts.digest_of``
    living     of copies alone: writers that lived when they were copied; no journal of
               theirs is here to tell
    groups     of packs alone: BLAKE2b-128 of the bytes of each row group
    parts      of packs alone: {writer: [[lo, hi, digest], …]}, the parts that a writer's facts were
               in before, where they were all in whole ones; so both are known to say the same

The digest of a pack is that of the digests (hex, end to end) of the rows of its row groups.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from runfolio import schema
from runfolio.store.coverage import Ranges, count, union
from runfolio.store.folder import is_run_id

KEY = b"runfolio"
#: Facts lo <= seq < hi of a writer, and the digest of the part that held them.
Origin = tuple[int, int, str]
#: A file that claims to hold more is refused before it can fill the memory.
MOST_BYTES = 16 * 1024**3


class PartError(Exception):
    """A part or pack cannot be used; ``code`` is the slug of the problem."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Footer:
    """What a part or pack says of itself."""

    coverage: dict[str, Ranges]
    runs: dict[str, str]
    ends: dict[str, str]
    seen: dict[str, int]
    rows: int
    digest: str
    groups: tuple[str, ...] = ()
    parts: dict[str, tuple[Origin, ...]] = field(default_factory=dict)
    living: tuple[str, ...] = ()

    def origins(self, writer: str) -> tuple[Origin, ...]:
        """The parts that all facts of a writer in here are or were in; () if that is not known."""
        own = self.coverage[writer]
        if not self.groups and len(self.coverage) == 1 and len(own) == 1:
            return ((*own[0], self.digest),)
        found = self.parts.get(writer, ())
        return found if union((lo, hi) for lo, hi, _ in found) == own else ()

    def to_json(self) -> bytes:
        """The footer's JSON, the same bytes for the same footer."""
        content = {
            "version": schema.FORMAT,
            "rows": self.rows,
            "coverage": {writer: list(map(list, r)) for writer, r in self.coverage.items()},
            "runs": self.runs,
            "ends": self.ends,
            "seen": self.seen,
            "digest": self.digest,
            **({"groups": list(self.groups), "parts": self.parts} if self.groups else {}),
            **({"living": list(self.living)} if self.living else {}),
        }
        return json.dumps(content, sort_keys=True, separators=(",", ":")).encode()


def footer_in(metadata: Any) -> Footer:
    """The footer in a Parquet file's metadata; PartError if there is none or it makes no sense."""
    raw = (metadata.metadata or {}).get(KEY)
    if raw is None:
        raise PartError("part-foreign", "it has no runfolio footer: another program made it")
    try:
        found = json.loads(raw)
        version = int(found["version"])
        if version > schema.FORMAT:
            raise PartError("newer-format", f"it has format {version}; update runfolio to read it")
        strange = [run for run in found["runs"].values() if not is_run_id(str(run))]
        if strange:
            raise PartError(
                "part-foreign", f"it names a run {strange[0]!r:.80}, which is no run id"
            )
        lost = [str(writer) for writer in found["coverage"] if writer not in found["runs"]]
        if lost:
            raise PartError("part-damaged", f"its footer does not say whose run {lost[0]!r} wrote")
        return Footer(
            coverage={
                str(writer): union((int(lo), int(hi)) for lo, hi in ranges)
                for writer, ranges in found["coverage"].items()
            },
            runs={str(writer): str(run) for writer, run in found["runs"].items()},
            ends={str(writer): str(end) for writer, end in found["ends"].items()},
            seen={str(writer): int(seen) for writer, seen in found["seen"].items()},
            rows=int(found["rows"]),
            digest=str(found["digest"]),
            groups=tuple(map(str, found.get("groups", ()))),
            parts={
                str(writer): tuple((int(lo), int(hi), str(digest)) for lo, hi, digest in parts)
                for writer, parts in found.get("parts", {}).items()
            },
            living=tuple(map(str, found.get("living", ()))),
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise PartError("part-damaged", f"its footer cannot be understood: {error!r}") from error


def check_shape(metadata: Any, footer: Footer) -> None:
    """PartError for what lies about itself, before its pages are read."""
    covered = sum(map(count, footer.coverage.values()))
    if metadata.num_rows != footer.rows or footer.rows != covered:
        raise PartError(
            "part-damaged",
            f"it holds {metadata.num_rows:,} rows, says {footer.rows:,} and covers {covered:,}",
        )
    groups = [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)]
    if min(groups, default=0) < 0 or sum(groups) != footer.rows:
        raise PartError(
            "part-damaged", f"its row groups hold {sum(groups):,} rows, it says {footer.rows:,}"
        )
    total = 0
    for group in range(metadata.num_row_groups):
        for index in range(metadata.num_columns):
            total += metadata.row_group(group).column(index).total_uncompressed_size
    if total > MOST_BYTES:
        raise PartError("part-too-large", f"it declares {total:,} bytes; at most {MOST_BYTES:,}")
