"""What every page knows, and the words and links that the rooms share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from runfolio.config import Config
from runfolio.query.rows import Run
from runfolio.site.citing.work import Work
from runfolio.site.gather.params import Usuals, usual_params
from runfolio.site.hooks import Hooks, Value
from runfolio.site.kept import Kept
from runfolio.site.markdown import MarkdownRenderer
from runfolio.site.material import Material, tag_name
from runfolio.site.names import slugs
from runfolio.site.numbers import format_duration
from runfolio.site.output import digest as digest_of
from runfolio.site.output import hashed_name
from runfolio.site.pages import Page, Site, Tag, Tile
from runfolio.site.payloads import script
from runfolio.site.table import RunTable
from runfolio.site.words import _

FIRST_ROWS = 50
TABLE = ("m:", "p:")

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class Context:
    """The material of a build with everything that pages look up in common."""

    config: Config
    material: Material
    site: Site
    markdown: MarkdownRenderer = field(default_factory=MarkdownRenderer)
    hooks: Hooks = field(default_factory=Hooks)
    hooked: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)  # by column's name
    kept: Kept = field(default_factory=Kept)
    work: Work = field(default_factory=lambda: Work(""))  # the results as something to cite
    common: str = ""  # a digest of what every page depends on

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

    @cached_property
    def metric_paths(self) -> Mapping[str, str]:
        """The page of each metric."""
        return _paths("metrics", {name: name for name in self.material.metric_names})

    @cached_property
    def group_paths(self) -> Mapping[tuple[str, str], str]:
        """The page of each group, by (experiment, group)."""
        return _paths("groups", {key: " ".join(key) for key in self.material.groups})

    @cached_property
    def sweep_paths(self) -> Mapping[str, str]:
        """The page of each sweep: by the id of the run whose children it is, or by its tag."""
        return _paths("sweeps", {key: key for key in self.material.sweeps})

    @cached_property
    def dataset_paths(self) -> Mapping[tuple[str, str], str]:
        """The page of each dataset, by (name, digest or '')."""
        data = self.material.things.data
        names = Counter(name for name, _ in data)
        words = {
            (name, digest): name if names[name] == 1 else f"{name} {short_digest(digest)}"
            for name, digest in data
        }
        return _paths("datasets", words)

    @cached_property
    def model_paths(self) -> Mapping[str, str]:
        """The page of each registered model, by its name."""
        return _paths("models", {name: name for name in self.material.things.model_names})

    @cached_property
    def usuals(self) -> Mapping[str, Usuals]:
        """What the runs of each experiment have in common, by param."""
        found = self.material.by_experiment
        return {name: usual_params(self.material, ids) for name, ids in found.items()}

    @cached_property
    def marks(self) -> Mapping[str, str]:
        """For each run a digest of what tables show of it, whoever stands beside it."""
        return {run_id: self._mark(run) for run_id, run in self.material.runs.items()}

    def _mark(self, run: Run) -> str:
        material = self.material
        board = material.board_of.get(run.run_id)
        return state_digest(
            material.states.get(run.run_id),
            run,
            self.tags(run),
            material.diverged.get(run.run_id),
            board and (board.slug, board.metric),
            self.experiment_paths[run.experiment],
            self.group_paths.get((run.experiment, run.group or "")),
            [(name, self.hooked[name].get(run.run_id)) for name in sorted(self.hooked)],
        )

    @cached_property
    def board_states(self) -> Mapping[str, str]:
        """For each leaderboard, by its slug, a digest of all that is known of it."""
        return {
            board.slug: state_digest(board, self.marks.get(board.baseline or ""))
            for board in self.material.boards
        }

    @cached_property
    def metric_words(self) -> str:
        """A digest of how the numbers of each metric are shown."""
        material = self.material
        return state_digest(
            [
                (key, path, material.digits_of(key), material.directions.get(key))
                for key, path in self.metric_paths.items()
            ]
        )

    def tags(self, run: Run) -> tuple[Tag, ...]:
        """The tags of a run with their pages."""
        return tuple(Tag(tag, self.tag_paths[tag]) for tag in run.tags)

    def runs(self, ids: Iterable[str]) -> list[Run]:
        """The rows of some runs."""
        return [self.material.runs[run_id] for run_id in ids]


def short_digest(digest: str) -> str:
    """The first ten letters of a digest, without the name of its kind."""
    return digest.rpartition(":")[2][:10]


def _paths(folder: str, words: Mapping[Key, str]) -> dict[Key, str]:
    """A page for each thing, named by its words; where two things have the same ones, by more."""
    counts = Counter(words.values())
    names = {key: word if counts[word] == 1 else f"{word}\0{key!r}" for key, word in words.items()}
    found = slugs(names.values())
    return {key: f"{folder}/{found[name]}.html" for key, name in names.items()}


def address_of(config: Config) -> str:
    """The address of the published site, ending in '/'; '' where none or a relative one is set."""
    url = config.site.url
    return f"{url.rstrip('/')}/" if url.startswith(("https://", "http://")) else ""


@dataclass(frozen=True)
class DataFile:
    """A data file of the site: where it lies and what it says."""

    path: str
    data: bytes


@dataclass(frozen=True)
class LateFile:
    """A file that is dear to make: ``make`` is asked only where ``key`` is not what it was."""

    path: str
    key: str
    make: Callable[[], bytes]


@dataclass(frozen=True)
class LateFiles:
    """Files that are dear to make and named by their contents.

    ``make`` gives what there is to say of them (JSON) and the files; it is asked only where
    ``key`` is not what it was for this ``name``. ``told`` takes what there is to say.
    """

    name: str
    key: str
    make: Callable[[], tuple[Any, Sequence[DataFile]]]
    told: Callable[[Any], None]


@dataclass(frozen=True)
class LatePages:
    """Pages with their files, which are made only where ``key`` is not what it was for ``name``.

    ``key`` is a digest of everything that they depend on.
    """

    name: str
    key: str
    make: Callable[[], Iterable[Page | DataFile]]


def table_file(table: RunTable) -> DataFile:
    """The data file of a table, named by its contents."""
    data = script("board", table.slug, table.payload())
    return DataFile(hashed_name(f"data/boards/{table.slug}.js", data), data)


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: '1 run', '1,204 runs'."""
    return f"{number:,} {_(one if number == 1 else many or one + 's')}"


def listed(words: Iterable[str]) -> str:
    """'a', 'a and b', 'a, b and c'."""
    all_words = [word for word in words if word]
    if len(all_words) < 2:
        return "".join(all_words)
    return _("{some} and {last}", some=", ".join(all_words[:-1]), last=all_words[-1])


def health(runs: Iterable[Run]) -> str:
    """'2 running · 3 failed', only what there is."""
    states = [run.status for run in runs]
    words = ("running", "failed", "killed", "stalled")
    told = (f"{states.count(word):,} {_(word)}" for word in words if word in states)
    return " · ".join(told)


def runs_tile(runs: list[Run], path: str = "") -> Tile:
    """How many runs there are, and how many are not well."""
    return Tile(
        _("Runs"), f"{len(runs):,}", health(runs) or _("all finished"), path if runs else ""
    )


def compute_tile(runs: Iterable[Run]) -> Tile:
    """The time that the runs took together."""
    total = sum(run.seconds or 0.0 for run in runs)
    return Tile(_("Compute"), format_duration(total) or "0s", _("sum of run times"))


def state_digest(*parts: object) -> str:
    """A key for everything that a page depends on."""
    return digest_of("\0".join(map(repr, parts)).encode("utf-8", "surrogatepass"))
