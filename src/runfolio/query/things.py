"""What runs use and make that has a page of its own: datasets and models, of all runs at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from runfolio.query.models import ModelVersion
from runfolio.query.rows import Dataset

if TYPE_CHECKING:
    from runfolio.query.store import Store

Contents = tuple[str, str]


@dataclass(frozen=True)
class Things:
    """Datasets by run, the versions of all models, and who started from which version.

    ``starts`` maps (model, version) to the ids of runs that used its files.
    """

    datasets: Mapping[str, Sequence[Dataset]] = field(default_factory=dict)
    models: tuple[ModelVersion, ...] = ()
    starts: Mapping[tuple[str, int], tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def data(self) -> Mapping[Contents, tuple[tuple[str, Dataset], ...]]:
        """(run, how it used it) by a dataset's (name, digest): the same name is not the same data.

        A dataset without a digest has ''.
        """
        found: dict[Contents, list[tuple[str, Dataset]]] = {}
        for run_id, some in self.datasets.items():
            for each in some:
                found.setdefault((each.name, each.digest or ""), []).append((run_id, each))
        return {key: tuple(found[key]) for key in sorted(found)}

    @cached_property
    def model_names(self) -> tuple[str, ...]:
        """The registered models by name."""
        return tuple(sorted({each.name for each in self.models}))

    def versions(self, name: str) -> tuple[ModelVersion, ...]:
        """The versions of a model, the first one first."""
        return self._versions.get(name, ())

    @cached_property
    def _versions(self) -> Mapping[str, tuple[ModelVersion, ...]]:
        found: dict[str, list[ModelVersion]] = {}
        for each in self.models:
            found.setdefault(each.name, []).append(each)
        return {name: tuple(versions) for name, versions in found.items()}


def things_of(store: Store) -> Things:
    """The things of a store, in three queries."""
    starts: dict[tuple[str, int], list[str]] = {}
    for name, version, run_id in store.rows(_STARTS):
        starts.setdefault((name, version), []).append(run_id)
    return Things(
        datasets=store.datasets_by_run(),
        models=tuple(store.models()),
        starts={key: tuple(ids) for key, ids in starts.items()},
    )


_STARTS = """
SELECT DISTINCT m.name, m.version, u.run_id
FROM internal.used u
JOIN models m ON m.run_id = u.origin AND m.artifact IS NOT DISTINCT FROM u.path
    AND m.digest IS NOT DISTINCT FROM u.digest
JOIN runs r ON r.run_id = u.run_id
WHERE u.type = 'model'
ORDER BY m.name, m.version, u.run_id
"""
