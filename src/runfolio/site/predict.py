"""How large a site will be, before it is built.

Everything beside the runs' own pages is made as a build makes it, and only counted. Of the runs as
many are made as it takes to be sure of the sum (``sample``); artifacts are files of the store, so
their sizes are known; of long series and of the table of all points, pieces are made.
"""

from __future__ import annotations

import json
import math
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from runfolio.config import Config
from runfolio.environment.version import VERSION
from runfolio.query.frozen import FrozenSources, frozen_sources
from runfolio.query.index import look
from runfolio.query.origins import Origin
from runfolio.query.reproduce import ITEMS
from runfolio.query.settling import settled
from runfolio.query.store import Store
from runfolio.site.build import Build
from runfolio.site.full_sizes import sized_series
from runfolio.site.gather.context import Context
from runfolio.site.gather.run import RunBundle
from runfolio.site.gather.whole import Whole
from runfolio.site.inside import OF_ROOT
from runfolio.site.kept import Kept, LeftOut
from runfolio.site.kinds import kind_of
from runfolio.site.load import DetailLoader
from runfolio.site.outline import Outline
from runfolio.site.output import read_manifest
from runfolio.site.records import RunRecord
from runfolio.site.sample import Fit, draw
from runfolio.site.sizes import Size, largest_of, parts_of
from runfolio.site.table_sizes import SizedLoader, sized_points
from runfolio.site.tally import Guess, Heavy, InnerTally, Tally, listed_size
from runfolio.site.words import in_its_language
from runfolio.store.folder import Folder

#: Runs that are made at first, and at most; and how sure of their sum is sure enough.
FIRST, MOST = 48, 384
SURE = 0.012
_MANIFEST = "manifest"


@dataclass(frozen=True)
class Prediction:
    """What a site will have.

    ``made`` of ``runs`` runs were made to know it; ``error`` is the standard error of the bytes.
    ``heavy`` is what a policy can take away: of the site, then of each of its snapshots; ``inside``
    are the bytes of all snapshots by kind.
    """

    size: Size
    runs: int
    made: int
    error: float
    seconds: float
    heavy: Sequence[Heavy]
    inside: Mapping[str, int]

    def of(self, kind: str) -> int:
        """Bytes of the files of a kind, in the site and in its snapshots."""
        return self.size.of(kind) + self.inside.get(kind, 0)


@in_its_language
def predict(
    config: Config,
    *,
    out: Path | None = None,
    contents: Folder | None = None,
    kept: Kept | None = None,
    snapshots: FrozenSources | None = None,
    origins: Sequence[Origin] = (),
) -> Prediction:
    """How large the site of ``config.store`` will be; the arguments are those of ``build``.

    Snapshots that the site in ``out`` has already, and that would come out the same, are not made.
    """
    began = time.monotonic()
    folder = Folder.open(config.store)
    found = look(folder, index=config.index)
    tally = Tally(read_manifest(out or config.out))
    making = _Predictor(config, found, tally, _silent, contents or folder, kept)
    making.beside = settled(found, origins, index=config.index)
    making.frozen = snapshots or frozen_sources(folder, found)
    making.keys["site"] = "0" * 32
    making.make(None)
    return making.prediction(tally, time.monotonic() - began)


def _silent(stage: str, done: int, total: int) -> None:
    """Nobody watches."""


