"""The options of ``[[source]]``: runs from elsewhere, shown beside our own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from runfolio.config.about import about

#: Whether ``runfolio publish`` lets the runs of a source out.
Consent = Literal["auto", "yes", "no"]


@dataclass(frozen=True, kw_only=True)
class SourceConfig:
    """Another store or a published site, whose runs appear beside ours."""

    name: str = field(
        default="",
        metadata=about(
            "What their runs have as origin: a-z, 0-9, - and _.", example='"lab-b"', check="slug"
        ),
    )
    where: str = field(
        default="",
        metadata=about(
            "Folder or address of a store, or address of a published runfolio site.",
            example='"https://lab-b.example.org/results/"',
            check="place",
        ),
    )
    filter: str = field(
        default="",
        metadata=about(
            "Only runs that match there, in the filter language.",
            example='"experiment:digits"',
            check="filter",
        ),
    )
    required: bool = field(
        default=False,
        metadata=about(
            "Whether nothing goes on when it cannot be read; else the last copy is used, and told."
        ),
    )
    publish: Consent = field(
        default="auto",
        metadata=about(
            "Whether runfolio publish lets these runs out; auto: if anybody can read them at a "
            "public https address already."
        ),
    )
    url: str = field(
        default="",
        metadata=about(
            "Address of their published site, for links to the runs' pages; known where `where` "
            "is one.",
            example='"https://lab-b.example.org/results/"',
            check="url",
        ),
    )
    private: bool = field(
        default=False,
        metadata=about("Whether the address may lead to this machine or a private network."),
    )
    megabytes: int = field(
        default=500,
        metadata=about("Most that is fetched of it; more is refused.", minimum=1, maximum=100_000),
    )
