"""The files that other engines are told to read hold each fact once, whatever lies in the store."""

from __future__ import annotations

from pathlib import Path

import duckdb

from runfolio import edit
from runfolio.query.portable import facts_sql
from runfolio.query.sources import sources
from runfolio.store.compact import compact
from runfolio.store.folder import Folder
from runfolio.store.plan import snapshot

from .factory import correct, log_run


def read(folder: Folder, rest: Path | None = None) -> list[tuple[str, int]]:
    """Name of every fact that DuckDB finds in the files."""
    sql = f"SELECT writer, seq FROM ({facts_sql(sources(folder, rest).files)})"
    return sorted(duckdb.sql(sql).fetchall())


def known(folder: Folder) -> list[tuple[str, int]]:
    """Name of every fact that runfolio finds."""
    table = snapshot(folder).facts()
    names = (table.column(name).to_pylist() for name in ("writer", "seq"))
    return sorted(zip(*names, strict=True))


def test_empty_store(folder: Folder) -> None:
    found = sources(folder)
    assert (found.files, found.unsealed, found.missing) == ((), {}, "")
    assert read(folder) == []


def test_damaged_file_is_left_out_and_its_copy_taken(folder: Folder) -> None:
    for run_id in ("a", "b"):
        log_run(folder, run_id, metrics={"loss": [1.0, 2.0]})
    compact(folder)
    (pack,) = folder.packs.glob("c-*")
    whole = known(folder)
    assert [source.path for source in sources(folder).files] == [pack]
    data = bytearray(pack.read_bytes())
    data[100] ^= 1
    pack.write_bytes(data)
    assert pack not in [source.path for source in sources(folder).files]
    assert read(folder) == known(folder) == whole


def test_facts_of_a_purged_run_are_not_read_from_packs(folder: Folder) -> None:
    for run_id in ("a", "b"):
        log_run(folder, run_id, metrics={"loss": [1.0, 2.0]})
    compact(folder, grace=0)
    (pack,) = folder.packs.glob("c-*")
    before = pack.read_bytes()
    with edit(folder.path) as editor:
        editor.trash("a")
        editor.purge("a")
    pack.write_bytes(before)  # an old copy came back, as from a backup
    assert read(folder) == known(folder)
    (source,) = (each for each in sources(folder).files if each.path == pack)
    assert source.where.startswith("(writer = '")


def test_journals_are_told_and_can_be_written_to_a_file(folder: Folder, tmp_path: Path) -> None:
    log_run(folder, "a", metrics={"loss": [1.0]})
    writer = log_run(folder, "b", metrics={"loss": [1.0]}, close=False)
    found = sources(folder)
    assert found.unsealed == {"b": 3}
    assert found.missing.startswith("3 facts of 1 run are only in journals")
    assert read(folder, tmp_path / "rest.parquet") == known(folder)
    assert len(read(folder)) == len(known(folder)) - 3
    writer.close()
    assert read(folder) == known(folder)


def test_what_is_whole_in_a_damaged_pack_can_be_written_to_a_file(
    folder: Folder, tmp_path: Path
) -> None:
    for number in range(3):
        log_run(folder, f"r{number}", metrics={"loss": [0.5] * 20_000})
    compact(folder, grace=0)
    (pack,) = folder.packs.glob("c-*")
    data = bytearray(pack.read_bytes())
    data[100] ^= 1
    pack.write_bytes(data)
    found = sources(folder)
    assert found.files == () and 0 < len(found.unsealed) < 3
    assert read(folder, tmp_path / "rest.parquet") == known(folder) != []


def test_corrections_by_people_are_facts_like_others(folder: Folder) -> None:
    log_run(folder, "a")
    correct(folder, "a", "trash")
    assert read(folder) == known(folder)
