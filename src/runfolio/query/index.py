"""The index: what was computed of a store's runs, kept beside it, so that only news costs time.

Opening looks at the store, plans where each fact comes from, and gives every run a key: of which
facts it consists and how its sessions are. A run whose key is in a segment is taken from there; the
others are read, computed and written to a new segment. Runs that are still alive are computed each
time, in memory. What comes out is the same with and without an index, since a run's tables are
computed from its facts alone, by one function.

No locks: segments and notes never change (``shelf``), and of what is known of the files the last
one to write it counts. Two commands at once may compute the same; neither can disturb the other.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from runfolio import schema
from runfolio.query import database
from runfolio.query.ingest import (
    BUCKET_ROWS,
    Damage,
    RunPlan,
    buckets,
    cut,
    run_plans,
    task_of,
)
from runfolio.query.segment import Bucket, merge_segments, remove, write_segment
from runfolio.query.shelf import Segment, Shelf
from runfolio.store.footers import PartError
from runfolio.store.listing import Listing, Spot, held_still, list_store
from runfolio.store.mark import Mark
from runfolio.store.plan import OverlapError, Plan, Snapshot, make_plan, snapshot
from runfolio.store.reading import ChangedError, PieceReader, Share
from runfolio.store.settled import Group
from runfolio.store.standing import Standing
from runfolio.store.verdicts import Kept, KnownFiles

if TYPE_CHECKING:
    from runfolio.store.folder import Folder
    from runfolio.store.problem import Problem
    from runfolio.store.sessions import Session

_TRIES = 5
#: More segments than this are merged, the smallest ones, until half of it is left.
MOST_SEGMENTS = 8


@dataclass(frozen=True)
class Job:
    """One call of ``build_segment``."""

    task: str
    out: str


#: Calls ``build_segment(job.task, job.out)`` for each job, anywhere, and gives its answers.
Runner = Callable[[Sequence[Job]], Iterable[str]]


@dataclass(frozen=True)
class Indexed:
    """A store as it is now, with its tables: segments, and what is computed in memory."""

    plan: Plan
    layers: tuple[database.Layer, ...]
    buckets: tuple[Bucket, ...] = field(repr=False)
    silent: tuple[Session, ...] = field(repr=False)
    runs: int
    new: int
    bytes: int
    seconds: float
    shelf: Path | None

    @property
    def folder(self) -> Folder:
        """The store's folder."""
        return self.plan.folder

    @property
    def digest(self) -> str:
        """Equal for equal facts, sessions and problems."""
        return self.plan.digest

    @property
    def problems(self) -> tuple[Problem, ...]:
        """What is wrong with the store."""
        return self.plan.problems

    @property
    def aside(self) -> tuple[str, ...]:
        """Broken files that were set aside and are not back."""
        return self.plan.aside

    @property
    def sessions(self) -> tuple[Session, ...]:
        """Who wrote to the runs."""
        return self.plan.sessions

    def discard(self) -> None:
        """Let its segments go, one of which could not be used."""
        if self.shelf is not None:
            for layer in self.layers:
                Shelf(self.shelf).drop(layer.path)


def look(
    folder: Folder, *, index: bool = True, as_of: datetime | None = None
) -> Indexed | Snapshot:
    """A store as it is now, by its index or without one, or as it was at an earlier moment."""
    return refresh(folder) if index and as_of is None else snapshot(folder, as_of)


def refresh(
    folder: Folder,
    *,
    runner: Runner | None = None,
    shard: tuple[int, int] | None = None,
    rebuild: bool = False,
    bucket_rows: int = BUCKET_ROWS,
) -> Indexed:
    """Bring the index of a store up to date and open it; nothing is written where nothing is new.

    ``runner`` computes the new runs elsewhere, in buckets of about ``bucket_rows`` facts; None does
    it in this process. ``shard`` (i, n) computes only every n-th run, by a hash of its id, from the
    i-th on: n processes together make the whole index, and then the ``buckets`` are empty. With
    ``rebuild`` everything is read and computed anew.
    """
    began = time.perf_counter()
    shelf = Shelf.of(folder)
    if shelf is not None and rebuild:
        shelf.clear()
    work = _Work(folder, shelf, runner, shard, bucket_rows)
    layers, found = work.run()
    used = [layer.path for layer in layers]
    return Indexed(
        plan=work.plan,
        layers=tuple(layers),
        buckets=tuple(found),
        silent=tuple(each for each in work.plan.planned if each.run_id not in work.keys),
        runs=len(work.keys),
        new=work.new,
        bytes=shelf.size(used) if shelf else 0,
        seconds=time.perf_counter() - began,
        shelf=shelf.path if shelf else None,
    )


