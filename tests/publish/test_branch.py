"""Publishing to a branch: whole or not at all, and nothing of the user's repository changes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runfolio.errors import PublishError, UnsafeError
from runfolio.publish.branch import Plan, Published, publish
from runfolio.publish.tree import MANIFEST
from runfolio.site import output

from . import smart_http
from .conftest import Git

Site = Callable[..., Path]
Look = Callable[..., dict[str, bytes]]
PAGES = {"index.html": "<p>1\r\n", "assets/a b.css": "x", "runs/ü'\"\\.html": "ü", "_x/.y": "z"}


def test_a_manifest_is_known_by_the_name_that_builds_give_it() -> None:
    assert MANIFEST == output.MANIFEST


def test_the_first_publish_makes_the_branch(
    repository: Path, remote: Path, make_site: Site, published: Look, git: Git
) -> None:
    site = make_site(PAGES)
    done = publish(Plan(site, repository))
    there = published(remote)
    assert {name: data.decode() for name, data in there.items() if name in PAGES} == PAGES
    assert set(there) == {*PAGES, MANIFEST, ".nojekyll"}
    assert done.commit == git(remote, "rev-parse", "gh-pages") and done.old == ""
    assert set(done.change.added) == set(there)
    assert git(remote, "log", "--format=%an %ae", "gh-pages") == "Ada ada@example.org"


def test_nothing_of_the_repository_changes(
    repository: Path, make_site: Site, state_of: Callable[[Path], dict[str, str]]
) -> None:
    site = make_site(PAGES)
    before = state_of(repository)
    publish(Plan(site, repository))
    make_site({"index.html": "2"})
    publish(Plan(site, repository))
    assert state_of(repository) == before


def test_the_same_site_again_is_no_commit(
    repository: Path, remote: Path, make_site: Site, git: Git
) -> None:
    site = make_site(PAGES)
    first = publish(Plan(site, repository))
    again = publish(Plan(site, repository))
    assert again.commit == "" and git(remote, "rev-parse", "gh-pages") == first.commit


def test_a_page_that_is_gone_is_removed_and_the_branch_does_not_grow(
    repository: Path, remote: Path, make_site: Site, published: Look, git: Git
) -> None:
    site = make_site(PAGES)
    publish(Plan(site, repository))
    make_site({"index.html": "new"})
    done = publish(Plan(site, repository))
    assert set(published(remote)) == {"index.html", MANIFEST, ".nojekyll"}
    assert set(done.change.removed) == set(PAGES) - {"index.html"}
    assert set(done.change.changed) == {"index.html", MANIFEST}
    assert git(remote, "rev-list", "--count", "gh-pages") == "1"


@pytest.mark.parametrize(("history", "kept"), [(1, 1), (2, 2), (3, 3), (0, 5), (9, 5)])
def test_so_much_history_is_kept(
    repository: Path, remote: Path, make_site: Site, git: Git, history: int, kept: int
) -> None:
    for turn in range(5):
        site = make_site({"index.html": str(turn)})
        publish(Plan(site, repository, history=history, message=f"Turn {turn}"))
    subjects = git(remote, "log", "--format=%s", "gh-pages").split("\n")
    assert subjects == [f"Turn {turn}" for turn in range(4, 4 - kept, -1)]


def test_the_commits_of_an_anonymous_site_name_nobody(
    repository: Path, remote: Path, make_site: Site, git: Git
) -> None:
    for turn, anonymous in enumerate((False, True, True)):
        site = make_site({"index.html": str(turn)})
        publish(Plan(site, repository, history=3, anonymous=anonymous))
    told = git(remote, "log", "--format=%an %ae %cn %ce %ai", "gh-pages")
    assert "Ada" not in told and "ada@" not in told
    assert [line.rpartition(" ")[2] for line in told.split("\n")] == ["+0000"] * 3


def test_siblings_stay(repository: Path, remote: Path, make_site: Site, published: Look) -> None:
    main, preview = make_site({"index.html": "main"}), make_site({"index.html": "pr"}, "preview")
    publish(Plan(preview, repository, dest="previews/12"))
    publish(Plan(main, repository))
    publish(Plan(make_site({"index.html": "pr 2"}, "preview"), repository, dest="/previews/12/"))
    publish(Plan(make_site({"a.html": "main 2"}), repository, cname="runs.example.org"))
    there = published(remote)
    assert there["previews/12/index.html"] == b"pr 2"
    assert there["a.html"] == b"main 2" and "index.html" not in there
    assert there["CNAME"] == b"runs.example.org\n"
    publish(Plan(make_site({"a.html": "main 3"}), repository))
    assert published(remote)["CNAME"] == b"runs.example.org\n"
    publish(Plan(make_site({"a.html": "main 3"}), repository, cname=None))
    assert "CNAME" not in published(remote)


def test_files_of_others_are_refused_or_kept(
    repository: Path, remote: Path, make_site: Site, published: Look, git: Git, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    git(tmp_path, "clone", "--quiet", str(remote), str(other))
    git(other, "checkout", "--quiet", "--orphan", "gh-pages")
    git(other, "rm", "-rfq", ".")
    (other / "index.html").write_text("theirs")
    (other / "about.html").write_text("theirs")
    git(other, "add", ".")
    git(other, "commit", "--quiet", "-m", "Theirs")
    git(other, "push", "--quiet", "origin", "gh-pages")
    site = make_site({"index.html": "ours"})
    with pytest.raises(UnsafeError, match=r"about\.html") as caught:
        publish(Plan(site, repository))
    assert "--adopt" in caught.value.hint
    assert published(remote)["index.html"] == b"theirs"
    publish(Plan(site, repository, dest="runs"))
    publish(Plan(site, repository, adopt=True))
    there = published(remote)
    assert (there["index.html"], there["about.html"]) == (b"ours", b"theirs")
    assert there["runs/index.html"] == b"ours"


@pytest.mark.parametrize("branch", ["main", "dev"])
def test_the_branch_of_the_sources_is_refused(
    repository: Path, make_site: Site, git: Git, branch: str
) -> None:
    git(repository, "checkout", "--quiet", "-b", "dev")
    with pytest.raises(UnsafeError, match="holds the sources"):
        publish(Plan(make_site(PAGES), repository, branch=branch))


def test_a_dry_run_tells_and_pushes_nothing(
    repository: Path, remote: Path, make_site: Site, git: Git
) -> None:
    done = publish(Plan(make_site(PAGES), repository, dry_run=True))
    assert set(PAGES) < set(done.change.added) and done.change.bytes > 5
    assert git(remote, "branch", "--list", "gh-pages") == ""


@pytest.mark.parametrize(
    "place", ["detached", "shallow", "worktree", "submodule", "bare", "no commit", "subfolder"]
)
def test_it_works_in_every_kind_of_checkout(
    repository: Path,
    remote: Path,
    make_site: Site,
    published: Look,
    git: Git,
    tmp_path: Path,
    place: str,
) -> None:
    here = tmp_path / "here"
    if place == "detached":
        here = repository
        git(here, "checkout", "--quiet", "--detach")
    elif place == "shallow":
        git(tmp_path, "clone", "--quiet", "--depth=1", remote.as_uri(), str(here))
    elif place == "worktree":
        (repository / ".git" / "hooks" / "post-index-change").unlink()
        git(repository, "worktree", "add", "--quiet", str(here), "-b", "other")
    elif place == "submodule":
        outer = tmp_path / "outer"
        git(tmp_path, "init", "--quiet", str(outer))
        git(outer, "submodule", "--quiet", "add", str(remote), "inner")
        here = outer / "inner"
    elif place == "bare":
        git(tmp_path, "clone", "--quiet", "--bare", str(remote), str(here))
    elif place == "no commit":
        git(tmp_path, "init", "--quiet", str(here))
        git(here, "remote", "add", "origin", str(remote))
    else:
        here = repository / "deep" / "er"
        here.mkdir(parents=True)
    publish(Plan(make_site(PAGES), here))
    assert published(remote)["index.html"] == PAGES["index.html"].encode()


def test_what_cannot_work_says_what_to_do(
    repository: Path, make_site: Site, git: Git, tmp_path: Path
) -> None:
    site = make_site(PAGES)

    def told(plan: Plan) -> str:
        with pytest.raises((PublishError, UnsafeError)) as caught:
            publish(plan)
        return f"{caught.value.message} {caught.value.hint}"

    assert "in no git repository" in told(Plan(site, tmp_path))
    assert "It has: origin" in told(Plan(site, repository, remote="upstream"))
    assert "runfolio build" in told(Plan(repository, repository))
    assert "git remote -v" in told(Plan(site, repository, remote=str(tmp_path / "nowhere.git")))
    assert "no folder of a branch" in told(Plan(site, repository, dest="../x"))
    assert "***" not in told(Plan(site, repository, remote="http://127.0.0.1:9/x.git"))
    masked = told(Plan(site, repository, remote="http://u:hunter2@127.0.0.1:9/x.git"))
    assert "hunter2" not in masked and "127.0.0.1" in masked
    git(repository, "remote", "remove", "origin")
    assert "git remote add origin" in told(Plan(site, repository))
    (site / "link.html").symlink_to(repository / "secret.log")
    assert "symbolic link" in told(Plan(site, repository))


def test_a_remote_that_refuses_is_told(repository: Path, remote: Path, make_site: Site) -> None:
    hook = remote / "hooks" / "pre-receive"
    hook.write_text("#!/bin/sh\necho protected branch hook declined >&2\nexit 1\n")
    hook.chmod(0o755)
    with pytest.raises(PublishError, match="declined") as caught:
        publish(Plan(make_site(PAGES), repository))
    assert "rules" in caught.value.hint


def test_the_branch_moves_between_look_and_push(
    repository: Path, make_site: Site, published: Look, remote: Path, monkeypatch: Any
) -> None:
    from runfolio.publish import branch

    plain = branch._commit
    rivals = [make_site({"index.html": "rival"}, "rival")]

    def slow(*given: Any) -> str:
        commit = plain(*given)
        if rivals:
            publish(Plan(rivals.pop(), repository, dest="rival"))
        return commit

    monkeypatch.setattr(branch, "_commit", slow)
    done = publish(Plan(make_site({"index.html": "mine"}), repository))
    assert done.tries == 2
    there = published(remote)
    assert (there["index.html"], there["rival/index.html"]) == (b"mine", b"rival")


@pytest.fixture(params=["file", "http"])
def reached(
    request: pytest.FixtureRequest, repository: Path, remote: Path, git: Git
) -> Iterator[str]:
    """How the clone reaches its remote: by its path, or through git's own backend over http."""
    if request.param == "file":
        yield "file"
        return
    git(remote, "config", "http.receivepack", "true")
    server = smart_http.serve(remote.parent)
    git(repository, "remote", "set-url", "origin", f"{server.address}/{remote.name}")
    yield "http"
    server.shutdown()
    server.server_close()


