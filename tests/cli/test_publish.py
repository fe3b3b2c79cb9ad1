"""`runfolio publish` lets out what may be seen, stops what may not, and leaves the rest alone."""

from __future__ import annotations

import json
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

import runfolio
from runfolio.publish.carrier import read_carried
from tests.cli.conftest import Cli

TOKEN = "ghp_" + "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zA1bC2"


def ask(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cli: Cli) -> Path:
    """A repository with a remote and two runs, of which one is for others."""
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        '[user]\n name = Ada\n email = ada@example.org\n[protocol "file"]\n allow = always\n'
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    remote = tmp_path / "results.git"
    ask(tmp_path, "init", "--quiet", "--bare", str(remote))
    ask(tmp_path, "init", "--quiet", ".")
    ask(tmp_path, "remote", "add", "origin", str(remote))
    (tmp_path / "runfolio.toml").write_text(
        'store = "runs"\n[site]\ntitle = "Digits"\n[publish]\nfilter = "tag:paper"\n'
        'scanner = "off"\n'
    )
    for name, tags in (("shown", ["paper"]), ("kept", [])):
        run = runfolio.init(store=tmp_path / "runs", name=name, tags=tags, params={"lr": 0.1})
        run.log({"loss": 0.5}, step=0)
        run.finish()
    return tmp_path


def on_branch(lab: Path) -> list[str]:
    return ask(lab / "results.git", "ls-tree", "-r", "--name-only", "gh-pages").split()


