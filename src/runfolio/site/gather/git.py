"""The commit of a run, where it can be seen on its host, and what was not committed."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlsplit

from runfolio.environment.secrets import without_credentials
from runfolio.query.rows import Run
from runfolio.site.gather.environment import Environment
from runfolio.site.pages import Fact
from runfolio.site.words import _

#: How the hosts that we know call the page of a commit and of a branch.
_PLACES = {
    "github.com": ("commit", "tree"),
    "gitlab.com": ("-/commit", "-/tree"),
    "codeberg.org": ("commit", "src/branch"),
    "gitea.com": ("commit", "src/branch"),
    "bitbucket.org": ("commits", "branch"),
    "git.sr.ht": ("commit", "tree"),
    "huggingface.co": ("commit", "tree"),
}
#: Names that people give to hosts of their own, and whose pages theirs are like.
_LIKE = {"github": "github.com", "gitlab": "gitlab.com", "gitea": "gitea.com"}
_LIKE |= {"forgejo": "gitea.com", "codeberg": "gitea.com"}
#: Other names of a host: the one for ssh over the port of https.
_ALSO = {"ssh.github.com": "github.com", "altssh.gitlab.com": "gitlab.com"}
_ALSO |= {"altssh.bitbucket.org": "bitbucket.org", "hf.co": "huggingface.co"}
_SCP = re.compile(r"(?:[\w.-]+@)?(?P<host>[\w.-]+\.\w+):(?P<path>[~\w][\w./~-]*)")


def git_facts(run: Run, environment: Environment) -> tuple[Fact, ...]:
    """The commit, where it can be seen, and what differed from it."""
    if not run.git_commit:
        return ()
    git = environment.get("git", {})
    remote = web_address(run.git_remote or "")
    state = {True: _("changed files"), False: _("clean"), None: ""}[run.git_dirty]
    untracked = git.get("untracked")
    names = [_text(name) for name in untracked] if isinstance(untracked, list) else []
    more = _("and {n} more", n=len(names) - 20) if len(names) > 20 else ""
    facts = [
        Fact(
            _("Commit"),
            run.git_commit[:12],
            mono=True,
            href=commit_address(remote, run.git_commit),
            title=run.git_commit,
        ),
        Fact(
            _("Branch"),
            run.git_branch or "",
            mono=True,
            href=branch_address(remote, run.git_branch or ""),
        ),
        Fact(_("State"), state),
        Fact(_("Untracked"), ", ".join(filter(None, [*names[:20], more])), mono=True),
        Fact(_("Repository"), shown_remote(run.git_remote or ""), mono=True, href=remote),
        Fact(_("Folder in it"), _text(git.get("subdirectory")), mono=True),
    ]
    return tuple(fact for fact in facts if fact.value)


def shown_remote(remote: str) -> str:
    """A git remote without user, password or token."""
    clean = without_credentials(remote)
    scheme, mark, rest = clean.partition("://")
    if mark and not scheme.endswith("ssh"):
        host, slash, path = rest.partition("/")
        clean = f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"
    return clean.partition("?")[0]


def web_address(remote: str) -> str:
    """The web page of a git remote on a known host; '' for all others."""
    scp = _SCP.fullmatch(remote)
    if scp and "://" not in remote:
        host, path = scp["host"], scp["path"]
    else:
        try:
            parts = urlsplit(remote)
            host, path = parts.hostname or "", parts.path
        except ValueError:
            return ""
        if parts.scheme not in ("https", "http", "ssh", "git", "git+ssh"):
            return ""
    host = host.lower()
    host = _ALSO.get(host, host)
    path = path.strip("/").removesuffix(".git")
    if not _places(host) or not re.fullmatch(r"[\w.~-]+(/[\w.~-]+)+", path):
        return ""
    return f"https://{host}/{quote(path, safe='/~')}"


def commit_address(page: str, commit: str) -> str:
    """The page of a commit in a repository's page; '' if either is not known."""
    places = _places(urlsplit(page).netloc)
    if not places or not re.fullmatch(r"[0-9a-f]{7,64}", commit):
        return ""
    return f"{page}/{places[0]}/{commit}"


def branch_address(page: str, branch: str) -> str:
    """The page of a branch in a repository's page; '' if either is not known."""
    places = _places(urlsplit(page).netloc)
    if not places or not re.fullmatch(r"[\w.-]+(/[\w.-]+)*", branch) or branch == "HEAD":
        return ""
    return f"{page}/{places[1]}/{quote(branch)}"


def _places(host: str) -> tuple[str, str] | None:
    """What a host calls the pages of a commit and of a branch; None where that is not known."""
    return _PLACES.get(host) or _PLACES.get(_LIKE.get(host.partition(".")[0], ""))


def _text(value: Any) -> str:
    return "" if value is None else str(value)
