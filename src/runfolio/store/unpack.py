"""Some runs out of a pack: the same facts as parts in the runs' own folders."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from runfolio import schema
from runfolio.store import parts
from runfolio.store.folder import Folder
from runfolio.store.seal import temp_for


def unpack(folder: Folder, pack: Path, run_ids: Collection[str]) -> Iterator[Path]:
    """Write the facts of these runs in ``pack``, a good one, as parts into ``folder``.

    Gives the path of each part; one that is there already is left alone.
    """
    import pyarrow.compute as pc

    footer, table = parts.read_part(pack)
    for writer, run_id in sorted(footer.runs.items()):
        covered = footer.coverage.get(writer, ())
        if run_id not in run_ids or not covered:
            continue
        name = schema.part_name(writer, covered[0][0], covered[-1][1])
        target = folder.run_dir(run_id) / name
        if not target.exists():
            rows = table.filter(pc.equal(table.column("writer"), writer)).combine_chunks()
            own = parts.Footer(
                coverage={writer: covered},
                runs={writer: run_id},
                ends={writer: footer.ends[writer]} if writer in footer.ends else {},
                seen={writer: footer.seen.get(writer, 0)},
                rows=rows.num_rows,
                digest=parts.digest_of(rows),
            )
            parts.write_part(rows, own, target, temp_for(folder, name))
        yield target
