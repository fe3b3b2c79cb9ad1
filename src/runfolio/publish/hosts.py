"""The places that serve sites: what they allow, and at which address a branch of theirs appears.

Limits as the hosts' own documentation and users' reports had them in November 2026.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from runfolio.environment.remotes import place_of
from runfolio.errors import UsageError

MB, GB = 1000**2, 1000**3
#: Files whose sizes are no prediction: they are copied as they are.
_KNOWN = "artifacts/"


@dataclass(frozen=True)
class Host:
    """What a host takes: bytes and number of all files and bytes of one; None: no limit known."""

    name: str
    title: str
    bytes: int | None
    files: int | None
    file_bytes: int | None
    warn_bytes: int | None = None


class Sized(Protocol):
    """How large a site is: in all, and its largest files."""

    @property
    def files(self) -> int:
        """How many files it has."""

    @property
    def bytes(self) -> int:
        """Their bytes."""

    @property
    def largest(self) -> Sequence[tuple[str, int]]:
        """The largest of them."""


HOSTS: dict[str, Host] = {
    "github": Host("github", "GitHub Pages", GB, None, 100 * MB, 800 * MB),
    "gitlab": Host("gitlab", "GitLab Pages", GB, 200_000, None, 800 * MB),
    "cloudflare": Host("cloudflare", "Cloudflare Pages", None, 20_000, 25 * 1024**2),
    "huggingface": Host("huggingface", "a Hugging Face Space", None, None, None, GB),
}


def too_large(size: Sized, host: Host, slack: float = 0.0) -> list[str]:
    """Why the host would refuse a site of this size, one sentence each; empty if it would not.

    ``slack``: by how much the size may be off; only what is larger for sure is told.
    """
    found = []
    sure = 1.0 + slack
    if host.bytes is not None and size.bytes > host.bytes * sure:
        found.append(
            f"The site has {size.bytes / MB:,.0f} MB; {host.title} takes {host.bytes / MB:,.0f}."
        )
    if host.files is not None and size.files > host.files * sure:
        found.append(f"The site has {size.files:,} files; {host.title} takes {host.files:,}.")
    if host.file_bytes is not None:
        most = f"{host.title} takes {host.file_bytes / MB:,.0f} a file."
        found += [
            f"{name} has {count / MB:,.0f} MB; {most}"
            for name, count in size.largest
            if count > host.file_bytes * (1.0 if name.startswith(_KNOWN) else sure)
        ]
    return found


def host_of(url: str) -> str:
    """The host (a key of ``HOSTS``) whose pages a git remote feeds; '' for one that is unknown."""
    name, _ = place_of(url)
    if name == "github.com":
        return "github"
    if name == "gitlab.com":
        return "gitlab"
    return "huggingface" if name == "huggingface.co" else ""


def address(url: str, dest: str = "", cname: str = "") -> str:
    """Where a branch of the remote ``url`` will be read; '' where that cannot be told."""
    name, path = place_of(url)
    owner, _, project = path.partition("/")
    domain = {"github.com": "github.io", "gitlab.com": "gitlab.io"}.get(name, "")
    if cname:
        root = f"https://{cname}/"
    elif not domain or not owner or not project:
        return ""
    elif project.casefold() == f"{owner}.{domain}".casefold():
        root = f"https://{owner.lower()}.{domain}/"
    else:
        root = f"https://{owner.lower()}.{domain}/{project}/"
    return root + (f"{dest}/" if dest else "")


def domain(text: str) -> str:
    """A domain of one's own as GitHub Pages wants it in CNAME; UsageError for anything else."""
    if text and not re.fullmatch(
        r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{2,}", text, re.I
    ):
        raise UsageError(
            f"{text!r} is no domain.", hint="The name alone, as in results.example.org"
        )
    return text


def space_card(title: str) -> str:
    """The README.md that makes a Hugging Face Space show the files beside it."""
    name = json.dumps(title, ensure_ascii=False)
    return f"---\ntitle: {name}\nsdk: static\napp_file: index.html\npinned: false\n---\n"


def workflow_publishes(texts: Iterable[str]) -> bool:
    """Whether one of the workflow files deploys Pages itself, so that a branch is not shown."""
    return any("actions/deploy-pages" in text for text in texts)
