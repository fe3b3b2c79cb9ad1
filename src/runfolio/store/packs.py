"""Packs: the facts of many runs in one Parquet file, of which each run can be read alone.

Rows are sorted by run, writer and seq, and the footer says which numbers of which writer are there:
so the place of each row follows from the footer. A row group holds whole runs, or a stretch of one
run that is larger than a group. Each has its digest in the footer, so that what is read is verified
and the rest is not touched; where a group is damaged, the runs in the others can still be read.
"""

from __future__ import annotations

import bisect
import os
from collections.abc import Iterator
from dataclasses import replace
from hashlib import blake2b
from itertools import accumulate, pairwise
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Self

from runfolio import schema
from runfolio.store import files, parts, stamps
from runfolio.store.codecs import check_codecs
from runfolio.store.coverage import Ranges, count, minus
from runfolio.store.footers import KEY, Footer, PartError, check_shape, footer_in

if TYPE_CHECKING:
    import pyarrow as pa

#: A row group takes further runs up to so many rows, and so many rows of one larger run.
GROUP_ROWS = 32_768
MOST_GROUP_ROWS = 131_072


def places(footer: Footer) -> dict[str, tuple[int, int]]:
    """The first row and the number of rows of each writer in a pack with this footer."""
    order = sorted(footer.coverage, key=lambda writer: (footer.runs[writer], writer))
    sizes = [count(footer.coverage[writer]) for writer in order]
    firsts = accumulate(sizes, initial=0)
    return dict(zip(order, zip(firsts, sizes, strict=False), strict=True))


class Pack:
    """An open pack whose footer was verified; rows are verified when they are read.

    All methods raise PartError if what they read is damaged, and OSError if it cannot be read.
    """

    def __init__(self, path: Path, file: BinaryIO) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.path = path
        self._file = file
        self.stamp = stamps.read_stamp(file)
        check_codecs(file)
        try:
            self._parquet = pq.ParquetFile(file, page_checksum_verification=True)
        except (pa.ArrowException, OSError, UnicodeDecodeError, OverflowError) as error:
            raise _damaged(error) from error
        metadata = self._parquet.metadata
        footer = footer_in(metadata)
        check_shape(metadata, footer)
        self._places = places(footer)
        in_order = {writer: footer.coverage[writer] for writer in self._places}
        self.footer = replace(footer, coverage=in_order)  # who goes through it reads on and on
        if len(self.footer.groups) != metadata.num_row_groups:
            raise PartError("part-foreign", "it does not have a digest for each of its row groups")
        rows = [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)]
        self._firsts = list(accumulate(rows, initial=0))
        starts = [_start_of(metadata.row_group(n)) for n in range(1, metadata.num_row_groups)]
        self._spans = list(pairwise([4, *starts, self.stamp.at]))
        self._last: tuple[int, Any] = (-1, None)

    @classmethod
    def open(cls, path: Path) -> Self:
        """The pack at ``path``; a context manager."""
        file = path.open("rb")
        try:
            return cls(path, file)
        except BaseException:
            file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def runs(self) -> tuple[str, ...]:
        """Ids of the runs in it, sorted."""
        return tuple(sorted(set(self.footer.runs.values())))

    def run(self, run_id: str) -> pa.Table:
        """The facts of one run, sorted by writer and seq; no other run's row groups are read."""
        import pyarrow as pa

        writers = [writer for writer in self._places if self.footer.runs[writer] == run_id]
        tables = [self.writer(writer) for writer in writers]
        return pa.concat_tables(tables) if tables else parts.arrow_schema().empty_table()

    def writer(self, writer: str) -> pa.Table:
        """The facts of one writer, sorted by seq."""
        import pyarrow as pa

        return pa.concat_tables(
            table for lo, hi in self.footer.coverage[writer] for table in self.facts(writer, lo, hi)
        )

    def facts(self, writer: str, lo: int, hi: int) -> Iterator[pa.Table]:
        """Facts lo <= seq < hi of a writer, which are all in here; one row group at a time."""
        first, _ = self._places[writer]
        first += count(minus(self.footer.coverage[writer], ((lo, 1 << 62),)))
        end = first + hi - lo
        group = bisect.bisect_right(self._firsts, first) - 1
        while first < end:
            there = min(end, self._firsts[group + 1])
            table = self._group(group).slice(first - self._firsts[group], there - first)
            _check_facts(table, self.footer.runs[writer], writer, lo)
            yield table
            lo += there - first
            first, group = there, group + 1

    def check(self) -> list[int]:
        """Numbers of the row groups that are damaged; every byte of the pack is looked at."""
        return [n for n in range(len(self._spans)) if not self._is_whole(n)]

    def lost(self, groups: list[int]) -> dict[str, Ranges]:
        """The facts, by writer, that lie in these row groups."""
        found: dict[str, Ranges] = {}
        for writer, (first, rows) in self._places.items():
            for group in groups:
                lo = max(first, self._firsts[group]) - first
                hi = min(first + rows, self._firsts[group + 1]) - first
                if lo < hi:
                    taken = nth(self.footer.coverage[writer], lo, hi)
                    found[writer] = (*found.get(writer, ()), *taken)
        return found

    def _is_whole(self, group: int) -> bool:
        start, end = self._spans[group]
        return stamps.digest_of_range(self._file, start, end) == self.footer.groups[group]

    def _group(self, group: int) -> pa.Table:
        import pyarrow as pa

        if self._last[0] != group:
            self._last = (-1, None)
            if not self._is_whole(group):
                raise PartError("part-damaged", "its bytes are not those that were sealed")
            try:
                table = self._parquet.read_row_group(group, use_threads=False)
                self._last = (group, parts.fixed(table))
                parts.check_rows(self._last[1], self.footer)
            except (pa.ArrowException, OSError, UnicodeDecodeError, OverflowError) as error:
                raise _damaged(error) from error
        return self._last[1]


