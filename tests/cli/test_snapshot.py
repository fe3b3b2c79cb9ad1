"""`runfolio snapshot` and `runfolio cite`: taken, listed, checked, published, and no name leaks."""

from __future__ import annotations

import io
import json
import os
import subprocess
import zipfile
from pathlib import Path

import pytest

import runfolio
from tests.cli.conftest import HOSTILE, Cli


def test_a_snapshot_is_taken_listed_described_checked_and_removed(cli: Cli, store: Path) -> None:
    (store.parent / "runfolio.toml").write_text("")
    assert "no snapshot yet" in cli("snapshot").stdout
    done = cli("snapshot", "v1.0", "--filter", "experiment = digits", "--note", HOSTILE)
    assert done.exit_code == 0 and "snapshot v1.0 of 3 runs" in done.stdout
    again = cli("snapshot", "V1.0")
    assert again.exit_code == 2 and "already" in again.stderr
    assert cli("snapshot", "v1.0", "--doi", "https://doi.org/10.1234/x").exit_code == 0
    assert cli("snapshot", "v1.0", "--doi", "x").exit_code == 2
    assert cli("snapshot", "v1.0", "--note", "x", "--filter", "lr = 1").exit_code == 2
    assert cli("snapshot", "../x").exit_code == 2 and cli("snapshot", "--verify").exit_code == 2
    shown = cli("snapshot").stdout
    assert "10.1234/x" in shown and "\x1b[31m" not in shown
    (said,) = json.loads(cli("snapshot", "--json").stdout)
    assert said["note"] == HOSTILE and len(said["runs"]) == 3
    assert "3 of 3 runs" in cli("snapshot", "--verify", "v1.0").stdout
    assert cli("tag", "svm-0", "late").exit_code == 0
    assert json.loads(cli("snapshot", "v1.0", "--verify", "--json").stdout)["ok"]
    assert cli("trash", "svm-1").exit_code == 0
    assert "3 of 3 runs" in cli("snapshot", "--verify", "v1.0").stdout
    assert cli("purge", "svm-1", "--yes").exit_code == 0
    gone = cli("snapshot", "--verify", "v1.0")
    assert gone.exit_code == 3 and "2026-1: purged" in gone.stdout
    assert cli("snapshot", "--remove", "v1.0").exit_code == 4
    assert cli("snapshot", "--remove", "v1.0", "--yes").exit_code == 0
    assert json.loads(cli("snapshot", "--json").stdout) == []


def test_how_to_cite_is_printed_in_each_form_also_of_a_snapshot(cli: Cli, store: Path) -> None:
    nobody = cli("cite")
    assert nobody.exit_code == 2 and "[citation]" in nobody.stderr
    (store.parent / "runfolio.toml").write_text(
        '[site]\ntitle = "Digits"\nurl = "https://example.org/d"\n'
        '[citation]\nauthors = ["Ada Lovelace"]\n'
    )
    assert cli("snapshot", "v1", "--doi", "10.1234/x").exit_code == 0
    assert cli("cite").stdout.startswith("@misc{lovelace-")
    assert "doi.org/10.1234/x" in cli("cite", "v1", "--format", "apa").stdout
    (item,) = json.loads(cli("cite", "v1", "--format", "csl-json").stdout)
    assert item["URL"] == "https://example.org/d/snapshots/v1/" and item["version"] == "v1"
    assert "version: v1" in cli("cite", "v1", "--format", "cff").stdout
    assert cli("cite", "v2").exit_code == 2


