"""The commands on a store in a bucket: they read its mirror, and send what they add."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from runfolio.cli.app import app
from runfolio.run.start import init
from runfolio.store.folder import Folder
from runfolio.store.places import push

from .servers import Proxy

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture
def cli(bucket: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Result]:
    """A command line in an empty folder, with the bucket as its store."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RUNFOLIO_STORE", bucket)

    def call(*words: str) -> Result:
        return CliRunner().invoke(app, list(words), prog_name="runfolio")

    return call


@pytest.fixture
def filled(bucket: str, tmp_path: Path) -> None:
    """A run with a text among its artifacts, pushed."""
    path = tmp_path / "first"
    with init("digits", name="one", id="one", store=path, capture=False) as run:
        run.log({"loss": 1.0}, step=1)
        run.log_text("what it said", "said.txt")
    push(Folder.open(path), bucket)


def test_a_tag_from_one_machine_is_seen_on_another(
    cli: Callable[..., Result], filled: None, away: Callable[[str], None]
) -> None:
    away("a")
    result = cli("tag", "one", "+paper")
    assert result.exit_code == 0, result.output
    away("b")
    assert "one" in cli("ls", "tag:paper").stdout
    assert cli("trash", "one").exit_code == 0
    away("c")
    assert json.loads(cli("ls", "--json").stdout) == []


def test_the_site_shows_contents_that_lie_in_the_bucket(
    cli: Callable[..., Result], filled: None, tmp_path: Path, away: Callable[[str], None]
) -> None:
    away("a")
    result = cli("build", "--out", "site")
    assert result.exit_code == 0, result.output
    assert (tmp_path / "site" / "artifacts" / "one" / "said.txt").read_text() == "what it said"
    assert cli("verify").exit_code == 0


def test_a_purged_run_is_hidden_for_all(
    cli: Callable[..., Result], filled: None, away: Callable[[str], None]
) -> None:
    away("a")
    cli("trash", "one")
    result = cli("purge", "one", "--yes")
    assert result.exit_code == 0
    assert "one is hidden from all readers" in result.stdout
    told = " ".join(result.stderr.split())
    assert "Nothing is deleted in s3://" in told and "/team/runs: runs/one/, blobs/" in told
    away("b")
    assert json.loads(cli("ls", "--json").stdout) == []
    assert cli("ls").exit_code == 0


def test_push_without_a_place_sends_what_waits(
    cli: Callable[..., Result], filled: None, proxy: Proxy, away: Callable[[str], None]
) -> None:
    away("a")
    cli("ls")
    proxy.plan = lambda number, head: "drop" if head.startswith("PUT") else ""
    result = cli("tag", "one", "+late")
    assert result.exit_code == 1 and "\n" not in result.stderr.strip().split("hint:")[0].strip()
    proxy.plan = lambda number, head: ""
    assert "copied from" in cli("push").stdout
    away("b")
    assert "one" in cli("ls", "tag:late").stdout


def test_out_of_reach_is_one_line(cli: Callable[..., Result], proxy: Proxy) -> None:
    proxy.plan = lambda number, head: "drop"
    result = cli("ls")
    assert result.exit_code == 1
    assert result.stderr.count("error:") == 1 and "Traceback" not in result.stderr
    assert "example-secret-value" not in result.output