def nth(ranges: Ranges, lo: int, hi: int) -> Ranges:
    """The numbers of ``ranges`` from the one at place ``lo`` to that before place ``hi``."""
    found = []
    for start, end in ranges:
        size = end - start
        if lo < size and hi > 0:
            found.append((start + max(lo, 0), start + min(hi, size)))
        lo, hi = lo - size, hi - size
    return tuple(found)


def _start_of(group: Any) -> int:
    """Where the bytes of a row group begin."""
    columns = [group.column(number) for number in range(group.num_columns)]
    return min(
        int(offset)
        for column in columns
        for offset in (column.dictionary_page_offset, column.data_page_offset)
        if offset is not None
    )


def _check_facts(table: pa.Table, run_id: str, writer: str, lo: int) -> None:
    """Refuse rows that are not where the footer says; all are of one writer, from ``lo`` on."""
    import pyarrow.compute as pc

    for name, known in (("run_id", run_id), ("writer", writer)):
        column = table.column(name)
        if column[0].as_py() != known or not pc.all(pc.equal(column, column[0])).as_py():
            raise PartError("part-damaged", "its rows are not in the order that its footer says")
    numbers = pc.min_max(table.column("seq")).as_py()
    if numbers != {"min": lo, "max": lo + table.num_rows - 1}:
        raise PartError("part-damaged", "its facts are not those that its footer says")


def _damaged(error: Exception) -> PartError:
    return PartError("part-damaged", str(error).split("\n")[0][:300])