@pytest.fixture
def pages(lab: Path) -> Iterator[str]:
    """The address of a server that shows the branch, as a host does."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.partition("?")[0].lstrip("/")
            words = ["git", "show", f"gh-pages:{name}"]
            found = subprocess.run(words, cwd=lab / "results.git", capture_output=True, check=False)
            self.send_response(404 if found.returncode else 200)
            self.end_headers()
            self.wfile.write(found.stdout)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_a_branch_gets_the_chosen_runs_and_the_repository_stays(
    cli: Cli, lab: Path, pages: str
) -> None:
    workflow = lab / ".github" / "workflows" / "pages.yml"
    workflow.parent.mkdir(parents=True)
    workflow.write_text("- uses: actions/deploy-pages@v5\n")
    before = ask(lab, "status", "--porcelain"), ask(lab, "config", "--list", "--local")
    told = cli("publish", "--yes", "--wait")
    assert told.exit_code == 2 and "--wait needs the address" in told.stderr
    config = (lab / "runfolio.toml").read_text()
    (lab / "runfolio.toml").write_text(config.replace("[site]", f'[site]\nurl = "{pages}"'))
    tried = cli("publish", "--dry-run")
    assert tried.exit_code == 0 and "would change on gh-pages" in tried.stdout
    assert "deploys Pages by Actions" in tried.stderr, "told before anything is pushed"
    unasked = cli("publish")
    assert unasked.exit_code == 4 and "Everybody will be able to read it" in unasked.stderr
    assert cli("publish", "--yes").exit_code == 0
    names = on_branch(lab)
    assert "index.html" in names
    assert sum(name.startswith("runs/") and name.endswith(".html") for name in names) == 2
    page = ask(lab / "results.git", "show", "gh-pages:runs/index.html")
    assert "shown" in page and "kept" not in page
    again = cli("publish", "--yes", "--json")
    assert json.loads(again.stdout)["done"]["commit"] == ""
    waited = cli("publish", "--yes", "--wait")
    assert "shows this already" in waited.stdout and f"{pages} shows it" in waited.stdout
    assert (
        "since" not in ask(lab / "results.git", "show", "gh-pages:index.html").partition("<h2")[0]
    )
    assert cli("tag", "kept", "paper").exit_code == 0
    assert cli("publish", "--yes").exit_code == 0
    front = ask(lab / "results.git", "show", "gh-pages:index.html")
    assert "1 run is new" in front, "it tells what has moved since the last publish"
    again = cli("publish", "--yes", "--json")
    assert json.loads(again.stdout)["done"]["commit"] == "", "and goes on to tell it"
    assert before == (
        ask(lab, "status", "--porcelain"),
        ask(lab, "config", "--list", "--local"),
    )


def test_a_secret_stops_it_with_its_place_and_can_be_let_out(cli: Cli, lab: Path) -> None:
    run = runfolio.init(store=lab / "runs", name="packed", tags=["paper"])
    (lab / "logs.7z").write_bytes(b"7z\xbc\xaf\x27\x1c and more")
    run.log_artifact(lab / "logs.7z")
    run.note(f"The key is {TOKEN}.")
    run.finish()
    stopped = cli("publish", "--to", "out")
    assert stopped.exit_code == 4 and not (lab / "out").exists()
    assert "run packed: note" in stopped.stderr and TOKEN not in stopped.stderr
    assert "it is packed as 7-Zip, which cannot be looked into" in stopped.stderr
    ids = [word for word in stopped.stderr.split() if word.startswith(("github:", "closed:"))]
    archive, before = lab / "site.zip", (lab / "runfolio.toml").read_text()
    allow = [word for each in ids[:2] for word in ("--allow", each)]
    allowed = cli("publish", "--to", str(archive), *allow, "--allow", "email")
    assert allowed.exit_code == 0 and "--allow email names nothing" in allowed.stderr
    first, noted = archive.read_bytes(), ", ".join(f'"{each}"' for each in ids[:2])
    assert (lab / "runfolio.toml").read_text() == before.replace(
        "[publish]\n", f"[publish]\nallow = [{noted}]\n"
    )
    assert cli("publish", "--to", str(archive)).exit_code == 0, "it is noted"
    assert archive.read_bytes() == first
    with zipfile.ZipFile(archive) as opened:
        assert "site/index.html" in opened.namelist()


def test_a_folder_is_brought_up_to_date_and_never_overwritten(cli: Cli, lab: Path) -> None:
    assert cli("publish", "--to", "out").exit_code == 0
    gone = next((lab / "out" / "runs").glob("2*.html"))
    assert cli("trash", "shown", "--yes").exit_code == 0
    none = cli("publish", "--to", "out")
    assert none.exit_code == 1 and "No run is to go out" in none.stderr and gone.exists()
    assert cli("tag", "kept", "paper").exit_code == 0
    assert cli("publish", "--to", "out").exit_code == 0
    left = [
        path for path in (lab / "out").rglob("*") if path.is_file() and "run-shown" in path.name
    ]
    assert not gone.exists() and not left
    told = "".join(path.read_text("utf-8", "replace") for path in (lab / "out").rglob("*.js"))
    assert '"kept"' in told and '"shown"' not in told
    assert cli("tag", "kept", "-paper").exit_code == 0
    (lab / "mine").mkdir()
    (lab / "mine" / "thesis.tex").write_text("x")
    assert cli("restore", "shown").exit_code == 0
    assert cli("publish", "--to", "mine").exit_code == 4
    assert [path.name for path in (lab / "mine").iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize(
    ("line", "told"),
    [('show = ["names"]', "there is nothing of that name"), ('hide = ["x"]', "no KIND:PATTERN")],
)
def test_words_that_mean_nothing_are_named(cli: Cli, lab: Path, line: str, told: str) -> None:
    with (lab / "runfolio.toml").open("a") as file:
        file.write(line + "\n")
    result: Any = cli("publish", "--to", "out")
    assert result.exit_code == 2 and told in result.stderr


def test_a_site_that_the_host_would_refuse_is_not_even_built(cli: Cli, lab: Path) -> None:
    large = lab / "large.bin"
    with large.open("wb") as file:
        file.truncate(27_000_000)
    run = runfolio.init(store=lab / "runs", name="large", tags=["paper"])
    run.log_artifact(large)
    run.finish()
    with (lab / "runfolio.toml").open("a") as file:
        file.write("artifact_bytes = 50_000_000\n")
    refused = cli("publish", "--to", "out", "--host", "cloudflare")
    assert refused.exit_code == 1
    assert "large.bin has 27 MB; Cloudflare Pages takes 26 a file." in refused.stderr
    assert "artifact_bytes = 26214400 in [publish]" in refused.stderr
    assert not (lab / "out").exists() and not list(lab.rglob("index.html"))
    told = cli("size", "--host", "github")
    assert told.exit_code == 0 and "GitHub Pages takes it." in told.stdout
    assert cli("snapshot", "v1").exit_code == 0
    parts = json.loads(cli("size", "--json").stdout)["size"]["parts"]
    assert {each["name"]: each["bytes"] for each in parts}["snapshots"] > 27_000_000


def test_one_run_or_a_comparison_leaves_as_one_file(cli: Cli, lab: Path) -> None:
    alone = cli("publish", "--single-file", "run.html")
    assert alone.exit_code == 0 and "run.html:" in alone.stdout
    page = (lab / "run.html").read_bytes()
    held = read_carried(page)
    assert [path for path in held if path.startswith("runs/") and "index" not in path]
    assert b"<bdi>shown</bdi>" in page and b">kept<" not in b"".join(held.values())
    again = cli("publish", "--to", "run.html")
    assert "(as it was)" in again.stdout and (lab / "run.html").read_bytes() == page
    both = ("--filter", "status:finished", "--open", "compare", "--side-files")
    assert cli("publish", "--to", "both.html", *both).exit_code == 0
    assert list((lab / "both_files").glob("0000-*.js"))
    assert cli("note", "shown", f"The key is {TOKEN}.").exit_code == 0
    stopped = cli("publish", "--to", "leak.html")
    assert stopped.exit_code == 4 and not (lab / "leak.html").exists()
    for wrong in (["--side-files"], ["--open", "x"], ["--to", "a.zip", "--single-file", "a.html"]):
        assert cli("publish", *wrong).exit_code == 2


def test_a_locked_branch_tells_nothing_and_is_pushed_once(
    cli: Cli, lab: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert cli("publish", "--password-env", "PAGES", "--yes").exit_code == 2
    monkeypatch.setenv("PAGES", "hunter2")
    weak = cli("publish", "--password-env", "PAGES", "--yes")
    assert weak.exit_code == 2 and "too weak" in weak.stderr and "hunter2" not in weak.stderr
    monkeypatch.setenv("PAGES", "tulip marble otter canyon 63")
    asked = cli("publish", "--password-env", "PAGES")
    assert "read it with the passphrase" in asked.stderr
    cname = ("--cname", "results.example.org")
    first = cli("publish", "--password-env", "PAGES", "--yes", "--dest", "in", *cname)
    assert first.exit_code == 0
    names = set(on_branch(lab))
    assert {name for name in names if not name.startswith("in/pieces/0")} == {
        ".nojekyll",
        "CNAME",
        "in/index.html",
        "in/runfolio-site.json",
    }
    again = cli("publish", "--password-env", "PAGES", "--yes", "--dest", "in", "--json")
    assert json.loads(again.stdout)["done"]["commit"] == ""
    # An open site takes the locked one's place, and nothing of that stays behind.
    assert cli("publish", "--yes", "--dest", "in").exit_code == 0
    kept = {".nojekyll", "CNAME", "in/index.html", "in/runfolio-site.json"}
    assert names & set(on_branch(lab)) == kept
    page = ask(lab / "results.git", "show", "gh-pages:in/index.html")
    assert 'rel="canonical" href="https://results.example.org/in/' in page, "the branch's domain"


@pytest.mark.parametrize(
    ("flags", "told"),
    [
        ("--to out --dest x", "--dest is about a branch, and --to publishes to none"),
        ("--to out --cname a.org", "--cname is about a branch"),
        ("--to out --no-history --keep-history 3", "Leave out --to or --keep-history, --no-hist"),
        ("--single-file a.html --branch x", "--single-file publishes to none"),
        ("--to out --wait", "--wait asks the address of a branch"),
        ("--wait --dry-run", "--dry-run publishes nothing"),
        ("--no-history --keep-history 3", "contradict each other"),
        ("--no-cname --cname a.org", "contradict each other"),
    ],
)
def test_flags_that_would_be_passed_over_are_refused(cli: Cli, flags: str, told: str) -> None:
    refused = cli("publish", *flags.split())
    assert refused.exit_code == 2 and told in refused.stderr
