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
    anonymous: bool = field(
        default=False,
        metadata=about(
            "For a double-blind review: pseudonyms for people, machines, commits and remotes."
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
