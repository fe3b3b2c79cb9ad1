"""The options of ``[publish]``: what others may see, and where the site goes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from runfolio.config.about import about

HostName = Literal["", "github", "gitlab", "cloudflare", "huggingface"]
ScannerWish = Literal["auto", "required", "off"]


@dataclass(frozen=True, kw_only=True)
class PublishConfig:
    """What others may see of the runs, and where the site goes."""

    filter: str = field(
        default="",
        metadata=about(
            "Only runs that match go out, in the filter language.",
            example='"tag:paper"',
            check="filter",
        ),
    )
    show: tuple[str, ...] = field(
        default=(),
        metadata=about(
            "Private facts that may be seen: user, host, paths, output, source, diff.",
            example='["output", "source"]',
        ),
    )
    hide: tuple[str, ...] = field(
        default=(),
        metadata=about(
            "Facts that stay home, as KIND:PATTERN (param, metric, tag, note, artifact, dataset, "
            "model, histogram, matrix).",
            example='["param:data.*", "artifact:*.ckpt"]',
        ),
    )
    curves: tuple[str, ...] = field(
        default=("all",),
        metadata=about(
            "Runs whose long series go out with every point, any of: newest N, pinned, a filter; "
            "all, or [] for none. The others have at most 1,000 points of each.",
            example='["newest 100", "pinned", "tag:paper"]',
        ),
    )
    artifacts: tuple[str, ...] = field(
        default=("all",),
        metadata=about(
            "Runs whose artifacts go out, said as for `curves`; pages name the others' too.",
            example='["tag:paper"]',
        ),
    )
    artifact_bytes: int = field(
        default=20_000_000,
        metadata=about("Artifacts of more bytes are named, and stay in the store.", minimum=0),
    )
    output: tuple[str, ...] = field(
        default=("all",),
        metadata=about(
            "Runs of whose output, where `show` lets it out, all lines go out, said as for "
            "`curves`; the others have the last ones.",
            example='["newest 20"]',
        ),
    )
    downloads: bool = field(
        default=True,
        metadata=about("Tables to take (Parquet, CSV, JSON) of the whole site and of each run."),
    )
    anonymous: bool = field(
        default=False,
        metadata=about(
            "For a double-blind review: pseudonyms for people, machines, repositories and commits."
        ),
    )
    names: tuple[str, ...] = field(
        default=(),
        metadata=about(
            "More names of which an anonymous site has pseudonyms: people, labs, projects.",
            example='["Ada Lovelace", "Engine Lab"]',
        ),
    )
    allow: tuple[str, ...] = field(
        default=(),
        metadata=about(
            "Findings of the last look that may go out, by the id that publish prints.",
            example='["email:1a2b3c4d"]',
        ),
    )
    scanner: ScannerWish = field(
        default="auto",
        metadata=about(
            "Whether the last look asks the scanner of runfolio[secrets] too: where it is "
            "installed, always, or never."
        ),
    )
    moved: bool = field(
        default=True,
        metadata=about(
            "The front page tells what has moved since the last publish, unless [site] since "
            "names a time."
        ),
    )
    host: HostName = field(
        default="",
        metadata=about("Whose limits of size count; without it, told from the git remote."),
    )
    remote: str = field(
        default="",
        metadata=about("Git remote or its address; without it, origin.", example='"origin"'),
    )
    branch: str = field(default="gh-pages", metadata=about("Branch that the host serves."))
    dest: str = field(
        default="",
        metadata=about("Folder of the branch; what lies beside it stays.", example='"results"'),
    )
    history: int = field(
        default=1,
        metadata=about("Commits that the branch keeps; 1 keeps it small, 0 keeps all.", minimum=0),
    )
    cname: str = field(
        default="",
        metadata=about("Domain of your own, for GitHub Pages.", example='"results.example.org"'),
    )
