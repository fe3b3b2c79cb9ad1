"""What a site leaves out to stay small: of which runs it holds everything, of which summaries.

Nothing is left out in silence: the page of a run says what is missing there, and the data page and
the report of a build say of how many runs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields

from runfolio.site.words import _

#: Larger artifacts stay in the store unless a policy says another size.
MOST_BYTES = 20_000_000


@dataclass(frozen=True)
class Chosen:
    """Runs of which something is published whole: ``ids``, None for all; ``rule``: in words."""

    ids: frozenset[str] | None = None
    rule: str = "all"

    def __contains__(self, run_id: str) -> bool:
        return self.ids is None or run_id in self.ids


@dataclass(frozen=True)
class Kept:
    """Of which runs a site holds every point, the artifacts and the whole output.

    ``artifact_bytes``: what an artifact may have; ``downloads``: whether there are tables to take.
    """

    curves: Chosen = field(default_factory=Chosen)
    artifacts: Chosen = field(default_factory=Chosen)
    output: Chosen = field(default_factory=Chosen)
    artifact_bytes: int = MOST_BYTES
    downloads: bool = True

    @property
    def state(self) -> str:
        """All of it in a word."""
        chosen = (self.curves, self.artifacts, self.output)
        found = [(each.rule, None if each.ids is None else sorted(each.ids)) for each in chosen]
        return repr((found, self.artifact_bytes, self.downloads))

    def of(self, run_id: str) -> tuple[object, ...]:
        """What the files of a run depend on."""
        chosen = (self.curves, self.artifacts, self.output)
        return (
            *((run_id in each, each.rule) for each in chosen),
            self.artifact_bytes,
            self.downloads,
        )


@dataclass(frozen=True)
class LeftOut:
    """How much of a run is not on the site, though the store has it.

    ``curves``: long series without every point; ``artifacts``: files; ``output``: lines;
    ``downloads``: tables to take.
    """

    curves: int = 0
    artifacts: int = 0
    output: int = 0
    downloads: int = 0

    def __bool__(self) -> bool:
        return any(self.counts())

    def counts(self) -> tuple[int, ...]:
        """The numbers in their order."""
        return tuple(getattr(self, each.name) for each in fields(self))

    def told(self) -> tuple[str, ...]:
        """A sentence for the run's page about each thing that is missing."""
        found = []
        if self.curves:
            found.append(
                _("{n} long series have at most 1,000 points here.", n=f"{self.curves:,}")
                if self.curves > 1
                else _("One long series has at most 1,000 points here.")
            )
        if self.artifacts:
            found.append(
                _("{n} artifacts are not here.", n=f"{self.artifacts:,}")
                if self.artifacts > 1
                else _("One artifact is not here.")
            )
        if self.output:
            found.append(_("{n} earlier lines of output are not here.", n=f"{self.output:,}"))
        if self.downloads:
            found.append(_("There are no files to download here."))
        return tuple(found)


def summed(left: Iterable[LeftOut], kept: Kept) -> tuple[str, ...]:
    """A sentence for the whole site about each thing that is missing: of how many runs, and why."""
    every = list(left)
    told = []
    for one, name, words in (
        ("curves", kept.curves.rule, _("Every point of long series")),
        ("artifacts", kept.artifacts.rule, _("Artifacts")),
        ("output", kept.output.rule, _("Earlier lines of output")),
        ("downloads", "", _("Files to download")),
    ):
        runs = sum(bool(getattr(each, one)) for each in every)
        if runs:
            told.append(_why(words, runs, len(every), name))
    return tuple(told)


def _why(words: str, runs: int, total: int, rule: str) -> str:
    counts = {"n": f"{runs:,}", "all": f"{total:,}"}
    where = _("{what}: not here for {n} of {all} runs.", what=words, **counts)
    return f"{where} " + _("Kept: {rule}.", rule=rule) if rule not in ("", "all") else where


def rule_of(words: Sequence[str]) -> str:
    """A policy as people read it."""
    return ", ".join(words) or "none"
