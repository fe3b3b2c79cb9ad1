"""Citing the results, and the list of their snapshots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from runfolio.site.pages.base import Link, Page


@dataclass(frozen=True)
class CiteView:
    """How to cite: a line in the style of the APA, BibTeX, and the files of other forms."""

    apa: str
    bibtex: str
    forms: tuple[Link, ...] = ()


@dataclass(frozen=True)
class SnapshotRow:
    """A snapshot in the list.

    ``state`` is '' for one that is whole, ``kept`` for one that stands as it was built and could
    not be built again, ``gone`` for one that is no more; ``why`` says what is lost. ``archive`` is
    the zip of its data.
    """

    name: str
    link: Link
    date: str
    runs: int
    digest: str
    as_of: str = ""
    doi: str = ""
    note: str = ""
    moved: str = ""
    archive: Link | None = None
    state: str = ""
    why: str = ""


@dataclass(frozen=True)
class SnapshotsPage(Page):
    """All snapshots, the newest first."""

    template: ClassVar[str] = "snapshots.html"

    snapshots: tuple[SnapshotRow, ...] = ()
    verify: str = ""  # a command that checks the newest one


@dataclass(frozen=True)
class SnapshotGonePage(Page):
    """What stands where a snapshot was that can no longer be had."""

    template: ClassVar[str] = "snapshot_gone.html"

    row: SnapshotRow | None = None