class _Work:
    """One refresh: a plan that holds, and where each of its runs comes from."""

    def __init__(
        self,
        folder: Folder,
        shelf: Shelf | None,
        runner: Runner | None,
        shard: tuple[int, int] | None,
        bucket_rows: int,
    ) -> None:
        self.folder = folder
        self.shelf = shelf
        self.runner = runner
        self.shard = shard
        self.bucket_rows = bucket_rows
        self.new = 0
        self.plan: Plan
        self.runs: dict[str, RunPlan] = {}
        self.keys: dict[str, str] = {}
        self.segments: list[Segment] = []
        self.files: KnownFiles
        self.memory: list[Bucket] = []
        self.kept = Kept()
        self.unsettled = False

    def run(self) -> tuple[list[database.Layer], list[Bucket]]:
        self.kept = self.shelf.kept() if self.shelf else Kept()
        self.segments = self.shelf.segments() if self.shelf else []
        tries = 0
        while True:
            kept = self.kept
            listing = list_store(self.folder, kept.homes, kept.settled)
            self.files = KnownFiles(listing, kept)
            try:
                self._settle(listing, patient=tries < _TRIES)
                break
            except OverlapError as error:
                self._unsettle(error.groups)
            except (FileNotFoundError, ChangedError):
                tries += 1
                if tries > _TRIES:
                    raise
                self.kept = replace(self.files.kept(), settled=kept.settled)
        self._keep(listing)
        return self._layers(), self.memory

    def _unsettle(self, groups: Collection[int]) -> None:
        """Look at these groups again, file by file."""
        self.kept = replace(self.kept, settled=self.kept.settled.without(groups))
        self.unsettled = True

    def _settle(self, listing: Listing, *, patient: bool) -> None:
        """Plan until no file turns out to be damaged, and every run is there."""
        while True:
            self.plan = make_plan(listing, self.files, patient=patient)
            self.runs = run_plans(self.plan)
            self.keys = {run_id: run.key for run_id, run in self.runs.items()}
            self.keys.update(listing.settled.runs)
            missing = self._missing()
            unknown = [each for each in missing if each not in self.runs and self._mine(each)]
            if unknown:
                raise OverlapError(listing.settled.of_runs(unknown))
            if not self._confirm(run for run in self.runs.values() if run.run_id not in missing):
                continue
            if self._ingest([run for run in self.runs.values() if run.run_id in missing]):
                return

    def _missing(self) -> set[str]:
        """The runs that are in no segment as they are now."""
        left = self.keys.items() - set[tuple[str, str]]()
        for segment in self.segments:
            left -= segment.runs.items()
        return {run_id for run_id, _ in left}

    def _confirm(self, runs: Iterable[RunPlan]) -> bool:
        """Verify files that are known by their footers only; False if one is damaged."""
        good = True
        with PieceReader(self.folder, self.files.rows) as reader:
            for run in runs:
                for share in run.shares:
                    if not self.files.checked(share.spot):
                        try:
                            reader.piece(share)
                            self.files.confirm(share.spot)
                        except FileNotFoundError:
                            raise
                        except (PartError, OSError) as error:
                            self._condemn(share.spot, share.writer, error)
                            good = False
        return good

    def _condemn(self, spot: Spot, writer: str, error: PartError | OSError) -> None:
        """From now on nothing of a damaged part is used, nor these facts of a damaged pack."""
        if isinstance(error, OSError):
            self.files.unreadable(spot, error)
        elif spot.home == schema.PACKS and self.files.part(spot).footer.groups:
            self.files.lose(spot, writer)
        else:
            self.files.condemn(spot, error)

    def _ingest(self, todo: Sequence[RunPlan]) -> bool:
        """Compute these runs; False if a file turned out to be damaged."""
        alive = [run for run in todo if run.alive or self.shelf is None]
        kept = [run for run in todo if not run.alive and self.shelf is not None]
        over = [run for run in kept if self._mine(run.run_id)]
        damaged: list[Damage] = []
        if over:
            try:
                self._write(over, damaged)
            except (duckdb.Error, OSError):
                self.shelf = None  # the disk is full, or somebody removed the folder
                alive = [*alive, *over]
        if not damaged:
            self.memory = [] if self.shard else self._computed(alive, damaged)
        for each in damaged:
            self._condemn(each.share.spot, each.share.writer, each.error)
        return not damaged

    def _mine(self, run_id: str) -> bool:
        """Whether a run belongs to this shard."""
        if self.shard is None:
            return True
        number, shards = self.shard
        digest = blake2b(run_id.encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") % shards == number

    def _computed(self, runs: Sequence[RunPlan], damaged: list[Damage]) -> list[Bucket]:
        with PieceReader(self.folder, self.files.rows) as reader:
            return list(buckets(runs, reader, damaged, []))

    def _write(self, runs: Sequence[RunPlan], damaged: list[Damage]) -> None:
        """Compute runs into new segments."""
        assert self.shelf is not None
        if self.runner is None:
            out = self.shelf.temp()
            done: list[RunPlan] = []
            with PieceReader(self.folder, self.files.rows) as reader:
                found = buckets(runs, reader, damaged, done)
                written = write_segment(out, found, sum(run.rows for run in runs))
            self._shelve(out, done, written.rows)
            return
        jobs = [
            Job(task_of(self.folder, chosen), str(self.shelf.temp()))
            for chosen in cut(runs, self.bucket_rows)
        ]
        by_id = {run.run_id: run for run in runs}
        for answer in map(json.loads, self.runner(jobs)):
            made = [by_id[run_id] for run_id in answer["done"]]
            self._shelve(Path(answer["out"]), made, answer["rows"])
            damaged += damage_in(answer)

    def _shelve(self, out: Path, done: Sequence[RunPlan], rows: int) -> None:
        assert self.shelf is not None
        if not done:
            remove(out)
            return
        runs = {run.run_id: run.key for run in done}
        self.segments.append(self.shelf.add(out, runs, rows))
        self.new += len(done)
        for run in done:
            for share in run.shares:
                self.files.confirm(share.spot)

    def _keep(self, listing: Listing) -> None:
        """Keep what was learned for the next command."""
        if self.shelf is None:
            return
        more = list(self._settled(listing))
        touched = len(listing.settled) != len(self.kept.settled)
        if self.files.learned or self.new or self.unsettled or touched or more:
            self.shelf.keep(self.files.kept(listing.settled.joined(more)))

    def _settled(self, listing: Listing) -> Iterator[Group]:
        """What stands for itself and holds still, of runs that are over and in a segment."""
        odd = {problem.run_id for problem in self.plan.problems}
        odd |= {problem.path for problem in self.plan.problems}
        odd |= {spot.home for spot, _ in listing.aside}
        held = self.runs.keys() - self._missing()
        marks: dict[str, list[tuple[Spot, Mark]]] = {}
        for spot, mark in self.files.marks.items():
            marks.setdefault(spot.text if spot.home == schema.PACKS else spot.home, []).append(
                (spot, mark)
            )
        for found in self.plan.groups:
            if (
                not found.lasting
                or not held.issuperset(found.runs)
                or not odd.isdisjoint(found.runs)
            ):
                continue
            homes = [place for place in found.places if place.startswith(f"{schema.RUNS}/")]
            files = [each for place in found.places for each in marks.get(place, ())]
            if (
                all(home in listing.homes for home in homes)
                and all(place in marks for place in found.places)
                and all(held_still(mark, listing.began) for _, mark in files)
                and odd.isdisjoint(spot.shown for spot, _ in files)
                and odd.isdisjoint(homes)
            ):
                yield self._group(
                    found, [(home, listing.homes[home].mark) for home in homes], files
                )

    def _group(
        self,
        found: Standing,
        homes: Sequence[tuple[str, Mark]],
        files: Sequence[tuple[Spot, Mark]],
    ) -> Group:
        return Group(
            homes,
            [(spot.text, mark) for spot, mark in files],
            [(run_id, self.keys[run_id], self.runs[run_id].rows) for run_id in found.runs],
            [
                (each.run_id, each.writer, each.state, each.last_seen.isoformat())
                for each in found.sessions
            ],
            found.sum,
        )

    def _layers(self) -> list[database.Layer]:
        """The segments that are needed, each with the runs that are not taken from it."""
        chosen = self._chosen()
        if len(chosen) > MOST_SEGMENTS and self.shelf is not None:
            with contextlib.suppress(duckdb.Error, OSError):
                self._merge(chosen)
                chosen = self._chosen()
        if self.shelf is not None and self.new:
            self.shelf.clean({segment.path for segment, _ in chosen})
        return [
            database.Layer(segment.path, tuple(sorted(segment.runs.keys() - set(taken))))
            for segment, taken in chosen
        ]

    def _chosen(self) -> list[tuple[Segment, list[str]]]:
        """Segments and the runs that are taken from each: from the one that has most, each once."""
        missing = dict(self.keys)
        found = []
        having = [
            (sum(missing.get(run) == key for run, key in segment.runs.items()), segment)
            for segment in self.segments
        ]
        for _, segment in sorted(having, key=lambda each: (-each[0], each[1].path.name)):
            taken = [run for run, key in segment.runs.items() if missing.get(run) == key]
            for run in taken:
                del missing[run]
            if taken:
                found.append((segment, taken))
        return found

    def _merge(self, chosen: Sequence[tuple[Segment, list[str]]]) -> None:
        """Make the smallest segments into one."""
        assert self.shelf is not None
        small = sorted(chosen, key=lambda each: each[0].rows)[: len(chosen) - MOST_SEGMENTS // 2]
        out = self.shelf.temp()
        rows = sum(self._rows(run) for _, taken in small for run in taken)
        merge_segments(out, [(segment.path, taken) for segment, taken in small], rows)
        keys = {run: segment.runs[run] for segment, taken in small for run in taken}
        gone = {segment.path for segment, _ in small}
        self.segments = [each for each in self.segments if each.path not in gone]
        self.segments.append(self.shelf.add(out, keys, rows))

    def _rows(self, run_id: str) -> int:
        known = self.runs.get(run_id)
        return known.rows if known else self.plan.settled.rows[run_id]


def damage_in(answer: Mapping[str, Any]) -> list[Damage]:
    """What a runner's answer says is damaged."""
    return [
        Damage(Share(run_id, writer, (), Spot(home, name), "", False), PartError(code, message))
        for run_id, writer, home, name, code, message in answer["damaged"]
    ]
