"""Publishing to a branch, as GitHub and GitLab Pages serve them: whole or not at all.

The new state is one commit that is pushed on the condition that the branch is still where it was
seen. Who comes second sees the first one's work and lays the own site into it, so that two who
publish at once both end up published. Nothing of the user's repository changes.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from runfolio.errors import PublishError, UnsafeError
from runfolio.publish.git import Git, GitError, Remote, explain, find_remote, scratch
from runfolio.publish.tree import (
    MANIFEST,
    Change,
    change,
    clean_dest,
    lay,
    paths_of,
    site_files,
)

_TRIES = 30
#: Name, e-mail address and time of a commit.
Who = tuple[str, str, str]
_FALLBACK = (("user.name", "runfolio"), ("user.email", "runfolio@localhost"))


@dataclass(frozen=True)
class Plan:
    """What is to be published and where.

    ``dest``: folder of the branch, '' for its root. ``history``: commits that the branch keeps,
    1 for the newest alone, 0 for all. ``cname``: a domain for the branch, '' for the one that it
    has, None for none. ``adopt``: publish beside files that no site wrote.
    ``anonymous``: the commits that are kept name nobody, and no time zone.
    """

    site: Path
    repository: Path
    remote: str = ""
    branch: str = "gh-pages"
    dest: str = ""
    message: str = "Publish the runs"
    history: int = 1
    cname: str | None = ""
    adopt: bool = False
    anonymous: bool = False
    dry_run: bool = False


@dataclass(frozen=True)
class Published:
    """What a publish did: ``commit`` is '' where nothing was pushed, ``old`` where none was."""

    remote: str
    branch: str
    old: str
    commit: str
    change: Change
    tries: int


def publish(plan: Plan, sleep: Callable[[float], None] = time.sleep) -> Published:
    """Bring the built site to the branch of the remote.

    PublishError if the remote cannot be reached or refuses; UnsafeError before anything of others
    would be lost. Either the whole site is there afterwards or the branch is as it was.
    """
    files = site_files(plan.site)
    dest = clean_dest(plan.dest)
    remote = find_remote(plan.repository, plan.remote)
    with scratch(remote) as git:
        try:
            for attempt in range(1, _TRIES + 1):
                old = _seen(git, remote, plan)
                tree = lay(git, files, old, dest, cname=plan.cname, adopt=plan.adopt)
                changed = change(git, old, tree, files, dest)
                done = Published(remote.shown, plan.branch, old, "", changed, attempt)
                if plan.dry_run or (old and tree == git.text("rev-parse", f"{old}^{{tree}}")):
                    return done
                commit = _commit(git, tree, old, plan)
                if _pushed(git, remote, plan.branch, old, commit):
                    return Published(remote.shown, plan.branch, old, commit, changed, attempt)
                sleep(random.uniform(0, 0.1 * 2 ** min(attempt, 6)))  # others publish just now
        except GitError as error:
            raise explain(error, remote) from error
    raise PublishError(
        f"Others publish to {plan.branch} all the time; {_TRIES} tries were too few.",
        hint="Nothing was changed. Run it again.",
    )


def _seen(git: Git, remote: Remote, plan: Plan) -> str:
    """The commit that the branch is at, fetched; '' if there is no such branch yet."""
    git.ask("check-ref-format", f"refs/heads/{plan.branch}")
    listed = git.text("ls-remote", "--symref", remote.url, "HEAD", f"refs/heads/{plan.branch}")
    default = commit = ""
    for line in listed.split("\n"):
        first, _, name = line.partition("\t")
        if first.startswith("ref: ") and name == "HEAD":
            default = first.removeprefix("ref: refs/heads/")
        elif name == f"refs/heads/{plan.branch}":
            commit = first
    if commit:
        depth = [] if plan.history == 0 else [f"--depth={max(1, plan.history)}"]
        git.ask("fetch", "--quiet", "--no-tags", *depth, remote.url, commit, patient=True)
    if plan.branch in (default, remote.checked_out) and not plan.adopt:
        _refuse_source(git, commit, plan, "default" if plan.branch == default else "checked-out")
    return commit


def _refuse_source(git: Git, commit: str, plan: Plan, which: str) -> None:
    """Refuse the branch where the sources live, unless nothing but a site lies there."""
    if not commit or MANIFEST not in paths_of(git, commit):
        raise UnsafeError(
            f"{plan.branch} is the {which} branch of the repository, which holds the sources.",
            hint="Publish to a branch of its own: --branch gh-pages",
        )


def _commit(git: Git, tree: str, old: str, plan: Plan) -> str:
    """A commit of the tree, on top of as much history as is to be kept."""
    parent = ""
    if old and plan.history != 1:
        parent = old if plan.history == 0 else _shortened(git, old, plan)
    return _write(git, tree, parent, plan.message, _nobody() if plan.anonymous else None)


def _nobody(when: str = "") -> Who:
    return ("runfolio", "runfolio@localhost", when or f"@{int(time.time())} +0000")


def _shortened(git: Git, old: str, plan: Plan) -> str:
    """A commit like ``old`` whose history leaves room for one more commit."""
    keep = plan.history - 1
    listed = git.text("rev-list", "--first-parent", f"--max-count={keep + 1}", old).split("\n")
    whole = len(listed) <= keep and git.text("rev-parse", "--is-shallow-repository") == "false"
    if whole and not plan.anonymous:
        return old
    parent = ""
    for commit in reversed(listed[:keep]):
        name, mail, when, stamp, message = git.text(
            "show", "--no-patch", "--format=%an%x00%ae%x00%aI%x00%at%x00%B", commit
        ).split("\0", 4)
        who = _nobody(f"@{stamp} +0000") if plan.anonymous else (name, mail, when)
        parent = _write(git, f"{commit}^{{tree}}", parent, message, who)
    return parent


def _write(git: Git, tree: str, parent: str, message: str, author: Who | None = None) -> str:
    """A new commit; ``author`` is name, address and time, else the user of the repository now."""
    settings, variables = git.settings, git.variables
    if not git.maybe("config", "user.email"):
        settings += _FALLBACK
    if author:
        variables += tuple(
            (f"GIT_{who}_{what}", text)
            for who in ("AUTHOR", "COMMITTER")
            for what, text in zip(("NAME", "EMAIL", "DATE"), author, strict=True)
        )
    writer = Git(git.folder, settings, bare=True, variables=variables)
    parents = ["-p", parent] if parent else []
    tree = git.text("rev-parse", tree)
    return writer.ask("commit-tree", tree, *parents, data=message.encode()).decode().strip()


def _pushed(git: Git, remote: Remote, branch: str, old: str, commit: str) -> bool:
    """Move the branch if it is still at ``old``; False if somebody else was quicker."""
    try:
        git.ask(
            "push",
            "--quiet",
            "--no-verify",
            f"--force-with-lease=refs/heads/{branch}:{old}",
            remote.url,
            f"{commit}:refs/heads/{branch}",
            patient=True,
        )
    except GitError:
        now = git.text("ls-remote", remote.url, f"refs/heads/{branch}").partition("\t")[0]
        if now == commit:
            return True  # it arrived, only the answer was lost
        if now != old:
            return False
        raise
    return True