def ask(folder: Path, *words: str) -> bytes:
    return subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True).stdout


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cli: Cli) -> Path:
    """A repository with a remote, two runs of which one goes out, and a snapshot of both."""
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        '[user]\n name = Ada\n email = ada@example.org\n[protocol "file"]\n allow = always\n'
    )
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    ask(tmp_path, "init", "--quiet", "--bare", "results.git")
    ask(tmp_path, "init", "--quiet", ".")
    ask(tmp_path, "remote", "add", "origin", str(tmp_path / "results.git"))
    (tmp_path / "runfolio.toml").write_text(
        '[site]\ntitle = "Digits"\n[publish]\nfilter = "tag:paper"\nhide = ["metric:secret*"]\n'
        '[citation]\nauthors = ["Grace Hopper (0000-0002-1825-0097)"]\n'
    )
    for name, tags in (("shown", ["paper"]), ("kept-home", [])):
        run = runfolio.init(store=tmp_path / "runs", name=name, tags=tags, capture=False)
        run.log({"loss": 0.5, "secret/loss": 0.25}, step=0)
        run.finish()
    assert cli("snapshot", "v1", "--note", "first", "--doi", "10.1234/x").exit_code == 0
    return tmp_path


def on_branch(lab: Path) -> dict[str, bytes]:
    names = ask(lab / "results.git", "ls-tree", "-r", "-z", "--name-only", "gh-pages").decode()
    remote = lab / "results.git"
    return {
        name: ask(remote, "cat-file", "blob", f"gh-pages:{name}")
        for name in names.split("\0")
        if name
    }


@pytest.mark.skipif("RUNFOLIO_LONG" not in os.environ, reason="a long trial: RUNFOLIO_LONG=1")
def test_published_snapshots_stay_and_tell_no_more_than_the_site(cli: Cli, lab: Path) -> None:
    assert cli("publish", "--yes").exit_code == 0
    first = {k: v for k, v in on_branch(lab).items() if k.startswith("snapshots/v1")}
    with zipfile.ZipFile(io.BytesIO(first["snapshots/v1.zip"])) as archive:
        unpacked = {name: archive.read(name) for name in archive.namelist()}
    for text in (*first.values(), *unpacked.values()):
        assert b"kept-home" not in text and b"secret/loss" not in text
    (lab / "v1.zip").write_bytes(first["snapshots/v1.zip"])
    checked = cli("snapshot", "--verify", "v1", "--with", "v1.zip")
    assert checked.exit_code == 0 and "as [publish] lets it out" in checked.stdout
    damaged = unpacked | {"v1/data/runs.csv": b"x"}
    with zipfile.ZipFile(lab / "bad.zip", "w") as archive:
        for name, data in damaged.items():
            archive.writestr(name, data)
    assert cli("snapshot", "--verify", "v1", "--with", "bad.zip").exit_code == 3
    # The run that it shows is no longer for others; what was cited stays all the same.
    assert cli("tag", "shown", "-paper").exit_code == 0
    assert cli("tag", "kept-home", "paper").exit_code == 0
    assert cli("publish", "--yes", "--no-history").exit_code == 0
    second = {k: v for k, v in on_branch(lab).items() if k.startswith("snapshots/v1")}
    assert second == first
    # A store that does not know it does not take it away either, unless it is told to.
    (lab / "runs/snapshots/v1.json").unlink()
    stopped = cli("publish", "--yes")
    assert stopped.exit_code == 4 and "does not know: v1" in stopped.stderr
    assert cli("snapshot", "--remove", "v1", "--yes").exit_code == 0
    assert cli("publish", "--yes").exit_code == 0
    assert not [name for name in on_branch(lab) if name.startswith("snapshots/")]


def test_an_anonymous_site_names_nobody(cli: Cli, lab: Path) -> None:
    assert cli("publish", "--to", "blind", "--anonymous").exit_code == 0
    told = b"".join(path.read_bytes() for path in (lab / "blind").rglob("*") if path.is_file())
    digest = json.loads(cli("snapshot", "--json").stdout)[0]["digest"].encode()
    for word in (b"Hopper", b"0000-0002-1825-0097", b"10.1234/x", digest, b"kept-home"):
        assert word not in told
    assert not (lab / "blind/CITATION.cff").exists()
    assert (lab / "blind/snapshots/v1/index.html").exists()