class PackWriter:
    """Writes a pack to ``temp``, a row group at a time; ``finish`` or ``drop`` it.

    Give it runs in order, and the tables of each in the order of writer and seq.
    """

    def __init__(self, temp: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        files.make_dirs(temp.parent)
        self.temp = temp
        self._sink = _Sink(files.create(temp))
        self._waiting: list[pa.Table] = []
        self._rows = 0
        self._groups: list[str] = []
        self._digests: list[str] = []
        self._parquet = pq.ParquetWriter(
            pa.PythonFile(self._sink, mode="w"),
            parts.arrow_schema(),
            sorting_columns=[pq.SortingColumn(number) for number in range(3)],
            **parts.writer_options(),
        )

    def begin_run(self, rows: int) -> None:
        """A run of so many rows comes next."""
        if self._rows + rows > GROUP_ROWS:
            self._flush()

    def write(self, table: pa.Table) -> None:
        """Facts of one writer, sorted by seq."""
        while table.num_rows:
            room = MOST_GROUP_ROWS - self._rows
            self._waiting.append(table.slice(0, room))
            self._rows += self._waiting[-1].num_rows
            table = table.slice(room)
            if self._rows >= MOST_GROUP_ROWS:
                self._flush()

    def finish(self, footer: Footer) -> tuple[str, Footer]:
        """End, sync and verify the file. Returns its name and its footer, which is ``footer``
        with the digests; PartError if what is on the disk is not what was meant.
        """
        self._flush()
        state = blake2b("".join(self._digests).encode(), digest_size=16)
        footer = replace(footer, digest=state.hexdigest(), groups=tuple(self._groups))
        self._parquet.add_key_value_metadata({KEY.decode(): footer.to_json().decode()})
        self._sink.hold()
        self._parquet.close()
        self._sink.stamp()
        self._sink.release(sync=True)
        return schema.pack_name(self._verified(footer).name), footer

    def drop(self) -> None:
        """Forget what was not published."""
        self._sink.release()
        self._parquet.close()  # else it would want to write its footer when it is collected
        self.temp.unlink(missing_ok=True)

    def _flush(self) -> None:
        import pyarrow as pa

        if not self._rows:
            return
        table = pa.concat_tables(self._waiting)
        self._parquet.write_table(table, row_group_size=self._rows)
        self._groups.append(self._sink.group())
        self._digests.append(parts.digest_of(table))
        self._waiting, self._rows = [], 0

    def _verified(self, footer: Footer) -> stamps.Stamp:
        with Pack.open(self.temp) as pack:
            stamps.check_rows(pack._file, pack.stamp)
            same = pack.footer == footer and all(
                parts.digest_of(pack._group(n)) == self._digests[n]
                for n in range(len(self._digests))
            )
            if not same:
                raise PartError("part-damaged", "what was written is not what was meant")
            return pack.stamp


class _Sink:
    """The file that Parquet is written to: it takes digests, and lets the stamp in at the end."""

    closed = False

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._at = 0
        self._all = blake2b(digest_size=16)
        self._part = blake2b(digest_size=16)
        self._held: bytearray | None = None

    def write(self, data: bytes) -> int:
        if self._held is not None:
            self._held += data
        elif self._fd >= 0:
            files.write_all(self._fd, data)
            self._all.update(data)
            if self._at:  # the first bytes are the mark of Parquet files
                self._part.update(data)
        self._at += len(data)
        return len(data)

    def tell(self) -> int:
        return self._at

    def flush(self) -> None:
        """Nothing waits here."""

    def close(self) -> None:
        """The descriptor is still needed: see ``release``."""

    def group(self) -> str:
        """The digest of all since the last time."""
        digest, self._part = self._part.hexdigest(), blake2b(digest_size=16)
        return digest

    def hold(self) -> None:
        """What comes now is the footer."""
        self._held = bytearray()

    def stamp(self) -> None:
        """Write the stamp and the footer."""
        footer = bytes(self._held or b"")
        files.write_all(self._fd, stamps.before(footer, self._all.digest()) + footer)

    def release(self, *, sync: bool = False) -> None:
        """Close the file, synced if so wished; what is written from now on is forgotten."""
        fd, self._fd = self._fd, -1
        if fd < 0:
            return
        try:
            if sync:
                files.sync_file(fd)
        finally:
            os.close(fd)