class _Predictor(Build):
    """A build that makes some of the runs and counts the others."""

    drawn: Sequence[str] = ()
    runs = 0
    output: Tally

    def _runs(self, context: Context, store: Store) -> dict[str, RunRecord]:
        outline = Outline(context, store, self.contents)
        units = outline.units()
        measured: dict[str, dict[str, int]] = {}
        guess = Guess()
        records: dict[str, RunRecord] = {}
        number = min(FIRST, len(units))
        while units:
            self.drawn = draw(units, number)
            todo = [run_id for run_id in self.drawn if run_id not in measured]
            for run_id, bundle in self._bundles(context, store, todo):
                measured[run_id], records[run_id] = self._measured(run_id, bundle)
            guess = _summed(Fit(units, self.drawn), measured)
            sure = guess.error <= SURE * max(1, sum(guess.sums.values()) + guess.listed)
            if sure or number >= min(MOST, len(units)):
                break
            number = min(2 * number, MOST, len(units))
        self.runs = len(units)
        self.output.guess = guess
        self.output.heavy = self._heavy(outline, [unit.name for unit in reversed(units)])
        self.output.expect(ref.path for ref in context.material.refs.values())
        return {
            run_id: records.get(run_id) or self._unmade(context, run_id)
            for run_id in context.material.runs
        }

    def _heavy(self, outline: Outline, newest: Sequence[str]) -> Heavy:
        """What is heavy of each run; the artifacts are counted."""
        points = [outline.long_points(run_id) for run_id in newest]
        each = self.output.guess.sums["every point of long series"] / max(1, sum(points))
        copies = [list(outline.copies(run_id)) for run_id in newest]
        for path, size in (one for found in copies for one in found):
            self._count(path, size)
        return Heavy([each * count for count in points], [[n for _, n in one] for one in copies])

    def _measured(self, run_id: str, bundle: RunBundle) -> tuple[dict[str, int], RunRecord]:
        """Bytes by kind and, under ``#kind``, files of a run without its artifacts."""
        html = self.renderer.render(bundle.page).encode("utf-8", "replace")
        sizes = {bundle.page.path: len(html)}
        sizes.update((file.path, len(file.data)) for file in bundle.data)
        found: defaultdict[str, int] = defaultdict(int)
        for path, size in sizes.items():
            kind = kind_of(path)
            found[kind] += size
            found[f"#{kind}"] += 1
            found[_MANIFEST] += self._listed(path, size)
        checks = "".join(check.state[0] for check in bundle.page.checks)
        record = RunRecord("0" * 32, (bundle.page.path, bundle.data[0].path), checks, bundle.left)
        if not self.inner:
            found[_MANIFEST] += len(f'"{run_id}":["{record.key}",[],"{checks}"],')
            found[_MANIFEST] += len(json.dumps(bundle.left.counts())) if bundle.left else 0
        self.output.enlarge(sizes)
        return dict(found), record

    def _listed(self, path: str, size: int) -> int:
        """Bytes of the manifest for a file that is named twice there."""
        path = f"{self.output.prefix}{path}"
        return listed_size(path, size) + len(json.dumps(path)) + 1

    def _count(self, path: str, size: int) -> None:
        """Count an artifact."""
        guess = self.output.guess
        guess.sums[kind_of(path)] += size
        guess.counts[kind_of(path)] += 1
        guess.listed += self._listed(path, size)
        self.output.enlarge({path: size})

    def _inside(self, folder: str) -> InnerTally:
        return InnerTally(self.output, folder, OF_ROOT)

    def _unmade(self, context: Context, run_id: str) -> RunRecord:
        """A record with paths as long as those of the run's files."""
        data = f"data/runs/{run_id}-{'0' * 10}.js"
        left = LeftOut(downloads=int(not self.kept.downloads))
        return RunRecord("", (context.material.refs[run_id].path, data), "u" * len(ITEMS), left)

    def _loader(self, context: Context, store: Store) -> DetailLoader:
        return SizedLoader(store, context.material, self.kept, sized_series)

    def _whole(self, context: Context, store: Store, runs: Mapping[str, RunRecord]) -> Whole:
        whole = super()._whole(context, store, runs)
        return replace(whole, every_point=sized_points)

    def prediction(self, tally: Tally, seconds: float) -> Prediction:
        """All that was counted."""
        tally.finish(self.keys, f"runfolio {VERSION}")
        sums, counts = tally.by_kind()
        inside = Counter[str]()
        heavy = [tally.heavy]
        for kinds, files, each in tally.frozen():
            inside.update(kinds)
            heavy.append(each)
            if files:  # else they are among the files of the site
                sums["snapshots"] += kinds.total()
                counts["snapshots"] += files.total()
        large = {**tally.large, **tally.sizes}
        for inner in tally.inner:
            found = {**inner.large, **inner.sizes}
            large.update((f"{inner.prefix}{path}", size) for path, size in found.items())
        return Prediction(
            size=Size(counts.total(), sums.total(), parts_of(sums, counts), largest_of(large)),
            runs=self.runs,
            made=len(self.drawn),
            error=math.hypot(*(each.guess.error for each in (tally, *tally.inner))),
            seconds=seconds,
            heavy=heavy,
            inside=inside,
        )


def _summed(fit: Fit, measured: Mapping[str, Mapping[str, int]]) -> Guess:
    """The sums over all runs, and how sure they are."""
    guess = Guess()
    for name in sorted({name for found in measured.values() for name in found}):
        values = {run_id: found.get(name, 0) for run_id, found in measured.items()}
        total = round(fit.total(values).total)
        if name == _MANIFEST:
            guess.listed = total
        elif name.startswith("#"):
            guess.counts[name[1:]] = total
        else:
            guess.sums[name] = total
    all_bytes = {
        run_id: sum(size for name, size in found.items() if name[0] != "#")
        for run_id, found in measured.items()
    }
    guess.error = fit.total(all_bytes).error
    return guess
