"""What the site, the command line and a published site show of runs from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from runfolio.cli.app import app
from runfolio.config import load

from .conftest import LONG, MakeStore

TOML = """
store = "runs"
out = "_site"
[site]
title = "Ours"
[publish]
remote = ""
[[source]]
name = "lab-b"
where = "{lab}/results"
url = "https://lab-b.example/results"
[[source]]
name = "third"
where = "third"
"""


@pytest.fixture(scope="module")
def project(
    lab: Path, make_store: MakeStore, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """A project with runs of its own, of a lab's site, of a private store, and a silent source."""
    folder = tmp_path_factory.mktemp("ours")
    make_store(folder / "runs").run("our-net", metrics={"val/accuracy": [0.6, 0.9]}, tags=["paper"])
    third = make_store(folder / "third")
    third.run("their-net", metrics={"val/accuracy": [0.1]}, params={"path": "/home/ada/x"})
    third.run("live-net", metrics={"val/accuracy": [0.2]}, end=None, stay=True)
    (folder / "runfolio.toml").write_text(TOML.format(lab=lab))
    yield folder
    third.close()


def call(project: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> tuple[str, str]:
    monkeypatch.chdir(project)
    done = CliRunner().invoke(app, list(words))
    assert done.exit_code == 0, done.output
    return done.stdout, done.stderr


@LONG
def test_commands_show_runs_from_elsewhere_with_their_origin(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, _ = call(project, monkeypatch, "ls", "--json")
    origins = {row["run_id"]: row["origin"] for row in json.loads(said)}
    assert origins == {
        "our-net": "",
        "their-net": "third",
        "live-net": "third",
        "wide-net": "lab-b",
        "deep-net": "lab-b",
    }
    said, _ = call(project, monkeypatch, "show", "wide-net")
    assert "lab-b https://lab-b.example/results/runs/wide-net.html" in said
    monkeypatch.chdir(project)
    refused = CliRunner().invoke(app, ["tag", "wide-net", "mine"])
    assert refused.exit_code == 1 and "[[source]]" in refused.stderr


def test_pages_say_where_a_run_comes_from_and_lead_there(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    call(project, monkeypatch, "build")
    site = project / "_site"
    page = (site / "runs" / "wide-net.html").read_text()
    assert 'href="https://lab-b.example/results/runs/wide-net.html"' in page
    assert "Its output, files and code are only there." in page
    assert "<strong>lab-b</strong>" in page
    live = (site / "runs" / "live-net.html").read_text()
    assert "It was running when this copy was made" in live and "badge-running" in live
    assert "run-banner" not in (site / "runs" / "our-net.html").read_text()
    titles = [each["title"] for each in json.loads((site / "feed.json").read_text())["items"]]
    assert "wide </script> net (lab-b) · val/accuracy 0.93" in titles
    board = (site / "leaderboards" / "digits.html").read_text()
    assert board.count('<span class="origin"') >= 3
    assert board.index("wide-net.html") < board.index("our-net.html"), "ranked together"
    data = (site / "data.html").read_text()
    for word in ("Runs from elsewhere", "lab-b", "third", "another store"):
        assert word in data
    assert str(project) not in data and str(project.parent) not in data
    assert json.loads((site / "runs" / "their-net.json").read_text())["origin"] == "third"
    said, _ = call(project, monkeypatch, "build")
    assert "(0 written" in said, "nothing is new"


def test_runs_of_others_are_published_with_consent_through_the_same_gate(
    project: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = (project / "runfolio.toml").read_text()
    agreed = text.replace('name = "third"', 'name = "third"\npublish = "yes"')
    (project / "agreed.toml").write_text(agreed)
    out = str(tmp_path / "with")
    words = ("publish", "--config", "agreed.toml", "--to", out, "--yes")
    _, warned = call(project, monkeypatch, *words)
    assert "source lab-b: its runs stay home" in warned and "source third" not in warned
    pages = sorted(path.name for path in (tmp_path / "with" / "runs").glob("*-net.html"))
    assert pages == ["live-net.html", "our-net.html", "their-net.html"]
    live = json.loads((tmp_path / "with" / "runs" / "live-net.json").read_text())
    assert live["status"] == "running", "in the second copy too"
    found = [path for path in (tmp_path / "with").rglob("*") if path.is_file()]
    assert not [path for path in found if b"/home/ada" in path.read_bytes()], "cleaned as ours are"


def test_a_config_names_all_that_is_wrong_with_a_source(tmp_path: Path) -> None:
    from runfolio.errors import ConfigError

    path = tmp_path / "runfolio.toml"
    path.write_text(
        '[[source]]\nname = "Lab B"\nwhere = "https://ada:pw@x.org/"\n[[source]]\nname = "b"\n'
        '[[source]]\nname = "b"\nwhere = "s3://ada@bucket"\npublish = "perhaps"\n'
    )
    with pytest.raises(ConfigError) as error:
        load(path, env={})
    told = "\n".join(error.value.problems)
    for word in ("allowed are up to 64", "must not hold a user", "needs a where", '"perhaps"'):
        assert word in told
