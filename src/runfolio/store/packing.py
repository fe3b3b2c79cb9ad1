"""Writing one pack from parts and other packs, a row group at a time."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from runfolio.store import files
from runfolio.store.coverage import Ranges, assign, count, minus, union
from runfolio.store.folder import Folder
from runfolio.store.footers import Footer, Origin, PartError
from runfolio.store.packs import Pack, PackWriter
from runfolio.store.parts import read_footer, read_part
from runfolio.store.seal import temp_for
from runfolio.store.survey import Loose, Part

if TYPE_CHECKING:
    import pyarrow as pa


class SourceError(Exception):
    """A file that a pack was to be made of cannot be read; ``gone``: it is not there any more."""

    def __init__(self, path: Path, reason: Exception) -> None:
        super().__init__(f"{path.name}: {reason}")
        self.path = path
        self.gone = isinstance(reason, FileNotFoundError)


@dataclass(frozen=True)
class Batch:
    """What goes into one pack: the small files of runs, and smaller packs as they are."""

    loose: tuple[Loose, ...] = ()
    packs: tuple[Part, ...] = ()

    @property
    def runs(self) -> frozenset[str]:
        """Ids of the runs in it."""
        return frozenset(run.run_id for run in self.loose).union(*(p.runs for p in self.packs))

    @property
    def rows(self) -> int:
        """How many facts it holds, or a few less where its sources overlap."""
        return sum(run.rows for run in self.loose) + sum(p.footer.rows for p in self.packs)

    @property
    def size(self) -> int:
        """Bytes of its sources; the pack has hardly more."""
        return sum(run.size for run in self.loose) + sum(pack.size for pack in self.packs)

    @property
    def sources(self) -> int:
        """How many files one pack will stand for."""
        return sum(len(run.parts) for run in self.loose) + len(self.packs)


def nobody(run_id: str, writer: str) -> bool:
    """Leave nobody out."""
    return False


def write_pack(
    folder: Folder, batch: Batch, *, leave: Callable[[str, str], bool] = nobody
) -> Path | None:
    """Make the pack of a batch appear, whole, verified and durable; None if nothing is left.

    ``leave`` says of a run and a writer whether their facts are left out. SourceError if a source
    cannot be read; OSError or PartError if the pack cannot be written. Then nothing has changed.
    """
    with contextlib.ExitStack() as stack:
        contents = _contents(batch, stack, leave)
        if not contents:
            return None
        writer = PackWriter(temp_for(folder, "pack"))
        stack.callback(writer.drop)
        for run_id in sorted({each.run_id for each in contents.values()}):
            of_run = {name: each for name, each in contents.items() if each.run_id == run_id}
            writer.begin_run(sum(count(each.ranges) for each in of_run.values()))
            for name in sorted(of_run):
                for table in _facts(name, of_run[name]):
                    writer.write(table)
        name, _ = writer.finish(_footer(contents))
        return _publish(folder, writer.temp, folder.packs / name)


def salvage(folder: Folder, path: Path) -> Path | None:
    """Make a pack of all facts that can still be read in a damaged one; None if there are none.

    SourceError if not even its footer can be read; OSError or PartError as for ``write_pack``.
    """
    try:
        with Pack.open(path) as pack:
            lost = pack.lost(pack.check())
            footer = pack.footer
    except (PartError, OSError) as error:
        raise SourceError(path, error) from error
    left = {name: minus(own, lost.get(name, ())) for name, own in footer.coverage.items()}
    kept = replace(footer, coverage={name: own for name, own in left.items() if own})
    return write_pack(folder, Batch((), (Part(path, kept, path.stat().st_size),)))


def _publish(folder: Folder, temp: Path, target: Path) -> Path:
    """Give the pack its name, unless a good one has it already."""
    files.make_dirs(folder.packs)
    if target.exists():
        with contextlib.suppress(PartError):
            read_footer(target)
            return target
    files.replace(temp, target)
    return target


@dataclass
class _Content:
    """The facts of one writer: where they are, and what is known of its end."""

    run_id: str
    sources: list[_Source] = field(default_factory=list)
    end: str = ""
    seen: int = 0

    def add(self, name: str, source: _Source, end: str, seen: int) -> None:
        self.sources.append(source)
        self.end = max(self.end, end, key=("", "dead", "closed").index)
        self.seen = max(self.seen, seen)

    @property
    def ranges(self) -> Ranges:
        return self._ranges

    @property
    def origins(self) -> tuple[Origin, ...]:
        return self._origins

    def settle(self, name: str) -> None:
        """Fix the order of the sources: the largest first; and what there is in all."""
        self.sources.sort(key=lambda each: (-each.footer.rows, each.path.name))
        claims = [each.footer.coverage[name] for each in self.sources]
        self._ranges = union(span for claim in claims for span in claim)
        used = [
            (each, own == claim)
            for each, own, claim in zip(self.sources, assign(claims), claims, strict=True)
            if own
        ]
        known = [each.footer.origins(name) if whole else () for each, whole in used]
        self._origins = tuple(sorted(pair for each in known for pair in each)) if all(known) else ()


class _Source:
    """A part, or an open pack."""

    def __init__(self, part: Part, pack: Pack | None) -> None:
        self.path = part.path
        self.footer = part.footer
        self._pack = pack

    def facts(self, writer: str, lo: int, hi: int) -> Iterator[pa.Table]:
        """Facts lo <= seq < hi of a writer, which are all in here, in order."""
        try:
            if self._pack is not None:
                yield from self._pack.facts(writer, lo, hi)
                return
            footer, table = read_part(self.path)
            if footer != self.footer:
                raise PartError("part-damaged", "it has changed")
            yield table.slice(count(minus(footer.coverage[writer], ((lo, 1 << 62),))), hi - lo)
        except (PartError, OSError) as error:
            raise SourceError(self.path, error) from error


def _contents(
    batch: Batch, stack: contextlib.ExitStack, leave: Callable[[str, str], bool]
) -> dict[str, _Content]:
    """The content of the batch by writer."""
    found: dict[str, _Content] = {}

    def add(run_id: str, name: str, source: _Source, end: str, seen: int) -> None:
        content = found.setdefault(name, _Content(run_id))
        if content.run_id != run_id:
            error = PartError("part-foreign", f"it gives the writer {name} to another run")
            raise SourceError(source.path, error)
        content.add(name, source, end, seen)

    for run in batch.loose:
        for part in run.parts:
            source = _Source(part, None)
            for name in part.footer.coverage:
                add(run.run_id, name, source, run.ends.get(name, ""), run.seen[name])
    for pack in batch.packs:
        source = _Source(pack, _open(pack.path, stack))
        footer = pack.footer
        for name, run_id in footer.runs.items():
            if name in footer.coverage and not leave(run_id, name):
                end, seen = footer.ends.get(name, ""), footer.seen.get(name, 0)
                add(run_id, name, source, end, seen)
    for name, content in found.items():
        content.settle(name)
    return found


def _open(path: Path, stack: contextlib.ExitStack) -> Pack:
    try:
        return stack.enter_context(Pack.open(path))
    except (PartError, OSError) as error:
        raise SourceError(path, error) from error


def _facts(name: str, content: _Content) -> Iterator[pa.Table]:
    """All facts of a writer in order, each once; parts that take turns are read piece by piece."""
    claims = [source.footer.coverage[name] for source in content.sources]
    owned = zip(content.sources, assign(claims), strict=True)
    spans = sorted((lo, hi, n) for n, (_, own) in enumerate(owned) for lo, hi in own)
    for lo, hi, number in spans:
        yield from content.sources[number].facts(name, lo, hi)


def _footer(contents: dict[str, _Content]) -> Footer:
    """The footer of a pack, without its digests."""
    return Footer(
        coverage={name: each.ranges for name, each in contents.items()},
        runs={name: each.run_id for name, each in contents.items()},
        ends={name: each.end for name, each in contents.items() if each.end},
        seen={name: each.seen for name, each in contents.items()},
        parts={name: each.origins for name, each in contents.items() if each.origins},
        rows=sum(count(each.ranges) for each in contents.values()),
        digest="",
    )


def batches(
    loose: Sequence[Loose], packs: Collection[Part], most_runs: int, most_bytes: int
) -> tuple[Batch, ...]:
    """What to pack together: runs in order, and packs that are small beside what joins them.

    A pack joins what has at least half its rows, so that a fact is written anew only as often as
    the store doubles; one that is half full stays as it is.
    """
    made: list[Batch] = []
    now = Batch()
    for run in loose:
        more = Batch((*now.loose, run))
        if now.loose and (len(more.loose) > most_runs or more.size > most_bytes):
            made.append(now)
            more = Batch((run,))
        now = more
    small = [pack for pack in packs if len(pack.runs) * 2 <= most_runs]
    small = [pack for pack in small if pack.size * 2 <= most_bytes]
    for pack in sorted(small, key=lambda pack: (pack.footer.rows, pack.path.name)):
        more = Batch(now.loose, (*now.packs, pack))
        fits = len(more.runs) <= most_runs and more.size <= most_bytes
        if now.sources and not (fits and now.rows * 2 >= pack.footer.rows):
            made.append(now)
            more = Batch((), (pack,))
        now = more
    return tuple(batch for batch in (*made, now) if batch.sources > 1)
