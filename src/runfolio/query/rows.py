"""Rows of the public views as frozen values: the nouns that the site and the CLI speak in.

Fields are called like the columns of the view; ``views.VIEWS`` says what each one means.
Times are UTC without a zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runfolio.errors import StoreError

if TYPE_CHECKING:
    from runfolio.query.artifacts import StoredFile
    from runfolio.store.folder import Folder


@dataclass(frozen=True)
class Run:
    """One row of ``runs``."""

    run_id: str
    name: str
    experiment: str
    group: str | None
    parent: str | None
    status: str
    started: datetime
    ended: datetime | None
    seconds: float | None
    user: str | None
    host: str | None
    command: str | None
    script: str | None
    python: str | None
    git_commit: str | None
    git_branch: str | None
    git_dirty: bool | None
    git_remote: str | None
    seed: int | None
    tags: tuple[str, ...]
    points: int
    exit_code: int | None
    error: str | None
    note: str | None
    pending: int
    dropped: int
    origin: str = ""


@dataclass(frozen=True)
class Param:
    """One row of ``params``."""

    key: str
    text: str
    number: float | None
    type: str


@dataclass(frozen=True)
class Summary:
    """One row of ``summary``."""

    key: str
    points: int
    last: float | None
    last_step: int | None
    first: float | None
    min: float | None
    min_step: int | None
    max: float | None
    max_step: int | None
    mean: float | None
    bad: int
    first_time: datetime
    last_time: datetime

    def best(self, direction: str) -> tuple[float | None, int | None]:
        """The best value and its step; ``direction`` is "max" or "min"."""
        if direction == "min":
            return self.min, self.min_step
        return self.max, self.max_step

    def stat(self, stat: str, direction: str = "max") -> tuple[float | None, int | None]:
        """Value and step of best, last, min, max or mean (whose step is None)."""
        pairs = {
            "best": self.best(direction),
            "last": (self.last, self.last_step),
            "min": (self.min, self.min_step),
            "max": (self.max, self.max_step),
            "mean": (self.mean, None),
        }
        return pairs[stat]


@dataclass(frozen=True)
class Tag:
    """One row of ``tags``; ``text`` is how a tag is shown."""

    tag: str
    value: str
    time: datetime

    @property
    def text(self) -> str:
        """``name`` or ``name=value``."""
        return f"{self.tag}={self.value}" if self.value else self.tag


@dataclass(frozen=True)
class Note:
    """One row of ``notes``; the main note has the key ''."""

    key: str
    text: str
    time: datetime


@dataclass(frozen=True)
class Artifact:
    """One row of ``artifacts``; ``info`` is the parsed JSON."""

    path: str
    type: str | None
    digest: str | None
    size: int | None
    media_type: str | None
    step: int | None
    caption: str | None
    uri: str | None
    info: Mapping[str, Any]
    time: datetime


@dataclass(frozen=True)
class Dataset:
    """One row of ``datasets``; ``schema`` is the parsed JSON."""

    name: str
    role: str | None
    digest: str | None
    rows: int | None
    columns: int | None
    size: int | None
    source: str | None
    blob: str | None
    schema: Any
    time: datetime


@dataclass(frozen=True)
class Model:
    """One row of ``models``."""

    name: str
    version: int
    alias: str | None
    artifact: str | None
    digest: str | None
    time: datetime
    note: str | None = None
    description: str | None = None
    uses: int = 0


@dataclass(frozen=True)
class Use:
    """Something that a run started from: a ``type`` model or artifact of the run ``origin``.

    ``origin_name``: what that run is called; None if it is not in the store.
    """

    name: str
    type: str | None
    origin: str | None
    origin_name: str | None
    path: str | None
    digest: str | None
    size: int | None
    time: datetime


@dataclass(frozen=True)
class OutputLine:
    """One row of ``output``."""

    line: int | None
    stream: str
    text: str
    time: datetime


@dataclass(frozen=True)
class OutputTail:
    """The last lines that a run printed, oldest first, and how many there are in all."""

    total: int
    lines: tuple[OutputLine, ...]


@dataclass(frozen=True)
class Histogram:
    """One row of ``histograms``: ``edges`` has one number more than ``counts``."""

    key: str
    step: int | None
    edges: tuple[float, ...]
    counts: tuple[float, ...]


@dataclass(frozen=True)
class Matrix:
    """One row of ``matrices``: ``rows`` are the true labels, their cells the predicted ones."""

    key: str
    step: int | None
    labels: tuple[str, ...]
    rows: tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Session:
    """One row of ``sessions``."""

    writer: str
    state: str
    last_seen: datetime


@dataclass(frozen=True)
class Change:
    """One row of ``changes``."""

    time: datetime
    writer: str
    author: str | None
    action: str
    key: str
    text: str | None
    seq: int
    undone: bool


@dataclass(frozen=True)
class Experiment:
    """One row of ``experiments``."""

    experiment: str
    runs: int
    finished: int
    running: int
    failed: int
    first_started: datetime
    last_started: datetime


@dataclass(frozen=True)
class RunView:
    """Everything about one run but its points: what ``Store.run`` gives.

    ``params``, ``summary`` and ``notes`` map names to rows or texts; ``environment`` maps the
    section (host, git, packages …) to its parsed JSON; ``children`` are ids of runs it started.
    """

    run: Run
    params: Mapping[str, Param]
    summary: Mapping[str, Summary]
    tags: tuple[Tag, ...]
    notes: Mapping[str, str]
    environment: Mapping[str, Mapping[str, Any]]
    artifacts: tuple[Artifact, ...] = ()
    datasets: tuple[Dataset, ...] = ()
    models: tuple[Model, ...] = ()
    uses: tuple[Use, ...] = ()
    sessions: tuple[Session, ...] = ()
    changes: tuple[Change, ...] = ()
    children: tuple[str, ...] = field(default=())
    folder: Folder | None = field(default=None, repr=False, compare=False)

    @property
    def id(self) -> str:
        """The run's id."""
        return self.run.run_id

    @property
    def name(self) -> str:
        """The run's name."""
        return self.run.name

    @property
    def status(self) -> str:
        """running, finished, failed, killed or stalled."""
        return self.run.status

    @property
    def files(self) -> tuple[StoredFile, ...]:
        """Its artifacts as files that can be opened, read and saved."""
        if self.folder is None:
            raise StoreError(f"The run {self.id} was not read from a store.")
        from runfolio.query.artifacts import StoredFile

        return tuple(
            StoredFile(
                self.folder,
                self.id,
                each.path,
                each.type,
                each.digest,
                each.size,
                each.step,
                each.uri,
                each.caption,
                each.time,
            )
            for each in self.artifacts
        )

    def artifact(self, path: str, step: int | None = None) -> StoredFile:
        """The file at ``path``: ``.open()``, ``.read()``, ``.text()`` or ``.save(target)`` it.

        Where it was logged at several steps: that of ``step``, else the one logged last.
        ArtifactNotFoundError names the nearest paths.
        """
        from runfolio.query import artifacts

        return artifacts.one(self.files, path, step, self.name)

    def save_artifacts(
        self, folder: str | Path, path: str = "", *, force: bool = False
    ) -> tuple[Path, ...]:
        """Save all files below ``path`` (all of the run for '') into ``folder``.

        Never writes outside of it, and over another file only with ``force`` (UnsafeError).
        References are left out. DamagedStoreError names contents that are not whole.
        """
        from runfolio.query import artifacts

        found = artifacts.below(self.files, path, None, self.name)
        return artifacts.save(found, folder, prefix=path, force=force).paths
