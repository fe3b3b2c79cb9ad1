"""What every page knows, and the words and links that the rooms share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from runfolio.config import Config
from runfolio.query.rows import Run
from runfolio.site.hooks import Hooks, Value
from runfolio.site.markdown import MarkdownRenderer
from runfolio.site.material import Material, tag_name
from runfolio.site.names import slugs
from runfolio.site.numbers import format_duration
from runfolio.site.output import digest as digest_of
from runfolio.site.output import hashed_name
from runfolio.site.pages import Site, Tag, Tile
from runfolio.site.payloads import script
from runfolio.site.table import RunTable

FIRST_ROWS = 50
TABLE = ("m:", "p:")


@dataclass(frozen=True)
class Context:
    """The material of a build with everything that pages look up in common."""

    config: Config
    material: Material
    site: Site
    markdown: MarkdownRenderer = field(default_factory=MarkdownRenderer)
    hooks: Hooks = field(default_factory=Hooks)
    hooked: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)  # by column's name

    @cached_property
    def experiment_paths(self) -> Mapping[str, str]:
        """The page of each experiment."""
        found = slugs(self.material.experiments)
        return {name: f"experiments/{slug}.html" for name, slug in found.items()}

    @cached_property
    def tag_paths(self) -> Mapping[str, str]:
        """The page of each tag as it is shown ('name' or 'name=value': one page a name)."""
        found = slugs(self.material.tag_names)
        shown = {tag for run in self.material.runs.values() for tag in run.tags}
        return {tag: f"tags/{found[tag_name(tag)]}.html" for tag in sorted(shown)}

    def tags(self, run: Run) -> tuple[Tag, ...]:
        """The tags of a run with their pages."""
        return tuple(Tag(tag, self.tag_paths[tag]) for tag in run.tags)

    def runs(self, ids: Iterable[str]) -> list[Run]:
        """The rows of some runs."""
        return [self.material.runs[run_id] for run_id in ids]


@dataclass(frozen=True)
class DataFile:
    """A data file of the site: where it lies and what it says."""

    path: str
    data: bytes


def table_file(table: RunTable) -> DataFile:
    """The data file of a table, named by its contents."""
    data = script("board", table.slug, table.payload())
    return DataFile(hashed_name(f"data/boards/{table.slug}.js", data), data)


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: '1 run', '1,204 runs'."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(words: Iterable[str]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    all_words = [word for word in words if word]
    if len(all_words) < 2:
        return "".join(all_words)
    return f"{', '.join(all_words[:-1])} and {all_words[-1]}"


def health(runs: Iterable[Run]) -> str:
    """'2 running · 3 failed', only what there is."""
    states = [run.status for run in runs]
    words = ("running", "failed", "killed", "stalled")
    return " · ".join(f"{states.count(word):,} {word}" for word in words if word in states)


def runs_tile(runs: list[Run], path: str = "") -> Tile:
    """How many runs there are, and how many are not well."""
    return Tile("Runs", f"{len(runs):,}", health(runs) or "all finished", path if runs else "")


def compute_tile(runs: Iterable[Run]) -> Tile:
    """The time that the runs took together."""
    total = sum(run.seconds or 0.0 for run in runs)
    return Tile("Compute", format_duration(total) or "0s", "sum of run times")


def state_digest(*parts: object) -> str:
    """A key for everything that a page depends on."""
    return digest_of("\0".join(map(repr, parts)).encode("utf-8", "surrogatepass"))
