"""The runs of a store in outline: numbers from which the size of their files roughly follows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from runfolio.query.store import Store
from runfolio.site.gather.artifacts import MOST_SHOWN
from runfolio.site.gather.context import Context
from runfolio.site.gather.output import PAGE_LINES, PAGE_TEXT
from runfolio.site.load import CURVE_POINTS, MOST_OUTPUT
from runfolio.site.names import safe_file
from runfolio.site.sample import Unit
from runfolio.store.folder import Folder

#: What a run's files have at least, more or less.
_LEAST = 50_000.0


class Outline:
    """What is known of all runs without making anything of them."""

    def __init__(self, context: Context, store: Store, contents: Folder) -> None:
        self._material = context.material
        self._kept = context.kept
        self._store = store
        self._contents = contents
        self._full = store.config.site.full_points

    def units(self) -> list[Unit]:
        """Each run with its traits."""
        return [self._unit(run_id) for run_id in self._material.runs]

    def copies(self, run_id: str) -> Iterator[tuple[str, int]]:
        """The artifacts that will be published of a run, and their bytes."""
        if run_id not in self._kept.artifacts:
            return
        for artifact in self._newest(run_id):
            size = self._size(run_id, artifact.digest, artifact.size)
            if size is not None and size <= self._kept.artifact_bytes:
                mark = "" if artifact.step is None else f"-step{artifact.step}"
                yield f"artifacts/{run_id}/{safe_file(artifact.path)}{mark}", size

    def _newest(self, run_id: str) -> Sequence[Any]:
        found = self._artifacts.get(run_id, ())
        if len(found) <= MOST_SHOWN:
            return found
        order = sorted(found, key=lambda a: (a.step is not None, -(a.step or 0), a.path))
        return order[:MOST_SHOWN]

    def _unit(self, run_id: str) -> Unit:
        summary = self._material.summary.get(run_id, {})
        logged = [each.points for each in summary.values()]
        thin = sum(min(points, CURVE_POINTS) for points in logged)
        lines, text = self._said.get((run_id, "output"), (0, 0))
        shown = min(text, PAGE_TEXT, text * PAGE_LINES // max(1, lines))
        whole = text * min(1.0, MOST_OUTPUT / max(1, lines)) if run_id in self._kept.output else 0
        whole = whole if text > shown else 0
        source, diff = self._blobs(run_id)
        files = list(self._copied(run_id))
        long = self.long_points(run_id)
        points = sum(logged) if self._kept.downloads else 0
        traits = (
            1.0, thin, len(logged), points, bool(points), long, bool(long),
            len(self._material.params.get(run_id, ())), self._spoken(run_id), shown, whole,
            bool(whole), source, min(source, 60_000), bool(source), diff, bool(diff), len(files),
            sum(min(size, 20_000) for size in files), self._samples.get(run_id, 0),
        )  # fmt: skip
        about = _LEAST + 12 * thin + 1_500 * len(logged) + 12 * (points + long) + 2 * whole
        about += self._spoken(run_id) + source + diff + 2_000 * len(files)
        return Unit(run_id, tuple(map(float, traits)), float(about))

    def _copied(self, run_id: str) -> Iterator[int]:
        yield from (size for _path, size in self.copies(run_id))

    def long_points(self, run_id: str) -> int:
        """Points of the series that will be there with every point."""
        if run_id not in self._kept.curves:
            return 0
        logged = [each.points for each in self._material.summary.get(run_id, {}).values()]
        chosen, left = 0, self._full
        for points in sorted(each for each in logged if each > CURVE_POINTS):
            if points <= left:
                chosen, left = chosen + points, left - points
        return chosen

    def _blobs(self, run_id: str) -> tuple[int, int]:
        """Bytes of the kept script or notebook, and of its uncommitted changes."""
        digests = self._digests.get(run_id, {})
        names = ("source", "git")
        found = [self._size(run_id, digests.get(name), None) or 0 for name in names]
        return found[0], found[1]

    def _size(self, run_id: str, digest: str | None, said: int | None) -> int | None:
        """Bytes of stored contents; None where they are missing."""
        if not digest:
            return None
        key = (self._material.runs[run_id].origin, digest)
        if key not in self._sizes:
            home = self._store.contents_of(key[0], self._contents)
            path: Path = home.blob_path(digest)
            size = path.stat().st_size if path.is_file() else None
            self._sizes[key] = said if size is None and home.origin else size
        return self._sizes[key]

    @cached_property
    def _sizes(self) -> dict[tuple[str, str], int | None]:
        return {}

    def _spoken(self, run_id: str) -> int:
        """Bytes of all that was said in words, but for the output."""
        kinds = self._words.get(run_id, {})
        return sum(size for kind, size in kinds.items() if kind != "output")

    @cached_property
    def _words(self) -> Mapping[str, Mapping[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for (run_id, kind), (_rows, size) in self._said.items():
            found.setdefault(run_id, {})[kind] = size
        return found

    @cached_property
    def _said(self) -> Mapping[tuple[str, str], tuple[int, int]]:
        """(run, kind of fact) to how many there are, and the bytes of their texts."""
        query = (
            "SELECT run_id, kind, count(*), coalesce(sum(strlen(text) + strlen(key)), 0) "
            "FROM facts WHERE kind NOT IN ('metric', 'system') GROUP BY run_id, kind"
        )
        rows = self._store.sql(query).fetchall()
        return {(run_id, kind): (int(count), int(size)) for run_id, kind, count, size in rows}

    @cached_property
    def _samples(self) -> Mapping[str, int]:
        """Points of the machine that a run's data file holds."""
        query = (
            "SELECT run_id, sum(least(n, 300)) FROM (SELECT run_id, key, count(*) AS n FROM system "
            "GROUP BY run_id, key) GROUP BY run_id"
        )
        return {run_id: int(count) for run_id, count in self._store.sql(query).fetchall()}

    @cached_property
    def _digests(self) -> Mapping[str, Mapping[str, str]]:
        query = (
            "SELECT run_id, section, json_extract_string(data, "
            "CASE section WHEN 'git' THEN '$.diff_digest' ELSE '$.digest' END) "
            "FROM environment WHERE section IN ('git', 'source')"
        )
        found: dict[str, dict[str, str]] = {}
        for run_id, section, digest in self._store.sql(query).fetchall():
            found.setdefault(run_id, {})[section] = digest
        return found

    @cached_property
    def _artifacts(self) -> Mapping[str, Sequence[Any]]:
        return self._store.artifacts_by_run()
