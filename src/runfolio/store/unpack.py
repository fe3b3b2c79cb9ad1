"""Some runs out of a pack: the same facts as parts in the runs' own folders."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from runfolio import schema
from runfolio.store import parts
from runfolio.store.folder import Folder
from runfolio.store.packs import Pack
from runfolio.store.seal import temp_for

if TYPE_CHECKING:
    import pyarrow as pa


def unpack(folder: Folder, pack: Path, run_ids: Collection[str]) -> Iterator[Path]:
    """Write the facts of these runs in ``pack``, a good one, as parts into ``folder``.

    Gives the path of each part; one that is there already is left alone.
    """
    with Pack.open(pack) as opened:
        footer = opened.footer
        for writer, run_id in sorted(footer.runs.items()):
            covered = footer.coverage.get(writer, ())
            if run_id not in run_ids or not covered:
                continue
            name = schema.part_name(writer, covered[0][0], covered[-1][1])
            target = folder.run_dir(run_id) / name
            if not target.exists():
                rows = opened.writer(writer)
                own = _footer(footer, writer, rows)
                parts.write_part(rows, own, target, temp_for(folder, name))
            yield target


def _footer(footer: parts.Footer, writer: str, rows: pa.Table) -> parts.Footer:
    """What the part of one writer says of itself."""
    return parts.Footer(
        coverage={writer: footer.coverage[writer]},
        runs={writer: footer.runs[writer]},
        ends={writer: footer.ends[writer]} if writer in footer.ends else {},
        seen={writer: footer.seen.get(writer, 0)},
        rows=rows.num_rows,
        digest=parts.digest_of(rows),
    )
