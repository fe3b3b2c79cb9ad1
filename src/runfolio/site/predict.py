"""How large a site will be, before it is built.

Everything beside the runs' own pages is made as a build makes it, and only counted. Of the runs as
many are made as it takes to be sure of the sum (``sample``); artifacts are files of the store, so
their sizes are known; of long series and of the table of all points, pieces are made.
"""

from __future__ import annotations

import itertools
import json
import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from runfolio.config import Config
from runfolio.environment.version import VERSION
from runfolio.query.index import look
from runfolio.query.reproduce import ITEMS
from runfolio.query.store import Store
from runfolio.site.build import Build
from runfolio.site.full_sizes import sized_series
from runfolio.site.gather.context import Context
from runfolio.site.gather.run import RunBundle
from runfolio.site.gather.whole import Whole
from runfolio.site.kept import Kept, LeftOut
from runfolio.site.kinds import kind_of
from runfolio.site.load import DetailLoader
from runfolio.site.outline import Outline
from runfolio.site.records import RunRecord
from runfolio.site.sample import Fit, draw
from runfolio.site.sizes import Size, largest_of, parts_of
from runfolio.site.table_sizes import SizedLoader, sized_points
from runfolio.site.tally import Tally, listed_size
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
    ``long_points`` are those of the series that have every point on the site, by run, the newest
    first; ``copies`` are the bytes of each artifact by run.
    """

    size: Size
    runs: int
    made: int
    error: float
    seconds: float
    long_points: Mapping[str, int]
    copies: Mapping[str, Sequence[int]]


@in_its_language
def predict(
    config: Config, *, contents: Folder | None = None, kept: Kept | None = None
) -> Prediction:
    """How large the site of ``config.store`` will be; the arguments are those of ``build``."""
    began = time.monotonic()
    folder = Folder.open(config.store)
    found = look(folder, index=config.index)
    tally = Tally()
    making = _Predictor(config, found, tally, _silent, contents or folder, kept)
    making.keys["site"] = "0" * 32
    making.make(None)
    return making.prediction(tally, time.monotonic() - began)


def _silent(stage: str, done: int, total: int) -> None:
    """Nobody watches."""


class _Predictor(Build):
    """A build that makes some of the runs and counts the others."""

    drawn: Sequence[str] = ()
    error = 0.0
    large: Mapping[str, int] = {}
    sums: Counter[str]
    counts: Counter[str]
    long_points: Mapping[str, int]
    copies: Mapping[str, Sequence[int]]

    def _runs(self, context: Context, store: Store) -> dict[str, RunRecord]:
        outline = Outline(context, store, self.contents)
        units = outline.units()
        measured: dict[str, dict[str, int]] = {}
        self.sums, self.counts = Counter(), Counter()
        records: dict[str, RunRecord] = {}
        number = min(FIRST, len(units))
        while units:
            self.drawn = draw(units, number)
            todo = [run_id for run_id in self.drawn if run_id not in measured]
            for run_id, bundle in self._bundles(context, store, todo):
                measured[run_id], records[run_id] = self._measured(run_id, bundle)
            self._sum(Fit(units, self.drawn), measured)
            sure = self.error <= SURE * max(1, sum(self.sums.values()))
            if sure or number >= min(MOST, len(units)):
                break
            number = min(2 * number, MOST, len(units))
        newest = [unit.name for unit in reversed(units)]
        self.long_points = {run_id: outline.long_points(run_id) for run_id in newest}
        copies = {run_id: list(outline.copies(run_id)) for run_id in newest}
        for path, size in itertools.chain.from_iterable(copies.values()):
            self._count(path, size)
        self.copies = {run_id: [size for _, size in found] for run_id, found in copies.items()}
        self._expect(context)
        return {
            run_id: records.get(run_id) or self._unmade(context, run_id)
            for run_id in context.material.runs
        }

    def _expect(self, context: Context) -> None:
        """Let pages know of the pages of runs."""
        assert isinstance(self.output, Tally)
        self.output.expect(ref.path for ref in context.material.refs.values())
        self.pages += len(context.material.refs)

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
            found[_MANIFEST] += listed_size(path, size) + len(json.dumps(path)) + 1
        checks = "".join(check.state[0] for check in bundle.page.checks)
        record = RunRecord("0" * 32, (bundle.page.path, bundle.data[0].path), checks, bundle.left)
        found[_MANIFEST] += len(f'"{run_id}":["{record.key}",[],"{checks}"],')
        found[_MANIFEST] += len(json.dumps(bundle.left.counts())) if bundle.left else 0
        self._largest(sizes)
        return dict(found), record

    def _sum(self, fit: Fit, measured: Mapping[str, Mapping[str, int]]) -> None:
        """The sums over all runs, and how sure they are."""
        names = sorted({name for found in measured.values() for name in found})
        self.sums, self.counts = Counter(), Counter()
        for name in names:
            values = {run_id: found.get(name, 0) for run_id, found in measured.items()}
            total = round(fit.total(values).total)
            if name.startswith("#"):
                self.counts[name[1:]] = total
            else:
                self.sums[name] = total
        all_bytes = {
            run_id: sum(size for name, size in found.items() if name[0] != "#")
            for run_id, found in measured.items()
        }
        self.error = fit.total(all_bytes).error

    def _count(self, path: str, size: int) -> None:
        """Count an artifact."""
        self.sums[kind_of(path)] += size
        self.counts[kind_of(path)] += 1
        self.sums[_MANIFEST] += listed_size(path, size) + len(json.dumps(path)) + 1
        self._largest({path: size})

    def _largest(self, sizes: Mapping[str, int]) -> None:
        """Remember the largest files of runs."""
        self.large = dict(largest_of({**self.large, **sizes}))

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
        sizes: Counter[str] = Counter()
        counts: Counter[str] = Counter()
        for path, size in tally.sizes.items():
            sizes[kind_of(path)] += size
            counts[kind_of(path)] += 1
        manifest = self.sums.pop(_MANIFEST, 0)
        sizes.update(self.sums)
        counts.update(self.counts)
        sizes["other pages"] += manifest
        self._largest(tally.sizes)
        whole = Size(
            sum(counts.values()),
            sum(sizes.values()),
            parts_of(sizes, counts),
            tuple(self.large.items()),
        )
        return Prediction(
            size=whole,
            runs=len(self.copies),
            made=len(self.drawn),
            error=self.error,
            seconds=seconds,
            long_points=self.long_points,
            copies=self.copies,
        )