def test_publishers_at_once_are_all_published(
    repository: Path, remote: Path, make_site: Site, published: Look, reached: str
) -> None:
    done: list[Published] = []
    number_of_them = 20 if os.environ.get("RUNFOLIO_LONG") else 6 if reached == "file" else 2

    def one(number: int) -> None:
        site = make_site({"index.html": f"site {number}"}, f"site-{number}")
        done.append(publish(Plan(site, repository, dest=f"pr/{number}")))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(number_of_them)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    there = published(remote)
    assert len(done) == number_of_them and all(one.commit for one in done)
    assert all(there[f"pr/{at}/index.html"] == b"site %d" % at for at in range(number_of_them))
    tries = sum(one.tries for one in done)
    print(f"{number_of_them} publishers at once over {reached}: {tries} tries")


_KILLED = """
import sys
from pathlib import Path
from runfolio.publish.branch import Plan, publish
publish(Plan(Path(sys.argv[1]), Path(sys.argv[2])))
"""


def test_killed_at_any_moment_the_branch_is_old_or_new(
    repository: Path, remote: Path, make_site: Site, published: Look, reached: str
) -> None:
    sites = [
        make_site({f"{name}.html": f"{turn} {name}" for name in range(40)}, f"turn-{turn}")
        for turn in (0, 1)
    ]
    publish(Plan(sites[0], repository))
    whole = [
        {path.relative_to(site).as_posix(): path.read_bytes() for path in site.rglob("*.*")}
        for site in sites
    ]
    started = time.monotonic()
    publish(Plan(sites[1], repository))
    longest = (time.monotonic() - started) * 2 + 0.3
    ends = set()
    trials = 100 if os.environ.get("RUNFOLIO_LONG") else 6 if reached == "file" else 2
    for trial in range(trials):
        words = [sys.executable, "-c", _KILLED, str(sites[trial % 2]), str(repository)]
        process = subprocess.Popen(words, start_new_session=True)
        time.sleep(longest * trial / trials)
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        there = published(remote)
        there.pop(".nojekyll")
        assert there in whole, "half of a site was published"
        ends.add(whole.index(there))
    print(f"{trials} publishers killed over {reached}: the branch was whole each time")
